"""Due steps: each once, in sets, with the reason for everything that is held."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from contacts.models import Suppression
from nurturing import engine
from nurturing.engine import run_due_steps
from nurturing.flow import land
from nurturing.models import Delivery, Enrolment, Scenario, Step
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.models import Wakeup
from prm.work.wakeups import wake
from tests.conftest import World
from tests.nurturing.builders import (
    DAYS,
    enrol,
    eventually,
    make_contact,
    make_contacts,
    make_scenario,
    open_handoff,
    queue_mail,
)


def statuses() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("status", "reason"))


def test_a_message_is_written_into_the_ledger_and_the_person_waits_for_the_next(solvane: Organisation) -> None:
    scenario, contact = make_scenario(solvane), make_contact(solvane)
    enrol(scenario, contact)
    now = timezone.now()
    assert run_due_steps(solvane, now) == 1
    delivery, enrolment = Delivery.objects.get(), Enrolment.objects.get()
    assert (delivery.contact, delivery.step, delivery.address) == (
        contact,
        scenario.steps.get(position=1),
        contact.email,
    )
    assert (delivery.address, delivery.status, delivery.occurrence) == ("ines@acme.example", "pending", 1)
    assert (enrolment.status, enrolment.position, enrolment.due_at) == ("active", 3, now + timedelta(days=3))
    assert Wakeup.objects.filter(queue="mail").count() == 1


def test_behind_the_last_message_is_the_end_and_nobody_waits_for_nothing(solvane: Organisation) -> None:
    scenario = make_scenario(solvane, [("email", 0), ("wait", DAYS)])
    enrol(scenario, make_contact(solvane))
    run_due_steps(solvane)
    enrolment = Enrolment.objects.get()
    assert (enrolment.status, enrolment.due_at, enrolment.exit_reason) == ("done", None, "")
    assert enrolment.left_at is not None


def test_nothing_happens_before_its_hour_or_twice(solvane: Organisation) -> None:
    scenario = make_scenario(solvane)
    enrol(scenario, make_contact(solvane))
    now = timezone.now()
    assert [run_due_steps(solvane, now), run_due_steps(solvane, now)] == [1, 0]
    assert run_due_steps(solvane, now + timedelta(days=3, seconds=-1)) == 0
    assert run_due_steps(solvane, now + timedelta(days=3)) == 1
    assert run_due_steps(solvane, now + timedelta(days=30)) == 0
    assert Delivery.objects.count() == 2


def test_a_step_that_was_sent_is_never_written_again(solvane: Organisation) -> None:
    scenario, contact = make_scenario(solvane), make_contact(solvane)
    queue_mail(scenario, contact, status="sent")
    Enrolment.objects.update(position=1, due_at=timezone.now())
    assert run_due_steps(solvane) == 1
    assert statuses() == [("sent", "")]
    assert Enrolment.objects.get().position == 3


@pytest.mark.parametrize("reason", ["opt_out", "bounce", "complaint", "erased"])
def test_who_may_not_be_written_to_is_held_with_the_reason_and_leaves(solvane: Organisation, reason: str) -> None:
    scenario, contact, other = make_scenario(solvane), make_contact(solvane), make_contact(solvane, "b@acme.example")
    Suppression.objects.create(organisation=solvane, contact=contact, reason=reason)
    enrol(scenario, contact, other)
    run_due_steps(solvane)
    assert statuses() == [("held", reason), ("pending", "")]
    enrolment = Enrolment.objects.get(contact=contact)
    expected = "unsubscribed" if reason == "opt_out" else "suppressed"
    assert (enrolment.status, enrolment.exit_reason, enrolment.due_at) == ("left", expected, None)
    assert Enrolment.objects.get(contact=other).status == "active"


def test_who_is_with_sales_or_has_no_address_is_held_and_leaves(solvane: Organisation) -> None:
    scenario = make_scenario(solvane)
    sold, nameless = make_contact(solvane), make_contact(solvane, None)
    open_handoff(solvane, sold)
    enrol(scenario, sold, nameless)
    run_due_steps(solvane)
    assert statuses() == [("held", "handoff"), ("held", "no_address")]
    assert list(Enrolment.objects.order_by("pk").values_list("status", "exit_reason")) == [
        ("left", "handoff"),
        ("left", "no_address"),
    ]


def test_an_address_gets_a_step_once_whoever_holds_it(solvane: Organisation) -> None:
    scenario = make_scenario(solvane)
    before = make_contact(solvane, "shared@acme.example")
    queue_mail(scenario, before, status="sent")
    before.email = "moved@acme.example"
    before.save()
    enrol(scenario, make_contact(solvane, "shared@acme.example"))
    run_due_steps(solvane)
    assert statuses() == [("sent", ""), ("held", "duplicate")]
    assert Enrolment.objects.filter(status="active").count() == 2


def test_a_paused_scenario_keeps_people_waiting_and_costs_no_wakeup(solvane: Organisation) -> None:
    scenario = make_scenario(solvane, status="paused")
    enrol(scenario, make_contact(solvane))
    wake(solvane.pk, "nurture")
    assert eventually(lambda: run_due_steps(solvane) == 0 and not Wakeup.objects.exists())
    assert Delivery.objects.count() == 0
    assert Enrolment.objects.get().status == "active"


def test_what_is_more_than_a_week_late_expires_and_the_person_goes_on(solvane: Organisation) -> None:
    scenario = make_scenario(solvane)
    stale, late = make_contact(solvane), make_contact(solvane, "late@acme.example")
    now = timezone.now()
    enrol(scenario, stale, due_at=now - timedelta(days=8))
    enrol(scenario, late, due_at=now - timedelta(days=6))
    run_due_steps(solvane, now)
    assert statuses() == [("held", "expired"), ("pending", "")]
    assert list(Enrolment.objects.values_list("position", "due_at")) == [(3, now + timedelta(days=3))] * 2


def test_who_stands_at_a_wait_after_a_change_is_sent_on(solvane: Organisation) -> None:
    scenario, contact = make_scenario(solvane), make_contact(solvane)
    now = timezone.now()
    enrol(scenario, contact, position=2, due_at=now)
    assert run_due_steps(solvane, now) == 1
    enrolment = Enrolment.objects.get()
    assert (enrolment.position, enrolment.due_at) == (3, now + timedelta(days=3))
    assert Delivery.objects.count() == 0


def test_the_next_run_is_noted_once_by_the_minute(solvane: Organisation) -> None:
    scenario = make_scenario(solvane)
    now = timezone.now()
    for number, contact in enumerate(make_contacts(solvane, 3)):
        enrol(scenario, contact, due_at=now + timedelta(hours=2, seconds=number))
    enrol(scenario, make_contact(solvane))
    wake(solvane.pk, "nurture")
    due = Wakeup.objects.filter(queue="nurture", due_at__lte=timezone.now())
    assert eventually(lambda: run_due_steps(solvane) == 0 and not due.exists())
    (due_at,) = Wakeup.objects.filter(queue="nurture").values_list("due_at", flat=True)
    assert due_at.second == 0
    assert timedelta() < due_at - (now + timedelta(hours=2)) <= timedelta(minutes=1)


def test_rows_another_worker_holds_are_passed_over_and_found_again(solvane: Organisation) -> None:
    scenario = make_scenario(solvane)
    held, free = enrol(scenario, make_contact(solvane), make_contact(solvane, "b@acme.example"))
    wake(solvane.pk, "nurture")
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        with organisation_scope(solvane.pk), transaction.atomic():
            Enrolment.objects.select_for_update().get(pk=held.pk)
            holding.set()
            release.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(10)
    assert run_due_steps(solvane) == 1
    release.set()
    thread.join()
    assert Wakeup.objects.filter(queue="nurture").exists()
    assert run_due_steps(solvane) == 1
    assert Delivery.objects.count() == 2
    assert {held.pk, free.pk} == set(Enrolment.objects.filter(position=3).values_list("pk", flat=True))


def test_a_run_gives_way_and_is_woken_again_at_once(solvane: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUDGET_SECONDS", 0.0)
    for name in ("One", "Two"):
        enrol(make_scenario(solvane, name=name), make_contact(solvane, f"{name}@acme.example"))
    assert run_due_steps(solvane) == 1
    assert Wakeup.objects.filter(queue="nurture", due_at__lte=timezone.now()).count() == 1
    assert run_due_steps(solvane) == 1
    assert Delivery.objects.count() == 2


def test_overlapping_passes_write_each_message_once(solvane: Organisation) -> None:
    scenarios = [make_scenario(solvane), make_scenario(solvane, name="Second")]
    contacts = make_contacts(solvane, 3000)
    for scenario in scenarios:
        enrol(scenario, *contacts)
    moved: list[int] = []

    def work() -> None:
        while count := run_due_steps(solvane):
            moved.append(count)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(moved) == 6000
    assert Delivery.objects.filter(status="pending").count() == 6000
    assert Enrolment.objects.filter(status="active", position=3).count() == 6000


def test_the_twin_organisation_is_left_alone(solvane: Organisation, world: World) -> None:
    with organisation_scope(world.twin.pk):
        enrol(make_scenario(world.twin), make_contact(world.twin))
    enrol(make_scenario(solvane), make_contact(solvane))
    assert run_due_steps(solvane) == 1
    with organisation_scope(world.twin.pk):
        assert (Delivery.objects.count(), Enrolment.objects.get().position) == (0, 1)


def test_the_pass_reads_by_the_index_of_what_is_due(solvane: Organisation) -> None:
    scenario = make_scenario(solvane)
    enrol(scenario, *make_contacts(solvane, 3000), due_at=timezone.now() + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT e.id FROM nurturing_enrolment e WHERE e.organisation_id = %s AND e.scenario_id = %s"
            " AND e.position = 1 AND e.status = 'active' AND e.due_at <= now() ORDER BY e.due_at, e.id"
            " LIMIT 2000 FOR NO KEY UPDATE SKIP LOCKED",
            [solvane.pk, scenario.pk],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert "nurturing_enrolment_due" in plan
    assert "Sort" not in plan


@given(
    kinds=st.lists(st.tuples(st.sampled_from(["email", "wait"]), st.integers(0, 10**7)), max_size=12),
    after=st.integers(0, 13),
)
def test_a_person_lands_on_the_next_message_having_waited_what_lies_between(
    kinds: list[tuple[str, int]], after: int
) -> None:
    steps = [Step(position=number, kind=kind, wait_seconds=wait) for number, (kind, wait) in enumerate(kinds, 1)]
    landing = land(reversed(steps), after=after)
    ahead = [step for step in steps if step.position > after]
    mails = [step.position for step in ahead if step.kind == "email"]
    if landing is None:
        assert not mails
        return
    assert landing.position == min(mails)
    assert landing.wait_seconds == sum(
        step.wait_seconds for step in ahead if step.kind == "wait" and step.position < landing.position
    )


def test_a_scenario_made_active_again_goes_on(solvane: Organisation) -> None:
    scenario = make_scenario(solvane, status="paused")
    enrol(scenario, make_contact(solvane))
    Scenario.objects.update(status="active")
    assert run_due_steps(solvane) == 1
