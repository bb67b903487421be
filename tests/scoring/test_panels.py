"""Why a contact has its score, when it cools, and where its handoff stands, on its page."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.models import Contact, Tier
from prm.organisations.scope import organisation_scope
from scoring.explanations import explain_contact, find_cooling
from scoring.handoffs.answering import recycle_handoff
from scoring.handoffs.claiming import claim_handoff
from scoring.models import Handoff, ModelVersion
from scoring.rescoring import rescore_all
from scoring.rulesets import build_ruleset
from scoring.scores import explain
from tests.conftest import World
from tests.scoring.reference import Act
from tests.scoring.worlds import NOON, add_contact, add_log, behaviour, profile, publish


def page_of(world: World, contact: Contact) -> str:
    page: str = world.client(world.sales).get(world.path(f"contacts/{contact.pk}/?panels=all")).content.decode()
    return page


def test_the_page_shows_every_rule_at_work(scoped: World) -> None:
    publish(
        scoped.organisation,
        behaviour("webinar", 12, name="Webinar seen", half_life_days=10),
        behaviour("page_view", 3, name="Pricing read", cap=4),
        profile(10, "direct"),
        hot_from=9,
        warm_from=5,
    )
    contact = add_contact(scoped.organisation, job_title="Directrice")
    now = timezone.now()
    add_log(scoped.organisation, contact, [Act("webinar", now - timedelta(days=10, hours=1))])
    add_log(scoped.organisation, contact, [Act("page_view", now), Act("page_view", now)])
    rescore_all(scoped.organisation)
    page = page_of(scoped, contact)
    for said in (
        "Why this score",
        "Webinar seen",
        "time has left 50% (half-life 10 days)",
        "Pricing read",
        "cap of 4 points reached",
        "direct 10",
        "Model v1",
        "Handoff to sales",
        "Waits to be claimed.",
    ):
        assert said in page


def test_the_panel_adds_up_to_what_is_stored_until_another_version_counts(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 12, half_life_days=10))
    contact = add_contact(scoped.organisation)
    add_log(scoped.organisation, contact, [Act("webinar", timezone.now() - timedelta(days=3))])
    rescore_all(scoped.organisation, at=timezone.now() - timedelta(days=1))
    contact = Contact.objects.select_related("standing").get(pk=contact.pk)
    explained = explain_contact(scoped.organisation, contact)
    assert explained is not None
    found, _version = explained
    assert (found.intent, found.at) == (contact.standing.intent, contact.standing.scored_at)
    assert sum(one.points for one in found.contributions) == pytest.approx(found.intent, abs=0.05)
    publish(scoped.organisation, behaviour("webinar", 1), number=2)
    explained = explain_contact(scoped.organisation, contact)
    assert explained is not None
    assert (explained[0].intent, explained[1].number) == (1, 2)


def test_without_a_model_there_is_no_panel(scoped: World) -> None:
    assert "Why this score" not in page_of(scoped, add_contact(scoped.organisation))


def test_past_handoffs_stay_on_the_page_with_their_answer(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 30))
    contact = add_contact(scoped.organisation)
    add_log(scoped.organisation, contact, [Act("webinar", timezone.now())])
    rescore_all(scoped.organisation)
    handoff = Handoff.objects.get()
    claim_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales)
    assert "<b>Sales</b> has it since" in page_of(scoped, contact)
    recycle_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales, note="Wants to talk in spring")
    page = page_of(scoped, contact)
    assert "Recycled, Too early" in page
    assert "Wants to talk in spring" in page


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(st.tuples(st.sampled_from(["webinar", "call"]), st.integers(0, 60)), min_size=1, max_size=5),
    half_life=st.sampled_from([None, 5.0, 45.0]),
    window=st.sampled_from([None, 90]),
    cap=st.sampled_from([None, 9.0]),
)
def test_it_cools_on_the_day_that_is_announced(
    world: World, acts: list[tuple[str, int]], half_life: float | None, window: int | None, cap: float | None
) -> None:
    with organisation_scope(world.organisation.pk):
        Contact.objects.all().delete()
        ModelVersion.objects.all().delete()
        version = publish(
            world.organisation,
            behaviour("webinar", 6, half_life_days=half_life, cap=cap),
            # One occurrence of a rule with a window leaves it on a day that is known exactly.
            behaviour("call", 5, window_days=window, cap=5),
            warm_from=4,
            hot_from=8,
        )
        contact = add_contact(world.organisation)
        add_log(world.organisation, contact, [Act(kind, NOON - timedelta(days=days)) for kind, days in acts])
        ruleset = build_ruleset(world.organisation, version)
        found = explain(ruleset, contact.pk, at=NOON)
        assert found is not None
        cooling = find_cooling(found, version)
        if cooling is None:
            later = explain(ruleset, contact.pk, at=NOON + timedelta(days=730))
            assert later is not None
            assert later.tier == found.tier
            return
        before = explain(ruleset, contact.pk, at=cooling.at - timedelta(days=1))
        after = explain(ruleset, contact.pk, at=cooling.at)
        assert before is not None
        assert after is not None
        assert (before.tier, after.tier) == (found.tier, cooling.tier)
        assert cooling.tier < found.tier
        assert cooling.tier in (Tier.COLD, Tier.WARM)
