"""What counts between marketing and sales now: the newest contract both signed, or the usual terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache

from prm.organisations.models import Organisation
from scoring.handoffs.business_hours import USUAL_WEEK, Calendar, Week, add_business_hours
from scoring.handoffs.models import Breach, Contract

# A call is due soon when so much of the delay is over.
WARNED_AT_RATIO = 0.75
USUAL_HOURS = 4.0
USUAL_COOL_DOWN_DAYS = 60
# What pages are told of the contract is asked anew after so long; signing forgets it at once.
KEPT_SECONDS = 300


@dataclass(frozen=True)
class Terms:
    """The contract as the clock and the queue read it. `number` 0: nobody signed one yet."""

    number: int
    first_contact_hours: float
    calendar: Calendar
    cool_down_days: int
    on_breach: str
    escalates_to_id: int | None

    def due_at(self, opened_at: datetime) -> datetime:
        """Return until when somebody has to call."""
        return add_business_hours(opened_at, self.first_contact_hours, self.calendar)

    def warn_at(self, opened_at: datetime) -> datetime:
        """Return from when the call is due soon."""
        return add_business_hours(opened_at, self.first_contact_hours * WARNED_AT_RATIO, self.calendar)


def get_terms(organisation: Organisation) -> Terms:
    """Return what counts now. One query."""
    return _terms(organisation, _kept(find_in_force()))


def find_terms(organisation: Organisation) -> Terms:
    """Return what counts, for a page: as of some minutes ago at most, and mostly without a query."""
    kept: Any = cache.get_or_set(_key(organisation), lambda: _kept(find_in_force()), KEPT_SECONDS)
    return _terms(organisation, kept or {})


def forget_terms(organisation: Organisation) -> None:
    """Let pages ask anew what counts."""
    cache.delete(_key(organisation))


def _key(organisation: Organisation) -> str:
    return f"handoffs:terms:{organisation.pk}"


def _kept(contract: Contract | None) -> dict[str, Any]:
    if contract is None:
        return {}
    names = ("number", "first_contact_hours", "cool_down_days", "on_breach", "escalates_to_id")
    return {name: getattr(contract, name) for name in (*names, "week", "holidays", "closed_days")}


def _terms(organisation: Organisation, kept: dict[str, Any]) -> Terms:
    zone = ZoneInfo(organisation.time_zone)
    if not kept:
        return Terms(0, USUAL_HOURS, Calendar(zone), USUAL_COOL_DOWN_DAYS, Breach.NOTHING, None)
    closed = frozenset(date.fromisoformat(one) for one in kept["closed_days"])
    return Terms(
        kept["number"],
        kept["first_contact_hours"],
        Calendar(zone, week_of(kept["week"]), kept["holidays"], closed),
        kept["cool_down_days"],
        kept["on_breach"],
        kept["escalates_to_id"],
    )


def find_in_force() -> Contract | None:
    """Return the newest contract that both sides signed; None where there is none."""
    signed = Contract.objects.filter(marketing_signed_at__isnull=False, sales_signed_at__isnull=False)
    found: Contract | None = signed.order_by("-number").first()
    return found


def week_of(stored: list[Any]) -> Week:
    """Return the team's week as it is stored: seven times ["09:00", "18:00"], or null."""
    if not stored:
        return USUAL_WEEK
    return tuple(None if one is None else (time.fromisoformat(one[0]), time.fromisoformat(one[1])) for one in stored)


def stored_week(week: Mapping[int, tuple[time, time] | None]) -> list[list[str] | None]:
    """Return a week as it is stored, from hours by day (0: Monday)."""
    found = [week.get(day) for day in range(7)]
    return [None if one is None else [one[0].isoformat("minutes"), one[1].isoformat("minutes")] for one in found]
