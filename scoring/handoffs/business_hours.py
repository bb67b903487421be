"""Time as the handoff contract counts it: Monday to Friday, 9 to 18, in the organisation's time zone. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS, CLOSES = time(9), time(18)
FRIDAY = 4


def add_business_hours(start: datetime, hours: float, zone: ZoneInfo) -> datetime:
    """Return the moment when so many open hours have passed since `start`; always within open hours."""
    left = timedelta(hours=hours)
    for opens, closes in _open_days(start, zone):
        begin = max(start, opens)
        if begin + left <= closes:
            return begin + left
        left -= closes - begin
    raise AssertionError("days do not end")


def business_time(start: datetime, end: datetime, zone: ZoneInfo) -> timedelta:
    """Return how much open time lies between two moments; negative when `end` comes first."""
    if end < start:
        return -business_time(end, start, zone)
    passed = timedelta()
    for opens, closes in _open_days(start, zone):
        if opens >= end:
            break
        passed += min(closes, end) - max(opens, start)
    return passed


def _open_days(start: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Return opening and closing of every working day that closes after `start`."""
    day = start.astimezone(zone).date()
    while True:
        opens, closes = (_instant(day, hour, zone) for hour in (OPENS, CLOSES))
        if day.weekday() <= FRIDAY and closes > start:
            yield opens, closes
        day += timedelta(days=1)


def _instant(day: date, hour: time, zone: ZoneInfo) -> datetime:
    # In UTC, so that differences are true lengths of time when clocks change.
    return datetime.combine(day, hour, zone).astimezone(UTC)
