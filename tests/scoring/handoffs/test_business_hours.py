"""The contract's clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scoring.handoffs.business_hours import CLOSES, FRIDAY, OPENS, add_business_hours, business_time

PARIS = ZoneInfo("Europe/Paris")
ZONES = st.sampled_from([PARIS, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata"), ZoneInfo("UTC")])
MOMENTS = st.integers(1_700_000_000, 1_900_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def test_four_hours_are_counted_in_open_time() -> None:
    assert add_business_hours(paris("2026-11-18T10:00"), 4, PARIS) == paris("2026-11-18T14:00")
    assert add_business_hours(paris("2026-11-18T16:00"), 4, PARIS) == paris("2026-11-19T11:00")
    assert add_business_hours(paris("2026-11-20T17:30"), 4, PARIS) == paris("2026-11-23T12:30")
    assert add_business_hours(paris("2026-11-22T03:00"), 4, PARIS) == paris("2026-11-23T13:00")


def test_the_night_the_clocks_change_is_closed_anyway() -> None:
    assert add_business_hours(paris("2026-03-27T17:00"), 4, PARIS) == paris("2026-03-30T12:00")


def test_nights_and_weekends_take_no_time() -> None:
    assert business_time(paris("2026-11-20T17:00"), paris("2026-11-23T10:00"), PARIS) == timedelta(hours=2)
    assert business_time(paris("2026-11-21T08:00"), paris("2026-11-22T20:00"), PARIS) == timedelta()
    assert business_time(paris("2026-11-23T10:00"), paris("2026-11-20T17:00"), PARIS) == -timedelta(hours=2)


@given(start=MOMENTS, hours=st.floats(0, 60), zone=ZONES)
def test_the_promise_ends_in_open_hours_exactly_so_much_open_time_later(
    start: datetime, hours: float, zone: ZoneInfo
) -> None:
    end = add_business_hours(start, hours, zone)
    local = end.astimezone(zone)
    assert end >= start
    assert local.weekday() <= FRIDAY
    assert OPENS <= local.time() <= CLOSES
    assert abs(business_time(start, end, zone) - timedelta(hours=hours)) < timedelta(milliseconds=1)


@given(one=MOMENTS, other=MOMENTS, zone=ZONES)
def test_open_time_is_never_more_than_time(one: datetime, other: datetime, zone: ZoneInfo) -> None:
    start, end = sorted((one, min(other, one + timedelta(days=60))))
    assert timedelta() <= business_time(start, end, zone) <= end - start
