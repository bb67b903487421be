"""Actions on many contacts: whom they change, whom they leave out, and what undoing gives back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.bulk import running, services
from contacts.bulk.models import BulkChunk, BulkRun
from contacts.bulk.queries import list_left_out
from contacts.bulk.running import forget_chunks
from contacts.bulk.selecting import Selection, count_selection
from contacts.bulk.services import start_run, start_undo
from contacts.models import Contact, Stage, StageChange, Suppression
from contacts.services import change_stage
from contacts.tagging.models import Tag, Tagging
from contacts.tagging.services import tag_contacts, untag_contacts
from nurturing.models import Enrolment, EnrolmentStatus, Scenario, Step
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict
from prm.work.jobs import resume_job, run_jobs, stop_job
from prm.work.models import Job
from tests.conftest import World


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut selections into chunks of two."""
    monkeypatch.setattr(running, "CHUNK", 2)


def people(world: World, *names: str, **values: Any) -> list[Contact]:
    return [Contact.objects.create(organisation=world.organisation, last_name=name, **values) for name in names]


def act(world: World, action: str, chosen: "list[Contact] | dict[str, str]", **values: Any) -> BulkRun:
    selection = Selection(query=chosen) if isinstance(chosen, dict) else Selection(tuple(one.pk for one in chosen))
    run = start_run(world.organisation, action=action, selection=selection, values=values, by=world.marketer)
    if run.job_id is not None:
        run_jobs(world.organisation)
        run.refresh_from_db()
    return run


def undo(world: World, run: BulkRun) -> BulkRun:
    run = start_undo(world.organisation, run_id=run.pk, by=world.marketer)
    if run.undo_job_id is not None:
        run_jobs(world.organisation)
        run.refresh_from_db()
    return run


def tagged() -> list[str]:
    return sorted(Tagging.objects.values_list("contact__last_name", flat=True))


def left_out(run: BulkRun) -> dict[str, list[str]]:
    return {one.reason: [contact.last_name for contact in one.contacts] for one in list_left_out(run)}


def test_a_few_are_tagged_at_once_and_it_is_undone(scoped: World) -> None:
    ada, bob, cyd = people(scoped, "Ada", "Bob", "Cyd")
    tag_contacts(scoped.organisation, contact_ids=[bob.pk], names=["VIP"], by=None)
    cyd_id = cyd.pk
    cyd.delete()
    run = act(scoped, "tag", [ada, bob, Contact(pk=cyd_id)], tag="vip")
    assert (run.job_id, run.total, run.done) == (None, 2, 1)
    assert (run.title, left_out(run)) == ("Tag “vip”", {"bore the tag already": ["Bob"]})
    assert tagged() == ["Ada", "Bob"]
    assert undo(scoped, run).restored == 1
    assert tagged() == ["Bob"]
    with pytest.raises(Conflict):
        start_undo(scoped.organisation, run_id=run.pk, by=scoped.marketer)


def test_a_tag_put_on_again_since_stays(scoped: World) -> None:
    ada, bob = people(scoped, "Ada", "Bob")
    run = act(scoped, "tag", [ada, bob], tag="VIP")
    untag_contacts(scoped.organisation, contact_ids=[ada.pk], names=["VIP"], by=None)
    BulkChunk.objects.update(done_at=timezone.now() - timedelta(minutes=1))
    Tagging.objects.update(at=timezone.now() - timedelta(minutes=2))
    tag_contacts(scoped.organisation, contact_ids=[ada.pk], names=["VIP"], by=None)
    assert undo(scoped, run).restored == 1
    assert tagged() == ["Ada"]


def test_taking_a_tag_away_is_undone(scoped: World) -> None:
    ada, bob = people(scoped, "Ada", "Bob")
    tag_contacts(scoped.organisation, contact_ids=[ada.pk], names=["VIP"], by=None)
    run = act(scoped, "untag", [ada, bob], tag="VIP")
    assert (run.done, left_out(run), tagged()) == (1, {"did not bear the tag": ["Bob"]}, [])
    assert (undo(scoped, run).restored, tagged()) == (1, ["Ada"])


def test_owners_come_back_but_to_who_left_and_of_who_was_changed_since(scoped: World) -> None:
    ada, bob, cyd = people(scoped, "Ada", "Bob", "Cyd", owner=scoped.sales)
    Contact.objects.filter(pk=bob.pk).update(owner=None)
    run = act(scoped, "owner", [ada, bob, cyd], owner=scoped.marketer.pk)
    assert (run.title, run.done) == ("Owner: Marketer", 3)
    Contact.objects.filter(pk=cyd.pk).update(owner=scoped.admin)
    assert undo(scoped, run).restored == 2
    owners = list(Contact.objects.order_by("last_name").values_list("owner__full_name", flat=True))
    assert owners == ["Sales", None, "Admin"]


