"""What a robot began ends before anything is sent, and begins anew where it was a person after all."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from contacts.models import Contact, Stage, Standing, Tier
from nurturing.engine import run_due_steps
from nurturing.models import Delivery, Enrolment, ExitReason, Trigger
from prm.organisations.models import AuditEntry, Organisation
from prm.organisations.scope import organisation_scope
from prm.reactions import CONSUMERS
from prm.work.errors import Conflict
from scoring.models import Handoff
from scoring.starting_model import add_starting_model
from tests.conftest import World
from tests.nurturing.builders import make_contact, make_scenario
from tests.touchpoints.lead_forms.builders import latest, make_form, visitor
from touchpoints.consuming import consume
from touchpoints.kinds import ensure_kinds
from touchpoints.lead_forms.handling import accept_submission, set_aside
from touchpoints.lead_forms.models import Submission
from touchpoints.lead_forms.processing import process_due
from touchpoints.models import Interaction
from touchpoints.recording import NewInteraction, record

ROBOT = "robot"


def sent_by(organisation: Organisation, email: str = "ines@acme.example") -> Submission:
    """Let somebody send a form, and everybody read it."""
    ensure_kinds(organisation)
    visitor(make_form(organisation)).send(email=email)
    process_due(organisation)
    consume(organisation, CONSUMERS)
    return latest()


def way() -> tuple[str, str, bool]:
    enrolment = Enrolment.objects.get()
    return enrolment.status, enrolment.exit_reason, enrolment.due_at is not None


def verdicts() -> set[str]:
    return set(Interaction.objects.filter(kind="form_sent").values_list("verdict", flat=True))


def test_a_form_that_was_spam_ends_what_it_began_and_scores_follow(solvane: Organisation) -> None:
    add_starting_model(solvane)
    make_scenario(solvane)
    submission = sent_by(solvane)
    contact = Contact.objects.get()
    assert (way(), contact.stage) == (("active", "", True), Stage.PROSPECT)
    assert Standing.objects.get(contact=contact).intent >= 8

    set_aside(solvane, submission_id=submission.pk, by=ROBOT)
    contact.refresh_from_db()
    standing = Standing.objects.get(contact=contact)
    assert (way(), verdicts()) == (("left", ExitReason.VERDICT, False), {"bot"})
    assert (contact.stage, standing.intent, standing.tier) == (Stage.SUSPECT, 0, Tier.COLD)
    assert run_due_steps(solvane) == 0
    assert not Delivery.objects.exists()
    assert AuditEntry.objects.get(action="lead_form.submission").after["status"] == "spam"

    accept_submission(solvane, submission_id=submission.pk, by=ROBOT)
    consume(solvane, CONSUMERS)
    contact.refresh_from_db()
    assert (way(), verdicts(), contact.stage) == (("active", "", True), {"human"}, Stage.PROSPECT)
    assert Standing.objects.get(contact=contact).intent >= 8
    assert Enrolment.objects.get().cause["kind"] == "form_sent"
    latest_one = latest()
    assert (latest_one.status, latest_one.contact_id) == ("processed", contact.pk)
    assert run_due_steps(solvane) == 1
    assert Delivery.objects.get().status == "pending"


def test_a_message_that_waits_to_leave_is_not_sent_and_waits_again(solvane: Organisation) -> None:
    make_scenario(solvane)
    submission = sent_by(solvane)
    run_due_steps(solvane)
    assert Delivery.objects.get().status == "pending"
    set_aside(solvane, submission_id=submission.pk, by=ROBOT)
    assert (way()[:2], Delivery.objects.count()) == (("left", ExitReason.VERDICT), 0)
    accept_submission(solvane, submission_id=submission.pk, by=ROBOT)
    consume(solvane, CONSUMERS)
    run_due_steps(solvane)
    assert Delivery.objects.get().status == "pending"


@pytest.mark.parametrize(
    "state", [{"status": "sent"}, {"status": "unknown"}, {"lease_until": timezone.now() + timedelta(hours=1)}]
)
def test_who_was_written_to_stays_in_the_scenario(solvane: Organisation, state: dict[str, object]) -> None:
    make_scenario(solvane)
    submission = sent_by(solvane)
    run_due_steps(solvane)
    Delivery.objects.update(**state)
    set_aside(solvane, submission_id=submission.pk, by=ROBOT)
    assert (way(), Delivery.objects.count()) == (("active", "", True), 1)


def test_what_another_act_began_goes_on(solvane: Organisation) -> None:
    make_scenario(solvane)
    contact = make_contact(solvane)
    ensure_kinds(solvane)
    record(solvane, [NewInteraction("form_sent", contact_id=contact.pk)])
    submission = sent_by(solvane)
    set_aside(solvane, submission_id=submission.pk, by=ROBOT)
    assert way() == ("active", "", True)


def test_a_tier_that_a_robot_reached_ends_what_it_began(solvane: Organisation) -> None:
    add_starting_model(solvane)
    make_scenario(solvane, trigger=Trigger.TIER, trigger_tier=Tier.WARM)
    submission = sent_by(solvane)
    assert (way(), Enrolment.objects.get().cause["kind"]) == (("active", "", True), "tier_changed")
    set_aside(solvane, submission_id=submission.pk, by=ROBOT)
    assert way() == ("left", ExitReason.VERDICT, False)
    accept_submission(solvane, submission_id=submission.pk, by=ROBOT)
    consume(solvane, CONSUMERS)
    assert way() == ("active", "", True)


def test_a_handoff_goes_back_and_comes_again(solvane: Organisation) -> None:
    add_starting_model(solvane)
    ensure_kinds(solvane)
    contact = make_contact(solvane)
    record(solvane, [NewInteraction(kind, contact_id=contact.pk) for kind in ("webinar", "trial")])
    consume(solvane, CONSUMERS)
    assert not Handoff.objects.exists()
    submission = sent_by(solvane)
    assert Handoff.objects.get().status == "waiting"
    set_aside(solvane, submission_id=submission.pk, by=ROBOT)
    contact.refresh_from_db()
    assert (Handoff.objects.get().status, contact.stage) == ("withdrawn", Stage.PROSPECT)
    accept_submission(solvane, submission_id=submission.pk, by=ROBOT)
    consume(solvane, CONSUMERS)
    contact.refresh_from_db()
    assert sorted(Handoff.objects.values_list("status", flat=True)) == ["waiting", "withdrawn"]
    assert contact.stage == Stage.MQL


def test_twice_the_same_is_refused_and_changes_nothing(solvane: Organisation) -> None:
    make_scenario(solvane)
    submission = sent_by(solvane)
    with pytest.raises(Conflict):
        accept_submission(solvane, submission_id=submission.pk, by=ROBOT)
    set_aside(solvane, submission_id=submission.pk, by=ROBOT)
    with pytest.raises(Conflict):
        set_aside(solvane, submission_id=submission.pk, by=ROBOT)
    assert AuditEntry.objects.filter(action="lead_form.submission").count() == 1


def test_the_pages_say_what_follows(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        make_scenario(world.organisation)
        submission = sent_by(world.organisation)
    client = Client(headers={"accept-language": "en"})
    client.force_login(world.marketer)
    address = f"/o/{world.organisation.slug}/forms/submissions/{submission.pk}/"
    assert "It is spam" in client.get(address).content.decode()
    answer = client.post(f"{address}refuse/", follow=True).content.decode()
    assert "counts for nothing" in answer
    assert "Not spam: let it count" in answer
    panel = client.get(f"/o/{world.organisation.slug}/contacts/{submission.contact_id}/panels/nurturing-contact_panel/")
    assert "what started it turned out to be no act of theirs" in panel.content.decode()
