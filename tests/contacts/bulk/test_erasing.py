"""Many people erased at once: counted by who asks, never undone, in chunks that survive a worker."""

from typing import Any

import pytest

from contacts.bulk import running
from contacts.bulk.actions import get_action, list_buttons
from contacts.bulk.models import BulkChunk, BulkRun
from contacts.bulk.queries import list_left_out
from contacts.bulk.selecting import Selection
from contacts.bulk.services import can_be_undone, start_run
from contacts.models import Contact, StageChange, Suppression
from contacts.rights.models import PersonRequest, RequestKind
from contacts.rights.requests import note_request
from nurturing.models import Delivery, DeliveryStatus
from prm.organisations.models import AuditEntry
from prm.organisations.rights import Right
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from prm.work.jobs import resume_job, run_jobs, stop_job
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.bulk.test_killed import kill_at
from tests.nurturing.builders import make_scenario, queue_mail


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut selections into chunks of two."""
    monkeypatch.setattr(running, "CHUNK", 2)


def people(world: World, number: int = 5, **values: Any) -> list[Contact]:
    return [
        Contact.objects.create(
            organisation=world.organisation, first_name="Paul", last_name=f"P{n}", email=f"p{n}@x.example", **values
        )
        for n in range(number)
    ]


def erase(world: World, number: int, *, chosen: list[Contact] | None = None, **query: str) -> BulkRun:
    selection = Selection(tuple(one.pk for one in chosen)) if chosen else Selection(query=query)
    values = {"reason": "an old list", "number": number}
    return start_run(world.organisation, action="erase", selection=selection, values=values, by=world.admin)


def carried_out(world: World, run: BulkRun) -> BulkRun:
    run_jobs(world.organisation)
    run.refresh_from_db()
    return run


def test_all_that_match_are_erased_and_the_rest_is_left(scoped: World, small_chunks: None) -> None:
    with organisation_scope(scoped.twin.pk):
        Contact.objects.create(organisation=scoped.twin, email="p0@x.example", source="Salon")
    people(scoped, source="Salon")
    other = Contact.objects.create(organisation=scoped.organisation, email="other@x.example", source="Site")
    run = erase(scoped, 5, source="Salon")
    assert (run.title, run.total, run.done, Contact.objects.count()) == ("Erase 5 people", 5, 0, 6)
    run = carried_out(scoped, run)
    assert (run.done, run.skipped, BulkChunk.objects.count()) == (5, {}, 3)
    assert list(Contact.objects.all()) == [other]
    # Who they were is gone, that there were five of them is not.
    assert (Contact.everybody.count(), StageChange.objects.filter(to_stage="").count()) == (6, 5)
    assert Suppression.objects.filter(reason="erased").count() == 5
    with organisation_scope(scoped.twin.pk):
        assert Contact.objects.count() == 1


def test_even_a_few_are_erased_by_a_worker_and_never_given_back(scoped: World) -> None:
    chosen = people(scoped, 2)
    run = erase(scoped, 2, chosen=chosen)
    assert run.job_id is not None
    run = carried_out(scoped, run)
    assert (run.done, can_be_undone(run), get_action("erase").undo) == (2, False, None)


def test_the_reason_is_kept_with_the_run_and_in_the_log_and_requests_are_answered(scoped: World) -> None:
    chosen = people(scoped, 2)
    asked = note_request(
        scoped.organisation,
        kind=RequestKind.ERASURE,
        received_on=chosen[0].created_at.date(),
        by=scoped.admin,
        contact_id=chosen[0].pk,
    )
    run = carried_out(scoped, erase(scoped, 2, chosen=chosen))
    begun = AuditEntry.objects.get(action="bulk.erase")
    assert begun.after == {"title": "Erase 2 people", "selected": 2, "reason": "an old list"}
    assert (begun.actor, run.values["reason"]) == (scoped.admin, "an old list")
    assert AuditEntry.objects.get(action="contact.erase").after["contacts"] == 2
    assert PersonRequest.objects.get(pk=asked.pk).done_at is not None


def test_who_came_since_they_were_counted_is_not_erased(scoped: World) -> None:
    people(scoped, 3)
    with pytest.raises(Invalid) as refusal:
        erase(scoped, 2)
    assert refusal.value.fields == {"number": "It is 3 contacts by now."}
    assert (BulkRun.objects.count(), Job.objects.count(), Contact.objects.count()) == (0, 0, 3)
    run = erase(scoped, 3)
    late = Contact.objects.create(organisation=scoped.organisation, email="late@x.example")
    assert carried_out(scoped, run).done == 3
    assert list(Contact.objects.all()) == [late]


def test_who_is_being_written_to_is_left_out(scoped: World, small_chunks: None) -> None:
    chosen = people(scoped, 4)
    (delivery,) = queue_mail(make_scenario(scoped.organisation), chosen[1])
    Delivery.objects.filter(pk=delivery.pk).update(
        status=DeliveryStatus.SENDING, lease_until=delivery.created_at.replace(year=2099)
    )
    run = carried_out(scoped, erase(scoped, 4, chosen=chosen))
    assert (run.done, run.skipped) == (3, {"busy": 1})
    (left,) = list_left_out(run)
    assert (left.number, left.contacts) == (1, [chosen[1]])
    assert list(Contact.objects.all()) == [chosen[1]]


def test_it_stops_between_chunks_and_goes_on(
    scoped: World, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(scoped, 6)
    run = erase(scoped, 6)
    original = running.carry_out_next
    calls: list[bool] = []

    def one_then_stop(*args: Any) -> bool:
        calls.append(True)
        done = original(*args)
        if len(calls) == 1:
            stop_job(scoped.organisation, job_id=run.job_id or 0)
        return done

    monkeypatch.setattr(running, "carry_out_next", one_then_stop)
    run = carried_out(scoped, run)
    assert (run.done, Contact.objects.count(), run.finished_at) == (2, 4, None)
    resume_job(scoped.organisation, job_id=run.job_id or 0)
    run = carried_out(scoped, run)
    assert (run.done, Contact.objects.count()) == (6, 0)


def test_a_worker_killed_on_the_way_erases_everybody_once(committed: None, world: World) -> None:
    number = 1200
    with organisation_scope(world.organisation.pk):
        Contact.objects.bulk_create(
            Contact(organisation=world.organisation, email=f"p{n}@x.example") for n in range(number)
        )
        run = erase(world, number)
        kill_at(world, run.job_id or 0, 100)
        assert 0 < Contact.objects.count() < number
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        run.refresh_from_db()
        assert (run.total, run.done, run.skipped) == (number, number, {})
        assert (Contact.objects.count(), Contact.everybody.count()) == (0, number)
        assert StageChange.objects.filter(to_stage="").count() == number


# --- Pages ----------------------------------------------------------------------------------------


def test_only_who_may_erase_is_offered_it_and_last(world: World) -> None:
    codes = [one.code for one in list_buttons(frozenset(right.value for right in Right))]
    assert codes[-1] == "erase"
    assert set(codes) >= {"tag", "untag", "owner", "stage", "enrol", "enrich", "export", "opt-out", "erase"}
    with organisation_scope(world.organisation.pk):
        people(world, 1)
    address = world.path("contacts/bulk/erase/")
    assert address in world.client(world.admin).get(world.path("contacts/")).content.decode()
    assert address not in world.client(world.marketer).get(world.path("contacts/")).content.decode()
    assert world.client(world.marketer).post(address, {"all": "1", "query": ""}).status_code == 403


@pytest.mark.parametrize("typed", ["", "2", "three", "30", "-3"])
def test_another_number_than_theirs_erases_nobody(world: World, typed: str) -> None:
    with organisation_scope(world.organisation.pk):
        people(world, 3)
    sent = {"all": "1", "query": "", "confirm": "1", "reason": "an old list", "number": typed}
    answer = world.client(world.admin).post(world.path("contacts/bulk/erase/"), sent)
    assert answer.status_code == 422
    with organisation_scope(world.organisation.pk):
        assert (BulkRun.objects.count(), Contact.objects.count()) == (0, 3)


def test_the_question_says_what_it_does_and_wants_a_reason(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        people(world, 3)
    client, address = world.client(world.admin), world.path("contacts/bulk/erase/")
    page = client.post(address, {"all": "1", "query": ""}).content.decode()
    assert "On <b>3 contacts</b>." in page
    assert "this cannot be undone" in page
    assert "totals and rates stay as they are" in page
    assert "Type 3 to confirm" in page
    sent = {"all": "1", "query": "", "confirm": "1", "number": " 3 "}
    assert client.post(address, sent).status_code == 422
    answer = client.post(address, {**sent, "reason": "an old list"})
    assert answer.status_code == 302
    with organisation_scope(world.organisation.pk):
        run = BulkRun.objects.get()
        assert (run.values, run.total) == ({"reason": "an old list", "number": 3}, 3)
    run_jobs(world.organisation)
    report = client.get(answer.url).content.decode()  # type: ignore[attr-defined]
    assert "Done for <b>3 contacts</b>" in report
    assert "an old list" in report
    assert "Can be undone" not in report


def test_without_a_count_nobody_is_erased(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contacts.bulk.views.count_selection", lambda *_args: None)
    with organisation_scope(world.organisation.pk):
        people(world, 1)
    sent = {"all": "1", "query": "", "confirm": "1", "reason": "x", "number": "1"}
    answer = world.client(world.admin).post(world.path("contacts/bulk/erase/"), sent)
    assert answer.status_code == 422
    assert "narrow the selection" in answer.content.decode()


def test_an_erasing_is_not_undone(scoped: World) -> None:
    chosen = people(scoped, 1)
    run = carried_out(scoped, erase(scoped, 1, chosen=chosen))
    with pytest.raises(Conflict):
        running.take_back_next(scoped.organisation, run)
