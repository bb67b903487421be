"""Exports: safe in a spreadsheet, complete, and imported again without loss."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from contacts import exports
from contacts.exporting import as_written, harmless
from contacts.exports import create_export, forget_exports
from contacts.importing.looking import look_at
from contacts.importing.reading import read_rows, read_table
from contacts.models import Company, Contact, Export, ExportChunk
from contacts.rights.erasing import erase_contact
from contacts.services import create_contact, record_opt_out, upsert_contact
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid
from prm.work.jobs import JobRun, run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.files import bring_in, counts

NAUGHTY = Path(settings.BASE_DIR).parent / "shared" / "data" / "bad_input" / "naughty_strings.json"
HARD = [
    *("=1+1", "'=1+1", "''@x", "+33 6", "-1", "@SUM(A1)", "\tx", "a\r\nb", "a\rb", "“x”; ,\t|", '"quoted"', "_x0041_"),
    *("a\x0bb\x1fc", "\uff1d1", "\u2028\u2029\x85", "  blanks  ", "'", "-", "_x005F_", "\u202eevil", "😀"),
]


def strings() -> list[str]:
    naughty: list[str] = json.loads(NAUGHTY.read_text(encoding="utf-8")) if NAUGHTY.is_file() else []
    return [
        text for text in [*HARD, *naughty] if "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
    ]


def fill(world: World) -> None:
    for number, text in enumerate(strings()):
        name = text.strip()[:100]
        upsert_contact(
            world.organisation,
            values={"external_id": f"N{number}", "last_name": name, "job_title": name, "language": "fr"},
            properties={"raw": text, **({"n": number, "list": [text], "yes": True} if number % 5 == 0 else {})},
            by="CRM",
        )
    upsert_contact(
        world.organisation,
        values={"email": "a@b.example", "phone": "0639981241"},
        properties={"empty": "", "é,;": "x"},
        by="CRM",
    )
    company = Company.objects.create(
        organisation=world.organisation,
        name="=Solvane",
        name_key="solvane",
        siren="552100554",
        domain="solvane.example",
    )
    contact = Contact.objects.get(email="a@b.example")
    Contact.objects.filter(pk=contact.pk).update(company=company, source="-Salon")
    record_opt_out(world.organisation, contact=contact, source="link")


FIELDS = (
    *("external_id", "email", "first_name", "last_name", "phone", "job_title", "language", "source", "properties"),
    *("company__name", "company__siren", "company__domain"),
)


def people() -> list[tuple[Any, ...]]:
    return sorted(Contact.objects.values_list(*FIELDS), key=lambda row: (row[0] or "", row[1] or ""))


def export(world: World, file_format: str) -> bytes:
    with organisation_scope(world.organisation.pk):
        made = create_export(world.organisation, filters={}, file_format=file_format, by=world.viewer)
    run_jobs(world.organisation)
    client = world.client(world.viewer)
    assert "Your file is ready" in client.get(world.path(f"exports/{made.pk}/")).content.decode()
    answer = client.get(world.path(f"exports/{made.pk}/file/"))
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer["Content-Length"] == str(len(content))
    return content


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_imported_again_changes_nothing_and_fills_an_empty_base(
    committed: None, world: World, file_format: str
) -> None:
    with organisation_scope(world.organisation.pk):
        fill(world)
        before = people()
    content = export(world, file_format)
    with organisation_scope(world.organisation.pk):
        again = bring_in(world.organisation, content)
        assert counts(again) == (0, 0, len(before), 0)
        assert people() == before
    with organisation_scope(world.twin.pk):
        assert counts(bring_in(world.twin, content)) == (len(before), 0, 0, 0)
        came = people()
        # A phone, a source, whatever it is: the same, but for properties that say nothing.
        assert came == before
        assert Contact.objects.get(email="a@b.example").suppressions.get().reason == "opt_out"


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_no_cell_of_an_export_is_a_formula(committed: None, world: World, file_format: str) -> None:
    with organisation_scope(world.organisation.pk):
        fill(world)
    stream = io.BytesIO(export(world, file_format))
    form = look_at(stream)
    table = read_table(stream, form)
    cells = [cell for row in read_rows(stream, form, table) for cell in row.cells]
    assert len(cells) > 500
    dangerous = ("=", "-", "@", "\t", "\r", "\n", "\uff1d")
    assert not [
        cell for cell in cells if cell.startswith(dangerous) or (cell.startswith("+") and not cell[1:].isdigit())
    ]


@pytest.mark.parametrize("text", HARD)
def test_harmless_is_undone_by_as_written(text: str) -> None:
    assert as_written(harmless(text)) == text


def test_a_short_csv_comes_at_once_and_a_spreadsheet_from_a_worker(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        for number in range(3):
            upsert_contact(world.organisation, values={"external_id": f"{number}", "last_name": f"N{number}"}, by="CRM")
    client = world.client(world.sales)
    page = client.get(world.path("contacts/export/?q=N1"))
    assert "<b>1 contact</b>" in page.content.decode()
    answer = client.post(world.path("contacts/export/?q=N1"), {"file_format": "csv"}, follow=True)
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert [row["external_id"] for row in rows] == ["1"]
    answer = client.post(world.path("contacts/export/?q=N1"), {"file_format": "xlsx"}, follow=True)
    assert "being written" in answer.content.decode()
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        made = Export.objects.get()
        assert (made.rows, made.filters, made.created_by) == (1, {"q": "N1"}, world.sales)
        assert AuditEntry.objects.get(action="export.create").after["filters"] == {"q": "N1"}
        with pytest.raises(Invalid):
            create_export(world.organisation, filters={}, file_format="exe", by=world.sales)
    twin = world.client(world.twin_admin)
    assert twin.get(f"/o/{world.twin.slug}/exports/{made.pk}/file/").status_code == 404


def test_a_filter_that_finds_nobody_gives_a_header_alone(committed: None, world: World) -> None:
    client = world.client(world.viewer)
    for query in ("q=nobody-at-all", "stage=mql", "tier=hot&source=x"):
        answer = client.get(world.path(f"contacts/export.csv?{query}"))
        lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
        assert [line.split(",")[0] for line in lines] == ["external_id"]
        assert "disabled" in client.get(world.path(f"contacts/export/?{query}")).content.decode()
    with organisation_scope(world.organisation.pk):
        create_export(world.organisation, filters={"q": "nobody-at-all"}, file_format="xlsx", by=world.viewer)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        assert Job.objects.get().status == "done"


def test_an_export_goes_on_where_its_worker_died(
    committed: None, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "CHUNK", 2)
    with organisation_scope(world.organisation.pk):
        for number in range(7):
            upsert_contact(world.organisation, values={"external_id": f"{number}"}, by="CRM")
        made = create_export(world.organisation, filters={}, file_format="csv", by=world.admin)
        keep, calls = exports._keep, []

        class DeadError(BaseException):
            pass

        def die(*args: Any, **kwargs: Any) -> None:
            calls.append(1)
            if len(calls) == 3:
                raise DeadError
            keep(*args, **kwargs)

        monkeypatch.setattr(exports, "_keep", die)
        with pytest.raises(DeadError):
            run_jobs(world.organisation)
        monkeypatch.setattr(exports, "_keep", keep)
        Job.objects.update(heartbeat_at=None, status="waiting")
    run_jobs(world.organisation)
    client = world.client(world.admin)
    content = b"".join(client.get(world.path(f"exports/{made.pk}/file/")).streaming_content)  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [row["external_id"] for row in rows] == [str(number) for number in range(7)]


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_nobody_erased_while_a_file_is_written_stands_in_it(
    committed: None, world: World, monkeypatch: pytest.MonkeyPatch, file_format: str
) -> None:
    monkeypatch.setattr(exports, "CHUNK", 2)
    with organisation_scope(world.organisation.pk):
        people = [create_contact(world.organisation, values={"email": f"p{n}@x.example"}, by=None) for n in range(5)]
        made = create_export(world.organisation, filters={}, file_format=file_format, by=world.admin)
    advance, calls = JobRun.advance, []

    def erase_then_advance(work: JobRun, **values: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            # Written by now, and kept for nobody to find where it is a spreadsheet.
            erase_contact(world.organisation, contact_id=people[0].pk, by=world.admin)
        advance(work, **values)

    monkeypatch.setattr(JobRun, "advance", erase_then_advance)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        content = b"".join(bytes(one.data) for one in ExportChunk.objects.filter(export=made.pk).order_by("number"))
    if file_format == "csv":
        # It went with the person.
        assert content == b""
    else:
        rows = list(load_workbook(io.BytesIO(content)).worksheets[0].values)
        emails = [row[list(rows[0]).index("email")] for row in rows[1:]]
        assert emails == [f"p{n}@x.example" for n in range(1, 5)]


def test_exports_are_forgotten_after_a_week(scoped: World) -> None:
    create_export(scoped.organisation, filters={}, file_format="csv", by=scoped.admin)
    assert forget_exports(scoped.organisation) == 0
    Export.objects.update(created_at="2026-01-01T00:00:00Z")
    assert forget_exports(scoped.organisation) == 1
    assert (Export.objects.count(), ExportChunk.objects.count()) == (0, 0)


def test_rejects_come_as_a_spreadsheet_too(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        done = bring_in(world.organisation, "id,email,Note\n1,nobody,=1+1\n2,a@b.example,x\n")
    client = world.client(world.marketer)
    content = b"".join(client.get(world.path(f"imports/{done.pk}/rejects.xlsx")).streaming_content)  # type: ignore[attr-defined]
    stream = io.BytesIO(content)
    form = look_at(stream)
    table = read_table(stream, form)
    assert table.columns == ["id", "email", "Note", "Line", "Reason", "Column"]
    assert [row.cells for row in read_rows(stream, form, table)] == [
        ["1", "nobody", "'=1+1", "2", "This is not an e-mail address.", "email"]
    ]


def test_choices_are_kept_and_proposed_when_the_columns_come_again(world: World) -> None:
    client = world.client(world.marketer)

    def upload(content: str) -> str:
        file = SimpleUploadedFile("salon.csv", content.encode())
        return str(client.post(world.path("imports/new/"), {"file": file}).url)  # type: ignore[attr-defined]

    mapping = upload("Réf;E-mail;Zone\nA1;a@b.example;Nord\n")
    form = client.get(mapping).context["form"]
    values = {name: str(form[name].value() or "") for name in form.fields}
    chosen = {
        "column_2": "job_title", "lawful_basis": "consent", "source": "Salon", "mode": "fill", "key_field": "email",
        "mapping_name": "Salon de Lyon",
    }  # fmt: skip
    assert client.post(mapping, {**values, **chosen, "source": ""}).status_code == 422
    assert client.post(mapping, {**values, **chosen}).status_code == 302
    again = upload("zone;e-mail;REF\nSud;z@b.example;A2\n")
    page = client.get(again)
    assert "“Salon de Lyon”" in page.content.decode()
    assert page.context["source_import"].mapping == {"zone": "job_title", "e-mail": "email", "REF": "external_id"}
    assert (page.context["form"]["mode"].value(), page.context["form"]["source"].value()) == ("fill", "Salon")
    client.post(again.replace("mapping", "apply-mapping"), {"kept": ""})
    assert client.get(again).context["source_import"].mapping["zone"] == "properties.zone"
    kept = page.context["kept_mappings"][0]
    client.post(again.replace("mapping", "apply-mapping"), {"kept": kept.pk})
    assert client.get(again).context["source_import"].mapping["zone"] == "job_title"
    client.post(again.replace("mapping", "forget-mapping"), {"kept": kept.pk})
    assert client.get(again).context["proposed"] is None


def test_an_import_is_undone_from_its_page(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        done = bring_in(world.organisation, "id,Nom\n1,Roux\n2,Martin\n")
        Contact.objects.filter(external_id="2").update(owner=world.sales)
    client = world.client(world.marketer)
    detail = world.path(f"imports/{done.pk}/")
    assert "Undo this import?" in client.get(detail).content.decode()
    assert client.post(detail + "undo/").status_code == 302
    assert "being undone" in client.get(detail).content.decode()
    run_jobs(world.organisation)
    page = client.get(detail).content.decode()
    assert "Undo this import?" not in page
    assert "See who, and why" in page
    kept = client.get(detail + "kept/")
    assert [(change.contact.external_id, str(reason)) for change, reason in kept.context["rows"]] == [
        ("2", "it was changed since")
    ]
    assert client.post(detail + "undo/").status_code == 409
