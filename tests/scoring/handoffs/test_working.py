"""Working on a handoff: what is done stands in the ledger, on the person's timeline and in the audit log."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.models import Contact, Stage
from nurturing.enrolling import find_obstacle
from nurturing.models import Enrolment
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.reactions import CONSUMERS
from prm.work.errors import Conflict, Invalid
from scoring.handoffs.answering import recycle_handoff
from scoring.handoffs.claiming import release_handoff
from scoring.handoffs.closing import convert_handoff, lose_handoff
from scoring.handoffs.models import Entry
from scoring.handoffs.queue import list_worked
from scoring.handoffs.working import log_call, note_handoff, snooze_handoff
from scoring.models import Handoff
from scoring.rescoring import rescore_all
from tests.conftest import World
from tests.nurturing.builders import make_scenario
from tests.scoring.handoffs.worlds import accepted, claimed, open_handoff
from tests.scoring.reference import Act
from tests.scoring.worlds import add_log, behaviour, publish
from touchpoints.consuming import consume
from touchpoints.models import Interaction
from touchpoints.timeline import get_timeline


def deeds(handoff: Handoff) -> list[str]:
    return list(Entry.objects.filter(handoff=handoff).order_by("at", "pk").values_list("deed", flat=True))


def test_what_is_done_stands_in_the_ledger_the_timeline_and_the_audit_log(scoped: World) -> None:
    organisation, rep = scoped.organisation, scoped.sales
    handoff = claimed(organisation, rep)
    monday = timezone.now() + timedelta(days=3)
    log_call(organisation, handoff_id=handoff.pk, by=rep, outcome="no_answer")
    log_call(
        organisation,
        handoff_id=handoff.pk,
        by=rep,
        outcome="reached",
        note="Wants an offer",
        next_step="Send the offer",
        next_step_at=monday,
    )
    snooze_handoff(organisation, handoff_id=handoff.pk, by=rep, until=monday)
    assert deeds(handoff) == ["claimed", "called", "called", "planned", "snoozed"]
    handoff.refresh_from_db()
    assert (handoff.next_step, handoff.next_step_at, handoff.snoozed_until) == ("Send the offer", monday, monday)
    names = [one.name for day in get_timeline(organisation, contact_id=handoff.contact_id).days for one in day.entries]
    assert names == [
        "Put off by sales",
        "Next step planned by sales",
        "Telephone call",
        "Called by sales",
        "Claimed by sales",
    ]
    told = AuditEntry.objects.filter(object_type="handoff").order_by("pk").values_list("action", flat=True)
    assert list(told) == [*("handoff.claim", "handoff.called", "handoff.called", "handoff.planned", "handoff.snoozed")]


def test_only_a_call_in_which_somebody_spoke_is_the_persons_act(scoped: World) -> None:
    handoff = claimed(scoped.organisation, scoped.sales)
    for outcome in ("no_answer", "message", "wrong_number", "reached", "call_back"):
        log_call(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales, outcome=outcome)
    acts = Interaction.objects.filter(kind="call").order_by("pk")
    assert [(row.verdict, row.properties["outcome"]) for row in acts] == [("human", "reached"), ("human", "call_back")]


def test_the_first_call_stops_the_clock_and_later_ones_leave_it(scoped: World) -> None:
    handoff = claimed(scoped.organisation, scoped.sales)
    first = log_call(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales, outcome="no_answer").called_at
    again = log_call(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales, outcome="reached").called_at
    assert first is not None
    assert again == first


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"outcome": "sang"}, "outcome"),
        ({"outcome": "reached", "note": "x" * 2001}, "note"),
        ({"outcome": "reached", "note": "\x00"}, "note"),
        ({"outcome": "reached", "next_step": "x" * 201}, "next_step"),
        ({"outcome": "reached", "next_step_at": timezone.now() + timedelta(days=1)}, "next_step"),
        ({"outcome": "reached", "next_step": "x", "next_step_at": timezone.now() - timedelta(days=1)}, "next_step_at"),
    ],
)
def test_what_cannot_be_noted_changes_nothing(scoped: World, values: dict[str, object], field: str) -> None:
    handoff = claimed(scoped.organisation, scoped.sales)
    with pytest.raises(Invalid) as refused:
        log_call(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales, **values)  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]
    assert deeds(handoff) == ["claimed"]
    handoff.refresh_from_db()
    assert handoff.called_at is None


def test_nobody_works_on_what_is_somebody_elses_or_nobodys(scoped: World) -> None:
    waiting = open_handoff(scoped.organisation, email="a@x.example")
    theirs = claimed(scoped.organisation, scoped.sales, email="b@x.example")
    for handoff, said in ((waiting, "Claim it first"), (theirs, "Sales has it since")):
        with pytest.raises(Conflict, match=said):
            note_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.marketer, note="mine")
    assert (deeds(waiting), deeds(theirs)) == ([], ["claimed"])


def test_what_is_put_off_comes_last_and_what_is_given_back_forgets_its_plan(scoped: World) -> None:
    organisation, rep = scoped.organisation, scoped.sales
    first = claimed(organisation, rep, email="a@x.example")
    second = accepted(organisation, rep, email="b@x.example")
    snooze_handoff(organisation, handoff_id=first.pk, by=rep, until=timezone.now() + timedelta(hours=1))
    assert [lead.handoff.pk for lead in list_worked(organisation, rep)] == [second.pk, first.pk]
    release_handoff(organisation, handoff_id=first.pk, by=rep)
    first.refresh_from_db()
    assert (first.status, first.snoozed_until) == ("waiting", None)
    with pytest.raises(Conflict):
        release_handoff(organisation, handoff_id=second.pk, by=rep)


@pytest.mark.usefixtures("committed")
def test_a_customer_has_an_amount_and_leaves_nurturing_and_scoring(world: World) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        publish(organisation, behaviour("webinar", 30))
        handoff = accepted(organisation, world.sales)
        contact = handoff.contact
        add_log(organisation, contact, [Act("webinar", timezone.now())])
        rescore_all(organisation)
        scenario = make_scenario(organisation)
        Enrolment.objects.create(organisation=organisation, scenario=scenario, contact=contact)
        convert_handoff(organisation, handoff_id=handoff.pk, by=world.sales, amount_cents=125_000, currency="EUR")
    consume(organisation, CONSUMERS)
    with organisation_scope(organisation.pk):
        handoff.refresh_from_db()
        assert (handoff.status, handoff.outcome, handoff.amount_cents) == ("accepted", "customer", 125_000)
        found = Contact.objects.select_related("standing").get(pk=contact.pk)
        assert found.stage == Stage.CUSTOMER
        enrolment = Enrolment.objects.get(contact=contact)
        assert (enrolment.status, enrolment.exit_reason) == ("left", "closed")
        assert find_obstacle(scenario, found) == "This person is a customer: customers leave nurturing."
        # Their score stays as it was when they bought.
        before = found.standing.intent
        assert before > 0
        add_log(organisation, contact, [Act("webinar", timezone.now())])
        rescore_all(organisation)
        assert Contact.objects.select_related("standing").get(pk=contact.pk).standing.intent == before


def test_converting_twice_changes_nothing_and_another_amount_is_refused(scoped: World) -> None:
    handoff = accepted(scoped.organisation, scoped.sales)
    once = convert_handoff(scoped.organisation, handoff_id=handoff.pk, by="CRM", amount_cents=100)
    again = convert_handoff(scoped.organisation, handoff_id=handoff.pk, by="CRM", amount_cents=100)
    assert again.closed_at == once.closed_at
    assert deeds(handoff) == ["claimed", "accepted", "converted"]
    with pytest.raises(Conflict, match="another amount"):
        convert_handoff(scoped.organisation, handoff_id=handoff.pk, by="CRM", amount_cents=200)
    handoff.refresh_from_db()
    assert handoff.amount_cents == 100


def test_the_crm_converts_what_waits_or_was_recycled(scoped: World) -> None:
    waiting = open_handoff(scoped.organisation, email="a@x.example")
    recycled = claimed(scoped.organisation, scoped.sales, email="b@x.example")
    recycle_handoff(scoped.organisation, handoff_id=recycled.pk, by=scoped.sales)
    for handoff in (waiting, recycled):
        convert_handoff(scoped.organisation, handoff_id=handoff.pk, by="CRM")
        handoff.refresh_from_db()
        handoff.contact.refresh_from_db()
    assert [(one.status, one.outcome, one.contact.stage) for one in (waiting, recycled)] == [
        ("accepted", "customer", "customer"),
        ("recycled", "customer", "customer"),
    ]


def test_a_rep_converts_only_what_is_theirs(scoped: World) -> None:
    waiting = open_handoff(scoped.organisation)
    with pytest.raises(Conflict, match="Claim it first"):
        convert_handoff(scoped.organisation, handoff_id=waiting.pk, by=scoped.sales)
    waiting.contact.refresh_from_db()
    assert waiting.contact.stage == Stage.MQL


def test_who_is_given_up_is_lost_with_a_reason_and_the_answer_stays(scoped: World) -> None:
    handoff = accepted(scoped.organisation, scoped.sales)
    lose_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales, reason="no_budget", note="Next year")
    handoff.refresh_from_db()
    handoff.contact.refresh_from_db()
    assert (handoff.status, handoff.outcome, handoff.contact.stage) == ("accepted", "lost", "lost")
    entry = Entry.objects.get(handoff=handoff, deed="lost")
    assert (entry.reason, entry.note) == ("no_budget", "Next year")
    with pytest.raises(Conflict, match="It is over"):
        log_call(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales, outcome="reached")


def test_who_was_accepted_can_be_recycled_without_a_change_of_the_answer(scoped: World) -> None:
    handoff = accepted(scoped.organisation, scoped.sales)
    recycle_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales)
    handoff.refresh_from_db()
    handoff.contact.refresh_from_db()
    assert (handoff.status, handoff.outcome, handoff.contact.stage) == ("accepted", "recycled", "prospect")
    assert handoff.not_before is not None
