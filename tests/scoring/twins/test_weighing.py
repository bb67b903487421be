"""What a trait weighs by how many have it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.twins.bits import BITS
from scoring.twins.weighing import FEW, STEPS, Counted, rarity, step_of, weigh, worth_of
from scoring.twins.wording import Traits


@given(st.integers(0, 100_000), st.integers(1, 100_000))
def test_rarity_lies_between_one_and_two(number: int, of: int) -> None:
    assert 1 <= rarity(number, of) <= 2.0000001


def test_the_rarer_weighs_more_until_too_few_have_it() -> None:
    found = [rarity(number, 1000) for number in (1000, 400, 100, 20, FEW)]
    assert all(one < other for one, other in pairwise(found))
    assert found[0] == 1
    assert found[-1] == rarity(1, 1000) == pytest.approx(2)


def test_acts_are_put_together_by_how_rare_they_are() -> None:
    traits = Traits("24.51Z", "24", None, "", "", "", "", None, [], ["k:page_view", "k:trial", "k:webinar"])
    page, trial = (f"{1 << (BITS - 1 - place):0{BITS}b}" for place in range(2))
    counts = {"k:page_view": Counted(990, page), "k:trial": Counted(5, trial), "n:24": Counted(1000)}
    found = weigh(traits, counts, 1000)
    assert found["mask_0"] == page
    assert found[f"mask_{STEPS - 1}"] == trial
    assert found["mask"].count("1") == 2
    assert found["worth_of_all"] == worth_of(0) + 2 * worth_of(STEPS - 1)
    assert found["w_activity"] == 3
    assert step_of(2.0) == STEPS - 1
