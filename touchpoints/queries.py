"""Reads of the inventory: touchpoints with what happened at them, the matrix, one touchpoint's figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from prm.organisations.models import Membership, Organisation, User
from prm.work.errors import NotFound
from prm.work.remembering import Remembered, find_remembered, name_in_family, remembered
from prm.work.sql import fetch
from touchpoints.kinds import name_of
from touchpoints.models import Channel, Interaction, InteractionKind, Touchpoint
from touchpoints.ratings.quadrants import Quadrant, irritates, quadrant_of

# What "lately" means in the inventory.
PERIOD_DAYS = 90
# The volumes of all touchpoints, to be remembered by.
TOUCHES = "touches"
# Those of one touchpoint.
FIGURES = "touchpoint"
# So many interactions of a year are counted while a page waits; where there are more it stands without its figures.
LIVE_ACTS = 10_000
# What a touchpoint's page looks back on.
WEEKS = 12
CONVERSION_DAYS = 365

# Sorts of the inventory: the key of a row, and whether high values come first.
SORTS = ("channel", "name", "importance", "quality", "interactions", "contacts", "cost")


@dataclass(frozen=True)
class Touches:
    """What happened at a touchpoint in the period: human interactions, and different contacts."""

    interactions: int = 0
    contacts: int = 0


@dataclass(frozen=True)
class Row:
    """A touchpoint of the inventory with its number there, the same on the list and in the matrix."""

    number: int
    touchpoint: Touchpoint
    touches: Touches

    @property
    def is_irritant(self) -> bool:
        """Tell whether it matters and is done badly."""
        return irritates(self.touchpoint)

    @property
    def quadrant(self) -> Quadrant | None:
        """What to do with it; None while it is not rated."""
        return quadrant_of(self.touchpoint)


@dataclass(frozen=True)
class Filters:
    """What narrows the inventory; empty values narrow nothing."""

    search: str = ""
    channel: str = ""
    direction: str = ""
    owner_id: int | None = None
    # One of "entry", "truth", "irritant", "unrated", or a quadrant.
    mark: str = ""
    is_archived: bool = False


@dataclass(frozen=True)
class Inventory:
    """The rows asked for; beside them what holds of the whole inventory, filters or not."""

    rows: list[Row]
    total: int
    archived: int
    irritants: int
    unrated: int
    # Codes of everything, archived and merged too.
    codes: frozenset[str]
    counted: Remembered[Mapping[int, Touches]]


@dataclass(frozen=True)
class KindCount:
    """How often a kind happened."""

    code: str
    count: int


@dataclass(frozen=True)
class Conversions:
    """Contacts touched in a year, and how many of them became more afterwards."""

    contacts: int
    prospects: int
    mqls: int
    customers: int


@dataclass(frozen=True)
class Figures:
    """A touchpoint's figures: interactions of each of the last weeks (oldest first), kinds, conversions."""

    weeks: tuple[int, ...]
    kinds: tuple[KindCount, ...]
    conversions: Conversions

    @property
    def interactions(self) -> int:
        """All weeks together."""
        return sum(self.weeks)


def get_touchpoint(organisation: Organisation, touchpoint_id: int) -> Touchpoint:
    """Return one touchpoint with its owner, of a merged one what it became part of; raises NotFound. One query."""
    everything = Touchpoint.objects.select_related("owner", "merged_into__owner")
    found: Touchpoint | None = everything.filter(pk=touchpoint_id).first()
    if found is None:
        raise NotFound
    return found.merged_into or found


def list_touchpoints(organisation: Organisation) -> list[Touchpoint]:
    """Return the touchpoints in use, by channel and name: the order that numbers them."""
    return sorted(Touchpoint.objects.filter(archived_at=None), key=_place)


def list_inventory(
    organisation: Organisation, filters: Filters, *, sort: str = "channel", descending: bool = False
) -> Inventory:
    """Return the inventory as asked for. Two queries, whatever its size; inventories have some tens of rows."""
    everything = list(Touchpoint.objects.select_related("owner"))
    counted = count_touches(organisation)
    own = [one for one in everything if one.merged_into_id is None]
    shown = sorted((one for one in own if one.archived_at is None), key=_place)
    archived = sorted((one for one in own if one.archived_at is not None), key=_place)
    rows = [
        Row(number, one, counted.value.get(one.pk, Touches()))
        for number, one in enumerate(archived if filters.is_archived else shown, start=1)
    ]
    rows = [row for row in rows if _matches(row, filters)]
    return Inventory(
        rows=_sorted(rows, sort, descending=descending),
        total=len(shown),
        archived=len(archived),
        irritants=sum(irritates(one) for one in shown),
        unrated=sum(quadrant_of(one) is None for one in shown),
        codes=frozenset(one.code for one in everything),
        counted=counted,
    )


def count_touches(organisation: Organisation) -> Remembered[Mapping[int, Touches]]:
    """Return interactions and contacts of the last PERIOD_DAYS days by touchpoint. One statement."""
    return remembered(organisation, TOUCHES, lambda: measure_touches(organisation))


def measure_touches(organisation: Organisation) -> Mapping[int, Touches]:
    """Work out what `count_touches` remembers. One statement."""
    since = timezone.now() - timedelta(days=PERIOD_DAYS)
    rows = fetch("touchpoints/count_touches", {"organisation_id": organisation.pk, "since": since})
    return {row[0]: Touches(int(row[1]), int(row[2])) for row in rows}


