"""Contacts or companies of a filter written to a file by a worker, and kept for a week."""

import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from contacts.export_sheets import SHEETS, Sheet
from contacts.exporting import CHUNK, csv_text, file_name
from contacts.models import Export, ExportChunk, ExportFormat, ExportSubject, StageChange
from contacts.models.people import GONE
from contacts.sheet_writing import MOST_ROWS, sheet_written
from contacts.suppressions import share_addresses
from contacts.tidying import tidy_after
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import JobRun, start_job
from prm.work.models import JobStatus

EXPORT = "export"
KEPT_FOR = timedelta(days=7)
_PIECE_BYTES = 1 << 20
# So often a spreadsheet begins again because somebody in it may have been erased while it was written.
_ATTEMPTS = 5
# No erasure takes longer.
_LONGEST_ERASURE = timedelta(hours=1)
_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def create_export(
    organisation: Organisation,
    *,
    filters: Mapping[str, str],
    file_format: str,
    by: User,
    subject: str = ExportSubject.CONTACTS,
) -> Export:
    """Have the rows of a filter (as the list's address says it) written to a file; raises Invalid."""
    if file_format not in ExportFormat.values:
        raise Invalid(fields={"file_format": _("Choose CSV or XLSX.")})
    kept = {name: value for name, value in filters.items() if value and name != "csrfmiddlewaretoken"}
    with transaction.atomic():
        export = Export.objects.create(
            organisation=organisation, subject=subject, file_format=file_format, filters=kept, created_by=by
        )
        export.job = start_job(
            organisation,
            kind=EXPORT,
            title=str(SHEETS[subject].title) % {"format": file_format.upper()},
            params={"export": export.pk},
            by=by,
        )
        export.save(update_fields=["job"])
        audit.record(
            organisation,
            by,
            "export.create",
            export,
            after={"subject": subject, "format": file_format, "filters": kept},
        )
        tidy_after(organisation, KEPT_FOR)
    return export


def get_export(organisation: Organisation, export_id: int) -> Export:
    """Return an export with its job, or raise NotFound."""
    found = Export.objects.filter(organisation=organisation, pk=export_id).select_related("job", "created_by")
    export: Export | None = found.first()
    if export is None:
        raise NotFound
    return export


def list_exports(organisation: Organisation, subject: str) -> list[Export]:
    """Return the files still kept, the newest first, at most twenty."""
    found = Export.objects.filter(organisation=organisation, subject=subject).select_related("job", "created_by")
    return list(found.order_by("-created_at")[:20])


def run_export(run: JobRun) -> None:
    """Write an export as a job. A CSV goes on where a run before it ended, a spreadsheet begins again."""
    export = Export.objects.get(pk=run.job.params["export"])
    sheet = SHEETS[export.subject]
    found = sheet.rows(run.organisation, export.filters)
    if not export.pieces_done:
        export.columns = sheet.columns(found)
        Export.objects.filter(pk=export.pk).update(columns=export.columns)
    total = run.job.total or found.order_by().count()
    run.advance(done=export.rows, total=total)
    if export.file_format == ExportFormat.CSV:
        _write_csv(run, export, sheet, found)
    else:
        if total >= MOST_ROWS:
            raise Invalid(_("A spreadsheet holds a million rows at most: export as CSV."))
        _write_xlsx(run, export, sheet, found)
    export.refresh_from_db()
    run.result.update(rows=export.rows, size_bytes=export.size_bytes)


def is_ready(export: Export) -> bool:
    """Tell whether the file is complete."""
    return export.job is not None and export.job.status == JobStatus.DONE and export.pieces_done > 0


def download(organisation: Organisation, export: Export) -> StreamingHttpResponse:
    """Answer with the file, piece by piece; raise NotFound before it is complete."""
    if not is_ready(export):
        raise NotFound
    answer = StreamingHttpResponse(_pieces(organisation, export), content_type=_TYPES[ExportFormat(export.file_format)])
    answer["Content-Length"] = str(export.size_bytes)
    answer["Content-Disposition"] = (
        f'attachment; filename="{file_name(organisation, export.file_format, export.subject)}"'
    )
    return answer


