"""Whose turn it is: the arithmetic, with a clock that only moves when told."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from enrichment.turns import GRACE_SECONDS, Caller, Pace, Turns, take

MINE, THEIRS = Caller(1, is_bulk=True), Caller(2, is_bulk=True)
PERSON = Caller(1)


def run(pace: Pace, wishes: list[tuple[float, Caller]], until: float, tick: float = 0.001) -> list[tuple[float, int]]:
    """Let callers ask again and again, each with its own delay after every wait; return who was granted when."""
    turns, granted, now = Turns(), [], 1000.0
    due = [now] * len(wishes)
    while now < 1000.0 + until:
        for number, (late, caller) in enumerate(wishes):
            if due[number] <= now:
                wait = take(turns, now, pace=pace, caller=caller, ticket=str(number))
                if not wait:
                    granted.append((now - 1000.0, caller.organisation_id))
                due[number] = now + wait + late
        now += tick
    return granted


def most_within(moments: list[float], seconds: float) -> int:
    return max((sum(start <= one < start + seconds for one in moments) for start in moments), default=0)


@given(st.lists(st.floats(0, 0.03), min_size=1, max_size=5))
def test_no_window_ever_holds_more_than_is_allowed(late: list[float]) -> None:
    pace = Pace(per_second=10, per_minute=35)

    moments = [at for at, _ in run(pace, [(one, MINE) for one in late], until=6, tick=0.005)]

    assert most_within(moments, 1.0) <= 10
    assert most_within(moments, 60.0) <= 35


def test_four_workers_use_the_rate_and_never_exceed_it() -> None:
    moments = [at for at, _ in run(Pace(50), [(0.001, MINE), (0.002, MINE), (0.003, MINE), (0.001, THEIRS)], until=10)]

    assert most_within(moments, 1.0) <= 50
    assert len(moments) >= 0.95 * 500


def test_a_minute_holds_what_it_may_and_bursts_are_smoothed() -> None:
    moments = [at for at, _ in run(Pace(5, 28), [(0.0, MINE)] * 4, until=120, tick=0.05)]

    assert most_within(moments, 60.0) == 28
    assert len(moments) >= 0.95 * 56
    assert all(after - before > 1.5 for before, after in pairwise(moments))


def test_organisations_take_turns_whatever_each_wants() -> None:
    wishes = [(0.002, MINE)] * 3 + [(0.002, THEIRS)]

    granted = run(Pace(20), wishes, until=5)

    mine = sum(one == 1 for _, one in granted)
    assert abs(2 * mine - len(granted)) <= 2


def test_whoever_waits_before_a_screen_goes_before_jobs() -> None:
    turns, pace = Turns(), Pace(1)
    assert take(turns, 100.0, pace=pace, caller=MINE, ticket="job") == 0
    assert take(turns, 100.1, pace=pace, caller=THEIRS, ticket="theirs") > 0
    assert take(turns, 100.2, pace=pace, caller=PERSON, ticket="person") > 0

    assert take(turns, 101.05, pace=pace, caller=THEIRS, ticket="theirs") > 0
    assert take(turns, 101.06, pace=pace, caller=PERSON, ticket="person") == 0


def test_a_waiter_that_died_is_not_waited_for() -> None:
    turns, pace = Turns(), Pace(1)
    take(turns, 100.0, pace=pace, caller=MINE, ticket="first")
    wait = take(turns, 100.5, pace=pace, caller=PERSON, ticket="dead")

    assert take(turns, 100.5 + wait + GRACE_SECONDS - 0.01, pace=pace, caller=MINE, ticket="job") > 0
    assert take(turns, 100.5 + wait + GRACE_SECONDS + 0.01, pace=pace, caller=MINE, ticket="job") == 0


def test_what_is_stored_is_read_back() -> None:
    turns = Turns([100.0], {"a": (1, 7, 101.0)}, {"7": 99.0}, 105.0, 101.0)

    assert Turns.from_json(turns.to_json()) == turns
