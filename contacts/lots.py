"""Companies that came in together: by one file, or by whatever a room above brings in many at once.

A list of companies can be narrowed to one lot (`?lot=import-12`), so that one sees what came, and does something with
those alone. Each kind says how its companies are found and what it is called.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, F, Func, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Import, ImportTrace

_CODE = re.compile(r"(?P<kind>[a-z_]{1,20})-(?P<pk>[1-9]\d{0,17})", re.ASCII)


@dataclass(frozen=True)
class LotKind:
    """A way companies come in together. Both are asked within the organisation's scope, by the lot's id."""

    label: str | Promise
    # Their ids, one a row: a queryset of values, which becomes part of the list's own query.
    ids_of: Callable[[int], "QuerySet[Any, Any]"]
    # What the lot is called; "" for one that is gone.
    name_of: Callable[[int], str]


_kinds: dict[str, LotKind] = {}


def register_lot(kind: str, lot: LotKind) -> None:
    """Say what a kind of lots is; called from AppConfig.ready."""
    _kinds[kind] = lot


def lot_code(kind: str, pk: int) -> str:
    """Return what the address of a list says of a lot."""
    return f"{kind}-{pk}"


def read_lot(text: str) -> str:
    """Return a lot as an address says it; "" for what cannot be one."""
    found = _CODE.fullmatch(text)
    return text if found and found["kind"] in _kinds else ""


def narrow_to_lot(companies: QuerySet[Company], lot: str) -> QuerySet[Company]:
    """Keep the companies of a lot."""
    kind, pk = _read(lot)
    return companies.filter(pk__in=kind.ids_of(pk))


def lot_words(lot: str) -> tuple[str, str]:
    """Return what a lot is and what it is called, for people; the name is "" where it is gone. One query."""
    kind, pk = _read(lot)
    return str(kind.label), kind.name_of(pk)


def unnested(column: str) -> Func:
    """Return each id of an array, one a row."""
    return Func(F(column), function="unnest", output_field=BigIntegerField())


def _read(lot: str) -> tuple[LotKind, int]:
    name, _dash, pk = lot.rpartition("-")
    return _kinds[name], int(pk)


def _ids_of_import(pk: int) -> "QuerySet[Any, Any]":
    return ImportTrace.objects.filter(source_import=pk).annotate(made=unnested("companies")).values("made")


def _name_of_import(pk: int) -> str:
    return Import.objects.filter(pk=pk).values_list("filename", flat=True).first() or ""


IMPORT = "import"
OF_IMPORT = LotKind(_("New with the file"), _ids_of_import, _name_of_import)
