"""Carrying out the rules of the registry on rows, and taking it back: the same few statements for every table."""

import json
from collections import defaultdict
from typing import Any

import structlog
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Model
from psycopg.types.json import Jsonb

from contacts.doubles.models import Merge, MergedRow
from contacts.doubles.registry import Rule, find_rule, list_rules
from prm.organisations.models import Organisation

log = structlog.get_logger()

# How the rows of the merged contacts themselves are kept.
CONTACT_ROWS = "contacts_contact.id"


def follow(organisation: Organisation, merge: Merge) -> None:
    """Let what refers to the merged contacts follow to the survivor, rule by rule; keep what undoing needs."""
    for rule in list_rules():
        if rule.way == "leave":
            continue
        kept: dict[int, MergedRow] = {}
        if rule.way == "move_one":
            _settle(organisation, merge, rule, kept)
        if rule.way == "drop":
            params = {"organisation_id": organisation.pk, "ids": merge.merged_ids}
            _keep(merge, rule, kept, "removed", _rows(_DROP, rule, params))
        else:
            params = {"organisation_id": organisation.pk, "ids": merge.merged_ids, "survivor_id": merge.survivor_id}
            for from_id, key in _fetch(_filled(_MOVE, rule), params):
                _row(merge, rule, kept, from_id).moved.append(key)
        MergedRow.objects.bulk_create(kept.values())


def remove_contacts(organisation: Organisation, merge: Merge) -> list[dict[str, Any]]:
    """Remove the merged contacts, whose rows are kept and returned."""
    params = {"organisation_id": organisation.pk, "ids": merge.merged_ids}
    rows = [
        row
        for (row,) in _fetch(
            "WITH gone AS (DELETE FROM contacts_contact t WHERE t.organisation_id = %(organisation_id)s"
            " AND t.id = ANY (%(ids)s::bigint[]) RETURNING t.*) SELECT to_jsonb(g) FROM gone g ORDER BY g.id",
            params,
        )
    ]
    MergedRow.objects.bulk_create(
        MergedRow(organisation=organisation, merge=merge, rule=CONTACT_ROWS, from_id=row["id"], removed=[row])
        for row in rows
    )
    return rows


def give_back(organisation: Organisation, merge: Merge) -> None:
    """Take `follow` back: removed rows return, changed ones are as they were, moved ones go to their contact.

    What is gone since, or refers to something that is, stays gone.
    """
    kept = [
        (rule, one)
        for one in MergedRow.objects.filter(merge=merge).exclude(rule=CONTACT_ROWS).order_by("pk")
        if (rule := find_rule(one.rule)) is not None
    ]
    # All that moved first: of what may stand there once, the survivor's place has to be free.
    for rule, one in kept:
        if one.moved:
            params = {"ids": one.moved, "from_id": one.from_id, "survivor_id": merge.contact_id}
            _execute(_filled(_MOVE_BACK, rule), {**params, "organisation_id": organisation.pk})
    for rule, one in kept:
        params = {"organisation_id": organisation.pk, "from_id": one.from_id}
        for row in one.changed:
            _try(_filled(_CHANGE_BACK, rule), {**params, "row": Jsonb(row)})
        # A contact's standing came with the contact; what it was is written over it.
        if rule.key == rule.column:
            _execute(_filled("DELETE FROM {table} t WHERE t.{column} = %(from_id)s", rule), params)
        insert_rows(rule.model, one.removed)


def insert_rows(model: type[Model], rows: list[dict[str, Any]]) -> None:
    """Insert rows kept as JSON; one whose organisation, contact or other owner is gone is left out."""
    columns, guards, values = [], [], []
    for field in model._meta.concrete_fields:
        if isinstance(field, models.GeneratedField):
            continue
        columns.append(f'"{field.column}"')
        value = f'r."{field.column}"'
        if isinstance(field, models.ForeignKey):
            target = field.related_model._meta
            there = f'EXISTS (SELECT 1 FROM {target.db_table} x WHERE x."{target.pk.column}" = {value})'
            if field.null:
                value = f"CASE WHEN {there} THEN {value} END"
            else:
                guards.append(there)
        values.append(value)
    table = model._meta.db_table
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
        f" FROM jsonb_populate_recordset(NULL::{table}, %(rows)s) r WHERE {' AND '.join(guards) or 'true'}"
        " ON CONFLICT DO NOTHING"
    )
    if rows:
        _execute(statement, {"rows": Jsonb(rows)})


