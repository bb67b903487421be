"""Pages of a list by key: the same cost for the first page and the ten-thousandth.

The order is a tuple of columns that together are unique, the last one usually "pk". A cursor holds the values
of one row; the next page begins right after it. Rows that come in or go meanwhile never shift a page.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Field, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.http import HttpRequest
from django.utils.translation import gettext as _

from prm.work.errors import Invalid

M = TypeVar("M", bound=Model)

PAGE_SIZE = 50


@dataclass(frozen=True)
class Key:
    """One column of the order. Missing values of a `nullable` column come last, whatever the direction."""

    column: str
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page: its rows, the cursors of its neighbours, and the number of its first row (from 1)."""

    items: list[M]
    next_cursor: str | None
    previous_cursor: str | None
    first_number: int

    @property
    def last_number(self) -> int:
        """Number of the last row shown; 0 on an empty page."""
        return self.first_number + len(self.items) - 1 if self.items else 0

    @property
    def is_alone(self) -> bool:
        """Tell whether there is no other page."""
        return self.next_cursor is None and self.previous_cursor is None


@dataclass(frozen=True)
class _Cursor:
    backwards: bool
    values: tuple[Any, ...]
    # Number of the row the cursor stands on.
    number: int


def key(text: str, *, nullable: bool = False) -> Key:
    """Return the key of a column written as Django orders: "-created_at"."""
    return Key(text.removeprefix("-"), text.startswith("-"), nullable)


def paginate_request(
    queryset: QuerySet[M], request: HttpRequest, order: Sequence[str | Key], *, size: int = PAGE_SIZE
) -> Page[M]:
    """Return the page that the address asks for by `?cursor=`."""
    return paginate(queryset, order, cursor=request.GET.get("cursor"), size=size)


def paginate(
    queryset: QuerySet[M], order: Sequence[str | Key], *, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[M]:
    """Return one page of a queryset in this order.

    Raises Invalid for a cursor that is damaged or belongs to another order. One query; two at the seam between
    known and missing values of a nullable first column. Follows an index on the order's columns when all go one
    way and only the first may be missing.
    """
    keys = tuple(one if isinstance(one, Key) else key(one) for one in order)
    at = _read(cursor, keys, queryset.model) if cursor else None
    backwards = at is not None and at.backwards
    rows = _rows(queryset, keys, at, size + 1)
    more, items = len(rows) > size, rows[:size]
    if backwards:
        items.reverse()
        first_number = max(at.number - len(items), 1) if at and more else 1
    else:
        first_number = at.number + 1 if at else 1
    has_next = bool(items) and (backwards or more)
    has_previous = bool(items) and (more if backwards else at is not None)
    return Page(
        items,
        _write(items[-1], keys, first_number + len(items) - 1, backwards=False) if has_next else None,
        _write(items[0], keys, first_number, backwards=True) if has_previous else None,
        first_number,
    )


def _rows(queryset: QuerySet[M], keys: tuple[Key, ...], at: _Cursor | None, limit: int) -> list[M]:
    """Return up to `limit` rows beyond the cursor, in reading direction."""
    backwards = at is not None and at.backwards
    if not keys[0].nullable:
        return list(_beyond(queryset, keys, at, backwards=backwards)[:limit])
    # Missing values lie behind the others. Each part is read by its own query, so that an index can serve both.
    known = queryset.filter(**{f"{keys[0].column}__isnull": False})
    missing = queryset.filter(**{f"{keys[0].column}__isnull": True})
    known_keys = (Key(keys[0].column, keys[0].descending), *keys[1:])
    in_missing = at is not None and at.values[0] is None
    parts: list[QuerySet[M]] = []
    if in_missing and at is not None:
        rest = _Cursor(backwards, at.values[1:], at.number)
        parts.append(_beyond(missing, keys[1:], rest, backwards=backwards))
        if backwards:
            parts.append(_beyond(known, known_keys, None, backwards=True))
    else:
        parts.append(_beyond(known, known_keys, at, backwards=backwards))
        if not backwards:
            parts.append(_beyond(missing, keys[1:], None, backwards=False))
    rows: list[M] = []
    for part in parts:
        if len(rows) < limit:
            rows.extend(part[: limit - len(rows)])
    return rows


def _beyond(queryset: QuerySet[M], keys: tuple[Key, ...], at: _Cursor | None, *, backwards: bool) -> QuerySet[M]:
    """Return the rows behind the cursor (before it when backwards), ordered in reading direction."""
    ordered = queryset.order_by(*(_ordering(one, backwards=backwards) for one in keys))
    if at is None:
        return ordered
    directions = {one.descending for one in keys}
    if len(directions) == 1 and not any(one.nullable for one in keys) and len(keys) > 1:
        # (a, b) > (x, y): one range of the index, however many rows share the first value.
        lookup = TupleLessThan if directions.pop() != backwards else TupleGreaterThan
        return ordered.filter(lookup(tuple(F(one.column) for one in keys), at.values))
    conditions, same = [], Q()
    for one, value in zip(keys, at.values, strict=True):
        conditions.append(same & _after(one, value, backwards=backwards))
        same &= Q(**{f"{one.column}__isnull": True}) if value is None else Q(**{one.column: value})
    return ordered.filter(reduce(Q.__or__, conditions))


def _ordering(one: Key, *, backwards: bool) -> Any:
    descending = one.descending != backwards
    column = F(one.column)
    if not one.nullable:
        return column.desc() if descending else column.asc()
    if backwards:
        return column.desc(nulls_first=True) if descending else column.asc(nulls_first=True)
    return column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)


