"""Time as the handoff contract counts it: the team's week, in the organisation's time zone, without holidays. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

# From when to when, Monday first; None: closed.
Hours = tuple[time, time]
Week = tuple[Hours | None, ...]

OPENS, CLOSES = time(9), time(18)
USUAL_WEEK: Week = ((OPENS, CLOSES),) * 5 + (None, None)
# Public holidays that can be kept: a country of the holidays library, with a part of it.
HOLIDAYS = ("", "FR", "FR-57")
# Days looked through for an open one: nobody closes longer.
FURTHEST_DAYS = 800


@dataclass(frozen=True)
class Calendar:
    """When a team works."""

    zone: ZoneInfo
    week: Week = USUAL_WEEK
    holidays: str = ""
    closed: frozenset[date] = frozenset()

    def hours_of(self, day: date) -> Hours | None:
        """Return from when to when the team works on a day; None where it does not."""
        if day in self.closed or day in public_holidays(self.holidays, day.year):
            return None
        return self.week[day.weekday()]


@lru_cache(maxsize=64)
def public_holidays(region: str, year: int) -> frozenset[date]:
    """Return the public holidays of a region ("FR", "FR-57") in a year; none for ""."""
    if not region:
        return frozenset()
    country, _dash, part = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))


def add_business_hours(start: datetime, hours: float, calendar: Calendar) -> datetime:
    """Return the moment when so many open hours have passed since `start`; always within open hours.

    Where the team closes for years, the promise ends with the last day looked at.
    """
    left = timedelta(hours=hours)
    closes = start
    for opens, closes in _open_days(start, calendar):
        begin = max(start, opens)
        if begin + left <= closes:
            return begin + left
        left -= closes - begin
    return closes


def business_time(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """Return how much open time lies between two moments; negative when `end` comes first."""
    if end < start:
        return -business_time(end, start, calendar)
    passed = timedelta()
    for opens, closes in _open_days(start, calendar):
        if opens >= end:
            break
        passed += min(closes, end) - max(opens, start)
    return passed


def next_open(moment: datetime, calendar: Calendar) -> datetime:
    """Return the moment itself within open hours, else the next opening."""
    return next((max(moment, opens) for opens, _closes in _open_days(moment, calendar)), moment)


def _open_days(start: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Yield opening and closing of every working day that closes after `start`."""
    first = start.astimezone(calendar.zone).date()
    for number in range(FURTHEST_DAYS):
        day = first + timedelta(days=number)
        hours = calendar.hours_of(day)
        if hours is None:
            continue
        opens, closes = (_instant(day, hour, calendar.zone) for hour in hours)
        if closes > start:
            yield opens, closes


def _instant(day: date, hour: time, zone: ZoneInfo) -> datetime:
    # In UTC, so that differences are true lengths of time when clocks change.
    return datetime.combine(day, hour, zone).astimezone(UTC)
