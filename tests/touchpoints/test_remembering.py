"""Figures that are slow are kept for a while; quick ones are always live."""

import time
from collections.abc import Iterator

import pytest
from django.core.cache import cache

from prm.work.remembering import SLOW_SECONDS, remembered
from tests.conftest import World


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def test_what_is_quick_is_worked_out_every_time(world: World) -> None:
    numbers = iter(range(9))
    assert [remembered(world.organisation, "quick", lambda: next(numbers)).value for _ in range(3)] == [0, 1, 2]


def test_what_is_slow_is_kept_for_its_organisation_and_name(world: World) -> None:
    numbers = iter(range(9))

    def slow() -> int:
        time.sleep(SLOW_SECONDS + 0.05)
        return next(numbers)

    first = remembered(world.organisation, "slow", slow)
    again = remembered(world.organisation, "slow", slow)
    assert (first.value, again.value, again.at) == (0, 0, first.at)
    assert not again.is_old
    assert remembered(world.twin, "slow", slow).value == 1
    assert remembered(world.organisation, "slow-of-another-kind", slow).value == 2