def _after(one: Key, value: Any, *, backwards: bool) -> Q:
    missing = Q(**{f"{one.column}__isnull": True})
    if value is None:
        # Nothing comes after missing; before it comes everything known.
        return ~missing if backwards else Q(pk__in=[])
    beyond = Q(**{f"{one.column}__{'lt' if one.descending != backwards else 'gt'}": value})
    return beyond | missing if one.nullable and not backwards else beyond


def _write(row: Model, keys: tuple[Key, ...], number: int, *, backwards: bool) -> str:
    values = [_plain(_value(row, one.column)) for one in keys]
    text = json.dumps([_signature(keys), int(backwards), number, *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(text: str, keys: tuple[Key, ...], model: type[Model]) -> _Cursor:
    found = _parse(text, keys, model)
    if found is None:
        raise Invalid(_("This page of the list is not available any more. Start again from its first page."))
    return found


def _parse(text: str, keys: tuple[Key, ...], model: type[Model]) -> _Cursor | None:
    try:
        signature, backwards, number, *values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if signature != _signature(keys) or len(values) != len(keys):
            return None
        typed = tuple(
            None if value is None else _field(model, one.column).to_python(value)
            for one, value in zip(keys, values, strict=True)
        )
        number = int(number)
    except (ValueError, TypeError, OverflowError, RecursionError, ValidationError):
        return None
    if number < 0 or any(value is None and not one.nullable for one, value in zip(keys, typed, strict=True)):
        return None
    return _Cursor(bool(backwards), typed, number)


def _signature(keys: tuple[Key, ...]) -> str:
    return ",".join(f"{'-' if one.descending else ''}{one.column}" for one in keys)


def _value(row: Any, column: str) -> Any:
    for name in column.split("__"):
        row = getattr(row, name, None)
        if row is None:
            return None
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _field(model: type[Model], column: str) -> "Field[Any, Any]":
    """Return the field behind a column; an annotation is taken as it comes."""
    current: Any = model
    found: Field[Any, Any] = Field()
    for name in column.split("__"):
        try:
            found = current._meta.pk if name == "pk" else current._meta.get_field(name)
        except FieldDoesNotExist:
            return Field()
        current = found.related_model
    return found
