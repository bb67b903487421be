"""Who a scenario takes in, and whom it lets go."""

from typing import Any

import pytest
from django.utils import timezone

from contacts.models import Contact, Suppression, Tier
from nurturing.flow import land
from nurturing.models import Enrolment, EnrolmentStatus, ExitReason, Step, StepKind, Trigger
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.models import Wakeup
from tests.conftest import World
from tests.nurturing.builders import log, make_contact, make_scenario, open_handoff
from touchpoints.models import Touchpoint, Verdict
from touchpoints.recording import NewInteraction


def form(contact: Contact, **fields: Any) -> NewInteraction:
    return NewInteraction("form_sent", contact_id=contact.pk, **fields)


def tier(contact: Contact, old: str, new: str) -> NewInteraction:
    return NewInteraction(
        "tier_changed", contact_id=contact.pk, verdict=Verdict.SYSTEM, properties={"from": old, "to": new}
    )


def test_a_form_takes_the_person_in_at_the_first_step_and_wakes_the_engine(solvane: Organisation) -> None:
    scenario, contact = make_scenario(solvane), make_contact(solvane)
    log(solvane, form(contact))
    enrolment = Enrolment.objects.get()
    assert (enrolment.scenario_id, enrolment.contact_id) == (scenario.pk, contact.pk)
    assert (enrolment.status, enrolment.position, enrolment.cause["kind"]) == ("active", 1, "form_sent")
    assert enrolment.due_at is not None
    assert enrolment.due_at <= timezone.now()
    assert Wakeup.objects.filter(queue="nurture").count() == 1


def test_waits_before_the_first_message_are_added_up(solvane: Organisation) -> None:
    scenario, contact = make_scenario(solvane), make_contact(solvane)
    Step.objects.filter(scenario=scenario, position=1).update(kind=StepKind.WAIT, wait_seconds=86400)
    log(solvane, form(contact))
    enrolment = Enrolment.objects.get()
    landing = land(scenario.steps.all(), after=0)
    assert landing is not None
    assert (enrolment.position, landing.wait_seconds) == (landing.position, 86400 + 259200) == (3, 345600)
    assert enrolment.due_at is not None
    assert (enrolment.due_at - enrolment.entered_at).total_seconds() == pytest.approx(86400 + 259200, abs=5)
    assert list(Wakeup.objects.filter(queue="nurture").values_list("due_at", flat=True)) == [enrolment.due_at]


def test_a_person_is_taken_in_once_in_a_lifetime(solvane: Organisation) -> None:
    make_scenario(solvane)
    contact = make_contact(solvane)
    log(solvane, form(contact), form(contact))
    log(solvane, form(contact))
    Enrolment.objects.update(status=EnrolmentStatus.DONE)
    log(solvane, form(contact))
    assert Enrolment.objects.count() == 1


def test_only_the_form_that_was_asked_for_counts(solvane: Organisation) -> None:
    asked = Touchpoint.objects.create(organisation=solvane, code="contact", name="Contact", channel="website")
    other = Touchpoint.objects.create(organisation=solvane, code="demo", name="Demo", channel="website")
    make_scenario(solvane, trigger_touchpoint=asked)
    contact = make_contact(solvane)
    log(solvane, form(contact), form(contact, touchpoint_id=other.pk))
    assert Enrolment.objects.count() == 0
    log(solvane, form(contact, touchpoint_id=asked.pk))
    assert Enrolment.objects.count() == 1


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [("cold", "warm", 1), ("hot", "warm", 0), ("cold", "hot", 0), ("warm", "cold", 0), ("warm", "warm", 0)],
)
def test_a_tier_takes_in_who_reaches_it_from_below(solvane: Organisation, old: str, new: str, count: int) -> None:
    make_scenario(solvane, trigger=Trigger.TIER, trigger_tier=Tier.WARM)
    log(solvane, tier(make_contact(solvane), old, new))
    assert Enrolment.objects.count() == count


def test_a_robot_or_a_sender_who_claims_a_tier_takes_nobody_in(solvane: Organisation) -> None:
    make_scenario(solvane)
    make_scenario(solvane, trigger=Trigger.TIER, trigger_tier=Tier.WARM)
    contact = make_contact(solvane)
    log(
        solvane,
        form(contact, verdict=Verdict.BOT),
        NewInteraction("tier_changed", contact_id=contact.pk, properties={"from": "cold", "to": "warm"}),
    )
    assert Enrolment.objects.count() == 0


@pytest.mark.parametrize("status", ["draft", "paused", "archived"])
def test_a_scenario_that_is_not_active_takes_nobody_in(solvane: Organisation, status: str) -> None:
    make_scenario(solvane, status=status)
    log(solvane, form(make_contact(solvane)))
    assert Enrolment.objects.count() == 0


def test_who_cannot_be_written_to_or_is_with_sales_is_not_taken_in(solvane: Organisation) -> None:
    make_scenario(solvane)
    nameless = make_contact(solvane, email=None)
    out = make_contact(solvane, "out@acme.example")
    Suppression.objects.create(organisation=solvane, contact=out, reason="opt_out")
    sold = make_contact(solvane, "sold@acme.example")
    open_handoff(solvane, sold)
    log(solvane, form(nameless), form(out), form(sold))
    assert Enrolment.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "verdict", "reason"),
    [
        ("unsubscribed", Verdict.HUMAN, ExitReason.UNSUBSCRIBED),
        ("handoff_opened", Verdict.SYSTEM, ExitReason.HANDOFF),
    ],
)
def test_unsubscribing_and_the_handoff_let_a_person_go_of_every_scenario(
    solvane: Organisation, kind: str, verdict: Verdict, reason: ExitReason
) -> None:
    make_scenario(solvane)
    make_scenario(solvane, name="Second")
    contact, other = make_contact(solvane), make_contact(solvane, "paul@acme.example")
    log(solvane, form(contact), form(other))
    log(solvane, NewInteraction(kind, contact_id=contact.pk, verdict=verdict))
    left = Enrolment.objects.filter(contact=contact)
    assert [(one.status, one.exit_reason, one.due_at) for one in left] == [("left", reason, None)] * 2
    assert Enrolment.objects.filter(contact=other, status="active").count() == 2


def test_what_starts_after_a_handoff_stays(solvane: Organisation) -> None:
    make_scenario(solvane)
    contact = make_contact(solvane)
    log(
        solvane,
        NewInteraction("handoff_opened", contact_id=contact.pk, verdict=Verdict.SYSTEM),
        form(contact),
    )
    assert Enrolment.objects.get().status == "active"


def test_the_twin_organisation_is_left_alone(solvane: Organisation, world: World) -> None:
    with organisation_scope(world.twin.pk):
        make_scenario(world.twin)
        make_contact(world.twin)
    make_scenario(solvane)
    log(solvane, form(make_contact(solvane)))
    with organisation_scope(world.twin.pk):
        assert Enrolment.objects.count() == 0
