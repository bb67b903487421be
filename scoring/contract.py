"""The handoff contract's delay: by when sales has promised the first contact. Pure arithmetic."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# First contact within so many business hours; Monday to Friday, nine to six, in the organisation's time zone.
DELAY = timedelta(hours=4)
OPENS, CLOSES = time(9), time(18)
WORKING_DAYS = range(5)
# A recycled contact is not handed over again before so many days, unless sales says another date.
COOL_DOWN_DAYS = 60
# A rejected one is not opened again before so many days.
REJECTED_DAYS = 90


def due_after(start: datetime, time_zone: str, delay: timedelta = DELAY) -> datetime:
    """Return the moment at which so much business time has passed since an aware moment, in UTC."""
    zone = ZoneInfo(time_zone)
    day, left = start.astimezone(zone).date(), delay
    while True:
        opens, closes = _hours_of(day, zone)
        begins = max(opens, start)
        if day.weekday() in WORKING_DAYS and begins < closes:
            # Aware moments of one zone subtract by the clock on the wall; UTC keeps the length true.
            room = closes - begins
            if left <= room:
                return begins + left
            left -= room
        day += timedelta(days=1)


def business_time_between(start: datetime, end: datetime, time_zone: str) -> timedelta:
    """Return the business time between two aware moments; negative when `end` is the earlier one."""
    if end < start:
        return -business_time_between(end, start, time_zone)
    zone = ZoneInfo(time_zone)
    day, last, passed = start.astimezone(zone).date(), end.astimezone(zone).date(), timedelta()
    while day <= last:
        opens, closes = _hours_of(day, zone)
        if day.weekday() in WORKING_DAYS:
            passed += max(min(closes, end) - max(opens, start), timedelta())
        day += timedelta(days=1)
    return passed


def _hours_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    utc = ZoneInfo("UTC")
    return (
        datetime.combine(day, OPENS, zone).astimezone(utc),
        datetime.combine(day, CLOSES, zone).astimezone(utc),
    )