def forget_exports(organisation: Organisation) -> int:
    """Remove exports of more than a week ago; return how many."""
    before = timezone.now() - KEPT_FOR
    old = Export.objects.filter(organisation=organisation, created_at__lt=before)
    ExportChunk.objects.filter(export__in=old).delete()
    return old.delete()[0]


def _next(found: QuerySet[Any], last: int) -> list[Any]:
    return list(found.filter(pk__gt=last).order_by("pk")[:CHUNK])


def _write_csv(run: JobRun, export: Export, sheet: Sheet, found: QuerySet[Any]) -> None:
    own = sheet.own(run.organisation)
    if not export.pieces_done:
        _keep(export, csv_text([sheet.header(export.columns, own)], begins=True).encode(), rows=0, last_id=0)
    while _write_piece(run.organisation, export, sheet, found, own):
        run.advance(done=export.rows)


def _write_piece(organisation: Organisation, export: Export, sheet: Sheet, found: QuerySet[Any], own: Any) -> bool:
    """Write the next rows; return whether there were any. Whoever erases one of them finds them, or comes before."""
    with transaction.atomic():
        share_addresses(organisation)
        chunk = _next(found, export.last_id)
        if chunk:
            data = csv_text(sheet.cells(row, export.columns, own) for row in chunk).encode()
            _keep(export, data, rows=len(chunk), last_id=chunk[-1].pk)
    return bool(chunk)


def _write_xlsx(run: JobRun, export: Export, sheet: Sheet, found: QuerySet[Any]) -> None:
    """Write a spreadsheet; again, where somebody was erased meanwhile: they may stand in it."""
    since = timezone.now() - _LONGEST_ERASURE
    for _attempt in range(_ATTEMPTS):
        with transaction.atomic():
            share_addresses(run.organisation)
            erased = _count_erased(run.organisation, since)
        with tempfile.TemporaryFile() as stream:
            rows = _write_sheet(run, export, sheet, found, stream)
            with transaction.atomic():
                share_addresses(run.organisation)
                if _count_erased(run.organisation, since) == erased:
                    _keep_file(export, stream, rows)
                    return
    raise Conflict(gettext_noop("People were erased while the file was written: export again later, or as CSV."))


def _write_sheet(run: JobRun, export: Export, sheet: Sheet, found: QuerySet[Any], stream: IO[bytes]) -> int:
    own = sheet.own(run.organisation)
    rows = last = 0
    with sheet_written(stream, export.subject.capitalize()) as writer:
        writer.write([sheet.header(export.columns, own)])
        while chunk := _next(found, last):
            writer.write(sheet.cells(row, export.columns, own) for row in chunk)
            rows, last = rows + len(chunk), chunk[-1].pk
            run.advance(done=rows)
    return rows


def _count_erased(organisation: Organisation, since: datetime) -> int:
    return StageChange.objects.filter(organisation=organisation, to_stage=GONE, at__gte=since).count()


def _keep_file(export: Export, stream: IO[bytes], rows: int) -> None:
    stream.seek(0)
    ExportChunk.objects.filter(export=export).delete()
    export.rows = export.size_bytes = export.pieces_done = 0
    while data := stream.read(_PIECE_BYTES):
        _keep(export, data, rows=0, last_id=0)
    export.rows = rows
    export.save(update_fields=["rows"])


def _keep(export: Export, data: bytes, *, rows: int, last_id: int) -> None:
    with transaction.atomic():
        ExportChunk.objects.create(
            organisation_id=export.organisation_id, export=export, number=export.pieces_done, data=data
        )
        export.rows, export.size_bytes = export.rows + rows, export.size_bytes + len(data)
        export.last_id, export.pieces_done = last_id, export.pieces_done + 1
        export.save(update_fields=["rows", "size_bytes", "last_id", "pieces_done"])


def _pieces(organisation: Organisation, export: Export) -> Iterator[bytes]:
    for number in range(export.pieces_done):
        # The scope of the request is over when a stream is read.
        with organisation_scope(organisation.pk):
            data = ExportChunk.objects.values_list("data", flat=True).get(export=export, number=number)
        yield bytes(data)
