"""What a slot's variants bring: those who saw one beside those who would have, had they not been the control group.

Both are the same kind of people: of whom a variant fits, chance alone says who sees it. Rates carry Wilson's interval,
the difference Newcombe's; whether there is one at all is Fisher's exact test over both groups, with Holm's correction
where several variants are tested at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, lgamma

from contacts.personas.queries import Step
from prm.organisations.models import Organisation
from prm.work.sql import fetch
from touchpoints.actions.effects import Difference, difference_of
from touchpoints.slots.document import Document, GoalKind
from touchpoints.slots.models import Slot, SlotVersion
from touchpoints.slots.services import STAGES

# Of fewer people in a group, or fewer who did it in both, nothing is said: one more would turn it round.
LEAST_PEOPLE = 50
LEAST_CONVERTED = 10
_ALPHA = 0.05


class Word(StrEnum):
    """What may be said of a variant."""

    BETTER = "better"
    WORSE = "worse"
    NOISE = "noise"
    TOO_FEW = "too_few"
    # Nobody is left out, so that nothing can be compared.
    NO_CONTROL = "no_control"


@dataclass(frozen=True)
class Measured:
    """One variant: who saw it, who would have, and how many of each did what it is for."""

    variant: str
    name: str
    exposed: Step
    control: Step
    # Seen by people who may not be told from others: counted, and no part of the comparison.
    nameless: int
    word: Word
    # Of Fisher's test, corrected; None where nothing was tested.
    p: float | None = None

    @property
    def difference(self) -> Difference:
        """Percentage points of those who saw it less those who did not, with its interval."""
        return difference_of(self.control, self.exposed)

    @property
    def lift_percent(self) -> float | None:
        """By how much more of them do it, in percent; None where nobody of the control group does, or too few tell."""
        if self.word in {Word.TOO_FEW, Word.NO_CONTROL} or not self.control.reached:
            return None
        return 100 * (self.exposed.percent / self.control.percent - 1)


@dataclass(frozen=True)
class Effect:
    """A version's variants in order, and all of them together."""

    variants: Sequence[Measured]
    whole: Measured

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody saw anything yet."""
        return not (self.whole.exposed.number or self.whole.control.number or self.whole.nameless)


def measure(organisation: Organisation, slot: Slot, version: SlotVersion, document: Document) -> Effect:
    """Return the effect of a version since it was published. One statement; see touchpoints/sql/measure_slot.sql."""
    goal = document.goal
    is_stage = goal.kind == GoalKind.STAGE
    stages = [str(one) for one in STAGES[[str(one) for one in STAGES].index(goal.value) :]] if is_stage else None
    rows = fetch(
        "touchpoints/measure_slot",
        {
            "organisation_id": organisation.pk,
            "key": slot.key,
            "version": version.number,
            "since": version.published_at,
            "window_days": goal.window_days,
            "goal_kind": "form_sent" if goal.kind == GoalKind.FORM else goal.value,
            "goal_form": (goal.value or None) if goal.kind == GoalKind.FORM else None,
            "stages": stages,
        },
    )
    counts: dict[tuple[str, bool], list[int]] = {}
    for variant, is_control, people, converted, nameless in rows:
        kept = counts.setdefault((str(variant), bool(is_control)), [0, 0, 0])
        for place, number in enumerate((people, converted, nameless)):
            kept[place] += number
    names = {one.key: one.name for one in document.variants}
    found = [
        _compare(key, name, counts.get((key, False), [0, 0, 0]), counts.get((key, True), [0, 0, 0]))
        for key, name in names.items()
    ]
    exposed, control = (
        [sum(counts.get((key, side), [0, 0, 0])[place] for key in names) for place in range(3)]
        for side in (False, True)
    )
    return Effect(judge(found), judge([_compare("", "", exposed, control)])[0])


def _compare(key: str, name: str, exposed: Sequence[int], control: Sequence[int]) -> Measured:
    seen, left = Step(exposed[0], exposed[1]), Step(control[0], control[1])
    return Measured(key, name, seen, left, exposed[2] + control[2], Word.TOO_FEW)


def judge(found: Sequence[Measured]) -> list[Measured]:
    """Say of each what may be said, with Holm's correction over those that can be tested."""
    tested = [one for one in found if _is_enough(one)]
    values = {one.variant: fisher(one.exposed, one.control) for one in tested}
    corrected: dict[str, float] = {}
    highest = 0.0
    for rank, key in enumerate(sorted(values, key=lambda one: values[one])):
        highest = max(highest, min(values[key] * (len(values) - rank), 1.0))
        corrected[key] = highest
    return [_said(one, corrected.get(one.variant)) for one in found]


def _said(one: Measured, p: float | None) -> Measured:
    if p is None:
        word = Word.NO_CONTROL if not one.control.number and one.exposed.number >= LEAST_PEOPLE else Word.TOO_FEW
    elif p >= _ALPHA:
        word = Word.NOISE
    else:
        word = Word.BETTER if one.exposed.percent > one.control.percent else Word.WORSE
    return Measured(one.variant, one.name, one.exposed, one.control, one.nameless, word, p)


def _is_enough(one: Measured) -> bool:
    people = min(one.exposed.number, one.control.number)
    return people >= LEAST_PEOPLE and one.exposed.reached + one.control.reached >= LEAST_CONVERTED


def fisher(one: Step, two: Step) -> float:
    """Return the two-sided p of Fisher's exact test: how likely a split as uneven as this one is by chance alone."""
    reached, number = one.reached + two.reached, one.number + two.number
    low, high = max(0, reached - two.number), min(reached, one.number)

    def log_chance(hits: int) -> float:
        return _log_choose(one.number, hits) + _log_choose(two.number, reached - hits) - _log_choose(number, reached)

    seen = log_chance(one.reached)
    return min(sum(exp(value) for hits in range(low, high + 1) if (value := log_chance(hits)) <= seen + 1e-9), 1.0)


def _log_choose(number: int, chosen: int) -> float:
    return lgamma(number + 1) - lgamma(chosen + 1) - lgamma(number - chosen + 1)
