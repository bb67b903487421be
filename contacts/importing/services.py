"""The steps of an import, from the upload to the report."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from contacts.importing.fields import KEY_FIELDS, PROPERTY, PROPERTY_PREFIX, SIREN_NAME, TARGETS, check_mapping
from contacts.importing.guessing import Guess, guess_columns, uses_decimal_comma
from contacts.importing.looking import FileForm, look_at
from contacts.importing.own import OwnTargets, is_own, own_targets
from contacts.importing.reading import Table, read_rows, read_table
from contacts.importing.reasons import FileRefusedError
from contacts.importing.running import IMPORT, TRIAL, try_file
from contacts.importing.storing import DRAFTS_KEPT, opened, store
from contacts.models import Import, ImportMode, ImportReject, ImportSubject, LawfulBasis
from contacts.normalising import UnusableValueError, clean_text
from contacts.tidying import tidy_after
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import start_job

# What people say of a file, as the audit log keeps it.
_SAID = ("mapping", "key_field", "mode", "source", "lawful_basis")
# How columns are read that were guessed to hold more than text.
_READ = ("number.", "date.", "date_mdy.")
# Rows looked at to guess what the columns are.
SAMPLE_ROWS = 200
# A smaller file is tried at once, while the page is loading.
_TRIED_AT_ONCE_BYTES = 3 << 20
_IN_MEMORY = 8 << 20
_HEAD_BYTES = 4 << 20


def create_import(
    organisation: Organisation,
    *,
    filename: str,
    pieces: Iterable[bytes],
    by: Actor | None,
    source: str = "",
    subject: str = ImportSubject.PEOPLE,
) -> Import:
    """Take a file in: look at what it is, guess its columns, keep its bytes. Raises Invalid with why it is refused.

    Nothing is imported before `start_import`. The guess is one for files of people, whatever the subject.
    """
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as stream:
        size = _receive(stream, pieces)  # type: ignore[arg-type]
        found = _look(stream, own_targets(organisation))  # type: ignore[arg-type]
        with transaction.atomic():
            source_import = Import.objects.create(
                organisation=organisation,
                subject=subject,
                filename=_filename(filename),
                size_bytes=size,
                **found.values(),
                source=_source(source),
                created_by=by if isinstance(by, User) else None,
            )
            tidy_after(organisation, DRAFTS_KEPT)
            stream.seek(0)
            store(source_import, iter(lambda: stream.read(1 << 20), b""))
            if by is not None:
                after = {"filename": source_import.filename, "size_bytes": size}
                audit.record(organisation, by, "import.create", source_import, after=after)
    return source_import


def guess_import(source_import: Import, own: OwnTargets) -> list[Guess]:
    """Look at the first rows of a stored file again: names, samples, guesses. Reads four megabytes of a text file.

    `own` is own_targets() of the organisation.
    """
    return guess_columns(source_import.columns, sample_import(source_import), own)


def sample_import(source_import: Import) -> list[list[str]]:
    """Return the first rows of a stored file, `SAMPLE_ROWS` at most. Reads four megabytes of a text file."""
    form = FileForm(source_import.encoding, source_import.delimiter, source_import.sheet)
    with opened(source_import, most_bytes=None if form.is_spreadsheet else _HEAD_BYTES) as stream:
        return _sample(stream, form, Table(source_import.columns, source_import.has_header))


def read_again(
    organisation: Organisation,
    *,
    import_id: int,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    decimal_comma: bool | None = None,
    subject: str = ImportSubject.PEOPLE,
) -> Import:
    """Read the file in another encoding, with another separator, or another of its sheets: columns are guessed anew."""
    source_import = get_draft(import_id, subject=subject)
    with opened(source_import) as stream:
        found = _look(stream, own_targets(organisation), encoding, delimiter, sheet)
    values = found.values() if decimal_comma is None else {**found.values(), "decimal_comma": decimal_comma}
    Import.objects.filter(pk=source_import.pk).update(**values, trial={})
    source_import.refresh_from_db()
    return source_import


def map_import(
    organisation: Organisation,
    *,
    import_id: int,
    mapping: dict[str, str],
    key_field: str,
    source: str,
    lawful_basis: str,
    mode: str = ImportMode.OVERWRITE,
) -> Import:
    """Say what each column is, which is the key, what a file may change, where people come from and why they are held.

    `key_field` is "", "external_id", "email", "siren_name", or "properties.<name>" of a column kept as it is.
    """
    source_import = get_draft(import_id)
    if mode not in ImportMode.values:
        raise Invalid(fields={"mode": _("Choose among: %(choices)s.") % {"choices": ", ".join(ImportMode.values)}})
    if lawful_basis and lawful_basis not in LawfulBasis.values:
        raise Invalid(
            fields={"lawful_basis": _("Choose among: %(choices)s.") % {"choices": ", ".join(LawfulBasis.values)}}
        )
    if key_field not in {"", *KEY_FIELDS, SIREN_NAME} and not key_field.startswith(PROPERTY_PREFIX):
        raise Invalid(fields={"key_field": _("Choose a column for the key: the e-mail address or the external id.")})
    full = check_mapping(source_import.columns, mapping, key_field, own_targets(organisation))
    source_import.mapping, source_import.key_field, source_import.mode = full, key_field, mode
    source_import.source, source_import.lawful_basis, source_import.trial = _source(source), lawful_basis, {}
    source_import.save(update_fields=["mapping", "key_field", "mode", "source", "lawful_basis", "trial"])
    return source_import


def over_guess(guessed: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    """Return a mapping in which what is given wins: a field it names is taken away from the column guessed for it.

    Nobody looks at these guesses before the import, so that a column guessed to hold numbers or dates is kept as it is.
    """
    taken = {field for field in given.values() if field in TARGETS or is_own(field)}
    kept = {
        column: PROPERTY if field in taken or field in {f"{prefix}{column}" for prefix in _READ} else field
        for column, field in guessed.items()
    }
    return {**kept, **given}


def try_import(organisation: Organisation, *, import_id: int, by: User | None) -> Import:
    """Begin the dry run; a small file is over when this returns."""
    source_import = get_draft(import_id)
    if source_import.size_bytes <= _TRIED_AT_ONCE_BYTES:
        try_file(organisation, source_import, lambda _done, _total: None)
    else:
        job = start_job(
            organisation,
            kind=TRIAL,
            title=_("Dry run of %(file)s") % {"file": source_import.filename},
            params={"import": source_import.pk},
            by=by,
        )
        source_import.trial = {"job": job.pk}
        source_import.save(update_fields=["trial"])
    source_import.refresh_from_db()
    return source_import


def start_import(organisation: Organisation, *, import_id: int, by: Actor | None) -> Import:
    """Hand the import to a worker."""
    with transaction.atomic():
        source_import = get_draft(import_id, locked=True)
        check_mapping(source_import.columns, source_import.mapping, source_import.key_field, own_targets(organisation))
        source_import.job = start_job(
            organisation,
            kind=IMPORT,
            title=_("Import of %(file)s") % {"file": source_import.filename},
            params={"import": source_import.pk},
            by=by if isinstance(by, User) else None,
        )
        source_import.save(update_fields=["job"])
        if by is not None:
            after = {name: getattr(source_import, name) for name in _SAID}
            audit.record(organisation, by, "import.start", source_import, after=after)
    return source_import


def discard_import(
    organisation: Organisation, *, import_id: int, by: Actor, subject: str = ImportSubject.PEOPLE
) -> None:
    """Forget a file that was not imported."""
    with transaction.atomic():
        source_import = get_draft(import_id, locked=True, subject=subject)
        audit.record(organisation, by, "import.discard", source_import)
        source_import.delete()


def begin_here(source_import: Import) -> None:
    """Check that an import carried out in the foreground can begin; raises Conflict, Invalid."""
    get_draft(source_import.pk)
    own = own_targets(source_import.organisation)
    check_mapping(source_import.columns, source_import.mapping, source_import.key_field, own)


def list_rejects(source_import: Import) -> Iterator[ImportReject]:
    """Yield the rows set aside, in the order of the file. Memory: a thousand of them."""
    rejects = ImportReject.objects.filter(source_import=source_import).order_by("line")
    last = 0
    while batch := list(rejects.filter(line__gt=last)[:1000]):
        yield from batch
        last = batch[-1].line


def get_draft(import_id: int, *, locked: bool = False, subject: str = ImportSubject.PEOPLE) -> Import:
    """Return an import that has not begun, of any subject where that is empty; raise NotFound, Conflict."""
    imports = Import.objects.select_for_update() if locked else Import.objects.all()
    of_subject = {"subject": subject} if subject else {}
    source_import: Import | None = imports.filter(pk=import_id, **of_subject).first()
    if source_import is None:
        raise NotFound
    if source_import.job_id is not None or source_import.lines_done:
        raise Conflict(_("This import has begun already."))
    return source_import


def _receive(stream: BinaryIO, pieces: Iterable[bytes]) -> int:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > settings.IMPORT_MAX_BYTES:
            error = FileRefusedError("too_large", limit=settings.IMPORT_MAX_BYTES >> 20)
            raise Invalid(fields={"file": error.message}) from error
        stream.write(piece)
    return size


@dataclass(frozen=True)
class _Look:
    """What one look at a file found."""

    form: FileForm
    table: Table
    guesses: list[Guess]
    decimal_comma: bool

    def values(self) -> dict[str, Any]:
        """What is kept of it with the import."""
        return {
            "encoding": self.form.encoding,
            "delimiter": self.form.delimiter,
            "sheet": self.form.sheet,
            "sheets": list(self.form.sheets),
            "columns": self.table.columns,
            "has_header": self.table.has_header,
            "decimal_comma": self.decimal_comma,
            "mapping": {guess.column: guess.field for guess in self.guesses},
            "key_field": _guess_key(self.guesses),
        }


def _look(stream: BinaryIO, own: OwnTargets, encoding: str = "", delimiter: str = "", sheet: str = "") -> _Look:
    try:
        form = look_at(stream, encoding, delimiter, sheet)
        table = read_table(stream, form)
        sample = _sample(stream, form, table)
    except FileRefusedError as error:
        raise Invalid(error.message, fields={"file": error.message}) from error
    decimal_comma = not form.is_spreadsheet and uses_decimal_comma(sample, form.delimiter)
    return _Look(form, table, guess_columns(table.columns, sample, own), decimal_comma)


def _sample(stream: BinaryIO, form: FileForm, table: Table) -> list[list[str]]:
    rows = read_rows(stream, form, table)
    return list(islice((row.cells for row in rows if not row.problem), SAMPLE_ROWS))


def _guess_key(guesses: list[Guess]) -> str:
    """Return the only key there is; of two, each row takes the first it has."""
    keys = [key for key in KEY_FIELDS if key in {guess.field for guess in guesses}]
    return keys[0] if len(keys) == 1 else ""


def _source(text: str) -> str:
    try:
        return clean_text(text, 120)
    except UnusableValueError as error:
        raise Invalid(fields={"source": error.message}) from error


def _filename(name: str) -> str:
    bare = name.replace("\\", "/").rpartition("/")[2].replace("\x00", "").strip()
    return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in bare)[:250] or "import.csv"
