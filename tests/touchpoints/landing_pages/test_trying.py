"""Variants by share: who sees which, what the figures say, and how a test ends."""

from collections import Counter
from statistics import NormalDist
from uuid import UUID

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from prm.organisations.models import Organisation
from prm.work.errors import Conflict, Invalid
from tests.conftest import World
from tests.touchpoints.landing_pages.builders import counted, make_page, second_variant, visitor
from touchpoints.landing_pages.choosing import bucket_of, choose
from touchpoints.landing_pages.judging import Arm, Outcome, compare, judge
from touchpoints.landing_pages.models import PageDay, PageTest, PageVariant
from touchpoints.landing_pages.queries import list_results
from touchpoints.landing_pages.services import publish_page
from touchpoints.landing_pages.testing import add_variant, end_test, remove_variant, set_shares
from touchpoints.landing_pages.wording import say_judgement


def arm(letter: str, views: int, sent: int) -> Arm:
    return Arm(ord(letter), letter, 50, views, sent)


def test_shares_are_kept_over_many_browsers() -> None:
    drawn = Counter(choose(f"{n:04x}", 7, [("A", 70), ("B", 20), ("C", 10)]) for n in range(0x10000))

    assert {letter: round(number / 0x10000, 2) for letter, number in drawn.items()} == {"A": 0.7, "B": 0.2, "C": 0.1}


def test_another_test_divides_browsers_anew() -> None:
    half = [("A", 50), ("B", 50)]
    same = sum(choose(f"{n:04x}", 1, half) == choose(f"{n:04x}", 2, half) for n in range(10_000))

    assert 4800 < same < 5200


def test_a_tracked_browser_is_known_by_its_number_and_any_other_for_a_day(world: World) -> None:
    ask = RequestFactory(headers={"user-agent": "Firefox"}).get("/")
    plain = bucket_of(ask, world.organisation)
    number = UUID("1b4e28ba-2fa1-4d1e-883f-0016d3cca427")
    ask.COOKIES[f"_prm_{world.organisation.slug}"] = str(number)
    other = RequestFactory(headers={"user-agent": "Chrome"}).get("/")

    assert bucket_of(ask, world.organisation) == "a427"
    assert bucket_of(ask, world.twin) != "a427"
    assert len(plain) == 4
    assert plain != bucket_of(other, world.organisation)


def test_a_broken_cookie_is_none(world: World) -> None:
    ask = RequestFactory(headers={"user-agent": "Firefox"}).get("/")
    plain = bucket_of(ask, world.organisation)
    ask.COOKIES[f"_prm_{world.organisation.slug}"] = "x' OR 1=1"

    assert bucket_of(ask, world.organisation) == plain


def test_too_few_say_nothing() -> None:
    judgement = judge([arm("A", 99, 30), arm("B", 400, 80)])

    assert (judgement.outcome, judgement.missing_views) == (Outcome.TOO_FEW, 1)
    assert "Too few to say" in say_judgement(judgement, is_over=False)
    assert judge([arm("A", 500, 4), arm("B", 500, 50)]).outcome == Outcome.TOO_FEW
    assert judge([]).best is None


def test_a_difference_is_told_from_chance() -> None:
    clear = judge([arm("A", 1000, 50), arm("B", 1000, 90)])
    unclear = judge([arm("A", 1000, 50), arm("B", 1000, 60)])

    assert (clear.outcome, clear.best.letter if clear.best else "") == (Outcome.BETTER, "B")
    # Worked out by hand: pooled 7 %, z = 0.04 / sqrt(0.07 * 0.93 * 2 / 1000).
    z = 0.04 / (0.07 * 0.93 * 2 / 1000) ** 0.5
    assert clear.probability == pytest.approx(2 * (1 - NormalDist().cdf(z)))
    assert unclear.outcome == Outcome.OPEN
    assert "B does best so far" in say_judgement(unclear, is_over=False)
    # The same pair among three is less sure: it is one of two comparisons.
    assert judge([arm("A", 1000, 50), arm("B", 1000, 90), arm("C", 1000, 20)]).probability == pytest.approx(
        2 * clear.probability
    )


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.data())
def test_a_comparison_is_a_probability(one: int, other: int, data: st.DataObject) -> None:
    first = arm("A", one, data.draw(st.integers(0, one)))
    second = arm("B", other, data.draw(st.integers(0, other)))

    assert 0 <= compare(first.step, second.step) <= 1
    assert compare(first.step, second.step) == pytest.approx(compare(second.step, first.step))


