"""The arithmetic of back-tests, by hand and against the obvious."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.simulation.statistics import Judged, auc, cut, deciles, wilson


def people(*pairs: tuple[float, bool]) -> list[Judged]:
    return [Judged(score, converted) for score, converted in pairs]


def test_auc_counts_pairs_in_the_right_order_and_half_the_ties() -> None:
    # Of the four pairs (3, 1), (3, 2), (2, 1), (2, 2): three right, one tie.
    assert auc(people((3, True), (2, True), (1, False), (2, False))).value == pytest.approx(3.5 / 4)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=30))
def test_auc_is_the_share_of_pairs(pairs: list[tuple[int, bool]]) -> None:
    yes = [score for score, converted in pairs if converted]
    no = [score for score, converted in pairs if not converted]
    if not yes or not no:
        return
    wanted = sum((a > b) + (a == b) / 2 for a in yes for b in no) / (len(yes) * len(no))
    found = auc(people(*pairs))
    assert found.value == pytest.approx(wanted)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_wilson_gives_the_published_interval() -> None:
    # Newcombe (1998), table I: 81 of 263.
    found = wilson(81 / 263, 263)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    assert wilson(0.0, 0).high == 1.0


def test_the_first_tenth_holds_all_conversions() -> None:
    base = people(*((100 - number, number < 5) for number in range(100)))
    lifts = deciles(base)
    assert lifts[0] == pytest.approx(10.0)
    assert lifts[1:] == pytest.approx([0.0] * 9)


def test_equals_share_what_falls_to_them() -> None:
    assert deciles(people(*((1, number < 5) for number in range(100)))) == pytest.approx([1.0] * 10)


def test_a_sample_counts_for_those_it_stands_for() -> None:
    base = [Judged(9, True), Judged(9, False, 3.0), Judged(1, True), Judged(1, False, 3.0)]
    found = cut(base, 5)
    assert (found.taken, found.precision.value, found.recall.value) == (4.0, 0.25, 0.5)
