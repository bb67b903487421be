"""Own fields in files: guessed, read, set aside, filled in, undone, exported and brought back; and in merges."""

import csv
import io
import re
from typing import Any

import pytest

from contacts.doubles.merging import merge_contacts
from contacts.doubles.undoing import undo_merge
from contacts.exporting import stream_csv
from contacts.fields.models import CustomField
from contacts.fields.services import FieldInput, archive_field, update_field
from contacts.importing import services
from contacts.importing.own import own_targets
from contacts.importing.running import merge_file, try_file
from contacts.importing.undoing import run_undo, start_undo
from contacts.models import Contact, Import, ImportMode, ImportReject
from contacts.people import create_contact
from contacts.queries import ContactFilter, list_contacts
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from prm.work.jobs import JobRun
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.fields.making import make_field

HEAD = "E-mail;Budget;Prochain appel;Taille;Métiers;Robots;Remarque\n"
ALL = {
    "budget": 1234.5,
    "prochain_appel": "2026-03-12",
    "taille": "grande",
    "metiers": ["fonderie_moulage", "usinage"],
    "robots": False,
}


@pytest.fixture
def own(world: World, scoped: World) -> World:
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            make_field(organisation, "number", "Budget")
            make_field(organisation, "date", "Prochain appel")
            make_field(organisation, "choice", "Taille", "Petite", "Grande")
            make_field(organisation, "choices", "Métiers", "Usinage", "Fonderie, moulage")
            make_field(organisation, "boolean", "Robots")
    return world


def take_in(world: World, text: str, **said: Any) -> Import:
    source_import = services.create_import(world.organisation, filename="a.csv", pieces=[text.encode()], by=None)
    said = {"mapping": source_import.mapping, "key_field": "email", "source": "Salon", "lawful_basis": "", **said}
    return services.map_import(world.organisation, import_id=source_import.pk, **said)


def bring(world: World, text: str, **said: Any) -> Import:
    source_import = take_in(world, text, **said)
    merge_file(world.organisation, source_import, lambda _done, _total: None)
    return Import.objects.get(pk=source_import.pk)


def counts(source_import: Import) -> tuple[int, int, int, int]:
    return source_import.created, source_import.updated, source_import.unchanged, source_import.rejected


def test_columns_are_guessed_by_label_and_read_as_the_field_says(own: World) -> None:
    row = "a@b.example;1 234,5;12/03/2026;GRANDE;Usinage | Fonderie, moulage;non;vue au stand\n"
    source_import = bring(own, HEAD + row)
    assert source_import.mapping == {
        "E-mail": "email",
        "Budget": "custom.budget",
        "Prochain appel": "custom.prochain_appel",
        "Taille": "custom.taille",
        "Métiers": "custom.metiers",
        "Robots": "custom.robots",
        "Remarque": "properties.Remarque",
    }
    contact = Contact.objects.get()
    assert (contact.custom, contact.properties) == (ALL, {"Remarque": "vue au stand"})
    assert counts(bring(own, HEAD + row)) == (0, 0, 1, 0)


def test_faults_are_set_aside_with_line_column_and_reason(own: World) -> None:
    rows = (
        "a@b.example;beaucoup;;;;;\nb@b.example;;31/02/2026;;;;\nc@b.example;;;Moyenne;;;\n"
        "d@b.example;;;;Usinage, Peinture;;\ne@b.example;;;;;peut-être;\nf@b.example;3;;;;;\n"
    )
    source_import = take_in(own, HEAD + rows)
    try_file(own.organisation, source_import, lambda _done, _total: None)
    assert Contact.objects.count() == 0
    source_import = bring(own, HEAD + rows)
    found = ImportReject.objects.filter(source_import=source_import).order_by("line")
    assert list(found.values_list("line", "reason", "column", "value")) == [
        (2, "bad_number", "Budget", "beaucoup"),
        (3, "bad_date", "Prochain appel", "31/02/2026"),
        (4, "unknown_choice", "Taille", "Moyenne"),
        (5, "unknown_choice", "Métiers", "Usinage, Peinture"),
        (6, "bad_choice", "Robots", "peut-être"),
    ]
    assert (counts(source_import), Contact.objects.get().custom) == ((1, 0, 0, 5), {"budget": 3})


