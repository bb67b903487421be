"""The contract's clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scoring.handoffs.business_hours import CLOSES, OPENS, Calendar, add_business_hours, business_time, next_open

PARIS = ZoneInfo("Europe/Paris")
CALENDAR = Calendar(PARIS)
FRIDAY = 4
ZONES = st.sampled_from([PARIS, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata"), ZoneInfo("UTC")])
MOMENTS = st.integers(1_700_000_000, 1_900_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def test_four_hours_are_counted_in_open_time() -> None:
    assert add_business_hours(paris("2026-11-18T10:00"), 4, CALENDAR) == paris("2026-11-18T14:00")
    assert add_business_hours(paris("2026-11-18T16:00"), 4, CALENDAR) == paris("2026-11-19T11:00")
    assert add_business_hours(paris("2026-11-20T17:30"), 4, CALENDAR) == paris("2026-11-23T12:30")
    assert add_business_hours(paris("2026-11-22T03:00"), 4, CALENDAR) == paris("2026-11-23T13:00")


def test_the_night_the_clocks_change_is_closed_anyway() -> None:
    assert add_business_hours(paris("2026-03-27T17:00"), 4, CALENDAR) == paris("2026-03-30T12:00")


def test_nights_and_weekends_take_no_time() -> None:
    assert business_time(paris("2026-11-20T17:00"), paris("2026-11-23T10:00"), CALENDAR) == timedelta(hours=2)
    assert business_time(paris("2026-11-21T08:00"), paris("2026-11-22T20:00"), CALENDAR) == timedelta()
    assert business_time(paris("2026-11-23T10:00"), paris("2026-11-20T17:00"), CALENDAR) == -timedelta(hours=2)


@given(start=MOMENTS, hours=st.floats(0, 60), zone=ZONES)
def test_the_promise_ends_in_open_hours_exactly_so_much_open_time_later(
    start: datetime, hours: float, zone: ZoneInfo
) -> None:
    end = add_business_hours(start, hours, Calendar(zone))
    local = end.astimezone(zone)
    assert end >= start
    assert local.weekday() <= FRIDAY
    assert OPENS <= local.time() <= CLOSES
    assert abs(business_time(start, end, Calendar(zone)) - timedelta(hours=hours)) < timedelta(milliseconds=1)


@given(one=MOMENTS, other=MOMENTS, zone=ZONES)
def test_open_time_is_never_more_than_time(one: datetime, other: datetime, zone: ZoneInfo) -> None:
    start, end = sorted((one, min(other, one + timedelta(days=60))))
    assert timedelta() <= business_time(start, end, Calendar(zone)) <= end - start


def test_what_is_closed_opens_next_and_what_is_open_is_open_now() -> None:
    assert next_open(paris("2026-11-20T18:30"), CALENDAR) == paris("2026-11-23T09:00")
    assert next_open(paris("2026-11-20T17:30"), CALENDAR) == paris("2026-11-20T17:30")


def test_holidays_days_off_and_a_short_friday_take_no_time() -> None:
    week = (*CALENDAR.week[:4], (OPENS, time(12)), None, None)
    calendar = Calendar(PARIS, week, "FR", frozenset({date(2026, 12, 24)}))
    # Wednesday evening; Thursday is off, Friday is Christmas, then a weekend.
    assert add_business_hours(paris("2026-12-23T17:00"), 2, calendar) == paris("2026-12-28T10:00")
    assert business_time(paris("2026-12-18T11:00"), paris("2026-12-21T10:00"), calendar) == timedelta(hours=2)


def test_a_team_that_never_works_still_has_an_end() -> None:
    closed = Calendar(PARIS, (None,) * 7)
    assert add_business_hours(paris("2026-12-23T17:00"), 2, closed) == paris("2026-12-23T17:00")
    assert business_time(paris("2026-12-23T17:00"), paris("2027-12-23T17:00"), closed) == timedelta()
