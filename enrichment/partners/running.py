"""A partner's file carried out: batch after batch, each with its counts and its place in the file at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from django.db import IntegrityError, OperationalError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from contacts.fields.values import share_definitions
from contacts.importing.looking import FileForm
from contacts.importing.own import have_changed
from contacts.importing.reading import Row, Table, read_rows
from contacts.importing.reasons import FileRefusedError
from contacts.importing.storing import forget, opened
from contacts.importing.undoing import KEPT_FOR, refuse_undone
from contacts.models import Import, ImportReject
from contacts.tidying import tidy_after
from enrichment.partners.counting import Counts
from enrichment.partners.models import PartnerFile
from enrichment.partners.reading import RowReader
from enrichment.partners.targets import OwnFields, own_fields
from enrichment.partners.writing import Batch, GoneError, Work, carry_out
from enrichment.settling import get_automatic_percent
from prm.organisations.models import Organisation
from prm.work.errors import Conflict, DomainError
from prm.work.jobs import JobRun

# Kinds of jobs.
IMPORT, TRIAL = "partner_import", "partner_trial"
# Lines in one transaction: a second or two, and what a killed worker does anew.
BATCH_ROWS = 1000
# Attempts of a batch that somebody else's write got in the way of.
_ATTEMPTS = 5

Progress = Callable[[int, int], None]


@dataclass
class Source:
    """A file, open, with what reads its lines."""

    partner_file: PartnerFile
    rows: Iterator[Row]
    reader: RowReader
    own: OwnFields
    percent: int | None

    def batches(self, skip: int = 0) -> Iterator[Batch]:
        """Yield the lines after the first `skip`, so many at a time."""
        begin, rows = skip, islice(self.rows, skip, None)
        while some := list(islice(rows, BATCH_ROWS)):
            yield Batch(begin, begin + len(some), [self.reader.read(row) for row in some])
            begin += len(some)


def run_file(run: JobRun) -> None:
    """Carry a file out as a job; goes on where a run before it ended, whatever ended it."""
    partner_file = _get(run.job.params["file"])
    refuse_undone(partner_file.source_import)
    tidy_after(run.organisation, KEPT_FOR)
    merge_file(run.organisation, partner_file, lambda done, total: run.advance(done=done, total=total))
    forget(partner_file.source_import)
    run.result.update(_get(partner_file.pk).counts)


def run_trial(run: JobRun) -> None:
    """Carry a dry run out as a job; begins again when it was interrupted."""
    partner_file = _get(run.job.params["file"])
    try_file(run.organisation, partner_file, lambda done, total: run.advance(done=done, total=total))


def merge_file(organisation: Organisation, partner_file: PartnerFile, progress: Progress) -> None:
    """Merge the rest of a file; `progress` hears (lines done, lines) after each batch and may raise to stop.

    Killed anywhere, nothing is written twice or left out.
    """
    source_import = partner_file.source_import
    total = int(source_import.trial.get("rows", 0))
    with _open(organisation, partner_file) as source:
        progress(source_import.lines_done, total)
        for batch in source.batches(skip=source_import.lines_done):
            _merge(organisation, source, batch)
            progress(batch.end, total)


def try_file(organisation: Organisation, partner_file: PartnerFile, progress: Progress) -> Counts:
    """Say what merging a file would do, in the import's `trial`; writes nothing but rejects."""
    counts, rows = Counts(), 0
    source_import = partner_file.source_import
    _refuse_begun(source_import)
    ImportReject.objects.filter(source_import=source_import).delete()
    with _open(organisation, partner_file) as source:
        work = Work(organisation, partner_file, source.percent, {})
        for batch in source.batches():
            with transaction.atomic():
                _refuse_begun(source_import)
                counts = counts.plus(carry_out(work, batch))
            rows = batch.end
            progress(rows, 0)
    Import.objects.filter(pk=source_import.pk, job=None).update(trial={**counts.to_json(), "rows": rows}, rows=rows)
    return counts


def _refuse_begun(source_import: Import) -> None:
    """Keep a dry run asked for twice from the lines set aside by the file's own run."""
    if Import.objects.filter(pk=source_import.pk, job__isnull=False).exists():
        raise Conflict(gettext_noop("This file has begun already."))


def _get(file_id: int) -> PartnerFile:
    return PartnerFile.objects.select_related("source_import").get(pk=file_id)


def _merge(organisation: Organisation, source: Source, batch: Batch) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                _merge_once(organisation, source, batch)
        except (IntegrityError, OperationalError, GoneError):
            # Somebody gave one of these companies its SIREN at this very moment, or a deadlock was broken up.
            if attempt == _ATTEMPTS:
                raise
        else:
            return


def _merge_once(organisation: Organisation, source: Source, batch: Batch) -> None:
    mapping = source.partner_file.source_import.mapping
    if any(code in source.own for code in mapping.values()):
        share_definitions(organisation)
        if have_changed(source.own, own_fields(organisation), mapping):
            raise Conflict(gettext_noop("A field of this file was changed in the meantime: bring the file in anew."))
    found = PartnerFile.objects.select_for_update().get(pk=source.partner_file.pk)
    imports = Import.objects.filter(pk=found.source_import_id)
    place = imports.select_for_update().values_list("lines_done", flat=True).get()
    if place != batch.begin:
        raise Conflict(gettext_noop("Another worker goes on with this file."))
    if batch.begin == 0:
        # Those of a dry run.
        ImportReject.objects.filter(source_import=found.source_import_id).delete()
    counts = carry_out(Work(organisation, source.partner_file, source.percent), batch)
    found.counts = Counts.from_json(found.counts).plus(counts).to_json()
    found.save(update_fields=["counts"])
    rejected = ImportReject.objects.filter(source_import=found.source_import_id).count()
    imports.update(lines_done=batch.end, merged_at=Now(), rejected=rejected)


@contextmanager
def _open(organisation: Organisation, partner_file: PartnerFile) -> Iterator[Source]:
    one, own = partner_file.source_import, own_fields(organisation)
    reader = RowReader(one.columns, one.mapping, own, decimal_comma=one.decimal_comma)
    form, table = FileForm(one.encoding, one.delimiter, one.sheet), Table(one.columns, one.has_header)
    percent = get_automatic_percent(organisation)
    with opened(one) as stream:
        try:
            yield Source(partner_file, read_rows(stream, form, table), reader, own, percent)
        except FileRefusedError as error:
            raise DomainError(error.message) from error