def test_more_sent_than_seen_is_all_of_them() -> None:
    assert arm("A", 10, 12).step.percent == 100


def test_a_second_variant_begins_a_test_and_a_choice_ends_it(solvane: Organisation, world: World) -> None:
    page = make_page(solvane)
    variant = second_variant(solvane, page, world.admin)
    test = PageTest.objects.get()
    for n in range(40):
        visitor(
            page, **{"user-agent": f"Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0"}
        ).look()
    assert sum(views for views, _sent in counted(page).values()) == 40
    assert set(counted(page)) == {"A", "B"}
    (result,) = list_results(solvane, page)
    assert sum(one.views for one in result.judgement.arms) == 40

    end_test(solvane, page_id=page.pk, letter="B", by=world.admin)

    test.refresh_from_db()
    assert (test.winner, test.ended_at is not None) == (variant, True)
    assert list(PageVariant.objects.filter(removed_at=None).values_list("letter", "share", "live_share")) == [
        ("B", 100, 100)
    ]
    titles = {visitor(page, **{"user-agent": f"Firefox/{n}.0 (X11; Linux)"}).look().content.decode() for n in range(4)}
    assert all("The other guide" in one for one in titles)
    assert PageDay.objects.filter(test=None).count() > 0
    third = add_variant(solvane, page_id=page.pk, letter="B", by=world.admin)
    assert third.letter == "C"


def test_publishing_something_else_begins_the_test_anew(solvane: Organisation, world: World) -> None:
    page = make_page(solvane)
    second_variant(solvane, page, world.admin)
    first = PageTest.objects.get()

    publish_page(solvane, page_id=page.pk, by=world.admin)
    assert PageTest.objects.get() == first
    set_shares(solvane, page_id=page.pk, shares={"A": 90, "B": 10}, by=world.admin)
    assert PageTest.objects.get() == first
    publish_page(solvane, page_id=page.pk, by=world.admin)

    assert PageTest.objects.count() == 2
    assert PageTest.objects.get(ended_at=None) != first


@pytest.mark.parametrize("shares", [{"A": 60, "B": 50}, {"A": 10, "B": 10}, {"A": 150, "B": -50}])
def test_shares_make_a_hundred(solvane: Organisation, world: World, shares: dict[str, int]) -> None:
    page = make_page(solvane)
    second_variant(solvane, page, world.admin)

    with pytest.raises(Invalid):
        set_shares(solvane, page_id=page.pk, shares=shares, by=world.admin)

    assert [one.share for one in PageVariant.objects.order_by("letter")] == [50, 50]


def test_the_page_of_shares_keeps_what_was_typed(solvane: Organisation, world: World) -> None:
    page = make_page(solvane)
    second_variant(solvane, page, world.admin)

    answer = world.client(world.marketer).post(
        f"/o/{solvane.slug}/pages/{page.pk}/variants/shares/", {"A": "60", "B": "50"}
    )

    assert answer.status_code == 422
    assert "The shares add up to 110 %" in answer.content.decode()
    assert 'value="60"' in answer.content.decode()


def test_a_variant_that_people_see_is_not_taken_away(solvane: Organisation, world: World) -> None:
    page = make_page(solvane)
    second_variant(solvane, page, world.admin)

    with pytest.raises(Conflict):
        remove_variant(solvane, page_id=page.pk, letter="B", by=world.admin)
    with pytest.raises(Invalid):
        end_test(solvane, page_id=page.pk, letter="Z", by=world.admin)

    assert PageVariant.objects.filter(removed_at=None).count() == 2


def test_three_variants_share_equally(solvane: Organisation, world: World) -> None:
    page = make_page(solvane)
    for _n in range(2):
        add_variant(solvane, page_id=page.pk, letter="A", by=world.admin)

    assert [one.share for one in PageVariant.objects.order_by("letter")] == [34, 33, 33]
