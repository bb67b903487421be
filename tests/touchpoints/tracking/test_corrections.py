"""A verdict that was wrong is corrected, and everything made of it follows, both ways."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.models import Contact, Stage, StageChange, Standing
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.reactions import CONSUMERS
from prm.work.errors import Invalid, NotFound
from scoring.models import Handoff
from scoring.starting_model import add_starting_model
from tests.conftest import World
from tests.touchpoints.tracking.sending import GOOGLEBOT, event, make_site, new_browser, page, read, send
from touchpoints.consuming import consume
from touchpoints.kinds import ensure_kinds
from touchpoints.models import Interaction, Verdict
from touchpoints.recording import NewInteraction, record
from touchpoints.tracking.corrections import correct_visit
from touchpoints.tracking.identity import identify
from touchpoints.tracking.models import Visit


def visited(world: World, *, agent: str = "") -> Contact:
    """Let somebody read about prices and take a document, then say who they are; all of it is consumed."""
    organisation = world.organisation
    ensure_kinds(organisation)
    add_starting_model(organisation)
    site, browser = make_site(organisation), new_browser()
    contact = Contact.objects.create(organisation=organisation, email="camille@example.com")
    more = {"agent": agent} if agent else {}
    send(site, page("/tarifs", ago=5), event("download", url="https://www.acme.fr/g.pdf"), browser=browser, **more)
    identify(organisation, browser=browser, contact_id=contact.pk)
    read(organisation)
    consume(organisation, CONSUMERS)
    contact.refresh_from_db()
    return contact


def standing_of(contact: Contact) -> Standing:
    return Standing.objects.get(contact=contact)


def test_what_a_robot_did_is_taken_back(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = visited(world)
        before = standing_of(contact)
        assert (contact.stage, before.intent > 0, before.last_act_kind) == (Stage.PROSPECT, True, "download")
        visit = correct_visit(world.organisation, visit_id=Visit.objects.get().pk, verdict="bot", by=world.marketer)
        consume(world.organisation, CONSUMERS)
        contact.refresh_from_db()
        after = standing_of(contact)
        assert (contact.stage, after.intent, after.last_act_at, after.last_act_kind) == (Stage.SUSPECT, 0, None, "")
        assert set(Interaction.objects.filter(visitor_id__isnull=False).values_list("verdict", flat=True)) == {"bot"}
        assert list(
            StageChange.objects.filter(contact=contact).order_by("at", "pk").values_list("from_stage", "to_stage")
        ) == [("suspect", "prospect"), ("prospect", "suspect")]
        assert (visit.verdict, visit.is_settled) == (Verdict.BOT, True)
        entry = AuditEntry.objects.get(action="visit.correct")
        assert (entry.before, entry.after) == ({"verdict": "human"}, {"verdict": "bot", "interactions": 2})


def test_what_a_human_did_counts_as_if_it_always_had(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = visited(world, agent=GOOGLEBOT)
        assert (contact.stage, standing_of(contact).intent) == (Stage.SUSPECT, 0)
        correct_visit(world.organisation, visit_id=Visit.objects.get().pk, verdict="human", by=None)
        consume(world.organisation, CONSUMERS)
        contact.refresh_from_db()
        assert (contact.stage, standing_of(contact).intent > 0) == (Stage.PROSPECT, True)


def test_there_and_back_again_is_as_it_was(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = visited(world)
        before = standing_of(contact)
        number = Visit.objects.get().pk
        for verdict in ("bot", "human"):
            correct_visit(world.organisation, visit_id=number, verdict=verdict, by=None)
            consume(world.organisation, CONSUMERS)
        after = standing_of(contact)
        assert (after.last_act_at, after.last_act_kind) == (before.last_act_at, before.last_act_kind)
        assert after.intent == pytest.approx(before.intent, abs=0.2)
        contact.refresh_from_db()
        assert contact.stage == Stage.PROSPECT


def test_other_acts_keep_a_prospect_a_prospect(committed: None, world: World) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        contact = visited(world)
        at = timezone.now() - timedelta(days=3)
        record(organisation, [NewInteraction("webinar", contact.pk, occurred_at=at)])
        consume(organisation, CONSUMERS)
        correct_visit(organisation, visit_id=Visit.objects.get().pk, verdict="bot", by=None)
        contact.refresh_from_db()
        assert contact.stage == Stage.PROSPECT
        assert (standing_of(contact).last_act_kind, standing_of(contact).last_act_at) == ("webinar", at)


def test_a_handoff_nobody_claimed_is_withdrawn(committed: None, world: World) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        contact = visited(world)
        Contact.objects.filter(pk=contact.pk).update(stage=Stage.MQL)
        handoff = Handoff.objects.create(
            organisation=organisation, contact=contact, status="waiting", model_number=1, intent=60, fit=0, total=60,
            due_at=timezone.now(),
        )  # fmt: skip
        correct_visit(organisation, visit_id=Visit.objects.get().pk, verdict="suspect", by=None)
        handoff.refresh_from_db()
        contact.refresh_from_db()
        assert (handoff.status, contact.stage) == ("withdrawn", Stage.PROSPECT)


def test_what_a_person_said_holds_against_what_follows(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    send(site, page(), browser=browser)
    read(organisation)
    visit = correct_visit(organisation, visit_id=Visit.objects.get().pk, verdict="human", by=None)
    send(site, page("/b"), event("trap"), browser=browser)
    read(organisation)
    visit.refresh_from_db()
    assert visit.verdict == Verdict.HUMAN
    assert set(Interaction.objects.values_list("verdict", flat=True)) == {Verdict.HUMAN}


def test_only_a_visit_of_ones_own_and_only_a_verdict(world: World) -> None:
    with organisation_scope(world.twin.pk):
        site = make_site(world.twin)
        send(site, page(), browser=new_browser())
        read(world.twin)
        number = Visit.objects.get().pk
        with pytest.raises(Invalid):
            correct_visit(world.twin, visit_id=number, verdict="register", by=None)
    with organisation_scope(world.organisation.pk), pytest.raises(NotFound):
        correct_visit(world.organisation, visit_id=number, verdict="bot", by=None)
    with organisation_scope(world.twin.pk):
        assert Visit.objects.get().verdict == Verdict.HUMAN