def test_stages_move_with_the_ledger_and_come_back_unless_moved_on(scoped: World) -> None:
    ada, bob, cyd, dan = people(scoped, "Ada", "Bob", "Cyd", "Dan")
    Contact.objects.filter(pk=cyd.pk).update(stage=Stage.CUSTOMER)
    Contact.objects.filter(pk=dan.pk).update(stage=Stage.DISQUALIFIED)
    run = act(scoped, "stage", [ada, bob, cyd, dan], to="disqualified", reason="students")
    assert run.done == 2
    assert left_out(run) == {
        "was at this stage already": ["Dan"],
        "cannot come to this stage from the one it is at": ["Cyd"],
    }
    change_stage(scoped.organisation, [bob.pk], to=Stage.PROSPECT, cause="person")
    assert undo(scoped, run).restored == 1
    stages = list(Contact.objects.order_by("last_name").values_list("stage", flat=True))
    assert stages == ["suspect", "prospect", "customer", "disqualified"]
    ledger = StageChange.objects.filter(contact=ada).order_by("pk").values_list("from_stage", "to_stage")
    assert list(ledger) == [("suspect", "disqualified"), ("disqualified", "suspect")]


def test_all_that_match_are_those_of_when_it_began(scoped: World) -> None:
    people(scoped, "Ada", "Bob", "Cyd", "Dan", "Eve")
    with organisation_scope(scoped.twin.pk):
        Contact.objects.create(organisation=scoped.twin, last_name="Ada")
    assert count_selection(scoped.organisation, Selection(query={"stage": "suspect"})) == 5
    # The action changes what the filter asks for: all the same everybody has their turn.
    run = act(scoped, "stage", {"stage": "suspect"}, to="prospect", reason="a fair")
    assert (run.total, run.done, BulkChunk.objects.count()) == (5, 5, 3)
    job = Job.objects.get()
    assert (job.status, job.done, job.total, job.result) == ("done", 5, 5, {"done": 5, "skipped": {}})
    assert undo(scoped, run).restored == 5
    with organisation_scope(scoped.twin.pk):
        assert Contact.objects.get().stage == "suspect"


def test_nobody_is_nothing_done(scoped: World) -> None:
    run = act(scoped, "tag", {"q": "nobody at all"}, tag="VIP")
    assert (run.total, run.done, run.finished_at is not None) == (0, 0, True)


