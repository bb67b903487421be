"""The access file: everything held on a person, by the same holdings that erasing goes by; for people and programs."""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone, translation

from contacts.consent.queries import list_standings
from contacts.models import Contact
from contacts.presenting import lawful_basis_of
from contacts.queries import find_person
from contacts.rights.erasing import find_whom
from contacts.rights.registry import Holding, list_holdings
from contacts.rights.wording import column_word, shown_value
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation

FORMAT = "prm-person/1"
# The page is read outside of the product, where no style of the product's is.
_LOOK = Path(__file__).with_name("held.css")


@dataclass(frozen=True)
class Part:
    """What one table holds on a person: its name for programs, its title for people, its rows."""

    table: str
    title: str
    rows: list[dict[str, Any]]


def collect_held(organisation: Organisation, contact_id: int) -> list[Part]:
    """Return everything held on a person that is in the base, table by table. Raises NotFound. About five queries."""
    find_person(organisation, contact_id)
    whom = find_whom(organisation, [contact_id])
    holdings = [one for one in list_holdings() if one.shows]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(_select(n, one) for n, one in enumerate(holdings)), whom.params)
        found = {number: json.loads(rows) if isinstance(rows, str) else rows for number, rows in cursor.fetchall()}
    parts: dict[str, Part] = {}
    # Who they are comes first, as it is emptied last.
    for number, one in sorted(enumerate(holdings), key=lambda pair: (-pair[1].order, str(pair[1].title))):
        rows = found.get(number) or []
        if one.table not in parts:
            parts[one.table] = Part(one.table, str(one.title), rows)
        else:
            # Of a table that is looked at in several ways, a row may be found twice.
            known = {json.dumps(row, sort_keys=True) for row in parts[one.table].rows}
            parts[one.table].rows.extend(row for row in rows if json.dumps(row, sort_keys=True) not in known)
    return [part for part in parts.values() if part.rows]


def person_document(organisation: Organisation, contact_id: int) -> dict[str, Any]:
    """Return everything held on a person as JSON: {"held": {table: {"title", "rows"}}}."""
    parts = collect_held(organisation, contact_id)
    return {
        "format": FORMAT,
        "organisation": organisation.name,
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "contact": contact_id,
        "held": {part.table: {"title": part.title, "rows": part.rows} for part in parts},
    }


def hand_out(organisation: Organisation, *, contact_id: int, by: Actor) -> bytes:
    """Return everything held on a person as one ZIP, to read and for programs, in their language; note that it left."""
    contact = find_person(organisation, contact_id)
    with translation.override(contact.language if contact.language in {"fr", "en"} else organisation.language):
        document = person_document(organisation, contact_id)
        page = _page(organisation, contact, document)
    audit.record(organisation, by, "contact.hand_out", contact)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(document, ensure_ascii=False, indent=2))
        archive.writestr("data.html", page)
        archive.writestr("data.css", _LOOK.read_text("utf-8"))
    return file.getvalue()


def _select(number: int, one: Holding) -> str:
    row = ", ".join(f"'{name}', {expression}" for name, expression in one.shows.items())
    return (
        # JSON as it is written, not as jsonb sorts it: columns stay in the order in which they are said.
        f"SELECT {number}, coalesce(json_agg(json_build_object({row}) ORDER BY t.{one.model._meta.pk.column}),"
        f" '[]')::text FROM {one.table} t WHERE {one.rows}"
    )


def _page(organisation: Organisation, contact: Contact, document: dict[str, Any]) -> str:
    models = {one.table: one.model for one in list_holdings()}
    parts = [
        {
            "title": held["title"],
            "columns": [column_word(name) for name in held["rows"][0]],
            "rows": [[shown_value(models[table], name, value) for name, value in row.items()] for row in held["rows"]],
        }
        for table, held in document["held"].items()
    ]
    purposes = [one.label for one in list_standings(organisation, contact) if one.is_allowed]
    context = {
        "organisation": organisation,
        "contact": contact,
        "parts": parts,
        "purposes": purposes,
        "basis": lawful_basis_of(contact),
        "made_at": timezone.now(),
        "language": translation.get_language(),
    }
    return render_to_string("contacts/rights/held.html", context)
