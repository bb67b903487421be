"""Contacts as a CSV file that spreadsheets open without running anything."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.timezone import localdate

from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope

COLUMNS = (
    *("external_id", "email", "first_name", "last_name", "phone", "job_title", "company", "siren", "stage", "tier"),
    *("score", "qualification", "source", "contactable", "created_at"),
)
# A cell that begins so is a formula to a spreadsheet.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
CHUNK = 2000


class _Echo:
    def write(self, value: str) -> str:
        """Hand back the line."""
        return value


def harmless(value: Any) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe before what would be a formula.

    Telephone numbers in E.164 stay as they are: a plus and digits only computes to itself.
    """
    text = "" if value is None else str(value)
    if text.lstrip("'").startswith(DANGEROUS) and not (text[0] == "+" and text[1:].isdigit()):
        return f"'{text}"
    return text


def as_written(cell: str) -> str:
    """Return what `harmless` was given: an exported file can be imported again without loss."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(DANGEROUS) else cell


def stream_csv(organisation: Organisation, contacts: QuerySet[Contact]) -> StreamingHttpResponse:
    """Answer with the contacts in the order of their ids, UTF-8 with a byte order mark, line by line."""
    answer = StreamingHttpResponse(_lines(organisation, contacts), content_type="text/csv; charset=utf-8")
    name = f"{organisation.slug}-contacts-{localdate():%Y-%m-%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _lines(organisation: Organisation, contacts: QuerySet[Contact]) -> Iterator[str]:
    # The scope of the request is over when a stream is read.
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    last = 0
    while True:
        with organisation_scope(organisation.pk):
            chunk = list(contacts.filter(pk__gt=last).order_by("pk")[:CHUNK])
        for contact in chunk:
            yield writer.writerow([harmless(value) for value in _cells(contact)])
        if len(chunk) < CHUNK:
            return
        last = chunk[-1].pk


def _cells(contact: Contact) -> list[Any]:
    company, standing = contact.company, contact.standing
    return [
        contact.external_id,
        contact.email,
        contact.first_name,
        contact.last_name,
        contact.phone,
        contact.job_title,
        company.name if company else "",
        company.siren if company else "",
        contact.stage,
        standing.tier_code,
        f"{standing.total:g}",
        contact.qualification_percent,
        contact.source,
        "no" if contact.is_suppressed else "yes",  # type: ignore[attr-defined]
        contact.created_at.isoformat(timespec="seconds"),
    ]
