"""Building scenarios, and letting them run."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.models import Suppression, Tier
from nurturing.deliveries import resolve_unknown
from nurturing.engine import run_due_steps
from nurturing.enrolling import enrol_contact, take_out
from nurturing.models import Delivery, Enrolment, Scenario, Step, StepKind, Trigger
from nurturing.scenarios import (
    ScenarioInput,
    activate_scenario,
    archive_scenario,
    create_scenario,
    find_problems,
    pause_scenario,
    update_scenario,
)
from nurturing.sending import send_due_mail
from nurturing.starting_scenarios import add_starting_scenarios
from nurturing.steps import add_step, delete_step, edit_message, move_step, set_wait
from prm.organisations.models import AuditEntry, Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, DomainError, Invalid, NotFound
from prm.work.models import Wakeup
from tests.conftest import World
from tests.nurturing.builders import DAYS, enrol, make_contact, make_contacts, make_scenario, open_handoff, queue_mail
from tests.nurturing.conftest import MailServer


@pytest.fixture
def ours(scoped: World) -> Organisation:
    scoped.organisation.sender_email = "lea@solvane.example"
    scoped.organisation.save()
    return scoped.organisation


def kinds(scenario: Scenario) -> list[tuple[int, str]]:
    return list(scenario.steps.order_by("position").values_list("position", "kind"))


def test_a_scenario_is_born_a_draft_and_audited(ours: Organisation, scoped: World) -> None:
    values = ScenarioInput("  Warm   up ", Trigger.TIER, trigger_tier=Tier.WARM, trigger_touchpoint_id=99)
    scenario = create_scenario(ours, values=values, by=scoped.marketer)
    assert (scenario.name, scenario.status, scenario.trigger_tier) == ("Warm up", "draft", 1)
    assert (scenario.trigger_touchpoint_id, scenario.created_by) == (None, scoped.marketer)
    entry = AuditEntry.objects.get(action="scenario.create")
    assert (entry.object_id, entry.after["name"]) == (scenario.pk, "Warm up")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (ScenarioInput(" ", Trigger.FORM), "name"),
        (ScenarioInput("x", Trigger.TIER), "trigger_tier"),
        (ScenarioInput("x", Trigger.TIER, trigger_tier=Tier.COLD), "trigger_tier"),
        (ScenarioInput("x", Trigger.FORM, trigger_touchpoint_id=12345), "trigger_touchpoint"),
    ],
)
def test_what_cannot_start_a_scenario_is_refused(ours: Organisation, values: ScenarioInput, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_scenario(ours, values=values, by="test")
    assert list(refusal.value.fields) == [field]
    assert Scenario.objects.count() == 0


def test_a_scenario_starts_only_when_everything_is_there(ours: Organisation) -> None:
    scenario = create_scenario(ours, values=ScenarioInput("New", Trigger.FORM), by="test")
    assert len(find_problems(ours, scenario)) == 1
    step = add_step(ours, scenario_id=scenario.pk, kind=StepKind.EMAIL, after=0, by="test")
    assert len(find_problems(ours, scenario)) == 2
    edit_message(ours, step_id=step.pk, subject="Hi", body="Hi {{ prenom }}", by="test")
    ours.sender_email = ""
    assert len(find_problems(ours, scenario)) == 2
    with pytest.raises(Invalid) as refusal:
        activate_scenario(ours, scenario_id=scenario.pk, by="test")
    assert "prenom" in str(refusal.value.fields)
    scenario.refresh_from_db()
    assert scenario.status == "draft"
    ours.sender_email = "lea@solvane.example"
    edit_message(ours, step_id=step.pk, subject="Hi", body="Hi {{ first_name }}", by="test")
    assert activate_scenario(ours, scenario_id=scenario.pk, by="test").status == "active"
    assert AuditEntry.objects.filter(action="scenario.activate").count() == 1
    assert Wakeup.objects.filter(queue="nurture").count() == 1


def test_steps_come_go_and_change_places(ours: Organisation) -> None:
    scenario = create_scenario(ours, values=ScenarioInput("New", Trigger.FORM), by="test")
    first = add_step(ours, scenario_id=scenario.pk, kind=StepKind.EMAIL, after=0, by="test")
    wait = add_step(ours, scenario_id=scenario.pk, kind=StepKind.WAIT, after=1, by="test")
    add_step(ours, scenario_id=scenario.pk, kind=StepKind.EMAIL, after=99, by="test")
    assert kinds(scenario) == [(1, "email"), (2, "wait"), (3, "email")]
    assert Step.objects.get(pk=wait.pk).wait_seconds == 3 * DAYS
    move_step(ours, step_id=wait.pk, is_up=True, by="test")
    assert kinds(scenario) == [(1, "wait"), (2, "email"), (3, "email")]
    move_step(ours, step_id=wait.pk, is_up=True, by="test")
    assert kinds(scenario) == [(1, "wait"), (2, "email"), (3, "email")]
    delete_step(ours, step_id=first.pk, by="test")
    assert kinds(scenario) == [(1, "wait"), (2, "email")]
    set_wait(ours, step_id=wait.pk, seconds=7200, by="test")
    assert Step.objects.get(pk=wait.pk).wait_seconds == 7200
    for seconds in (0, -5, 400 * DAYS):
        with pytest.raises(Invalid):
            set_wait(ours, step_id=wait.pk, seconds=seconds, by="test")


def test_people_follow_their_step_when_the_order_changes(ours: Organisation) -> None:
    scenario = make_scenario(ours, [("email", 0), ("wait", DAYS), ("email", 0), ("wait", DAYS), ("email", 0)])
    Scenario.objects.update(status="paused")
    early, late = make_contact(ours, "a@acme.example"), make_contact(ours, "b@acme.example")
    enrol(scenario, early, position=3)
    enrol(scenario, late, position=5)
    steps = {step.position: step for step in scenario.steps.all()}

    def stand() -> list[int | None]:
        rows = Enrolment.objects.order_by("contact__email")
        return [one.position if one.status == "active" else None for one in rows]

    add_step(ours, scenario_id=scenario.pk, kind=StepKind.WAIT, after=0, by="test")
    assert stand() == [4, 6]
    move_step(ours, step_id=steps[5].pk, is_up=True, by="test")
    assert stand() == [4, 5]
    delete_step(ours, step_id=steps[3].pk, by="test")
    # Who stood at the deleted message stands at what follows it.
    assert stand() == [4, 4]
    delete_step(ours, step_id=steps[4].pk, by="test")
    delete_step(ours, step_id=steps[5].pk, by="test")
    assert stand() == [None, None]
    assert set(Enrolment.objects.values_list("status", flat=True)) == {"done"}


@pytest.mark.parametrize("status", ["active", "archived"])
def test_the_order_of_a_running_or_ended_scenario_stays(ours: Organisation, status: str) -> None:
    scenario = make_scenario(ours, status=status)
    mail, wait = scenario.steps.get(position=1), scenario.steps.get(position=2)
    attempts: list[Any] = [
        lambda: add_step(ours, scenario_id=scenario.pk, kind=StepKind.EMAIL, after=0, by="test"),
        lambda: move_step(ours, step_id=mail.pk, is_up=False, by="test"),
        lambda: delete_step(ours, step_id=mail.pk, by="test"),
        lambda: set_wait(ours, step_id=wait.pk, seconds=60, by="test"),
    ]
    for attempt in attempts:
        with pytest.raises(Conflict):
            attempt()
    assert kinds(scenario) == [(1, "email"), (2, "wait"), (3, "email")]
    assert Step.objects.get(pk=wait.pk).wait_seconds == 3 * DAYS


def test_what_starts_an_active_scenario_stays_its_name_may_change(ours: Organisation) -> None:
    scenario = make_scenario(ours)
    with pytest.raises(Conflict):
        update_scenario(
            ours, scenario_id=scenario.pk, values=ScenarioInput("x", Trigger.TIER, trigger_tier=1), by="test"
        )
    update_scenario(ours, scenario_id=scenario.pk, values=ScenarioInput("Renamed", Trigger.FORM), by="test")
    scenario.refresh_from_db()
    assert (scenario.name, scenario.trigger) == ("Renamed", "form")


def test_the_text_of_an_active_scenario_can_be_corrected_and_must_be_readable(ours: Organisation) -> None:
    step = make_scenario(ours).steps.get(position=1)
    edit_message(ours, step_id=step.pk, subject="New {{ first_name }}", body="Text", by="test")
    with pytest.raises(Invalid) as refusal:
        edit_message(ours, step_id=step.pk, subject="{{ broken", body="{% if %}", by="test")
    assert set(refusal.value.fields) == {"subject", "body"}
    step.refresh_from_db()
    assert (step.subject, step.body) == ("New {{ first_name }}", "Text")


def test_a_step_whose_message_is_in_the_ledger_keeps_its_place(ours: Organisation) -> None:
    scenario = make_scenario(ours, status="paused")
    queue_mail(scenario, make_contact(ours), status="sent")
    used, wait, free = scenario.steps.order_by("position")
    for step in (used, wait):
        with pytest.raises(Conflict):
            move_step(ours, step_id=step.pk, is_up=step is wait, by="test")
    with pytest.raises(Conflict):
        delete_step(ours, step_id=used.pk, by="test")
    assert kinds(scenario) == [(1, "email"), (2, "wait"), (3, "email")]
    delete_step(ours, step_id=free.pk, by="test")
    assert Enrolment.objects.get().status == "done"


def test_a_pause_holds_what_waits_and_going_on_releases_it(ours: Organisation) -> None:
    scenario = make_scenario(ours)
    fresh, stale = make_contact(ours), make_contact(ours, "b@acme.example")
    queue_mail(scenario, fresh)
    queue_mail(scenario, stale, due_at=timezone.now() - timedelta(days=8))
    pause_scenario(ours, scenario_id=scenario.pk, by="test")
    assert set(Delivery.objects.values_list("status", "reason")) == {("held", "paused")}
    assert run_due_steps(ours) == 0
    activate_scenario(ours, scenario_id=scenario.pk, by="test")
    assert list(Delivery.objects.order_by("pk").values_list("status", "reason")) == [
        ("pending", ""),
        ("held", "expired"),
    ]
    assert Wakeup.objects.filter(queue="mail").count() == 1
    with pytest.raises(Conflict):
        activate_scenario(ours, scenario_id=scenario.pk, by="test")


def test_an_archive_lets_everybody_go_and_is_for_good(ours: Organisation) -> None:
    scenario = make_scenario(ours)
    queue_mail(scenario, make_contact(ours))
    archive_scenario(ours, scenario_id=scenario.pk, by="test")
    assert Delivery.objects.values_list("status", "reason").get() == ("held", "archived")
    assert Enrolment.objects.values_list("status", "exit_reason").get() == ("left", "archived")
    for change in (activate_scenario, pause_scenario):
        with pytest.raises(Conflict):
            change(ours, scenario_id=scenario.pk, by="test")


def test_a_person_is_taken_in_by_hand_and_out_again(ours: Organisation, scoped: World) -> None:
    scenario, contact = make_scenario(ours, [("wait", DAYS), ("email", 0)]), make_contact(ours)
    enrolment = enrol_contact(ours, scenario_id=scenario.pk, contact_id=contact.pk, by=scoped.marketer)
    assert (enrolment.position, enrolment.cause) == (2, {"by": "Marketer"})
    assert enrolment.due_at is not None
    assert Wakeup.objects.filter(queue="nurture", due_at=enrolment.due_at).count() == 1
    take_out(ours, enrolment_id=enrolment.pk, by=scoped.marketer)
    left = Enrolment.objects.get()
    assert (left.status, left.exit_reason, left.due_at) == ("left", "by_hand", None)
    again: list[Any] = [
        lambda: take_out(ours, enrolment_id=enrolment.pk, by="test"),
        lambda: enrol_contact(ours, scenario_id=scenario.pk, contact_id=contact.pk, by="test"),
    ]
    for attempt in again:
        with pytest.raises(Conflict):
            attempt()
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["scenario.enrol", "scenario.take_out"]


def test_who_may_not_be_taken_in_is_refused_with_the_reason(ours: Organisation) -> None:
    scenario, draft = make_scenario(ours), make_scenario(ours, status="draft")
    out, sold, nameless, free = make_contacts(ours, 4)
    Suppression.objects.create(organisation=ours, contact=out, reason="opt_out")
    open_handoff(ours, sold)
    nameless.email = None
    nameless.save()
    words = set()
    for where, who in ((scenario, out), (scenario, sold), (scenario, nameless), (draft, free)):
        with pytest.raises(Conflict) as refusal:
            enrol_contact(ours, scenario_id=where.pk, contact_id=who.pk, by="test")
        words.add(str(refusal.value.message))
    assert len(words) == 4
    with pytest.raises(NotFound):
        enrol_contact(ours, scenario_id=scenario.pk, contact_id=free.pk + 1000, by="test")
    assert Enrolment.objects.count() == 0


def test_an_unknown_message_is_decided_once(solvane: Organisation, mail_server: MailServer, world: World) -> None:
    scenario = make_scenario(solvane)
    again, rest = queue_mail(
        scenario, make_contact(solvane), make_contact(solvane, "b@acme.example"), status="unknown", attempts=1
    )
    resolve_unknown(solvane, delivery_id=rest.pk, resend=False, by=world.marketer)
    resolve_unknown(solvane, delivery_id=again.pk, resend=True, by=world.marketer)
    for delivery in (again, rest):
        with pytest.raises(Conflict):
            resolve_unknown(solvane, delivery_id=delivery.pk, resend=True, by="test")
    assert send_due_mail(solvane) == 1
    assert list(Delivery.objects.order_by("pk").values_list("status", "reason", "attempts")) == [
        ("sent", "", 2),
        ("unknown", "settled", 1),
    ]
    assert mail_server.recipients == {"ines@acme.example": 1}
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["delivery.settle", "delivery.resend"]


def test_a_resent_message_is_looked_at_again(solvane: Organisation, mail_server: MailServer) -> None:
    contact = make_contact(solvane)
    (delivery,) = queue_mail(make_scenario(solvane), contact, status="unknown", attempts=1)
    Suppression.objects.create(organisation=solvane, contact=contact, reason="opt_out")
    resolve_unknown(solvane, delivery_id=delivery.pk, resend=True, by="test")
    assert send_due_mail(solvane) == 0
    assert Delivery.objects.values_list("status", "reason").get() == ("held", "opt_out")


@pytest.mark.parametrize(
    ("language", "name"), [("fr", "Bienvenue après un formulaire"), ("en", "Welcome after a form")]
)
def test_an_organisation_starts_with_two_sound_drafts(ours: Organisation, language: str, name: str) -> None:
    ours.language = language
    add_starting_scenarios(ours)
    scenarios = list(Scenario.objects.order_by("pk"))
    assert scenarios[0].name == name
    assert [(one.status, one.trigger, one.trigger_tier) for one in scenarios] == [
        ("draft", "form", None),
        ("draft", "tier", 1),
    ]
    assert [find_problems(ours, one) for one in scenarios] == [[], []]
    assert [kinds(one) for one in scenarios] == [
        [(1, "email"), (2, "wait"), (3, "email")],
        [(1, "wait"), (2, "email"), (3, "wait"), (4, "email")],
    ]


def test_a_foreign_scenario_does_not_exist_here(scoped: World) -> None:
    with organisation_scope(scoped.twin.pk):
        foreign = make_scenario(scoped.twin)
        step = foreign.steps.get(position=1)
    attempts: list[Any] = [
        lambda: activate_scenario(scoped.organisation, scenario_id=foreign.pk, by="test"),
        lambda: add_step(scoped.organisation, scenario_id=foreign.pk, kind="email", after=0, by="test"),
        lambda: edit_message(scoped.organisation, step_id=step.pk, subject="x", body="x", by="test"),
        lambda: delete_step(scoped.organisation, step_id=step.pk, by="test"),
    ]
    for attempt in attempts:
        with pytest.raises(DomainError) as refusal:
            attempt()
        assert refusal.value.status == 404
