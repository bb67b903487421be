"""The import of a file, its undoing, and the same as XLSX."""

import csv
import io
import resource

from openpyxl import load_workbook

from benchmarks.timing import Result, owner, seconds
from contacts.importing.running import merge_file
from contacts.importing.services import create_import, map_import
from contacts.importing.undoing import run_undo, start_undo
from contacts.models import Contact, Import
from contacts.sheet_writing import sheet_written
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.jobs import JobRun
from prm.work.models import Job

# Only for the floor of the import: the rows as they would be copied by somebody who knew them to be clean.
CLEAN_COLUMNS = ("organisation_id", "external_id", "email", "first_name", "last_name", "phone", "job_title", "source")


def measure_import(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """A CSV of new people, 14 columns, 3 % faulty, 5 % doubles, against COPY of its clean rows; the same as XLSX."""
    text = people_csv(size)
    took, note = merge(organisation, "people.csv", text.encode())
    floor = _copy_floor(organisation, owner_url)
    results = [Result("import", size, took, floor, took / floor, 4.0, note=note)]
    undone = _undo(organisation)
    results.append(Result("import undone", size, undone, took, undone / took, 2.0, note="against the import itself"))
    sheet = _people_sheet(text)
    took, note = merge(organisation, "people.xlsx", sheet)
    floor += seconds(lambda: _read_sheet(sheet))
    results.append(
        Result("import XLSX", size, took, floor, took / floor, 3.0, note=f"{note}; floor: openpyxl and COPY")
    )
    return results


def merge(organisation: Organisation, filename: str, content: bytes) -> tuple[float, str]:
    """Import a file; return the seconds and what came of it."""
    with organisation_scope(organisation.pk):
        before = Contact.objects.count()
        source_import = create_import(organisation, filename=filename, pieces=[content], by="benchmark", source="bench")
        map_import(
            organisation,
            import_id=source_import.pk,
            mapping={**source_import.mapping, "Identifiant": "external_id"},
            key_field="external_id",
            source="bench",
            lawful_basis="",
        )
        source_import.refresh_from_db()
        took = seconds(lambda: merge_file(organisation, source_import, lambda _done, _total: None))
        source_import = Import.objects.get(pk=source_import.pk)
        made = Contact.objects.count() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return took, (
        f"{source_import.rows / took:,.0f} rows/s; {made:,} created, {source_import.updated:,} updated, "
        f"{source_import.rejected:,} rejected; process at most {peak:,} MB"
    )


def _undo(organisation: Organisation) -> float:
    """Undo the last import; return the seconds."""
    with organisation_scope(organisation.pk):
        source_import = start_undo(organisation, import_id=Import.objects.latest("pk").pk, by=None)
        run = JobRun(organisation, Job.objects.get(pk=source_import.undo_job_id or 0))
        took = seconds(lambda: run_undo(run))
        assert not Contact.objects.filter(external_id__startswith="new-").exists()
        Job.objects.filter(pk=run.job.pk).delete()
    return took


def _people_sheet(text: str) -> bytes:
    stream = io.BytesIO()
    with sheet_written(stream, "People") as writer:
        writer.write(csv.reader(io.StringIO(text), delimiter=";"))
    return stream.getvalue()


def _read_sheet(content: bytes) -> None:
    for _row in load_workbook(io.BytesIO(content), read_only=True).worksheets[0].iter_rows(values_only=True):
        pass


def people_csv(size: int) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    writer.writerow(
        ["Identifiant", "E-mail", "Prénom", "Nom", "Téléphone", "Fonction", "Entreprise", "SIREN", "Site web",
         "Source", "Langue", "Budget", "Ville", "Remarque"]
    )  # fmt: skip
    for n in range(size):
        number = n - 1 if n % 20 == 7 else n
        email = "pas une adresse" if n % 33 == 5 else f"new{number}@societe{number % 997}.example"
        writer.writerow(
            [f"new-{number}", email, "Hélène", f"Marchetti {number}", f"06 39 98 {number % 100:02} {number % 97:02}",
             "Directrice industrielle", f"Société {number % 997}", "", f"societe{number % 997}.example", "salon", "fr",
             str(number % 50_000), "Lyon", "vue au stand"]
        )  # fmt: skip
    return buffer.getvalue()


def _copy_floor(organisation: Organisation, owner_url: str) -> float:
    """Copy the clean rows the import made into a bare copy of the table with the same indexes."""
    names = ", ".join(CLEAN_COLUMNS)
    with owner(owner_url) as plain:
        rows = plain.execute(
            f"SELECT {names} FROM contacts_contact WHERE organisation_id = %s AND external_id LIKE 'new-%%'",
            [organisation.pk],
        ).fetchall()
        plain.execute("DROP TABLE IF EXISTS bench_copy")
        plain.execute("CREATE TABLE bench_copy (LIKE contacts_contact INCLUDING ALL EXCLUDING CONSTRAINTS)")
        plain.execute(
            "ALTER TABLE bench_copy ALTER properties SET DEFAULT '{}', ALTER provenance SET DEFAULT '{}',"
            " ALTER qualification_percent SET DEFAULT 0, ALTER stage SET DEFAULT 'suspect',"
            " ALTER language SET DEFAULT '',"
            " ALTER created_at SET DEFAULT now(), ALTER updated_at SET DEFAULT now()"
        )

        def copy() -> None:
            with plain.cursor().copy(f"COPY bench_copy ({names}) FROM STDIN") as stream:
                for row in rows:
                    stream.write_row(row)

        took = seconds(copy)
        plain.execute("DROP TABLE bench_copy")
    return took
