"""Contacts as tables that spreadsheets open without running anything, and that an import takes back without loss."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.http import StreamingHttpResponse
from django.utils.timezone import localdate

from contacts.consent import files
from contacts.fields.models import CustomField, Subject
from contacts.fields.queries import list_fields
from contacts.fields.values import full_name, in_file
from contacts.models import Contact, Suppression, SuppressionReason
from contacts.tagging.names import SEPARATOR
from contacts.tagging.queries import with_tags
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope

COLUMNS = (
    *("external_id", "email", "first_name", "last_name", "phone", "job_title", "language", "company", "siren", "siret"),
    *("domain", "source", "tags", "opted_out", "stage", "tier", "score", "qualification", "contactable", "created_at"),
)
# A cell that begins so is a formula to a spreadsheet; the wide forms are to one set to Japanese or Chinese.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
CHUNK = 2000
# Properties that get a column each; a base with more of them has the rest left out.
MOST_PROPERTIES = 400


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


# --- Rows ---------------------------------------------------------------------------------------------------


def list_properties(contacts: QuerySet[Contact]) -> dict[str, str]:
    """Return the properties of these contacts: {name: "properties." or, where some are more than text, "json."}.

    Cost: one pass over them.
    """
    try:
        ids, params = contacts.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        # A search that found nobody asks the database nothing.
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.key, bool_or(jsonb_typeof(p.value) <> 'string' OR p.value #>> '{}' ~ '^\\s*$')"
            f" FROM contacts_contact c CROSS JOIN jsonb_each(c.properties) AS p WHERE c.id IN ({ids})"
            f" GROUP BY 1 ORDER BY 1 LIMIT {MOST_PROPERTIES}",
            params,
        )
        return {name: "json." if is_more else "properties." for name, is_more in cursor.fetchall()}


@dataclass(frozen=True)
class Own:
    """What the organisation defined itself that gets columns: its own fields, and the codes of its purposes."""

    fields: Sequence[CustomField] = ()
    purposes: Sequence[str] = ()


NOTHING_OWN = Own()


def list_own(organisation: Organisation) -> Own:
    """Return the columns of contacts: own fields of people, of their companies, and purposes. Two queries."""
    return Own(list(list_fields(organisation)), files.exported_purposes())


def list_own_of_companies(organisation: Organisation) -> Own:
    """Return the columns of companies. One query."""
    return Own(list(list_fields(organisation, Subject.COMPANY)))


def header(properties: Mapping[str, str], own: Own = NOTHING_OWN) -> list[str]:
    """Return the first row: fields under the names that imports and the API know them by."""
    names = [*map(full_name, own.fields), *files.columns_of(own.purposes)]
    names += [prefix + name for name, prefix in properties.items()]
    return [*COLUMNS, *map(harmless, names)]


def with_columns(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    """Add `tag_names`, and `is_opted_out`: whether the person said so, or complained."""
    said = (SuppressionReason.OPT_OUT, SuppressionReason.COMPLAINT)
    opted_out = Exists(Suppression.objects.filter(contact=OuterRef("pk"), reason__in=said))
    return files.with_answers(with_tags(contacts)).annotate(is_opted_out=opted_out)


def cells_of(contact: Contact, properties: Mapping[str, str], own: Own = NOTHING_OWN) -> list[str]:
    """Return a contact's row, harmless."""
    company, standing = contact.company, contact.standing
    values: list[Any] = [
        contact.external_id,
        contact.email,
        contact.first_name,
        contact.last_name,
        contact.phone,
        contact.job_title,
        contact.language,
        company.name if company else "",
        company.siren if company else "",
        company.siret if company else "",
        company.domain if company else "",
        contact.source,
        f"{SEPARATOR} ".join(contact.tag_names),  # type: ignore[attr-defined]
        "yes" if contact.is_opted_out else "no",  # type: ignore[attr-defined]
        contact.stage,
        standing.tier_code,
        f"{standing.total:g}",
        contact.qualification_percent,
        "no" if contact.is_suppressed else "yes",  # type: ignore[attr-defined]
        contact.created_at.isoformat(timespec="seconds"),
    ]
    held = {Subject.CONTACT: contact.custom, Subject.COMPANY: company.custom if company else {}}
    values += [in_file(field, held[Subject(field.subject)].get(field.key)) for field in own.fields]
    values += files.cells_of(contact, own.purposes)
    values += [
        "" if name not in contact.properties else _property(contact.properties[name], prefix)
        for name, prefix in properties.items()
    ]
    return [harmless(value) for value in values]


def _property(value: Any, prefix: str) -> str:
    return value if prefix == "properties." else json.dumps(value, ensure_ascii=False)


# --- CSV ----------------------------------------------------------------------------------------------------


def stream_csv(organisation: Organisation, contacts: QuerySet[Contact]) -> StreamingHttpResponse:
    """Answer with the contacts in the order of their ids, UTF-8 with a byte order mark, line by line."""
    properties = list_properties(contacts)
    lines = _lines(organisation, with_columns(contacts), properties, list_own(organisation))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{file_name(organisation, "csv")}"'
    return answer


def file_name(organisation: Organisation, ending: str, subject: str = "contacts") -> str:
    """Return what an exported file is called."""
    return f"{organisation.slug}-{subject}-{localdate():%Y-%m-%d}.{ending}"


def csv_text(rows: Iterable[list[str]], *, begins: bool = False) -> str:
    """Return rows as CSV; the file's first piece begins with a byte order mark, which Excel wants."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return ("\ufeff" if begins else "") + buffer.getvalue()


def _lines(
    organisation: Organisation,
    contacts: QuerySet[Contact],
    properties: Mapping[str, str],
    own: Own,
) -> Iterator[str]:
    # The scope of the request is over when a stream is read.
    yield csv_text([header(properties, own)], begins=True)
    last = 0
    while True:
        with organisation_scope(organisation.pk):
            chunk = list(contacts.filter(pk__gt=last).order_by("pk")[:CHUNK])
        yield csv_text(cells_of(contact, properties, own) for contact in chunk)
        if len(chunk) < CHUNK:
            return
        last = chunk[-1].pk


# --- XLSX ---------------------------------------------------------------------------------------------------

# What XML cannot hold, or reads as something else, and what would be read as its escape.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def xlsx_text(text: str) -> str:
    """Return a text as a cell of a spreadsheet holds it: Excel's own escapes for what XML cannot."""
    return _UNWRITABLE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
