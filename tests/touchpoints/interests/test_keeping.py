"""Interests follow what people do, how long, and how long ago; and everything that makes that otherwise."""

import math
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from contacts.doubles.merging import merge_contacts
from contacts.doubles.undoing import undo_merge
from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from tests.conftest import World
from tests.touchpoints.interests.acting import follow, happens, interests, looked, person, theme
from touchpoints.interests.models import Interest, Reconsidered, ThemedAct
from touchpoints.interests.queries import weights_of_visitor
from touchpoints.interests.rebuilding import rebuild
from touchpoints.interests.services import RuleInput, add_rule, remove_rule, set_half_life
from touchpoints.models import Interaction, Touchpoint, Verdict
from touchpoints.recording import NewInteraction
from touchpoints.recounting import recount
from touchpoints.tracking.models import Visitor

pytestmark = pytest.mark.usefixtures("committed")


def weight(points: float) -> float:
    return round(100 * (1 - math.exp(-points / 10)), 1)


def test_an_act_weighs_by_its_time_and_how_long_ago_it_was(solvane: Organisation) -> None:
    ada = person(solvane)
    theme(solvane, "Pompes", "/pompes/*")
    theme(solvane, "Vannes", "/vannes/*")
    happens(
        solvane,
        looked(ada, seconds=120),
        looked(ada, "/pompes/b", days=30, seconds=60),
        looked(ada, "/vannes/x"),
        looked(ada, "/tarifs", seconds=600),
    )
    # Two minutes and a half point now; a minute and a half point a half-life ago.
    assert interests(solvane, ada) == {"Pompes": weight(2.5 + 1.5 / 2), "Vannes": weight(1)}


def test_only_humans_acts_count_and_opens_never(solvane: Organisation) -> None:
    ada = person(solvane)
    theme(solvane, "Pompes", "/pompes/*")
    happens(
        solvane,
        looked(ada, verdict=Verdict.BOT),
        looked(ada, verdict=Verdict.SUSPECT),
        looked(ada, kind="email_opened"),
        looked(None),
    )
    assert interests(solvane, ada) == {}
    assert ThemedAct.objects.count() == 0


def test_a_touchpoint_is_of_a_theme(solvane: Organisation) -> None:
    ada = person(solvane)
    webinar = Touchpoint.objects.create(organisation=solvane, code="webinar", name="Webinar", channel="event")
    pumps = theme(solvane, "Pompes")
    add_rule(solvane, theme_id=pumps.pk, values=RuleInput(touchpoint_id=webinar.pk), by=None)
    happens(solvane, NewInteraction("webinar", contact_id=ada.pk, touchpoint_id=webinar.pk))
    assert interests(solvane, ada) == {"Pompes": weight(5)}


def test_rules_that_come_later_take_the_past_and_give_it_back(solvane: Organisation) -> None:
    ada = person(solvane)
    happens(solvane, looked(ada), looked(ada, "/vannes/x"))
    pumps = theme(solvane, "Pompes", "/pompes/*")
    run_jobs(solvane)
    assert interests(solvane, ada) == {"Pompes": weight(1)}
    with organisation_scope(solvane.pk):
        rule = add_rule(solvane, theme_id=pumps.pk, values=RuleInput({"path": "/vannes/*"}), by=None)
    run_jobs(solvane)
    assert interests(solvane, ada) == {"Pompes": weight(2)}
    with organisation_scope(solvane.pk):
        remove_rule(solvane, rule_id=rule.pk, by=None)
    run_jobs(solvane)
    assert interests(solvane, ada) == {"Pompes": weight(1)}


def test_one_a_batch_and_all_are_worked_out_alike(solvane: Organisation) -> None:
    people = [person(solvane, f"p{n}@acme.example") for n in range(7)]
    theme(solvane, "Pompes", "/pompes/*")
    theme(solvane, "Vannes", "/vannes/*")
    happens(
        solvane,
        *(looked(one, f"/{('pompes', 'vannes')[n % 2]}/{n}", days=n * 3.3, seconds=17 * n)
          for n, one in enumerate(people * 3)),
    )  # fmt: skip
    with organisation_scope(solvane.pk):
        kept = list(Interest.objects.order_by("contact", "theme").values_list("contact", "theme", "level", "as_of"))
        Interest.objects.all().delete()
        rebuild(solvane)
    run_jobs(solvane)
    with organisation_scope(solvane.pk):
        anew = list(Interest.objects.order_by("contact", "theme").values_list("contact", "theme", "level", "as_of"))
    assert len(kept) == 14
    assert anew == kept


def test_interests_fade_as_quickly_as_the_organisation_says(solvane: Organisation) -> None:
    ada = person(solvane)
    theme(solvane, "Pompes", "/pompes/*")
    happens(solvane, looked(ada, days=10, seconds=570))
    assert interests(solvane, ada) == {"Pompes": weight(10 * 0.5 ** (10 / 30))}
    with organisation_scope(solvane.pk):
        set_half_life(solvane, days=10, by=None)
    run_jobs(solvane)
    assert interests(solvane, ada) == {"Pompes": weight(5)}