_WHOSE = "t.organisation_id = %(organisation_id)s AND t.{column} = ANY (%(ids)s::bigint[])"
_DROP = (
    f"WITH gone AS (DELETE FROM {{table}} t WHERE {_WHOSE} RETURNING t.*) SELECT g.{{column}}, to_jsonb(g) FROM gone g"
)
# The old owner is read before the row is written: RETURNING would give the new one.
_MOVE = (
    "WITH old AS (SELECT t.{key} AS key, t.{column} AS owner FROM {table} t"
    f" WHERE {_WHOSE} ORDER BY 1 FOR UPDATE),"
    " done AS (UPDATE {table} t SET {column} = %(survivor_id)s FROM old"
    " WHERE t.organisation_id = %(organisation_id)s AND t.{key} = old.key AND t.{column} = old.owner)"
    " SELECT old.owner, old.key FROM old"
)
_MOVE_BACK = (
    "UPDATE {table} t SET {column} = %(from_id)s WHERE t.organisation_id = %(organisation_id)s"
    " AND t.{key} = ANY (%(ids)s::bigint[]) AND t.{column} = %(survivor_id)s"
)
_RANKED = (
    "WITH ranked AS (SELECT t.{key} AS key, row_number() OVER (PARTITION BY {one_of}"
    " ORDER BY {best}(t.{column} = %(survivor_id)s) DESC, t.{key}) AS place FROM {table} t"
    f" WHERE {_WHOSE} AND ({{among}}))"
    " SELECT t.{column}, to_jsonb(t), {gone} FROM {table} t JOIN ranked r ON r.key = t.{key}"
    " WHERE t.organisation_id = %(organisation_id)s AND r.place > 1 ORDER BY t.{key} FOR UPDATE OF t"
)
_REMOVE = "DELETE FROM {table} t WHERE t.organisation_id = %(organisation_id)s AND t.{key} = ANY (%(ids)s::bigint[])"
_CHANGE = (
    "UPDATE {table} t SET {instead} WHERE t.organisation_id = %(organisation_id)s AND t.{key} = ANY (%(ids)s::bigint[])"
)
_CHANGE_BACK = (
    "UPDATE {table} t SET ({columns}) = (SELECT {columns} FROM jsonb_populate_record(NULL::{table}, %(row)s) r)"
    " WHERE t.organisation_id = %(organisation_id)s AND t.{key} = (%(row)s::jsonb ->> '{key}')::bigint"
)


def _settle(organisation: Organisation, merge: Merge, rule: Rule, kept: dict[int, MergedRow]) -> None:
    """Of rows that may not stand side by side, let one stay; the others are changed or go."""
    ids = [merge.survivor_id, *merge.merged_ids]
    params = {"organisation_id": organisation.pk, "survivor_id": merge.survivor_id, "ids": ids}
    changed: dict[int, list[dict[str, Any]]] = defaultdict(list)
    removed: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for owner, row, is_gone in _fetch(_filled(_RANKED, rule), params):
        (removed if is_gone else changed)[owner].append(row)
    for name, rows, statement in (("removed", removed, _REMOVE), ("changed", changed, _CHANGE)):
        keys = [row[rule.key] for group in rows.values() for row in group]
        if keys:
            _execute(_filled(statement, rule), {**params, "ids": keys})
            _keep(merge, rule, kept, name, [(owner, row) for owner, group in rows.items() for row in group])


def _keep(merge: Merge, rule: Rule, kept: dict[int, MergedRow], name: str, rows: list[tuple[int, Any]]) -> None:
    for owner, row in rows:
        getattr(_row(merge, rule, kept, owner), name).append(row)


def _row(merge: Merge, rule: Rule, kept: dict[int, MergedRow], owner: int) -> MergedRow:
    if owner not in kept:
        kept[owner] = MergedRow(
            organisation_id=merge.organisation_id, merge=merge, rule=rule.code, from_id=owner, moved=[], changed=[],
            removed=[],
        )  # fmt: skip
    return kept[owner]


def _rows(statement: str, rule: Rule, params: dict[str, Any]) -> list[tuple[int, Any]]:
    return [(owner, row) for owner, row in _fetch(_filled(statement, rule), params)]


def _filled(statement: str, rule: Rule) -> str:
    """Put a rule's names into a statement: all of it is code's own text."""
    model = rule.model._meta
    one_of = ", ".join(f"t.{model.get_field(name).column}" for name in rule.one_of)  # type: ignore[union-attr]
    parts = {
        "table": rule.table,
        "column": rule.column,
        "key": rule.key,
        "one_of": one_of or "1",
        "best": f"{rule.best}, " if rule.best else "",
        "among": rule.among or "true",
        "gone": (f"({rule.unless})" if rule.unless else "false") if rule.instead else "true",
        "instead": rule.instead,
        "columns": ", ".join(f'"{field.column}"' for field in model.concrete_fields if _is_written(field)),
    }
    for name, text in parts.items():
        statement = statement.replace("{" + name + "}", text)
    return statement


def _is_written(field: "models.Field[Any, Any]") -> bool:
    return not field.primary_key and not isinstance(field, models.GeneratedField)


def _fetch(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [
            tuple(json.loads(one) if isinstance(one, str) and one[:1] == "{" else one for one in row)
            for row in cursor.fetchall()
        ]


def _try(statement: str, params: dict[str, Any]) -> None:
    """Run a statement; where something new has taken the row's place meanwhile, leave the row as it is."""
    try:
        with transaction.atomic():
            _execute(statement, params)
    except IntegrityError:
        log.info("merge_row_kept", contact=params["from_id"])


def _execute(statement: str, params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