def get_figures(organisation: Organisation, touchpoint: Touchpoint) -> Remembered[Figures]:
    """Return what happened at a touchpoint lately and what came of it. Two statements, kept for a while where slow."""
    name = name_in_family(FIGURES, touchpoint.pk)
    return remembered(organisation, name, lambda: measure_figures(organisation, touchpoint.pk))


def find_figures(organisation: Organisation, touchpoint: Touchpoint) -> Remembered[Figures] | None:
    """Return the same as far as a page can wait for it: None where nothing is kept and more than LIVE_ACTS are to read.

    One statement more than `get_figures`: 10 ms where there are as many.
    """
    kept: Remembered[Figures] | None = find_remembered(organisation, name_in_family(FIGURES, touchpoint.pk))
    if kept is not None:
        return kept
    since = timezone.now() - timedelta(days=CONVERSION_DAYS)
    acts = Interaction.objects.filter(organisation=organisation, touchpoint=touchpoint, occurred_at__gte=since)
    if acts.order_by()[: LIVE_ACTS + 1].count() > LIVE_ACTS:
        return None
    return get_figures(organisation, touchpoint)


def measure_figures(organisation: Organisation, touchpoint_id: int) -> Figures:
    """Work out what `get_figures` remembers. Two statements; 4 s where 3 M interactions happened in a year."""
    upto = timezone.now()
    params = {"organisation_id": organisation.pk, "touchpoint_id": touchpoint_id}
    counts = fetch(
        "touchpoints/count_touches_by_week", {**params, "since": upto - timedelta(weeks=WEEKS), "upto": upto}
    )
    weeks, kinds = [0] * WEEKS, dict.fromkeys((row[1] for row in counts), 0)
    for weeks_ago, kind, count in counts:
        weeks[WEEKS - 1 - min(max(weeks_ago, 0), WEEKS - 1)] += count
        kinds[kind] += count
    converted = fetch("touchpoints/count_conversions", {**params, "since": upto - timedelta(days=CONVERSION_DAYS)})[0]
    most = sorted(kinds.items(), key=lambda one: (-one[1], one[0]))
    return Figures(tuple(weeks), tuple(KindCount(*one) for one in most), Conversions(*converted))


def list_ids(organisation: Organisation) -> list[int]:
    """Return the touchpoints whose figures may be kept. One query."""
    return list(Touchpoint.objects.filter(merged_into=None).values_list("pk", flat=True))


def list_kinds(organisation: Organisation) -> list[InteractionKind]:
    """Return the organisation's kinds by their names for people."""
    return sorted(InteractionKind.objects.all(), key=lambda kind: name_of(kind).casefold())


def list_owners(organisation: Organisation) -> list[User]:
    """Return who can own a touchpoint: the members, by name."""
    members = User.objects.filter(pk__in=Membership.objects.values("user_id"))
    return sorted(members, key=lambda user: str(user).casefold())


def find_touchpoint_by_code(organisation: Organisation, code: str) -> Touchpoint | None:
    """Return the touchpoint an API or a tracker calls so, archived or not; of a merged one, what it became part of."""
    found: Touchpoint | None = Touchpoint.objects.select_related("merged_into").filter(code=code).first()
    return found.merged_into or found if found else None


def search_touchpoints(organisation: Organisation, text: str, *, limit: int = 5) -> list[Touchpoint]:
    """Return touchpoints in use whose name or code holds the text."""
    found = Touchpoint.objects.filter(Q(name__icontains=text) | Q(code__icontains=text), archived_at=None)
    return list(found.order_by("name", "pk")[:limit])


_CHANNEL_ORDER = {channel: place for place, channel in enumerate(Channel.values)}


def _place(touchpoint: Touchpoint) -> tuple[int, str, int]:
    return _CHANNEL_ORDER.get(touchpoint.channel, 99), touchpoint.name.casefold(), touchpoint.pk


def _matches(row: Row, filters: Filters) -> bool:
    one = row.touchpoint
    text = filters.search.strip().casefold()
    return (
        (not text or text in one.name.casefold() or text in one.code or text in one.description.casefold())
        and (not filters.channel or one.channel == filters.channel)
        and (not filters.direction or one.direction == filters.direction)
        and (not filters.owner_id or one.owner_id == filters.owner_id)
        and (not filters.mark or _has_mark(row, filters.mark))
    )


def _has_mark(row: Row, mark: str) -> bool:
    one = row.touchpoint
    return {
        "entry": one.is_entry_point,
        "truth": one.is_moment_of_truth,
        "irritant": row.is_irritant,
        "unrated": row.quadrant is None,
    }.get(mark, row.quadrant == mark)


def _sorted(rows: list[Row], sort: str, *, descending: bool) -> list[Row]:
    """Sort by a column; rows without a value come last either way."""
    if sort == "channel":
        return rows[::-1] if descending else rows
    values = {row.number: _value(row, sort) for row in rows}
    known = [row for row in rows if values[row.number] is not None]
    known.sort(key=lambda row: values[row.number], reverse=descending)  # type: ignore[arg-type,return-value]
    return known + [row for row in rows if values[row.number] is None]


def _value(row: Row, sort: str) -> float | str | None:
    one = row.touchpoint
    values: dict[str, float | str | None] = {
        "name": one.name.casefold(),
        "importance": one.importance,
        "quality": one.quality,
        "interactions": row.touches.interactions,
        "contacts": row.touches.contacts,
        "cost": one.monthly_cost_cents,
    }
    return values.get(sort)
