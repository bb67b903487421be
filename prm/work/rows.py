"""Writing many rows that are there, each with values of its own, in one statement."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Field, JSONField, Model


def update_rows(rows: Sequence[Model], fields: Sequence[str]) -> int:
    """Write these fields of rows as they are in memory; return how many rows were there. One statement, or none.

    As `bulk_update`, which spells out a condition for each row and field: the more rows, the slower each. Fields that
    set themselves on saving, such as a date of change, are the caller's. Not for arrays.
    """
    if not rows:
        return 0
    meta = rows[0]._meta
    columns = [_column(meta.get_field(name)) for name in (meta.pk.name, *fields)]
    quoted = [connection.ops.quote_name(str(one.column)) for one in columns]
    table = connection.ops.quote_name(meta.db_table)
    values = ", ".join(f"{name} = told.{name}" for name in quoted[1:])
    typed = ", ".join(f"{name} {_kind(one)}" for name, one in zip(quoted, columns, strict=True))
    # One document: to quote an array of each column takes longer than the statement.
    told = json.dumps([{str(one.column): _stored(one, row) for one in columns} for row in rows], default=str)
    with connection.cursor() as cursor:
        cursor.execute(
            # Names of the model's own, never a person's text.
            f"UPDATE {table} SET {values} FROM jsonb_to_recordset(%s::jsonb) AS told ({typed})"
            f" WHERE {table}.{quoted[0]} = told.{quoted[0]}",
            [told],
        )
        return int(cursor.rowcount)


def _column(field: Any) -> "Field[Any, Any]":
    if not isinstance(field, Field) or not field.concrete or isinstance(field, ArrayField):
        raise TypeError(f"{field} is no column that can be written so.")
    return field


def _stored(column: "Field[Any, Any]", row: Model) -> Any:
    value = getattr(row, column.attname)
    return value if isinstance(column, JSONField) else column.get_db_prep_save(value, connection)


def _kind(column: "Field[Any, Any]") -> str:
    """Return the type of a column without its length: a cast would cut what is too long, an assignment refuses it."""
    return str(column.cast_db_type(connection)).partition("(")[0]
