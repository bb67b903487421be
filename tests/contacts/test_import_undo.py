"""A whole import undone."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.importing import undoing
from contacts.importing.services import start_import
from contacts.importing.undoing import can_be_undone, forget_traces, list_kept, start_undo
from contacts.models import (
    Company,
    Contact,
    Import,
    ImportChange,
    ImportTrace,
    Stage,
    StageChange,
    Standing,
    Suppression,
)
from contacts.qualification import recompute
from contacts.rights.erasing import erase_contact
from contacts.services import change_stage, create_contact, is_contactable, record_opt_out, update_contact
from contacts.tasks import tidy
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict
from prm.work.jobs import JobStopped, run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.files import bring_in, counts, prepare
from touchpoints.models import Interaction, Verdict
from touchpoints.recording import NewInteraction, record

HEAD = "id,email,Prénom,Nom,Entreprise,SIREN,site web,Désinscrit,Budget,Ville\n"


class Handle:
    """A job's hold that counts, and stops after so many steps."""

    def __init__(self, world: World, source_import: Import, stop_after: int = 10**9) -> None:
        self.organisation = world.organisation
        self.job = Job.objects.get(pk=source_import.undo_job_id or 0)
        self.result: dict[str, Any] = {}
        self.left = stop_after

    def advance(self, *, done: int, total: int | None = None) -> None:
        self.left -= 1
        Job.objects.filter(pk=self.job.pk).update(done=done, total=total or 0)
        if self.left < 0:
            raise JobStopped


def undo(world: World, source_import: Import) -> dict[str, int]:
    source_import.refresh_from_db()
    started = start_undo(world.organisation, import_id=source_import.pk, by=world.marketer)
    undoing.run_undo(Handle(world, started))  # type: ignore[arg-type]
    source_import.refresh_from_db()
    return dict(source_import.undone)


def snapshot() -> list[dict[str, Any]]:
    rows = Contact.objects.order_by("pk").values()
    return [{name: value for name, value in row.items() if name != "updated_at"} for row in rows]


def test_what_an_import_created_goes_and_what_it_changed_comes_back(scoped: World) -> None:
    bring_in(
        scoped.organisation,
        HEAD + "1,a@b.example,Marie,,Solvane,,,,100,Paris\n2,,Zoé,Roux,,,,,,\n3,c@b.example,Ann,,,,,,,\n",
    )
    before, companies = snapshot(), list(Company.objects.order_by("pk").values("name", "siren", "domain", "provenance"))
    done = bring_in(
        scoped.organisation,
        HEAD
        + "1,a@c.example,Anne,Martin,Autre,,,,200,\n"
        + "2,z@b.example,,,Solvane,552100554,solvane.example,,5,Lyon\n"
        + "3,c@b.example,Ann,,,,,,,\n"
        + "".join(f"n{n},n{n}@x.example,New,N,Neuve {n},,,{'oui' if n == 3 else ''},,\n" for n in range(5)),
    )
    assert counts(done) == (5, 2, 1, 0)
    assert undo(scoped, done) == {"removed": 5, "kept": 0, "restored": 2, "left": 0, "companies": 6}
    assert snapshot() == before
    assert list(Company.objects.order_by("pk").values("name", "siren", "domain", "provenance")) == companies
    assert Standing.objects.count() == StageChange.objects.count() == 3
    assert (ImportChange.objects.filter(source_import=done).count(), ImportTrace.objects.filter(
        source_import=done).count()) == (0, 0)  # fmt: skip
    assert recompute(scoped.organisation) == 0
    # Whoever the file opted out stays so.
    assert list(Suppression.objects.filter(contact=None).values_list("email", flat=True)) == ["n3@x.example"]


def test_who_was_used_or_changed_since_stays_and_is_listed(scoped: World) -> None:
    bring_in(scoped.organisation, HEAD + "1,a@b.example,Marie,,,,,,100,\n2,b@b.example,Zoé,,,,,,,\n")
    done = bring_in(
        scoped.organisation,
        HEAD
        + "1,,Anne,Martin,,,,,200,\n2,b2@b.example,,,,,,,,\n"
        + "".join(f"n{n},n{n}@x.example,New,N,Neuve,,,,,\n" for n in range(6)),
    )
    people = {contact.external_id: contact for contact in Contact.objects.all()}
    update_contact(scoped.organisation, contact_id=people["1"].pk, values={"first_name": "Annie"}, by=scoped.sales)
    # Somebody else takes the address that contact 2 had.
    Contact.objects.create(organisation=scoped.organisation, email="b@b.example")
    record(
        scoped.organisation, [NewInteraction(kind="page_view", contact_id=people["n0"].pk, occurred_at=timezone.now())]
    )
    change_stage(scoped.organisation, [people["n1"].pk], to=Stage.PROSPECT, cause="person", by=scoped.sales)
    record_opt_out(scoped.organisation, contact=people["n2"], source="link")
    Suppression.objects.update(at=timezone.now() + timedelta(seconds=1))
    update_contact(scoped.organisation, contact_id=people["n3"].pk, values={"job_title": "CEO"}, by=scoped.sales)
    Contact.objects.filter(external_id="n3").update(updated_at=timezone.now() + timedelta(seconds=1))
    assert undo(scoped, done) == {"removed": 2, "kept": 4, "restored": 0, "left": 2, "companies": 0}
    marie = Contact.objects.get(external_id="1")
    assert (marie.first_name, marie.last_name, marie.properties) == ("Annie", "", {"Budget": "100"})
    assert Contact.objects.get(external_id="2").email == "b2@b.example"
    kept = {change.contact.external_id: change.kept for change in list_kept(done)}
    assert kept == {
        "1": "changed", "2": "changed", "n0": "interaction", "n1": "stage", "n2": "suppressed", "n3": "changed",
    }  # fmt: skip
    assert Company.objects.filter(name="Neuve").exists()


