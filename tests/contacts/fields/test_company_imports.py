"""Own fields of companies in files: guessed, read, set aside, written as the mode says, undone, exported and back."""

import csv
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.exporting import stream_csv
from contacts.importing import chunking, running
from contacts.importing.own import own_targets
from contacts.importing.running import merge_file, try_file
from contacts.importing.undoing import run_undo, start_undo
from contacts.models import Company, Contact, Import, ImportReject
from contacts.queries import ContactFilter, list_contacts
from contacts.segments.matching import ask, match_people
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid
from prm.work.jobs import JobRun
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.fields.making import make_field
from tests.contacts.files import bring_in, counts, prepare

HEAD = "E-mail;Société;Machines;Taille;Visite\n"


@pytest.fixture
def solvane(world: World, scoped: World) -> Organisation:
    for organisation in (world.twin, world.organisation):
        with organisation_scope(organisation.pk):
            make_field(organisation, "number", "Machines", subject="company")
            make_field(organisation, "choice", "Taille", "Petite", "Grande", subject="company")
            make_field(organisation, "date", "Visite", subject="company")
            Company.objects.create(organisation=organisation, name="Acme", name_key="acme", custom={"machines": 1})
    return world.organisation


def acme() -> Company:
    return Company.objects.get(name="Acme")


def undo(source_import: Import) -> None:
    organisation = source_import.organisation
    undone = start_undo(organisation, import_id=source_import.pk, by=None)
    run_undo(JobRun(organisation, Job.objects.get(pk=undone.undo_job_id or 0)))


def test_columns_are_guessed_and_values_go_to_the_company(solvane: Organisation) -> None:
    row = "a@b.example;Nova;1 234,5;GRANDE;12/03/2026\n"
    source_import = bring_in(solvane, HEAD + row)
    assert source_import.mapping == {
        "E-mail": "email",
        "Société": "company",
        "Machines": "company.custom.machines",
        "Taille": "company.custom.taille",
        "Visite": "company.custom.visite",
    }
    nova = Contact.objects.get().company
    assert nova is not None
    assert nova.custom == {"machines": 1234.5, "taille": "grande", "visite": "2026-03-12"}
    assert nova.provenance["custom.taille"]["ref"] == f"import {source_import.pk}"
    assert (Contact.objects.get().custom, acme().custom) == ({}, {"machines": 1})
    assert counts(bring_in(solvane, HEAD + row)) == (0, 0, 1, 0)


def test_a_field_of_people_is_meant_before_one_of_companies(solvane: Organisation) -> None:
    make_field(solvane, "number", "Machines")
    source_import = prepare(solvane, "E-mail;Société;Machines;company.custom.machines\na@b.example;Acme;1;2\n")
    assert source_import.mapping["Machines"] == "custom.machines"
    assert source_import.mapping["company.custom.machines"] == "company.custom.machines"
    assert {"company.custom.visite", "company.custom_mdy.visite"} <= set(own_targets(solvane))


def test_faults_are_set_aside_with_line_column_and_reason(solvane: Organisation) -> None:
    rows = "a@b.example;Acme;beaucoup;;\nb@b.example;Acme;;Moyenne;\nc@b.example;;7;;\nd@b.example;;;;\n"
    source_import = prepare(solvane, HEAD + rows)
    trial = try_file(solvane, source_import, lambda _done, _total: None)
    source_import = bring_in(solvane, HEAD + rows)
    found = ImportReject.objects.filter(source_import=source_import).order_by("line")
    assert list(found.values_list("line", "reason", "column", "value")) == [
        (2, "bad_number", "Machines", "beaucoup"),
        (3, "unknown_choice", "Taille", "Moyenne"),
        (4, "no_company", "Machines", "7"),
    ]
    assert (counts(source_import), trial.created, trial.rejected) == ((1, 0, 0, 3), 1, 3)
    assert acme().custom == {"machines": 1}


def test_a_file_that_names_no_company_cannot_tell_of_one(solvane: Organisation) -> None:
    with pytest.raises(Invalid) as error:
        prepare(solvane, "E-mail;Machines\na@b.example;1\n")
    assert set(error.value.fields) == {"Machines"}


@pytest.mark.parametrize(
    ("mode", "custom", "after"),
    [
        ("add", {"machines": 1}, (0, 0, 1, 0)),
        ("fill", {"machines": 1, "taille": "grande"}, (0, 1, 0, 0)),
        ("overwrite", {"machines": 2, "taille": "grande"}, (0, 1, 0, 0)),
    ],
)
def test_a_mode_says_what_may_change_and_undoing_gives_it_back(
    solvane: Organisation, mode: str, custom: dict[str, Any], after: tuple[int, ...]
) -> None:
    company = acme()
    Contact.objects.create(organisation=solvane, email="a@b.example", company=company)
    text = HEAD + "a@b.example;Acme;2;Grande;\n"
    trial = try_file(solvane, prepare(solvane, text, mode=mode), lambda _done, _total: None)
    source_import = bring_in(solvane, text, mode=mode)
    company.refresh_from_db()
    assert (company.custom, counts(source_import)) == (custom, after)
    assert (trial.created, trial.updated, trial.unchanged, trial.rejected) == after
    changed = {f"custom.{key}" for key, value in custom.items() if value != {"machines": 1}.get(key)}
    assert {name for name in company.provenance if name.startswith("custom.")} == changed
    assert counts(bring_in(solvane, text, mode=mode)) == (0, 0, 1, 0)
    undo(source_import)
    company.refresh_from_db()
    assert (company.custom, [name for name in company.provenance if "custom" in name]) == ({"machines": 1}, [])


