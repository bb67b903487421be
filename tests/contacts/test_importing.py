"""What an import does to the base."""

import pytest

from contacts.importing import chunking
from contacts.importing.running import merge_file, try_file
from contacts.importing.services import create_import, map_import, start_import
from contacts.models import Company, Contact, Import, ImportChunk, ImportReject, StageChange, Standing, Suppression
from contacts.qualification import recompute, weighing_of
from contacts.services import create_contact, is_contactable, record_opt_out, upsert_contact
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from prm.work.jobs import run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.files import bring_in, counts, prepare

HEAD = "id,email,Prénom,Nom,Téléphone,Entreprise,SIREN,Source,Désinscrit,Budget\n"


def rejects(source_import: Import) -> list[tuple[int, str, str]]:
    rows = ImportReject.objects.filter(source_import=source_import).order_by("line")
    return [(row.line, row.reason, row.column) for row in rows]


def test_people_come_in_clean_with_ledger_standing_company_and_provenance(scoped: World) -> None:
    done = bring_in(
        scoped.organisation,
        HEAD + "1,A@B.example,Hélène,Martin,06 39 98 12 41,Fonderies SARL,552 100 554,Salon,non,12000\n",
    )
    assert counts(done) == (1, 0, 0, 0)
    contact = Contact.objects.get()
    assert (contact.external_id, contact.email, contact.phone) == ("1", "a@b.example", "+33639981241")
    assert (contact.source, contact.properties) == ("Salon", {"Budget": "12000"})
    assert contact.company is not None
    assert (contact.company.name, contact.company.siren) == ("Fonderies SARL", "552100554")
    assert contact.provenance["*"]["source"] == "import"
    assert contact.qualification_percent == weighing_of(scoped.organisation).percent_of(contact) == 63
    change = StageChange.objects.get()
    assert (change.from_stage, change.to_stage, change.cause, change.detail) == (
        "",
        "suspect",
        "import",
        {"import": done.pk},
    )
    assert Standing.objects.get().contact_id == contact.pk


def test_the_same_file_twice_changes_nothing(scoped: World) -> None:
    content = HEAD + "".join(
        f"{n},p{n}@x.example,P{n},N,,Company {n % 3},,Salon,{'oui' if n == 4 else 'non'},{n}\n" for n in range(30)
    )
    bring_in(scoped.organisation, content)
    before = list(Contact.objects.order_by("pk").values_list("pk", "updated_at", "provenance"))
    again = bring_in(scoped.organisation, content)
    assert counts(again) == (0, 0, 30, 0)
    assert list(Contact.objects.order_by("pk").values_list("pk", "updated_at", "provenance")) == before
    assert (Company.objects.count(), StageChange.objects.count(), Suppression.objects.count()) == (3, 30, 1)


def test_new_values_are_written_and_missing_ones_leave_what_is_known(scoped: World) -> None:
    bring_in(
        scoped.organisation, HEAD + "1,a@b.example,Marie,Martin,0639981241,,,Salon,,100\n2,c@d.example,Zoé,Roux,,,,,,\n"
    )
    done = bring_in(scoped.organisation, HEAD + "1,,Marie-Anne,,,Solvane,,Site,,\n2,c@d.example,Zoé,Roux,,,,,,\n")
    assert counts(done) == (0, 1, 1, 0)
    contact = Contact.objects.get(external_id="1")
    assert (contact.first_name, contact.last_name, contact.phone) == ("Marie-Anne", "Martin", "+33639981241")
    assert (contact.source, contact.properties) == ("Salon", {"Budget": "100"})
    assert set(contact.provenance) == {"*", "first_name", "company"}
    assert contact.qualification_percent == weighing_of(scoped.organisation).percent_of(contact)
    assert recompute(scoped.organisation) == 0


