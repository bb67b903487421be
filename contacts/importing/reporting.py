"""The rows that were set aside, as a CSV file in the columns of the file they came from."""

import csv
from collections.abc import Iterator

from django.http import StreamingHttpResponse
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from contacts.exporting import harmless
from contacts.importing.reasons import row_reason
from contacts.importing.services import list_rejects
from contacts.models import Import
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope


class _Echo:
    def write(self, value: str) -> str:
        """Hand back the line."""
        return value


def stream_rejects(organisation: Organisation, source_import: Import) -> StreamingHttpResponse:
    """Answer with the rows set aside: their own columns, then line and reason. UTF-8, the file's own separator."""
    lines = _lines(organisation, source_import, translation.get_language() or "fr")
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = slugify(source_import.filename.rpartition(".")[0])[:60] or "import"
    answer["Content-Disposition"] = f'attachment; filename="{name}-{source_import.pk}-rejects.csv"'
    return answer


def _lines(organisation: Organisation, source_import: Import, language: str) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=source_import.delimiter or ",")
    # Scope and language of the request are over when a stream is read.
    with organisation_scope(organisation.pk), translation.override(language):
        width = len(source_import.columns)
        yield "\ufeff" + writer.writerow([*map(harmless, source_import.columns), _("Line"), _("Reason"), _("Column")])
        for one in list_rejects(source_import):
            cells = [*one.row, *[""] * (width - len(one.row))]
            yield writer.writerow([*map(harmless, cells), one.line, row_reason(one.reason), harmless(one.column)])
