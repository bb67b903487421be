"""Figures that are slow are kept for a while; quick ones are always live."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work import remembering
from prm.work.remembering import (
    SLOW_SECONDS,
    find_remembered,
    name_in_family,
    refresh,
    register_family,
    register_figures,
    remembered,
)
from prm.work.tasks import refresh_figures
from prm.work.wakeups import list_due
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


@pytest.fixture
def slow_figures(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Register figures that are slow, and count how often they were worked out."""
    worked_out = {"times": 0, "contacts": 0}
    monkeypatch.setattr(remembering, "_figures", {})

    def compute(organisation: Organisation) -> int:
        time.sleep(SLOW_SECONDS + 0.05)
        worked_out["times"] += 1
        return worked_out["times"]

    register_figures("many", compute)
    return worked_out


def test_figures_that_are_due_are_shown_while_a_worker_works_them_out(
    scoped: World, slow_figures: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation = scoped.organisation

    def shown() -> tuple[int, bool]:
        found = remembered(organisation, "many", lambda: remembering._figures["many"](organisation))
        return found.value, found.is_old

    assert shown() == (1, False)
    assert list_due() == []
    later = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert shown() == shown() == (1, True)
    # Asked for once, however many look.
    assert list_due() == [(organisation.pk, "figures")]
    refresh_figures(organisation.pk)
    assert slow_figures["times"] == 2
    assert shown() == (2, False)


def test_a_worker_leaves_alone_what_nobody_looks_at_or_what_is_good(
    scoped: World, slow_figures: dict[str, int]
) -> None:
    assert refresh(scoped.organisation) == 0
    remembered(scoped.organisation, "many", lambda: remembering._figures["many"](scoped.organisation))
    assert refresh(scoped.organisation) == 0
    assert slow_figures["times"] == 1


def test_a_page_that_can_stand_without_finds_only_what_is_kept(scoped: World) -> None:
    def slow() -> int:
        time.sleep(SLOW_SECONDS + 0.05)
        return 7

    assert find_remembered(scoped.organisation, "slow") is None
    remembered(scoped.organisation, "slow", slow)
    kept = find_remembered(scoped.organisation, "slow")
    assert kept is not None
    assert kept.value == 7
    assert find_remembered(scoped.twin, "slow") is None


def test_a_worker_works_out_anew_those_of_a_family_that_were_looked_at(
    scoped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "_families", {})
    worked_out: list[int] = []

    def compute(organisation: Organisation, member: int) -> int:
        time.sleep(SLOW_SECONDS + 0.05)
        worked_out.append(member)
        return member

    register_family("one", compute, lambda organisation: (1, 2, 3))
    organisation = scoped.organisation
    remembered(organisation, name_in_family("one", 2), lambda: compute(organisation, 2))
    later = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert remembered(organisation, name_in_family("one", 2), lambda: compute(organisation, 2)).is_old
    assert refresh(organisation) == 1
    assert worked_out == [2, 2]
    assert not remembered(organisation, name_in_family("one", 2), lambda: compute(organisation, 2)).is_old


def test_the_figures_of_the_first_page_and_of_touchpoints_are_among_them(world: World) -> None:
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            for compute in remembering._figures.values():
                compute(organisation)
    assert {"home", "touches"} <= set(remembering._figures)
    assert "touchpoint" in remembering._families
