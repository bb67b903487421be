"""What people said, in files: exported, imported with the file as proof, and never against a no."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from contacts.consent.models import Act, ConsentEntry, ConsentState, Purpose, Source
from contacts.consent.purposes import archive_purpose
from contacts.consent.services import add_starting_purposes, record_consents
from contacts.exporting import stream_csv
from contacts.importing.running import merge_file, try_file
from contacts.importing.undoing import run_undo, start_undo
from contacts.models import Contact, Import, ImportReject
from contacts.queries import ContactFilter, list_contacts
from contacts.suppressions import is_contactable, record_opt_out
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from prm.work.jobs import JobRun
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.files import bring_in, counts, prepare

HEAD = "E-mail,consent.phone,consent.phone.since\n"


@pytest.fixture
def solvane(scoped: World) -> Organisation:
    for organisation in (scoped.twin, scoped.organisation):
        with organisation_scope(organisation.pk):
            add_starting_purposes(organisation)
            Contact.objects.create(organisation=organisation, email="ines@acme.example", last_name="Ines")
    return scoped.organisation


def said() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for email, code, state in ConsentState.objects.values_list("contact__email", "purpose__code", "state"):
        found.setdefault(str(email).split("@")[0], {})[code] = state
    return found


def undo(source_import: Import) -> None:
    organisation = source_import.organisation
    undone = start_undo(organisation, import_id=source_import.pk, by=None)
    run_undo(JobRun(organisation, Job.objects.get(pk=undone.undo_job_id or 0)))


def test_a_file_is_the_proof_of_what_it_says(solvane: Organisation) -> None:
    text = HEAD + "ines@acme.example,yes,2025-03-12\nzoe@acme.example,non,12/04/2025\nmax@acme.example,,\n"
    source_import = bring_in(solvane, text, source="Salon de Lyon", basis="consent")
    assert said() == {"ines": {"phone": "given"}, "zoe": {"phone": "withdrawn"}}
    assert counts(source_import) == (2, 1, 0, 0)
    entry = ConsentEntry.objects.get(act=Act.GIVEN)
    assert (entry.source, entry.at, entry.version) == ("import", datetime(2025, 3, 12, 12, tzinfo=UTC), None)
    assert entry.proof == {
        "import": source_import.pk,
        "file": "people.csv",
        "note": "people.csv, Salon de Lyon",
        "basis": "consent",
        "line": 2,
    }
    again = bring_in(solvane, text, source="Salon de Lyon", basis="consent")
    assert (counts(again), ConsentEntry.objects.count()) == ((0, 0, 3, 0), 2)


def test_without_a_day_it_was_said_when_the_file_came(solvane: Organisation) -> None:
    source_import = bring_in(solvane, "E-mail,consent.partners\nines@acme.example,oui\n")
    assert ConsentEntry.objects.get().at == source_import.created_at
    ahead = "E-mail,consent.phone,consent.phone.since\nines@acme.example,oui,2099-01-01\n"
    bring_in(solvane, ahead)
    assert ConsentEntry.objects.get(purpose__code="phone").at < datetime.now(UTC)


@pytest.mark.parametrize("mode", ["add", "fill", "overwrite"])
def test_a_yes_never_stands_against_a_no(solvane: Organisation, mode: str) -> None:
    ines = Contact.objects.get()
    record_consents(solvane, [ines.pk], purpose="phone", act=Act.OBJECTED, source=Source.MEMBER)
    record_opt_out(solvane, contact=ines, source="link")
    before = ConsentEntry.objects.count()
    text = "E-mail,consent.phone,consent.phone.since,consent.email\nines@acme.example,yes,2099-01-01,yes\n"
    source_import = bring_in(solvane, text, mode=mode)
    assert said() == {"ines": {"phone": "objected", "email": "withdrawn"}}
    assert (counts(source_import), ConsentEntry.objects.count()) == ((0, 0, 1, 0), before)
    assert not is_contactable(ines)


@pytest.mark.parametrize(
    ("mode", "yes"), [("add", {}), ("fill", {"partners": "given"}), ("overwrite", {"partners": "given"})]
)
def test_a_no_counts_in_every_mode_and_a_yes_where_the_file_may_add(
    solvane: Organisation, mode: str, yes: dict[str, str]
) -> None:
    ines = Contact.objects.get()
    record_consents(solvane, [ines.pk], purpose="phone", act=Act.GIVEN, source=Source.IMPORT)
    text = "E-mail,consent.phone,consent.partners\nines@acme.example,no,yes\nnew@acme.example,no,yes\n"
    trial = try_file(solvane, prepare(solvane, text, mode=mode), lambda _done, _total: None)
    source_import = bring_in(solvane, text, mode=mode)
    assert said() == {
        "ines": {"phone": "withdrawn", **yes},
        "new": {"phone": "withdrawn", "partners": "given"},
    }
    assert counts(source_import) == (1, 1, 0, 0)
    assert (trial.created, trial.updated) == (1, 1)


def test_a_yes_of_their_own_is_younger_than_an_old_files_no(solvane: Organisation) -> None:
    ines = Contact.objects.get()
    record_consents(solvane, [ines.pk], purpose="phone", act=Act.GIVEN, source=Source.CENTRE)
    bring_in(solvane, HEAD + "ines@acme.example,no,2024-01-01\n")
    assert said() == {"ines": {"phone": "given"}}
    bring_in(solvane, HEAD + "ines@acme.example,no,2099-01-01\n")
    assert said() == {"ines": {"phone": "withdrawn"}}


def test_a_no_to_emails_opts_out_with_the_file_as_proof(solvane: Organisation) -> None:
    bring_in(solvane, "E-mail,consent.email\nines@acme.example,no\nnew@acme.example,no\n")
    assert said() == {"ines": {"email": "withdrawn"}, "new": {"email": "withdrawn"}}
    assert set(ConsentEntry.objects.values_list("source", flat=True)) == {"import"}
    assert [is_contactable(one) for one in Contact.objects.all()] == [False, False]


def test_several_lines_of_one_person_say_no_where_one_does(solvane: Organisation) -> None:
    bring_in(solvane, HEAD + "ines@acme.example,no,2025-01-01\nines@acme.example,yes,2025-02-01\n")
    assert said() == {"ines": {"phone": "withdrawn"}}
    assert ConsentEntry.objects.get().at == datetime(2025, 1, 1, 12, tzinfo=UTC)


def test_what_is_no_answer_and_no_day_is_set_aside(solvane: Organisation) -> None:
    text = HEAD + "a@acme.example,perhaps,\nb@acme.example,yes,31/02/2026\n"
    found = ImportReject.objects.filter(source_import=bring_in(solvane, text)).order_by("line")
    assert list(found.values_list("line", "reason", "column")) == [
        (2, "bad_choice", "consent.phone"),
        (3, "bad_date", "consent.phone.since"),
    ]
    assert said() == {}


def test_undoing_takes_a_yes_back_and_leaves_a_no(solvane: Organisation) -> None:
    new = Contact.objects.create(organisation=solvane, email="own@acme.example")
    text = "E-mail,consent.phone,consent.partners\nines@acme.example,no,yes\nown@acme.example,,yes\n"
    source_import = bring_in(solvane, text)
    record_consents(solvane, [new.pk], purpose="partners", act=Act.GIVEN, source=Source.CENTRE)
    undo(source_import)
    assert said() == {"ines": {"phone": "withdrawn"}, "own": {"partners": "given"}}
    assert ConsentEntry.objects.filter(act=Act.GIVEN).count() == 3


def test_an_archived_purpose_takes_no_column_nor_goes_on(solvane: Organisation, scoped: World) -> None:
    source_import = prepare(solvane, HEAD + "ines@acme.example,yes,\n")

    def archive(_done: int, _total: int) -> None:
        archive_purpose(solvane, purpose_id=Purpose.objects.get(code="phone").pk, by=scoped.admin)

    with pytest.raises(Conflict):
        merge_file(solvane, source_import, archive)
    with pytest.raises(Invalid):
        prepare(solvane, HEAD + "ines@acme.example,yes,\n", mapping={"consent.phone": "consent.phone"})
    assert said() == {}


def exported(organisation: Organisation) -> str:
    answer = stream_csv(organisation, list_contacts(organisation, ContactFilter()))
    return b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]


def test_an_export_says_what_people_said_and_is_imported_again_without_loss(solvane: Organisation) -> None:
    ines = Contact.objects.get()
    at = datetime(2025, 3, 12, 8, 30, 15, 250, tzinfo=UTC)
    for code, act in (("phone", Act.OBJECTED), ("partners", Act.GIVEN)):
        record_consents(solvane, [ines.pk], purpose=code, act=act, source=Source.MEMBER, at=at)
    text = exported(solvane)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (rows[0]["consent.phone"], rows[0]["consent.phone.since"]) == ("no", "2025-03-12T08:30:15.000250+00:00")
    assert [rows[0][f"consent.{code}"] for code in ("email", "open_tracking", "partners")] == ["", "", "yes"]
    assert counts(bring_in(solvane, text, key="email")) == (0, 0, 1, 0)
    before = states()
    Contact.objects.all().delete()
    bring_in(solvane, text, key="email")
    assert states() == [(code, "withdrawn" if code == "phone" else state, since) for code, state, since in before]


def states() -> list[tuple[str, str, Any]]:
    return list(ConsentState.objects.order_by("purpose__code").values_list("purpose__code", "state", "since"))


def test_the_mapping_page_offers_purposes(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        add_starting_purposes(world.organisation)
    upload = io.BytesIO(b"E-mail,consent.phone\na@b.example,yes\n")
    upload.name = "a.csv"
    page = world.client(world.marketer).post(world.path("imports/new/"), {"file": upload}, follow=True)
    text = page.content.decode()
    assert '<option value="consent.phone" selected>Said yes or no to “Telephone”</option>' in text
    assert "Said to “Partners” on (month first)" in text