def test_dates_month_first_are_seen_by_their_values(own: World) -> None:
    source_import = bring(own, "E-mail,Prochain appel\na@b.example,03/31/2026\nc@b.example,03/12/2026\n")
    assert source_import.mapping["Prochain appel"] == "custom_mdy.prochain_appel"
    found = Contact.objects.order_by("email").values_list("custom__prochain_appel", flat=True)
    assert list(found) == ["2026-03-31", "2026-03-12"]


@pytest.mark.parametrize(
    ("mode", "custom", "after"),
    [
        (ImportMode.ADD, {"budget": 1, "taille": "petite"}, (0, 0, 1, 0)),
        (ImportMode.FILL, {"budget": 1, "taille": "petite", "metiers": ["usinage"]}, (0, 1, 0, 0)),
        (ImportMode.OVERWRITE, {"budget": 2, "taille": "petite", "metiers": ["usinage"]}, (0, 1, 0, 0)),
    ],
)
def test_a_mode_says_what_may_change_and_undoing_gives_it_back(
    own: World, mode: str, custom: dict[str, Any], after: tuple[int, ...]
) -> None:
    before = {"budget": 1, "taille": "petite"}
    contact = create_contact(own.organisation, values={"email": "a@b.example"}, custom=before, by=None)
    source_import = bring(own, HEAD + "a@b.example;2;;;usinage;;\n", mode=mode)
    contact.refresh_from_db()
    assert (contact.custom, counts(source_import)) == (custom, after)
    changed = {f"custom.{key}" for key in custom if custom[key] != before.get(key)}
    assert {name for name in contact.provenance if name.startswith("custom.")} == changed
    undone = start_undo(own.organisation, import_id=source_import.pk, by=None)
    run_undo(JobRun(own.organisation, Job.objects.get(pk=undone.undo_job_id or 0)))
    contact.refresh_from_db()
    assert contact.custom == before
    assert not [name for name in contact.provenance if name.startswith("custom.")]


def test_a_list_of_choices_is_replaced_as_a_whole(own: World) -> None:
    bring(own, HEAD + "a@b.example;;;;usinage | Fonderie, moulage;;\n")
    source_import = bring(own, HEAD + "a@b.example;;;;usinage;;\n")
    assert (counts(source_import), Contact.objects.get().custom) == ((0, 1, 0, 0), {"metiers": ["usinage"]})


def test_undoing_leaves_what_was_changed_since(own: World) -> None:
    contact = create_contact(own.organisation, values={"email": "a@b.example"}, custom={"budget": 1}, by=None)
    source_import = bring(own, HEAD + "a@b.example;2;;Grande;;;\n")
    Contact.objects.update(custom={"budget": 3, "taille": "grande"})
    undone = start_undo(own.organisation, import_id=source_import.pk, by=None)
    run_undo(JobRun(own.organisation, Job.objects.get(pk=undone.undo_job_id or 0)))
    contact.refresh_from_db()
    assert contact.custom == {"budget": 3}


def test_a_field_takes_one_column_and_must_be_there(own: World) -> None:
    text = "E-mail;Budget;Montant\na@b.example;1;2\n"
    for mapping, named in (
        ({"E-mail": "email", "Budget": "custom.budget", "Montant": "custom.budget"}, {"Montant"}),
        ({"E-mail": "email", "Budget": "custom.gone"}, {"Budget"}),
    ):
        with pytest.raises(Invalid) as error:
            take_in(own, text, mapping=mapping)
        assert set(error.value.fields) == named