def test_a_file_that_only_adds_tells_the_companies_it_made(solvane: Organisation) -> None:
    text = HEAD + "a@b.example;Nova;2;;\nc@b.example;Nova;3;Grande;\nd@b.example;Acme;4;Grande;\n"
    bring_in(solvane, text, mode="add")
    assert Company.objects.get(name="Nova").custom == {"machines": 2, "taille": "grande"}
    assert acme().custom == {"machines": 1}


def test_undoing_leaves_what_was_changed_since_and_removes_companies_it_made(solvane: Organisation) -> None:
    rows = "a@b.example;Acme;2;Grande;\nb@b.example;Nova;5;;\n"
    source_import = bring_in(solvane, HEAD + rows)
    Company.objects.filter(name="Acme").update(custom={"machines": 3, "taille": "grande"})
    undo(source_import)
    assert acme().custom == {"machines": 3}
    assert not Company.objects.filter(name="Nova").exists()


def test_a_company_changed_by_several_chunks_is_given_back_what_it_had(
    solvane: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = chunking.cut
    monkeypatch.setattr(running, "cut", lambda *args, **rest: original(*args, **rest, size=1))
    rows = "a@b.example;Acme;2;Petite;\nb@b.example;Acme;3;Grande;\nc@b.example;Nova;4;;\nd@b.example;Nova;5;;\n"
    source_import = bring_in(solvane, HEAD + rows)
    assert acme().custom == {"machines": 3, "taille": "grande"}
    assert source_import.traces.count() == 4
    undo(source_import)
    assert acme().custom == {"machines": 1}
    assert not Company.objects.filter(name="Nova").exists()


def test_people_of_a_company_follow_its_values(solvane: Organisation) -> None:
    contact = Contact.objects.create(organisation=solvane, email="a@b.example", company=acme())
    merge_file(solvane, prepare(solvane, HEAD + "c@b.example;Acme;9;;\n"), lambda _done, _total: None)
    question = ask(solvane, {"field": "company.custom.machines", "op": "is", "value": 9})
    assert match_people(question) == [contact.pk, Contact.objects.get(email="c@b.example").pk]


def test_an_export_is_imported_again_without_loss(solvane: Organisation) -> None:
    make_field(solvane, "text", "Note", subject="company")
    full = {"machines": 12.5, "taille": "grande", "visite": "2026-03-12", "note": "=1+1; 'Zoé'"}
    company = acme()
    Company.objects.filter(pk=company.pk).update(custom=full)
    Contact.objects.create(organisation=solvane, email="a@b.example", company=company)
    Contact.objects.create(organisation=solvane, email="b@b.example")
    answer = stream_csv(solvane, list_contacts(solvane, ContactFilter()))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["company.custom.taille"] for row in rows] == ["Grande", ""]
    assert counts(bring_in(solvane, text, key="email")) == (0, 0, 2, 0)
    Company.objects.update(custom={})
    assert counts(bring_in(solvane, text, key="email")) == (0, 1, 1, 0)
    assert acme().custom == full


VALUES = st.fixed_dictionaries(
    {"machines": st.sampled_from(["", "1", "2", "3"]), "size": st.sampled_from(["", "petite"])}
)
ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["Acme", "Nova"]), VALUES), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=ROWS, mode=st.sampled_from(["add", "fill", "overwrite"]), size=st.sampled_from([1, 2, 100]))
def test_whatever_the_chunks_the_same_is_written_and_all_of_it_given_back(
    solvane: Organisation, rows: list[tuple[str, str, dict[str, str]]], mode: str, size: int
) -> None:
    original = chunking.cut
    Contact.objects.all().delete()
    Company.objects.exclude(name="Acme").delete()
    Company.objects.update(custom={"machines": 1}, provenance={})
    lines = [
        f"{number}{who}@b.example;{name};{values['machines']};{values['size']};"
        for number, (who, name, values) in enumerate(rows)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "cut", lambda *args, **rest: original(*args, **rest, size=size))
        source_import = bring_in(solvane, HEAD + "\n".join(lines) + "\n", mode=mode)
    assert {one.name: one.custom for one in Company.objects.all()} == wanted(rows, mode)
    undo(source_import)
    assert {one.name: one.custom for one in Company.objects.all()} == {"Acme": {"machines": 1}}


def wanted(rows: list[tuple[str, str, dict[str, str]]], mode: str) -> dict[str, dict[str, Any]]:
    """Write row by row, slowly and plainly."""
    found: dict[str, dict[str, Any]] = {"Acme": {"machines": 1}}
    for _who, name, values in rows:
        known = found.setdefault(name, {})
        said = {"machines": int(values["machines"] or 0), "taille": values["size"]}
        for key, value in said.items():
            is_free = key not in known and (mode != "add" or name != "Acme")
            if value and (mode == "overwrite" or is_free):
                known[key] = value
    return found