def test_bad_rows_are_set_aside_with_line_column_and_reason(scoped: World) -> None:
    done = bring_in(
        scoped.organisation,
        HEAD
        + "1,nobody,A,B,,,,,,\n"
        + "2,b@b.example,A,B,,,318442,,,\n"
        + "3,c@b.example,A,B,,,,,perhaps,\n"
        + f"4,d@b.example,{'x' * 121},B,,,,,,\n"
        + "5,e@b.example,A\x00,B,,,,,,\n"
        + ",,A,B,,,,,,\n"
        + "7,short\n"
        + "8,ok@b.example,A,B,,,,,,\n",
    )
    assert counts(done) == (1, 0, 0, 7)
    assert rejects(done) == [
        (2, "bad_email", "email"),
        (3, "bad_siren", "SIREN"),
        (4, "bad_choice", "Désinscrit"),
        (5, "too_long", "Prénom"),
        (6, "bad_text", ""),
        (7, "no_key", ""),
        (8, "wrong_columns", ""),
    ]
    assert ImportReject.objects.get(line=3).value == "318442"
    assert ImportReject.objects.get(line=6).row[2] == "A\ufffd"


def test_a_later_line_of_a_key_wins_and_fills_in_the_earlier_one(scoped: World) -> None:
    content = HEAD + "1,,Marie,,,,,,,\n2,,Zoé,,,,,,,\n1,,,Martin,,,,,,\n1,,,Martin,,,,,,\n1,,Anne,,,,,,,5\n"
    done = bring_in(scoped.organisation, content)
    assert counts(done) == (2, 2, 1, 0)
    contact = Contact.objects.get(external_id="1")
    assert (contact.first_name, contact.last_name, contact.properties) == ("Anne", "Martin", {"Budget": "5"})
    assert counts(bring_in(scoped.organisation, content)) == (0, 0, 5, 0)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_lines_of_a_key_are_folded_across_chunks(scoped: World, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(chunking.cut, "__kwdefaults__", {"skip": 0, "size": size})
    content = HEAD + "1,,Marie,,,,,,,\n2,,Zoé,,,,,,,\n1,bad,,,,,,,,\n1,,,Martin,,,,,,\n3,bad,,,,,,,,\n"
    done = bring_in(scoped.organisation, content)
    assert counts(done) == (2, 1, 0, 2)
    assert Contact.objects.get(external_id="1").name == "Marie Martin"
    assert [line for line, _reason, _column in rejects(done)] == [4, 6]


def test_a_key_whose_last_line_is_bad_keeps_its_good_ones(scoped: World) -> None:
    done = bring_in(scoped.organisation, HEAD + "1,,Marie,,,,,,,\n1,nobody,,,,,,,,\n")
    assert counts(done) == (1, 0, 0, 1)
    assert Contact.objects.get().first_name == "Marie"


def test_an_import_goes_on_where_it_was(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunking.cut, "__kwdefaults__", {"skip": 0, "size": 2})
    rows = [f"{n % 7},,P{n},,,,,,,\n" for n in range(11)]
    source_import = prepare(scoped.organisation, HEAD + "".join(rows))

    class StoppedError(Exception):
        pass

    def stop_at(place: int) -> None:
        def progress(done: int, _total: int) -> None:
            if done >= place:
                raise StoppedError

        with pytest.raises(StoppedError):
            merge_file(scoped.organisation, source_import, progress)
        source_import.refresh_from_db()

    for place in (2, 4, 6, 8, 10, 11):
        stop_at(place)
        assert source_import.lines_done == min(place, 11)
    assert counts(source_import) == (7, 4, 0, 0)
    assert dict(Contact.objects.values_list("external_id", "first_name")) == {
        "0": "P7", "1": "P8", "2": "P9", "3": "P10", "4": "P4", "5": "P5", "6": "P6",
    }  # fmt: skip
    assert StageChange.objects.count() == 7


def test_people_are_found_by_address_where_the_key_says_so(scoped: World) -> None:
    create_contact(scoped.organisation, values={"email": "a@b.example", "external_id": "CRM-1"}, by=None)
    done = bring_in(scoped.organisation, HEAD + "2,a@b.example,Marie,,,,,,,\n", key="email")
    assert counts(done) == (0, 1, 0, 0)
    contact = Contact.objects.get()
    assert (contact.external_id, contact.first_name) == ("2", "Marie")


def test_an_address_of_somebody_else_sets_the_row_aside(scoped: World) -> None:
    for values in ({"email": "a@b.example", "external_id": "1"}, {"email": "c@d.example"}):
        create_contact(scoped.organisation, values=values, by=None)
    done = bring_in(
        scoped.organisation,
        HEAD
        + "2,a@b.example,Wrong,,,,,,,\n"  # the address of contact 1
        + "3,c@d.example,Right,,,,,,,\n"  # takes the external id
        + "4,e@f.example,First,,,,,,,\n"
        + "5,e@f.example,Second,,,,,,,\n"
        + ",a@b.example,ByAddress,,,,,,,\n"
        + "1,,ById,,,,,,,\n",
    )
    assert rejects(done) == [(2, "email_taken", ""), (5, "email_taken", ""), (7, "same_contact", "")]
    assert counts(done) == (1, 2, 0, 3)
    assert Contact.objects.get(email="c@d.example").external_id == "3"


def test_an_import_never_undoes_an_opt_out(scoped: World) -> None:
    known = create_contact(scoped.organisation, values={"email": "known@b.example"}, by=None)
    record_opt_out(scoped.organisation, contact=known, source="link")
    record_opt_out(scoped.organisation, email="gone@b.example", source="letter", reason="bounce")
    record_opt_out(scoped.organisation, email="erased@b.example", source="right", reason="erased")
    content = (
        "email,Prénom,opt out\nknown@b.example,A,no\ngone@b.example,B,no\nerased@b.example,C,no\nnew@b.example,D,yes\n"
    )
    done = bring_in(scoped.organisation, content)
    assert counts(done) == (2, 1, 0, 1)
    assert rejects(done) == [(4, "erased", "")]
    assert [is_contactable(contact) for contact in Contact.objects.all()] == [False, False, False]
    reasons = Suppression.objects.filter(contact__isnull=False).values_list("contact__email", "reason")
    assert sorted(reasons) == [
        ("gone@b.example", "bounce"),
        ("known@b.example", "opt_out"),
        ("new@b.example", "opt_out"),
    ]
    assert counts(bring_in(scoped.organisation, content)) == (0, 0, 3, 1)
    assert Suppression.objects.count() == 5


def test_companies_of_a_file_are_found_or_made_once(scoped: World) -> None:
    upsert_contact(scoped.organisation, values={"external_id": "0"}, by="CRM", company=None)
    Company.objects.create(organisation=scoped.organisation, name="Fonderies du Val", name_key="fonderies du val")
    done = bring_in(
        scoped.organisation,
        "id,Entreprise,SIREN,site web\n"
        "1,FONDERIES DU VAL SARL,552100554,\n"
        "2,Fonderies du Val,,www.val.example\n"
        "3,,,val.example\n"
        "4,Fonderies du Val,303265045,\n"
        "5,Neuve SAS,,neuve.example\n"
        "6,Neuve,,\n"
        "7,,356000000,\n",
    )
    assert counts(done) == (7, 0, 0, 0)
    companies = {row.external_id: row.company for row in Contact.objects.select_related("company")}
    assert companies["1"] == companies["2"] == companies["3"]
    assert companies["5"] == companies["6"]
    assert companies["1"] is not None
    assert (companies["1"].siren, companies["1"].domain) == ("552100554", "val.example")
    assert companies["7"] is not None
    assert companies["7"].name == "356000000"
    assert Company.objects.count() == 4


def test_a_dry_run_says_what_would_happen_and_writes_nothing(scoped: World) -> None:
    bring_in(scoped.organisation, HEAD + "1,a@b.example,Marie,,,,,,,\n2,b@b.example,Zoé,,,,,,,\n")
    record_opt_out(scoped.organisation, email="b@b.example", source="link")
    source_import = prepare(
        scoped.organisation,
        HEAD + "1,,Anne,,,,,,,\n2,b@b.example,Zoé,,,,,,,\n3,c@b.example,New,,,New SA,,,,\n4,nobody,,,,,,,,\n",
    )
    try_file(scoped.organisation, source_import, lambda _done, _total: None)
    source_import.refresh_from_db()
    assert source_import.trial == {
        "rows": 4, "created": 1, "updated": 1, "unchanged": 1, "rejected": 1, "suppressed": 1, "role": 0,
        "disposable": 0,
    }  # fmt: skip
    assert (Contact.objects.count(), Company.objects.count(), StageChange.objects.count()) == (2, 0, 2)
    assert Contact.objects.get(external_id="1").first_name == "Marie"
    assert source_import.lines_done == 0


def test_a_worker_carries_the_import_out_and_the_file_is_forgotten(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        source_import = prepare(world.organisation, HEAD + "1,a@b.example,Marie,,,,,,,\n,,,x,,,,,,\n")
        start_import(world.organisation, import_id=source_import.pk, by=world.marketer)
        with pytest.raises(Conflict):
            start_import(world.organisation, import_id=source_import.pk, by=world.marketer)
    assert run_jobs(world.organisation) == 1
    with organisation_scope(world.organisation.pk):
        job = Job.objects.get()
        assert (job.status, job.done, job.total) == ("done", 2, 2)
        assert job.result == {"rows": 2, "created": 1, "updated": 0, "unchanged": 0, "rejected": 1}
        assert not ImportChunk.objects.exists()
        assert AuditEntry.objects.filter(action="import.start", actor=world.marketer).count() == 1


def test_the_twin_with_the_same_people_is_left_alone(scoped: World) -> None:
    content = HEAD + "1,a@b.example,Marie,,,Solvane,552100554,,oui,\n"
    with organisation_scope(scoped.twin.pk):
        bring_in(scoped.twin, content)
    assert counts(bring_in(scoped.organisation, content)) == (1, 0, 0, 0)
    assert (Contact.objects.count(), Company.objects.count(), Suppression.objects.count()) == (1, 1, 1)
    with organisation_scope(scoped.twin.pk):
        assert (Contact.objects.count(), Company.objects.count(), Suppression.objects.count()) == (1, 1, 1)


def test_a_mapping_names_columns_and_fields_that_exist_and_a_key(scoped: World) -> None:
    source_import = create_import(scoped.organisation, filename="x.csv", pieces=[b"a,b\n1,2\n"], by=None)

    def attempt(mapping: dict[str, str], key: str = "") -> set[str]:
        with pytest.raises(Invalid) as error:
            map_import(
                scoped.organisation,
                import_id=source_import.pk,
                mapping=mapping,
                key_field=key,
                source="",
                lawful_basis="",
            )
        return set(error.value.fields)

    assert attempt({"c": "email"}) == {"c"}
    assert attempt({"a": "nonsense"}) == {"a"}
    assert attempt({"a": "email", "b": "email"}) == {"b"}
    assert attempt({"a": "first_name"}) == {"key_field"}
    assert attempt({"a": "external_id"}, "email") == {"key_field"}


def test_files_too_large_are_refused(scoped: World, settings: object) -> None:
    settings.IMPORT_MAX_BYTES = 1 << 20  # type: ignore[attr-defined]
    with pytest.raises(Invalid):
        create_import(scoped.organisation, filename="x.csv", pieces=[b"x" * (1 << 20), b"y"], by=None)
    assert (Import.objects.count(), ImportChunk.objects.count()) == (0, 0)


def test_a_number_of_the_register_is_never_refused_for_its_check_digit(scoped: World) -> None:
    Company.objects.create(organisation=scoped.organisation, name="Odd", name_key="odd", siren="318442999")
    done = bring_in(
        scoped.organisation,
        HEAD + "1,a@b.example,A,,,,318 442 999,,,\n2,b@b.example,B,,,,318442998,,,\n3,c@b.example,C,,,,31844,,,\n",
    )
    assert counts(done) == (1, 0, 0, 2)
    assert rejects(done) == [(3, "bad_siren", "SIREN"), (4, "bad_siren", "SIREN")]
    company = Contact.objects.select_related("company").get().company
    assert company is not None
    assert company.name == "Odd"