def test_an_import_does_not_begin_with_a_field_that_went(own: World) -> None:
    source_import = take_in(own, HEAD + "a@b.example;1;;;;;\n")
    archive_field(own.organisation, field_id=CustomField.objects.get(key="budget").pk, by=own.admin)
    with pytest.raises(Invalid):
        services.start_import(own.organisation, import_id=source_import.pk, by=own.admin)
    assert Contact.objects.count() == 0


def test_an_import_stops_when_a_field_changes_its_meaning_under_way(own: World) -> None:
    source_import = take_in(own, HEAD + "a@b.example;1;;;;;\n")
    field = CustomField.objects.get(key="budget")

    def change(_done: int, _total: int) -> None:
        update_field(own.organisation, field_id=field.pk, given=FieldInput("Budget", "text"), by=own.admin)

    with pytest.raises(Conflict):
        merge_file(own.organisation, source_import, change)
    assert Contact.objects.count() == 0


def test_an_export_is_imported_again_without_loss(own: World) -> None:
    make_field(own.organisation, "text", "Note")
    full = {**ALL, "note": "=1+1; 'Zoé' | \"x\""}
    create_contact(own.organisation, values={"email": "a@b.example"}, custom=full, by=None)
    create_contact(own.organisation, values={"email": "c@b.example"}, custom={"robots": True, "budget": 0}, by=None)
    answer = stream_csv(own.organisation, list_contacts(own.organisation, ContactFilter()))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["custom.metiers"] == "Usinage; Fonderie, moulage"
    assert [rows[1][f"custom.{key}"] for key in ("robots", "budget", "note")] == ["yes", "0", ""]
    before = list(Contact.objects.order_by("pk").values_list("email", "custom"))
    Contact.objects.update(custom={})
    source_import = bring(own, text)
    assert counts(source_import) == (0, 2, 0, 0)
    assert list(Contact.objects.order_by("pk").values_list("email", "custom")) == before


def test_the_mapping_page_offers_own_fields(own: World) -> None:
    client = own.client(own.marketer)
    upload = io.BytesIO((HEAD + "a@b.example;1;;;;;\n").encode())
    upload.name = "a.csv"
    page = client.post(own.path("imports/new/"), {"file": upload}, follow=True).content.decode()
    assert '<optgroup label="Fields of our own">' in page
    assert re.search(r'<option value="custom\.budget" selected>Budget</option>', page)
    assert '<option value="custom_mdy.prochain_appel">Prochain appel (month first)</option>' in page
    assert set(own_targets(own.organisation)) == {*(f"custom.{key}" for key in ALL), "custom_mdy.prochain_appel"}


# --- Merging --------------------------------------------------------------------------------------


def test_merging_keeps_every_value_and_lets_a_person_choose(own: World) -> None:
    organisation = own.organisation
    first = create_contact(organisation, values={"email": "a@b.example"}, custom={"budget": 1, "robots": True}, by=None)
    second = create_contact(
        organisation, values={"last_name": "Roux"}, custom={"budget": 2, "taille": "grande"}, by=None
    )
    archive_field(organisation, field_id=CustomField.objects.get(key="taille").pk, by=own.admin)
    page = own.client(own.marketer).get(own.path(f"doubles/merge/?ids={first.pk}&ids={second.pk}")).content.decode()
    assert 'name="take-custom.budget"' in page
    assert '<dt>Robots</dt><dd><span class="cut">yes</span>' in page
    merge = merge_contacts(
        organisation,
        contact_ids=[first.pk, second.pk],
        survivor_id=first.pk,
        take={"custom.budget": second.pk},
        by=own.marketer,
    )
    first.refresh_from_db()
    assert first.custom == {"budget": 2, "robots": True, "taille": "grande"}
    assert first.provenance["custom.budget"] == second.provenance["*"]
    undo_merge(organisation, merge_id=merge.pk, by=own.marketer)
    assert list(Contact.objects.order_by("pk").values_list("custom", flat=True)) == [
        {"budget": 1, "robots": True},
        {"budget": 2, "taille": "grande"},
    ]