@pytest.mark.parametrize("stop_after", range(8))
def test_an_undo_goes_on_where_it_was(scoped: World, monkeypatch: pytest.MonkeyPatch, stop_after: int) -> None:
    monkeypatch.setattr(undoing, "BATCH", 2)
    bring_in(scoped.organisation, HEAD + "".join(f"{n},,P{n},,,,,,,\n" for n in range(5)))
    before = snapshot()
    done = bring_in(scoped.organisation, HEAD + "".join(f"{n},,Q{n},,C{n},,,,,\n" for n in range(10)))
    start_undo(scoped.organisation, import_id=done.pk, by=scoped.marketer)
    done.refresh_from_db()
    with pytest.raises(JobStopped):
        undoing.run_undo(Handle(scoped, done, stop_after))  # type: ignore[arg-type]
    undoing.run_undo(Handle(scoped, done))  # type: ignore[arg-type]
    done.refresh_from_db()
    assert done.undone == {"removed": 5, "kept": 0, "restored": 5, "left": 0, "companies": 10}
    assert snapshot() == before
    assert Company.objects.count() == 0


def test_a_worker_undoes_and_the_log_says_who(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        source_import = prepare(world.organisation, HEAD + "1,a@b.example,Marie,,,,,,,\n")
        start_import(world.organisation, import_id=source_import.pk, by=world.marketer)
        with pytest.raises(Conflict):
            start_undo(world.organisation, import_id=source_import.pk, by=world.marketer)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        start_undo(world.organisation, import_id=source_import.pk, by=world.marketer)
        with pytest.raises(Conflict):
            start_undo(world.organisation, import_id=source_import.pk, by=world.marketer)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        job = Job.objects.get(kind="import_undo")
        assert (job.status, job.done, job.total) == ("done", 1, 1)
        assert job.result == {"removed": 1, "kept": 0, "restored": 0, "left": 0, "companies": 0}
        assert not Contact.objects.exists()
        actions = AuditEntry.objects.filter(actor=world.marketer).order_by("pk").values_list("action", flat=True)
        assert list(actions) == ["import.start", "import.undo", "import.undone"]


def test_after_thirty_days_nothing_is_left_to_undo_with(scoped: World) -> None:
    done = bring_in(scoped.organisation, HEAD + "1,,Marie,,,,,,,\n")
    bring_in(scoped.organisation, HEAD + "1,,Anne,,,,,,,\n")
    Import.objects.update(merged_at=timezone.now() - timedelta(days=29))
    done.refresh_from_db()
    assert can_be_undone(done)
    assert forget_traces(scoped.organisation) == 0
    Import.objects.update(merged_at=timezone.now() - timedelta(days=31))
    done.refresh_from_db()
    assert not can_be_undone(done)
    tidy(scoped.organisation.pk)
    assert (ImportTrace.objects.count(), ImportChange.objects.count()) == (0, 0)
    with pytest.raises(Conflict):
        start_undo(scoped.organisation, import_id=done.pk, by=scoped.marketer)


def test_the_twin_s_same_people_are_left_alone(scoped: World) -> None:
    content = HEAD + "1,a@b.example,Marie,,Solvane,,,,,\n"
    with organisation_scope(scoped.twin.pk):
        bring_in(scoped.twin, content)
    assert undo(scoped, bring_in(scoped.organisation, content))["removed"] == 1
    with organisation_scope(scoped.twin.pk):
        assert (Contact.objects.count(), Company.objects.count(), ImportTrace.objects.count()) == (1, 1, 1)


def test_an_address_given_back_is_refused_as_it_was_meanwhile(scoped: World) -> None:
    values = {"email": "old@x.example", "external_id": "7"}
    contact = create_contact(scoped.organisation, values=values, by=scoped.marketer)
    source_import = bring_in(scoped.organisation, "id,email\n7,new@x.example\n", key="external_id")
    record_opt_out(scoped.organisation, source="page", email="old@x.example")
    assert is_contactable(contact)
    undo(scoped, source_import)
    contact.refresh_from_db()
    assert (contact.email, is_contactable(contact)) == ("old@x.example", False)


def test_an_address_of_somebody_erased_since_is_not_given_back(scoped: World) -> None:
    values = {"email": "old@x.example", "external_id": "7"}
    contact = create_contact(scoped.organisation, values=values, by=scoped.marketer)
    source_import = bring_in(scoped.organisation, "id,email\n7,new@x.example\n", key="external_id")
    other = create_contact(scoped.organisation, values={"email": "old@x.example"}, by=scoped.marketer)
    erase_contact(scoped.organisation, contact_id=other.pk, by=scoped.admin)
    assert undo(scoped, source_import)["left"] == 1
    contact.refresh_from_db()
    assert contact.email == "new@x.example"


def test_news_of_the_company_are_no_act_that_keeps_somebody(scoped: World) -> None:
    done = bring_in(scoped.organisation, HEAD + "1,a@b.example,Marie,,Neuve,,,,,\n")
    person, now = Contact.objects.get(), timezone.now()
    told = NewInteraction("company_grown", contact_id=person.pk, verdict=Verdict.REGISTER, occurred_at=now)
    record(scoped.organisation, [told])

    assert undo(scoped, done)["removed"] == 1

    assert not Contact.objects.exists()
    assert not Interaction.objects.filter(contact_id=person.pk).exists()
