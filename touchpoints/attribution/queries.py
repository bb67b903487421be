"""Reads of what was observed: by touchpoint, beside what is declared, and what may be concluded of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from contacts.personas.queries import FLOOR, Step
from prm.organisations.models import Organisation
from touchpoints.actions.effects import Difference, difference_of
from touchpoints.attribution.models import Observation, Observed
from touchpoints.attribution.ways import importance_of
from touchpoints.models import Touchpoint
from touchpoints.queries import list_touchpoints

# Of fewer conversions nothing is concluded: one more or less would turn the order of the touchpoints.
LEAST_CONVERSIONS = 50
# Declared and observed differ by so much to be named.
DISAGREE = 2


@dataclass(frozen=True)
class Line:
    """One touchpoint of the inventory with what was observed of it; nothing where nobody passed it."""

    number: int
    touchpoint: Touchpoint
    observation: Observation
    observed: Observed | None
    mean_removal: float

    @property
    def passed(self) -> Step:
        """Of those who converted, who passed it."""
        return Step(self.observation.converted, self.observed.converted if self.observed else 0)

    @property
    def with_it(self) -> Step:
        """Of those who passed it, who converted."""
        return Step(self.observed.contacts, self.observed.converted) if self.observed else Step(0, 0)

    @property
    def without_it(self) -> Step:
        """Of those who did something, but not here, who converted."""
        one = self.with_it
        return Step(self.observation.contacts - one.number, self.observation.converted - one.reached)

    @cached_property
    def lift(self) -> Difference:
        """Percentage points of conversion with it, less without it, and what may be said of that."""
        return difference_of(self.without_it, self.with_it)

    @property
    def ratio(self) -> float | None:
        """How many times as often people convert who passed it; None where nobody else does."""
        without = self.without_it.percent
        return self.with_it.percent / without if without else None

    @property
    def importance(self) -> int | None:
        """Observed importance, 1-5; None where too few converted, or passed it, to say."""
        if self.observation.converted < LEAST_CONVERSIONS or self.observed is None or self.observed.contacts < FLOOR:
            return None
        return importance_of(self.observed.removal, self.mean_removal)

    @property
    def gap(self) -> float:
        """Observed less declared importance; 0 where one of them is missing."""
        if self.importance is None or self.touchpoint.importance is None:
            return 0
        return self.importance - self.touchpoint.importance

    def share(self, model: str) -> float:
        """Its part of all conversions by a model ("first", "last", "linear", "position"), in percent."""
        total = self.observation.converted
        return 100 * float(getattr(self.observed, model)) / total if self.observed and total else 0.0

    @property
    def removal_percent(self) -> float:
        """Of the chance to convert, what would be lost without it."""
        return 100 * self.observed.removal if self.observed else 0.0

    @property
    def shares(self) -> tuple[float, float, float, float]:
        """Its parts by first, last, linear and position-based attribution, in percent."""
        return self.share("first"), self.share("last"), self.share("linear"), self.share("position")


@dataclass(frozen=True)
class Report:
    """An observation over the whole inventory, the most important first."""

    observation: Observation
    lines: Sequence[Line]

    @property
    def is_conclusive(self) -> bool:
        """Tell whether enough converted to conclude anything."""
        return self.observation.converted >= LEAST_CONVERSIONS

    @property
    def disagreeing(self) -> list[Line]:
        """Where declared and observed importance differ most."""
        found = [line for line in self.lines if abs(line.gap) >= DISAGREE]
        return sorted(found, key=lambda line: (-abs(line.gap), line.number))


def find_report(organisation: Organisation, goal: str) -> Report | None:
    """Return what was last observed of the ways to a goal; None where nobody asked yet. Three queries."""
    found = _find(organisation, goal)
    if found is None:
        return None
    lines = [_line(found, touchpoint, number) for number, touchpoint in enumerate(list_touchpoints(organisation), 1)]
    return Report(found[0], sorted(lines, key=lambda line: (-line.removal_percent, line.number)))


def find_line(organisation: Organisation, touchpoint: Touchpoint, goal: str) -> Line | None:
    """Return what was last observed of one touchpoint; None where nobody asked yet. Two queries."""
    found = _find(organisation, goal)
    return _line(found, touchpoint, 0) if found else None


def _find(organisation: Organisation, goal: str) -> tuple[Observation, dict[int, Observed]] | None:
    observation = Observation.objects.filter(organisation=organisation, goal=goal).first()
    if observation is None:
        return None
    return observation, {one.touchpoint_id: one for one in Observed.objects.filter(observation=observation)}


def _line(found: tuple[Observation, dict[int, Observed]], touchpoint: Touchpoint, number: int) -> Line:
    observation, observed = found
    removals = [one.removal for one in observed.values()]
    mean = sum(removals) / len(removals) if removals else 0.0
    return Line(number, touchpoint, observation, observed.get(touchpoint.pk), mean)
