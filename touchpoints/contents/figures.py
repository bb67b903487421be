"""What came of contents: who read them, and what they had to do with conversions.

Conversions are told as those of touchpoints are (touchpoints.attribution): by the same statement, over what people read
in place of where they were, with the same refusal to conclude from too few.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from contacts.models import Stage
from contacts.personas.queries import FLOOR, Step
from prm.organisations.models import Organisation
from prm.work.remembering import Remembered, remembered
from prm.work.sql import fetch, statement
from touchpoints.actions.effects import Difference, difference_of
from touchpoints.attribution.queries import LEAST_CONVERSIONS
from touchpoints.attribution.ways import Place, Tally
from touchpoints.contents.models import Content

# What conversions are looked at: who became an MQL in a year.
GOAL = Stage.MQL
DAYS = 365
READINGS, WAYS = "contents-readings", "contents-ways"
_LAST_ID = 2**63 - 1

_READ = (
    "SELECT r.contact_id, r.content_id AS place_id, r.occurred_at, r.interaction_id AS id FROM contents_reading r"
    " WHERE r.organisation_id = %(organisation_id)s AND r.contact_id IS NOT NULL"
)
# Who did something in the period, and who reached the goal in it, as a row of the same shape.
_ACTING = "acting"
_COUNTED = (
    f"SELECT '{_ACTING}', NULL, NULL,"
    " (SELECT count(*) FROM contacts_standing s WHERE s.organisation_id = %(organisation_id)s"
    " AND s.last_act_at >= %(since)s),"
    " (SELECT count(DISTINCT g.contact_id) FROM contacts_stagechange g WHERE g.organisation_id = %(organisation_id)s"
    " AND g.to_stage = %(goal)s AND g.at >= %(since)s), 0, 0, 0, 0"
)


@dataclass(frozen=True)
class Readings:
    """Who read a content: contacts, and others as far as they can be told apart; and for how long, in the middle."""

    known: int = 0
    anonymous: int = 0
    downloads: int = 0
    median_seconds: float | None = None

    @property
    def readers(self) -> int:
        """Everybody who read it."""
        return self.known + self.anonymous


@dataclass(frozen=True)
class Ways:
    """What all contents had to do with conversions, and how many people acted and converted at all."""

    acted: int = 0
    converted: int = 0
    # Of those who converted, who read anything before.
    readers_converted: int = 0
    places: Mapping[int, Place] = field(default_factory=dict)

    @property
    def is_conclusive(self) -> bool:
        """Tell whether enough people converted to conclude anything."""
        return self.converted >= LEAST_CONVERSIONS


@dataclass(frozen=True)
class Effect:
    """One content on the way to conversions."""

    place: Place
    ways: Ways

    @property
    def passed(self) -> Step:
        """Of those who converted, who read it before."""
        return Step(self.ways.converted, min(int(self.place.converted), self.ways.converted))

    @property
    def with_it(self) -> Step:
        """Of those who read it, who converted."""
        return Step(int(self.place.contacts), int(self.place.converted))

    @property
    def without_it(self) -> Step:
        """Of those who did something, but did not read it, who converted."""
        number = max(self.ways.acted - int(self.place.contacts), 0)
        return Step(number, min(max(self.ways.converted - int(self.place.converted), 0), number))

    @property
    def lift(self) -> Difference:
        """Percentage points of conversion with it, less without it, and what may be said of that."""
        return difference_of(self.without_it, self.with_it)

    @property
    def is_conclusive(self) -> bool:
        """Tell whether anything may be concluded: enough conversions, and enough readers."""
        return self.ways.is_conclusive and self.place.contacts >= FLOOR

    @property
    def shares(self) -> tuple[float, float, float, float]:
        """Its part of the conversions that readings led to: first, last, linear and position-based, in percent."""
        total = self.ways.readers_converted or 1
        parts = (self.place.first, self.place.last, self.place.linear, self.place.position)
        return parts[0] * 100 / total, parts[1] * 100 / total, parts[2] * 100 / total, parts[3] * 100 / total

    @property
    def share(self) -> float:
        """Its part by the linear model, in percent."""
        return self.shares[2]


def get_readings(organisation: Organisation) -> Remembered[Mapping[int, Readings]]:
    """Return who read each content. One statement, kept for a while where that is slow."""
    return remembered(organisation, READINGS, lambda: measure_readings(organisation))


def measure_readings(organisation: Organisation) -> Mapping[int, Readings]:
    """Work out what `get_readings` remembers. One statement over contents_reading_content."""
    rows = fetch("touchpoints/count_readings", {"organisation_id": organisation.pk, "content_id": None})
    return {row[0]: Readings(*row[1:]) for row in rows}


def get_readings_of(organisation: Organisation, content: Content) -> Readings:
    """Return who read one content. One statement."""
    rows = fetch("touchpoints/count_readings", {"organisation_id": organisation.pk, "content_id": content.pk})
    return Readings(*rows[0][1:]) if rows else Readings()


def get_ways(organisation: Organisation) -> Remembered[Ways]:
    """Return what contents had to do with conversions. One statement, kept for a while where it is slow."""
    return remembered(organisation, WAYS, lambda: measure_ways(organisation))


def measure_ways(organisation: Organisation) -> Ways:
    """Work out what `get_ways` remembers."""
    rows = _read_ways(organisation)
    tally = Tally()
    tally.add(row for row in rows if row[0] != _ACTING)
    acted, converted = next((int(row[3]), int(row[4])) for row in rows if row[0] == _ACTING)
    return Ways(max(acted, tally.contacts), max(converted, tally.converted), tally.converted, tally.places)


def effect_of(ways: Ways, content: Content) -> Effect:
    """Return what one content had to do with conversions."""
    return Effect(ways.places.get(content.pk, Place()), ways)


def _read_ways(organisation: Organisation) -> list[tuple[Any, ...]]:
    """Return the rows of attribute_range.sql, and one that says how many people acted and converted at all."""
    upto = timezone.now()
    params: dict[str, Any] = {
        "organisation_id": organisation.pk,
        "after_id": 0,
        "upto_id": _LAST_ID,
        "since": upto - timedelta(days=DAYS),
        "upto": upto,
        "goal": GOAL.value,
    }
    ways = statement("touchpoints/attribute_range").replace("{acts}", _READ)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({ways}) w UNION ALL {_COUNTED}", params)
        return list(cursor.fetchall())