def test_a_stopped_run_goes_on_but_not_once_it_is_undone(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    people(scoped, "Ada", "Bob", "Cyd", "Dan")
    run = start_run(
        scoped.organisation, action="tag", selection=Selection(query={"stage": "suspect"}), values={"tag": "a"},
        by=scoped.marketer,
    )  # fmt: skip
    one = running.carry_out_next

    def stop_after(organisation: Any, given: BulkRun) -> bool:
        found = one(organisation, given)
        stop_job(scoped.organisation, job_id=run.job_id or 0)
        return found

    monkeypatch.setattr(running, "carry_out_next", stop_after)
    run_jobs(scoped.organisation)
    run.refresh_from_db()
    assert (run.job.status if run.job else "", run.done, tagged()) == ("stopped", 2, ["Ada", "Bob"])
    monkeypatch.setattr(running, "carry_out_next", one)
    resume_job(scoped.organisation, job_id=run.job_id or 0)
    run_jobs(scoped.organisation)
    assert tagged() == ["Ada", "Bob", "Cyd", "Dan"]
    undo(scoped, run)
    Job.objects.filter(kind=running.RUN).update(status="stopped")
    BulkChunk.objects.update(done_at=None)
    resume_job(scoped.organisation, job_id=run.job_id or 0)
    run_jobs(scoped.organisation)
    assert (tagged(), Job.objects.get(kind=running.RUN).status) == ([], "failed")


def test_what_was_asked_is_in_the_log_once(scoped: World) -> None:
    people(scoped, "Ada", "Bob", "Cyd")
    act(scoped, "tag", {"stage": "suspect"}, tag="a")
    assert list(AuditEntry.objects.values_list("action", "object_label")) == [("bulk.tag", "Tag “a”")]


def test_an_opt_out_cannot_be_undone(scoped: World) -> None:
    run = act(scoped, "opt-out", people(scoped, "Ada"))
    assert Suppression.objects.count() == 1
    with pytest.raises(Conflict):
        start_undo(scoped.organisation, run_id=run.pk, by=scoped.marketer)
    assert Suppression.objects.count() == 1


def test_after_thirty_days_nothing_is_undone_and_nobody_remembered(scoped: World) -> None:
    run = act(scoped, "tag", people(scoped, "Ada"), tag="a")
    BulkRun.objects.update(created_at=timezone.now() - timedelta(days=31))
    run.refresh_from_db()
    assert not services.can_be_undone(run)
    assert forget_chunks(scoped.organisation) == 1
    assert (BulkRun.objects.count(), tagged()) == (1, ["Ada"])


def test_the_chosen_are_taken_into_a_scenario_and_let_go_again(scoped: World) -> None:
    organisation = scoped.organisation
    scenario = Scenario.objects.create(organisation=organisation, name="Welcome", status="active")
    Step.objects.create(organisation=organisation, scenario=scenario, kind="wait", position=1, wait_seconds=3600)
    Step.objects.create(organisation=organisation, scenario=scenario, kind="email", position=2)
    ada, bob, cyd = people(scoped, "Ada", "Bob", "Cyd")
    for contact in (ada, bob):
        Contact.objects.filter(pk=contact.pk).update(email=f"{contact.last_name.lower()}@x.example")
    act(scoped, "opt-out", [bob])
    run = act(scoped, "enrol", [ada, bob, cyd], scenario=scenario.pk)
    assert run.title == "Into “Welcome”"
    assert left_out(run) == {"may not be written to": ["Bob"], "has no e-mail address": ["Cyd"]}
    enrolment = Enrolment.objects.get()
    assert (enrolment.contact_id, enrolment.position, enrolment.status) == (ada.pk, 2, "active")
    assert act(scoped, "enrol", [ada], scenario=scenario.pk).skipped == {"already": 1}
    assert undo(scoped, run).restored == 1
    enrolment.refresh_from_db()
    assert (enrolment.status, enrolment.due_at) == (EnrolmentStatus.LEFT, None)


# --- Pages ----------------------------------------------------------------------------------------------------


def test_the_question_is_asked_before_anything_is_done(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        ada, bob = people(world, "Ada", "Bob")
    client, path = world.client(world.marketer), world.path("contacts/bulk/tag/")
    htmx = {"hx-request": "true"}
    asked = client.post(path, {"ids": [ada.pk, bob.pk]}, headers=htmx)
    assert (asked.status_code, "On <b>2 contacts</b>." in asked.content.decode()) == (200, True)
    empty = client.post(path, {"ids": [ada.pk], "confirm": "1", "tag": " ; "}, headers=htmx)
    assert empty.status_code == 422
    with organisation_scope(world.organisation.pk):
        assert (BulkRun.objects.count(), Tag.objects.count()) == (0, 0)
    done = client.post(path, {"ids": f"{ada.pk},{bob.pk}", "confirm": "1", "tag": "VIP"}, headers=htmx)
    assert (done.status_code, "Tag \\u201cVIP\\u201d: 2 contacts." in done.headers["HX-Trigger"]) == (204, True)
    with organisation_scope(world.organisation.pk):
        run = BulkRun.objects.get()
    undone = client.post(world.path(f"contacts/bulk/{run.pk}/undo/"), headers=htmx)
    assert "Undone for 2 contacts." in undone.headers["HX-Trigger"]
    with organisation_scope(world.organisation.pk):
        assert tagged() == []


def test_all_that_match_are_counted_then_changed_by_a_worker(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        people(world, "Ada", "Bob", "Cyd")
        people(world, "Dan", source="fair")
    client = world.client(world.marketer)
    counted = client.get(world.path("contacts/selection/"), {"stage": "suspect", "source": "fair"}).json()
    assert counted == {"number": 1, "words": "1"}
    sent = {"all": "1", "query": "?stage=suspect&sort=name&source=", "confirm": "1", "tag": "VIP"}
    asked = client.post(world.path("contacts/bulk/tag/"), {**sent, "confirm": ""})
    assert "On <b>4 contacts</b>." in asked.content.decode()
    answer = client.post(world.path("contacts/bulk/tag/"), sent)
    run_jobs(world.organisation)
    page = " ".join(client.get(answer.headers["Location"]).content.decode().split())
    assert ("Done for <b>4 contacts</b>." in page, "Suspect" in page) == (True, True)
    assert client.get(world.path("contacts/bulk/")).status_code == 200
    with organisation_scope(world.organisation.pk):
        assert tagged() == ["Ada", "Bob", "Cyd", "Dan"]


def test_a_viewer_exports_a_selection_and_changes_nothing(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        ada, _bob = people(world, "Ada", "Bob")
    client = world.client(world.viewer)
    asked = client.post(world.path("contacts/bulk/tag/"), {"ids": [ada.pk], "confirm": "1", "tag": "a"})
    assert asked.status_code == 403
    export = client.post(world.path("contacts/bulk/export/"), {"ids": [ada.pk]})
    assert "<b>1 contact</b>" in client.get(export.headers["Location"]).content.decode()
    with organisation_scope(world.organisation.pk):
        assert (BulkRun.objects.count(), Tagging.objects.count()) == (0, 0)


def test_an_empty_selection_is_refused(world: World) -> None:
    client = world.client(world.marketer)
    assert client.post(world.path("contacts/bulk/tag/"), {"confirm": "1", "tag": "a"}).status_code == 422
    assert client.post(world.path("contacts/bulk/nothing/"), {"ids": "1"}).status_code == 404
