"""An import carried out: chunk after chunk, each with its counts and its place in the file in one transaction."""

import marshal
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, BinaryIO

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from contacts.fields.values import share_definitions
from contacts.importing.checking import RowChecker
from contacts.importing.chunking import Chunk, Survey, cut, survey
from contacts.importing.looking import FileForm
from contacts.importing.merging import Outcome, count_chunk, merge_chunk
from contacts.importing.own import OwnTargets, have_changed, is_own, own_targets
from contacts.importing.reading import Row, Table, read_rows
from contacts.importing.reasons import FileRefusedError
from contacts.importing.storing import forget, opened
from contacts.importing.undoing import KEPT_FOR, refuse_undone
from contacts.models import Import, ImportReject
from contacts.normalising import region_of
from contacts.tidying import tidy_after
from prm.organisations.models import Organisation
from prm.work.errors import Conflict, DomainError
from prm.work.jobs import JobRun

# Kinds of jobs.
IMPORT = "import"
TRIAL = "import_trial"
# Attempts of a chunk that somebody else's write got in the way of.
_ATTEMPTS = 5

Progress = Callable[[int, int], None]


@dataclass
class Source:
    """An import's file, open."""

    source_import: Import
    stream: BinaryIO
    checker: RowChecker
    # The organisation's own fields as they were when the checker was made.
    own: OwnTargets
    # A spreadsheet's rows once they were read: unpacking them costs ten times what this does.
    unpacked: IO[bytes] | None = None

    def rows(self) -> Iterator[Row]:
        """Read the file from its beginning."""
        one = self.source_import
        form = FileForm(one.encoding, one.delimiter, one.sheet)
        if self.unpacked is not None:
            return _read_back(self.unpacked)
        rows = read_rows(self.stream, form, Table(one.columns, one.has_header))
        return self._keep(rows) if form.is_spreadsheet else rows

    def _keep(self, rows: Iterator[Row]) -> Iterator[Row]:
        kept = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the source)
        for row in rows:
            marshal.dump(tuple(row), kept)
            yield row
        self.unpacked = kept

    def survey(self, alive: Callable[[int], None]) -> Survey:
        """Count rows and repeated keys."""
        return survey(self.rows(), self.checker, alive)

    def chunks(self, found: Survey, skip: int = 0) -> Iterator[Chunk]:
        """Yield what goes into one transaction each."""
        return cut(self.rows(), self.checker, found.repeated, skip=skip)


def _read_back(kept: IO[bytes]) -> Iterator[Row]:
    kept.seek(0)
    while True:
        try:
            yield Row(*marshal.load(kept))  # noqa: S302  (written by this very process)
        except EOFError:
            return


def run_import(run: JobRun) -> None:
    """Carry out an import as a job; goes on where a run before it ended, whatever ended it."""
    source_import = Import.objects.get(pk=run.job.params["import"])
    refuse_undone(source_import)
    tidy_after(run.organisation, KEPT_FOR)
    merge_file(run.organisation, source_import, lambda done, total: run.advance(done=done, total=total))
    forget(source_import)
    source_import.refresh_from_db()
    run.result.update(counts_of(source_import))


def run_trial(run: JobRun) -> None:
    """Carry out a dry run as a job; begins again when it was interrupted."""
    source_import = Import.objects.get(pk=run.job.params["import"])
    try_file(run.organisation, source_import, lambda done, total: run.advance(done=done, total=total))


def merge_file(organisation: Organisation, source_import: Import, progress: Progress) -> None:
    """Merge the rest of a file; `progress` hears (rows done, rows) after each chunk and may raise to stop.

    Each chunk is one transaction with its effects, its counts and the place reached: killed anywhere, nothing is
    written twice or left out. Memory: one chunk, and eight bytes a row.
    """
    with _open(organisation, source_import) as source:
        found = source.survey(lambda _rows: progress(source_import.lines_done, 0))
        progress(source_import.lines_done, found.rows)
        for chunk in _read_ahead(source.chunks(found, skip=source_import.lines_done)):
            _merge(organisation, source_import, chunk, source.own)
            progress(chunk.end, found.rows)


def try_file(organisation: Organisation, source_import: Import, progress: Progress) -> Outcome:
    """Say what merging a file would do, in the import's `trial`; writes nothing but rejects. `progress` as above."""
    outcome = Outcome()
    ImportReject.objects.filter(source_import=source_import).delete()
    with _open(organisation, source_import) as source:
        found = source.survey(lambda _rows: progress(0, 0))
        for chunk in _read_ahead(source.chunks(found)):
            with transaction.atomic():
                outcome.add(count_chunk(organisation, source_import, chunk))
            progress(chunk.end, found.rows)
    Import.objects.filter(pk=source_import.pk).update(trial={**asdict(outcome), "rows": found.rows}, rows=found.rows)
    return outcome


def _read_ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield the chunks; the next one is read and checked while the database is at work on this one."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        upcoming = reader.submit(next, chunks, None)
        while (chunk := upcoming.result()) is not None:
            upcoming = reader.submit(next, chunks, None)
            yield chunk


def _merge(organisation: Organisation, source_import: Import, chunk: Chunk, own: OwnTargets) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                _merge_once(organisation, source_import, chunk, own)
        except (IntegrityError, OperationalError):
            # Somebody created one of these contacts at this very moment, or a deadlock was broken up.
            if attempt == _ATTEMPTS:
                raise
        else:
            return


def _merge_once(organisation: Organisation, source_import: Import, chunk: Chunk, own: OwnTargets) -> None:
    if any(map(is_own, source_import.mapping.values())):
        share_definitions(organisation)
        if have_changed(own, own_targets(organisation), source_import.mapping):
            raise Conflict(gettext_noop("A field of this import was changed in the meantime: import the file anew."))
    place = Import.objects.select_for_update().values_list("lines_done", flat=True).get(pk=source_import.pk)
    if place != chunk.begin:
        raise Conflict(gettext_noop("Another worker goes on with this import."))
    if chunk.begin == 0:
        # Those of a dry run.
        ImportReject.objects.filter(source_import=source_import).delete()
    outcome = merge_chunk(organisation, source_import, chunk)
    Import.objects.filter(pk=source_import.pk).update(
        lines_done=chunk.end,
        merged_at=Now(),
        rows=chunk.end,
        created=F("created") + outcome.created,
        updated=F("updated") + outcome.updated,
        unchanged=F("unchanged") + outcome.unchanged,
        rejected=F("rejected") + outcome.rejected,
    )


@contextmanager
def _open(organisation: Organisation, source_import: Import) -> Iterator[Source]:
    own = own_targets(organisation)
    checker = RowChecker(
        source_import.columns,
        source_import.mapping,
        key_field=source_import.key_field,
        source=source_import.source,
        region=region_of(organisation.time_zone),
        decimal_comma=source_import.decimal_comma,
        own=own,
    )
    with opened(source_import) as stream:
        source = Source(source_import, stream, checker, own)
        try:
            yield source
        except FileRefusedError as error:
            raise DomainError(error.message) from error
        finally:
            if source.unpacked is not None:
                source.unpacked.close()


def counts_of(source_import: Import) -> dict[str, int]:
    """Return what became of the file's rows."""
    names = ("rows", "created", "updated", "unchanged", "rejected")
    return {name: getattr(source_import, name) for name in names}
