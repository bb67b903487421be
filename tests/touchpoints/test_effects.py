"""The effect of an action, against what was worked out by hand, and what is said of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.models import Contact, StageChange
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.touchpoints.test_actions import plan
from tests.touchpoints.test_inventory import add
from touchpoints.actions import queries
from touchpoints.actions.effects import Effect, Verdict, Window, readable_on, windows_of
from touchpoints.models import Touchpoint
from touchpoints.models import Verdict as Who
from touchpoints.recording import NewInteraction, record

BEGAN, DONE = date(2026, 6, 1), date(2026, 6, 10)
TODAY = date(2026, 9, 1)


def effect(before: tuple[int, int, int, int], after: tuple[int, int, int, int], cost: int | None = None) -> Effect:
    """Return an effect over 28 days: interactions, their squares, people, converted."""
    return Effect(
        Window(date(2026, 5, 4), date(2026, 5, 31), *before), Window(date(2026, 6, 11), date(2026, 7, 8), *after), cost
    )


def test_windows_are_as_long_as_asked_for_and_never_longer_than_has_passed() -> None:
    def days(chosen: int, today: date) -> tuple[date, date, date, date] | None:
        found = windows_of(BEGAN, DONE, days=chosen, today=today)
        return (found[0].first, found[0].last, found[1].first, found[1].last) if found else None

    assert days(30, TODAY) == (date(2026, 5, 2), date(2026, 5, 31), date(2026, 6, 11), date(2026, 7, 10))
    # On 22 June, 11 to 21 June have passed: eleven days.
    assert days(30, date(2026, 6, 22)) == (date(2026, 5, 21), date(2026, 5, 31), date(2026, 6, 11), date(2026, 6, 21))
    assert days(30, date(2026, 6, 17)) is None
    assert readable_on(DONE) == date(2026, 6, 18)
    assert days(30, date(2026, 6, 18)) is not None


def test_volume_is_what_was_worked_out_by_hand() -> None:
    """40 and 80 in four weeks, each by somebody else.

    Wilson for 80 of 120: centre (2/3 + 3.8416 / 240) / (1 + 3.8416 / 120) = 0.66150, half 0.08316, so 0.57834 to
    0.74466; 120 * (2 p - 1) / 4 weeks: 4.70 to 14.68.
    """
    volume = effect((40, 40, 0, 0), (80, 80, 0, 0)).volume
    assert (volume.value, round(volume.low, 2), round(volume.high, 2)) == (10, 4.70, 14.68)
    assert volume.verdict == Verdict.GAIN


def test_the_same_acts_of_a_few_people_say_less() -> None:
    """Eight acts each: 120 acts weigh as 15, too few."""
    assert effect((40, 320, 5, 0), (80, 640, 10, 0)).volume.verdict == Verdict.TOO_FEW
    # Two each: as 60. Wilson for 40 of 60: 0.54 to 0.77; still more than one half.
    twice = effect((40, 80, 20, 0), (80, 160, 40, 0)).volume
    assert (round(twice.low, 1), round(twice.high, 1), twice.verdict) == (2.4, 16.4, Verdict.GAIN)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (50, 55, Verdict.NOISE),
        (80, 40, Verdict.LOSS),
        (10, 19, Verdict.TOO_FEW),
        (0, 0, Verdict.TOO_FEW),
        (0, 60, Verdict.UNRECORDED),
        (60, 0, Verdict.LOSS),
    ],
)
def test_volume_is_only_called_what_it_is(before: int, after: int, verdict: Verdict) -> None:
    assert effect((before, before, 0, 0), (after, after, 0, 0)).volume.verdict == verdict


def test_conversion_is_what_newcombe_printed() -> None:
    """Newcombe (1998), example (a), method 10: 56 of 70 less 48 of 80 is 0.2, from 0.0524 to 0.3339."""
    conversion = effect((80, 80, 80, 48), (70, 70, 70, 56)).conversion
    assert (round(conversion.value, 2), round(conversion.low, 2), round(conversion.high, 2)) == (20, 5.24, 33.39)
    assert conversion.verdict == Verdict.GAIN
    assert effect((80, 80, 80, 48), (70, 70, 70, 45)).conversion.verdict == Verdict.NOISE
    assert effect((80, 80, 80, 48), (29, 29, 29, 29)).conversion.verdict == Verdict.TOO_FEW


def test_only_a_sure_gain_has_a_price() -> None:
    assert effect((40, 40, 0, 0), (80, 80, 0, 0), 100_00).cost_per_gain_cents == 250
    assert effect((40, 40, 0, 0), (80, 80, 0, 0)).cost_per_gain_cents is None
    assert effect((50, 50, 0, 0), (55, 55, 0, 0), 100_00).cost_per_gain_cents is None
    assert effect((80, 80, 0, 0), (40, 40, 0, 0), 100_00).cost_per_gain_cents is None


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 6))
def test_an_interval_holds_its_difference(before: int, after: int, each: int) -> None:
    volume = effect((before * each, before * each**2, 0, 0), (after * each, after * each**2, 0, 0)).volume
    if volume.is_known:
        assert volume.low <= volume.value + 1e-9
        assert volume.value <= volume.high + 1e-9


# --- What is counted --------------------------------------------------------------------------------------------


def acted(world: World, touchpoint: Touchpoint, contact: Contact | None, on: date, **more: Any) -> None:
    at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    new = NewInteraction(
        "page_view", contact.pk if contact else None, touchpoint_id=touchpoint.pk, occurred_at=at, **more
    )
    record(world.organisation, [new])


def became(contact: Contact, old: str, new: str, on: date) -> None:
    at = datetime(on.year, on.month, on.day, 13, tzinfo=UTC)
    StageChange.objects.create(
        organisation=contact.organisation, contact=contact, from_stage=old, to_stage=new, cause="person", at=at
    )


def test_human_acts_of_both_windows_are_counted_and_steps_forward_within_them(world: World) -> None:
    with organisation_scope(world.twin.pk):
        there = Touchpoint.objects.create(organisation=world.twin, code="form", name="Form", channel="website")
        foreign = Contact.objects.create(organisation=world.twin, email="a@b.example")
        at = datetime(2026, 6, 15, tzinfo=UTC)
        record(world.twin, [NewInteraction("page_view", foreign.pk, touchpoint_id=there.pk, occurred_at=at)] * 5)
    with organisation_scope(world.organisation.pk):
        form, other = add(world, "Form"), add(world, "Other")
        action = plan(world, form, status="done", began_on=BEGAN, done_on=DONE, cost_cents=1000)
        people = [Contact.objects.create(organisation=world.organisation, email=f"{n}@b.example") for n in range(6)]
        ana, ben, cleo, dan, eve, fay = people
        before, after = date(2026, 5, 31), date(2026, 6, 11)
        for person, days in ((ana, (before, date(2026, 5, 2), date(2026, 5, 1))), (ben, (before,)), (cleo, (before,))):
            for day in days:
                acted(world, form, person, day)
        # While it was under way: neither before nor after.
        for day in (BEGAN, date(2026, 6, 5), DONE):
            acted(world, form, dan, day)
        for person, count in ((dan, 3), (eve, 1), (fay, 1), (ana, 1)):
            for _number in range(count):
                acted(world, form, person, after)
        acted(world, form, None, after)
        acted(world, form, None, date(2026, 7, 10))
        acted(world, form, None, date(2026, 7, 11))
        acted(world, form, eve, after, verdict=Who.BOT)
        acted(world, other, eve, after)
        # Ana became a prospect before she came; Ben after his window; Cleo in it.
        became(ana, "suspect", "prospect", date(2026, 5, 1))
        became(ben, "suspect", "prospect", BEGAN)
        became(cleo, "suspect", "prospect", before)
        # Dan goes further, Eve goes back, Fay comes out of nothing.
        became(dan, "prospect", "mql", date(2026, 6, 30))
        became(eve, "mql", "prospect", date(2026, 6, 30))
        became(fay, "", "prospect", date(2026, 6, 30))
        found = queries.measure_effect(action, days=30, today=TODAY)
        assert found is not None
        assert found.before == Window(date(2026, 5, 2), before, 4, 6, 3, 1)
        assert found.after == Window(after, date(2026, 7, 10), 8, 14, 4, 2)
        assert queries.measure_effect(action, days=30, today=date(2026, 6, 17)) is None


def test_the_page_says_what_changed_and_what_else_was_under_way(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        form = add(world, "Form")
        today = datetime.now(tz=ZoneInfo("Europe/Paris")).date()
        done = today - timedelta(days=40)
        action = plan(world, form, status="done", began_on=done, done_on=done, cost_cents=600_00)
        plan(world, form, "Beside", status="doing", began_on=done)
        plan(
            world,
            form,
            "Long ago",
            status="done",
            began_on=done - timedelta(days=90),
            done_on=done - timedelta(days=80),
        )
        for number in range(60):
            person = Contact.objects.create(organisation=world.organisation, email=f"{number}@b.example")
            acted(world, form, person, done + timedelta(days=-10 if number < 15 else 10))
    client = world.client(world.viewer)
    page = client.get(world.path(f"touchpoints/actions/{action.pk}/")).text
    assert "<b>+7 interactions a week</b> since it is done, more than chance explains." in page
    assert "€600 for 30 interactions more in 30 days." in page
    assert "€20" in page
    assert "Under 30 people before or after, a rate says nothing." in page
    assert "Beside" in page
    assert "Long ago" not in page
    longer = client.get(world.path(f"touchpoints/actions/{action.pk}/?days=90")).text
    assert "No more than 39 have passed." in longer