def test_how_long_a_page_was_looked_at_comes_later(solvane: Organisation) -> None:
    ada = person(solvane)
    theme(solvane, "Pompes", "/pompes/*")
    happens(solvane, looked(ada))
    row = Interaction.objects.get(kind="page_view")
    Interaction.objects.filter(pk=row.pk).update(properties={**row.properties, "seconds": 300})
    Reconsidered.objects.create(organisation=solvane, interaction_id=row.pk)
    follow(solvane)
    assert interests(solvane, ada) == {"Pompes": weight(5.5)}
    assert Reconsidered.objects.count() == 0


def test_a_visitor_has_interests_and_brings_them_along(solvane: Organisation) -> None:
    ada, uid = person(solvane), uuid4()
    pumps = theme(solvane, "Pompes", "/pompes/*")
    now = timezone.now()
    visitor = Visitor.objects.create(
        organisation=solvane, uid=uid, browser=uuid4(), browser_key="k", since=now, first_at=now, last_at=now
    )
    happens(solvane, looked(None, visitor_id=str(uid), seconds=60))
    with organisation_scope(solvane.pk):
        assert {pk: round(w, 1) for pk, w in weights_of_visitor(solvane, visitor).items()} == {pumps.pk: weight(1.5)}
        # What tracking does when a visitor turns out to be somebody.
        from touchpoints.tracking.identity import join_past  # noqa: PLC0415

        visitor.contact = ada
        visitor.save()
        join_past(solvane, [visitor])
    follow(solvane)
    assert interests(solvane, ada) == {"Pompes": weight(1.5)}


def test_what_a_forgotten_visitor_did_is_of_no_theme(solvane: Organisation) -> None:
    uid, now = uuid4(), timezone.now()
    theme(solvane, "Pompes", "/pompes/*")
    visitor = Visitor.objects.create(
        organisation=solvane, uid=uid, browser=uuid4(), browser_key="k", since=now, first_at=now, last_at=now
    )
    happens(solvane, looked(None, visitor_id=str(uid)))
    assert ThemedAct.objects.count() == 1
    visitor.delete()
    assert ThemedAct.objects.count() == 0


def test_a_verdict_that_is_corrected_takes_interests_back(solvane: Organisation) -> None:
    ada = person(solvane)
    theme(solvane, "Pompes", "/pompes/*")
    happens(solvane, looked(ada), looked(ada, "/pompes/b"))
    with organisation_scope(solvane.pk):
        gone = Interaction.objects.order_by("pk")[0]
        Interaction.objects.filter(pk=gone.pk).update(verdict=Verdict.BOT)
        recount(solvane, contact_ids=[ada.pk], gone_ids=[gone.pk])
    follow(solvane)
    assert interests(solvane, ada) == {"Pompes": weight(1)}


def test_merged_people_have_one_interest_and_apart_again_two(solvane: Organisation) -> None:
    ada, other = person(solvane), person(solvane, "a.lovelace@acme.example")
    theme(solvane, "Pompes", "/pompes/*")
    happens(solvane, looked(ada), looked(other, "/pompes/b", seconds=90))
    with organisation_scope(solvane.pk):
        merge = merge_contacts(
            solvane, contact_ids=[ada.pk, other.pk], by=None, survivor_id=ada.pk, take={"email": ada.pk}
        )
    follow(solvane)
    assert interests(solvane, ada) == {"Pompes": weight(3)}
    with organisation_scope(solvane.pk):
        undo_merge(solvane, merge_id=merge.pk, by=None)
    follow(solvane)
    assert interests(solvane, ada) == {"Pompes": weight(1)}
    assert interests(solvane, other) == {"Pompes": weight(2)}


def test_the_twin_organisation_sees_nothing(solvane: Organisation, world: World) -> None:
    ada = person(solvane)
    theme(solvane, "Pompes", "/pompes/*")
    with organisation_scope(world.twin.pk):
        theme(world.twin, "Pompes", "/pompes/*")
        theirs = person(world.twin)
    happens(solvane, looked(ada))
    happens(world.twin, looked(theirs, seconds=60))
    assert interests(solvane, ada) == {"Pompes": weight(1)}
    assert interests(world.twin, theirs) == {"Pompes": weight(1.5)}
    with organisation_scope(solvane.pk):
        assert ThemedAct.objects.count() == 1
        assert Contact.objects.count() == 1


def test_a_very_old_act_weighs_nothing_and_breaks_nothing(solvane: Organisation) -> None:
    ada = person(solvane)
    theme(solvane, "Pompes", "/pompes/*")
    with organisation_scope(solvane.pk):
        set_half_life(solvane, days=1, by=None)
    long_ago = timezone.now() - timedelta(days=9000)
    acts = [looked(ada), NewInteraction("page_view", contact_id=ada.pk, occurred_at=long_ago,
            properties={"url": "https://acme.fr/pompes/old"})]  # fmt: skip
    happens(solvane, *acts)
    assert interests(solvane, ada) == {"Pompes": weight(1)}
