"""The matrix: importance, declared or observed, against quality; as it is, and as it was a year ago."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from prm.organisations.models import Organisation
from touchpoints.attribution.models import Goal
from touchpoints.attribution.queries import Report, find_report
from touchpoints.models import Touchpoint
from touchpoints.queries import Filters, Inventory, Row, list_inventory
from touchpoints.ratings.history import YEAR, Values, read_values
from touchpoints.ratings.quadrants import Quadrant, is_irritant, quadrant


@dataclass(frozen=True)
class Place:
    """A touchpoint where its importance and quality put it; `before` are those of a year ago, where known."""

    row: Row
    importance: float | None
    quality: float | None
    before: tuple[float, float] | None = None

    @property
    def touchpoint(self) -> Touchpoint:
        """Which."""
        return self.row.touchpoint

    @property
    def number(self) -> int:
        """Its number in the inventory."""
        return self.row.number

    @property
    def quadrant(self) -> Quadrant | None:
        """What to do with it; None while importance or quality is missing."""
        return quadrant(self.importance, self.quality)

    @property
    def is_irritant(self) -> bool:
        """Tell whether it matters and is done badly."""
        return is_irritant(self.importance, self.quality)

    @property
    def was(self) -> Quadrant | None:
        """Where it stood a year ago."""
        return quadrant(self.before[1], self.before[0]) if self.before else None

    @property
    def quality_gain(self) -> float:
        """Quality, less that of a year ago."""
        return (self.quality or 0) - self.before[0] if self.before else 0.0

    @property
    def importance_gain(self) -> float:
        """Importance, less that of a year ago."""
        return (self.importance or 0) - self.before[1] if self.before else 0.0

    @property
    def has_moved(self) -> bool:
        """Tell whether it is elsewhere than a year ago."""
        return max(abs(self.quality_gain), abs(self.importance_gain)) >= 0.1


@dataclass(frozen=True)
class Map:
    """The places of the inventory, with what was observed of the ways to an MQL (None: nobody asked)."""

    inventory: Inventory
    places: Sequence[Place]
    report: Report | None
    is_observed: bool
    # Since when earlier values are asked for; None: they are not.
    since: datetime | None

    @property
    def placed(self) -> list[Place]:
        """Those that stand in the matrix."""
        return [one for one in self.places if one.quadrant is not None]

    @property
    def missing(self) -> list[Place]:
        """Those that do not: not rated, or too few passed."""
        return [one for one in self.places if one.quadrant is None]

    @property
    def urgent(self) -> list[Place]:
        """Those to fix first, in the inventory's order."""
        return [one for one in self.places if one.quadrant == Quadrant.FIX_FIRST]

    @property
    def by_quadrant(self) -> list[tuple[Quadrant, list[Place]]]:
        """The places of each quadrant that has some, most important and worst first."""
        ordered = sorted(self.placed, key=lambda one: (-(one.importance or 0), one.quality or 0, one.number))
        groups = [(each, [one for one in ordered if one.quadrant == each]) for each in Quadrant]
        return [(each, found) for each, found in groups if found]

    @property
    def known_before(self) -> bool:
        """Tell whether anything is known of a year ago."""
        return any(one.before for one in self.placed)

    @property
    def moves(self) -> list[Place]:
        """Those that moved in the year: quality lost first, then by how far."""
        found = [one for one in self.placed if one.has_moved]
        return sorted(found, key=lambda one: (one.quality_gain, -abs(one.importance_gain), one.number))


def read_map(organisation: Organisation, *, is_observed: bool, with_year_ago: bool) -> Map:
    """Return the matrix as asked for. At most seven queries; volumes are remembered."""
    inventory = list_inventory(organisation, Filters())
    report = find_report(organisation, Goal.MQL)
    since = timezone.now() - YEAR if with_year_ago else None
    earlier = read_values(organisation, since) if since else {}
    observed = _observed(report)
    places = []
    for row in inventory.rows:
        one = row.touchpoint
        importance = observed.get(one.pk) if is_observed else one.importance
        before = _before(earlier.get(one.pk), is_observed=is_observed)
        places.append(Place(row, importance, one.quality, before))
    return Map(inventory, places, report, is_observed, since)


def _observed(report: Report | None) -> Mapping[int, float | None]:
    return {line.touchpoint.pk: line.importance for line in report.lines} if report else {}


def _before(values: Values | None, *, is_observed: bool) -> tuple[float, float] | None:
    if values is None:
        return None
    importance = values.observed if is_observed else values.importance
    return None if importance is None or values.quality is None else (values.quality, importance)
