"""Points as people type them, in the range the model has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.learning.suggesting import as_typed, cap_with, points_per_weight


@pytest.mark.parametrize(
    ("points", "typed"),
    [
        (0.2, 0),
        (-0.24, 0),
        (0.25, 0.5),
        (2.7, 2.5),
        (-3.3, -3.5),
        (7.4, 7),
        (17.6, 18),
        (43, 45),
        (123, 120),
        (1234, 1200),
    ],
)
def test_points_are_rounded_to_what_a_person_would_type(points: float, typed: float) -> None:
    assert as_typed(points) == typed


@given(st.floats(-1e6, 1e6))
def test_rounding_never_moves_points_by_more_than_a_tenth_or_a_quarter(points: float) -> None:
    assert abs(as_typed(points) - points) <= max(0.25, abs(points) * 0.125)


def test_the_strongest_sure_weight_gets_what_the_strongest_has_today() -> None:
    assert points_per_weight([5, -20, 3], [0.5, 2.0, 4.0], [True, True, False]) == 10
    assert points_per_weight([5, -20, 3], [0.5, 2.0, 4.0], [False, False, False]) == 5
    assert points_per_weight([], [], []) == 0


def test_a_cap_stops_as_many_acts_as_before() -> None:
    assert cap_with(30, 10, 5) == 15
    assert cap_with(10, 10, -20) == 20
    assert cap_with(None, 10, 5) is None
