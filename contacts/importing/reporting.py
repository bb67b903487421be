"""The rows that were set aside, as a CSV file or a spreadsheet in the columns of the file they came from."""

import csv
import tempfile
from collections.abc import Iterator

from django.http import FileResponse, StreamingHttpResponse
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from contacts.exporting import harmless
from contacts.importing.reasons import row_reason
from contacts.importing.services import list_rejects
from contacts.models import Import
from contacts.sheet_writing import sheet_written
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import NotFound

# A spreadsheet is written while somebody waits.
MOST_IN_A_SHEET = 20_000


class _Echo:
    def write(self, value: str) -> str:
        """Hand back the line."""
        return value


def stream_rejects(organisation: Organisation, source_import: Import) -> StreamingHttpResponse:
    """Answer with the rows set aside: their own columns, then line and reason. UTF-8, the file's own separator."""
    lines = _lines(organisation, source_import, translation.get_language() or "fr")
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{_name(source_import)}.csv"'
    return answer


def rejects_sheet(source_import: Import) -> FileResponse:
    """Answer with the rows set aside as a spreadsheet; raise NotFound beyond `MOST_IN_A_SHEET` of them."""
    if source_import.rejected > MOST_IN_A_SHEET:
        raise NotFound
    stream = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the answer)
    with sheet_written(stream, _("Rows set aside")) as writer:
        writer.write(_rows(source_import))
    stream.seek(0)
    return FileResponse(stream, as_attachment=True, filename=f"{_name(source_import)}.xlsx")


def _name(source_import: Import) -> str:
    name = slugify(source_import.filename.rpartition(".")[0])[:60] or "import"
    return f"{name}-{source_import.pk}-rejects"


def _lines(organisation: Organisation, source_import: Import, language: str) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=source_import.delimiter or ",")
    # Scope and language of the request are over when a stream is read.
    with organisation_scope(organisation.pk), translation.override(language):
        yield "\ufeff"
        yield from map(writer.writerow, _rows(source_import))


def _rows(source_import: Import) -> Iterator[list[str]]:
    width = len(source_import.columns)
    yield [*map(harmless, source_import.columns), _("Line"), _("Reason"), _("Column")]
    for one in list_rejects(source_import):
        cells = [*one.row, *[""] * (width - len(one.row))]
        yield [*map(harmless, cells), str(one.line), row_reason(one.reason), harmless(one.column)]
