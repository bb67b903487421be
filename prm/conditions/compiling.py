"""Conditions as SQL: what people wrote goes in as parameters, only the apps' own expressions as text.

Every part is true or false, never null, so that "not" is always the exact contrary. Text is compared without
regard to case. What is not a number is neither more nor less than one; what is missing is only "not" something.

What somebody did is read from its log once a comparison, as a set joined from the left: for everybody by the log's
kind and time, for some by their ids. Of conditions that must all hold, those that cost least are asked first.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from prm.conditions.documents import ActsAsked, Comparison, Condition, Group, Negation, Problem, read
from prm.conditions.fields import Field, FieldType, Vocabulary
from prm.conditions.operators import IN_DAYS, Operator

# Digits that any float8 can hold: casting them cannot fail.
_NUMBER_SHAPE = r"^\s*-?[0-9]{1,15}(\.[0-9]{1,60})?\s*$"
_NUMBER_LENGTH = 60
_COMPARES = {Operator.GT: ">", Operator.GTE: ">=", Operator.LT: "<", Operator.LTE: "<="}


@dataclass(frozen=True)
class Compiled:
    """A boolean SQL expression with its parameters. With problems it is FALSE: a stale condition matches nobody.

    `sets` are joined in the FROM before it, and take %(organisation_id)s. `dues` are instants, or null, at which the
    answer may change by time alone.
    """

    sql: str
    params: dict[str, Any]
    problems: tuple[Problem, ...] = ()
    sets: tuple["ActsSet", ...] = ()
    dues: tuple[str, ...] = ()

    def select(self, columns: str, source: str, where: str, *, ids: str = "") -> str:
        """Return a SELECT with the sets joined to `source`.

        `ids` names an SQL array, such as a parameter, of those the logs are read for alone. For everybody each set is
        made once, beforehand: parallel workers that join it would make it again, each for itself.
        """
        if ids:
            joins = [f"LEFT JOIN ({one.sql} AND {one.who} = ANY ({ids}) {one.grouped}) {one.on}" for one in self.sets]
            return f"SELECT {columns} {source} {' '.join(joins)} WHERE {where}"
        made = [f"{one.name} AS MATERIALIZED ({one.sql} AND {one.who} IS NOT NULL {one.grouped})" for one in self.sets]
        joins = [f"LEFT JOIN {one.on}" for one in self.sets]
        first = f"WITH {', '.join(made)} " if made else ""
        return f"{first}SELECT {columns} {source} {' '.join(joins)} WHERE {where}"

    @property
    def next_due(self) -> str:
        """The next instant as one expression, null where time alone changes nothing."""
        return f"least({', '.join(self.dues)})" if self.dues else "NULL::timestamptz"


@dataclass(frozen=True)
class ActsSet:
    """Who did something: their ids and, where a window counts, when it runs out; or a moment kept apart.

    `sql` up to its WHERE.
    """

    name: str
    sql: str
    # The column of the log that names them.
    who: str
    grouped: str
    on: str


@dataclass
class _Params:
    prefix: str
    now: datetime
    zone: str
    values: dict[str, Any] = field(default_factory=dict)
    sets: list[ActsSet] = field(default_factory=list)
    dues: list[str] = field(default_factory=list)

    def add(self, value: Any, cast: str) -> str:
        name = f"{self.prefix}_{len(self.values)}"
        self.values[name] = value
        return f"%({name})s::{cast}"


def compile_condition(
    document: Any,
    vocabulary: Vocabulary,
    *,
    prefix: str = "condition",
    now: datetime | None = None,
    time_zone: str = "UTC",
) -> Compiled:
    """Return a stored condition as SQL; parameters are named after `prefix`, so that several fit one statement.

    Days are counted back from `now` (this moment, if not said); dates are those of `time_zone`.
    """
    condition, problems = read(document, vocabulary)
    if problems:
        return Compiled("FALSE", {}, problems)
    params = _Params(prefix, now or timezone.now(), time_zone)
    sql = _sql(condition, params)
    return Compiled(sql, params.values, (), tuple(params.sets), tuple(params.dues))


def _sql(condition: Condition, params: _Params) -> str:
    if isinstance(condition, Comparison):
        return f"({_BY_TYPE[condition.field.type](condition, params)})"
    if isinstance(condition, Negation):
        return f"(NOT {_sql(condition.part, params)})"
    return _group(condition, params)


def _group(group: Group, params: _Params) -> str:
    if not group.parts:
        return "TRUE" if group.every else "FALSE"
    parts = [_sql(part, params) for part in sorted(group.parts, key=_cost)]
    return "(" + (" AND " if group.every else " OR ").join(parts) + ")"


def _cost(condition: Condition) -> int:
    """Say how dear a condition is to ask: the planner takes all for equal, and keeps their order."""
    if not isinstance(condition, Comparison):
        return 3
    if condition.field.type in {FieldType.ACTS, FieldType.PROPERTY, FieldType.CHOICES}:
        return 3
    if condition.field.type == FieldType.TEXT:
        return 2 if condition.operator in {Operator.CONTAINS, Operator.STARTS_WITH} else 1
    return 0


def _text(one: Comparison, params: _Params) -> str:
    return _compare_text(f"COALESCE(({one.field.sql})::text, '')", one, params)


def _compare_text(column: str, one: Comparison, params: _Params) -> str:
    if one.operator in {Operator.IS_SET, Operator.IS_NOT_SET}:
        return f"{column} <> ''" if one.operator == Operator.IS_SET else f"{column} = ''"
    fold = one.field.fold or "lower"
    if one.operator == Operator.IN:
        values = params.add(list(one.values), "text[]")
        return f"lower({column}) = ANY (ARRAY(SELECT {fold}(v) FROM unnest({values}) AS v))"
    value = f"{fold}({params.add(one.values[0], 'text')})"
    if one.operator == Operator.CONTAINS:
        return f"strpos(lower({column}), {value}) > 0"
    if one.operator == Operator.STARTS_WITH:
        return f"starts_with(lower({column}), {value})"
    return f"lower({column}) {'<>' if one.operator == Operator.IS_NOT else '='} {value}"


def _ordered(column: str, cast: str, one: Comparison, params: _Params) -> str:
    if one.operator in {Operator.IS_SET, Operator.IS_NOT_SET}:
        return f"{column} IS {'NOT ' if one.operator == Operator.IS_SET else ''}NULL"
    if one.operator == Operator.BETWEEN:
        low, high = (params.add(value, cast) for value in one.values)
        return f"COALESCE({column} BETWEEN {low} AND {high}, FALSE)"
    value = params.add(one.values[0], cast)
    if one.operator in {Operator.IS, Operator.IS_NOT}:
        return f"{column} IS {'NOT ' if one.operator == Operator.IS else ''}DISTINCT FROM {value}"
    return f"COALESCE({column} {_COMPARES[one.operator]} {value}, FALSE)"


def _number(one: Comparison, params: _Params) -> str:
    column = f"({_column(one.field, params)})::float8"
    if one.field.falls:
        bounds = sorted({to for value in one.values for to in _bounds(one.operator, value)})
        params.dues += [_sinks(column, one.field, to, params) for to in bounds]
        column = f"floor(COALESCE({column}, 0))"
    return _ordered(column, "float8", one, params)


def _bounds(operator: Operator, value: float) -> tuple[int, ...]:
    """Return the whole points below which a number in whole points is compared otherwise."""
    at, beyond = math.ceil(value), math.floor(value) + 1
    if operator in {Operator.GTE, Operator.LT}:
        return (at,)
    return (beyond,) if operator in {Operator.GT, Operator.LTE} else (at, beyond)


def _sinks(column: str, field: Field, to: int, params: _Params) -> str:
    """Return when a number that sinks by itself will be below a value, null where it is already, or never will be."""
    if not 0 < to < 100:
        return "NULL::timestamptz"
    bound, now = params.add(float(to), "float8"), params.add(params.now, "timestamptz")
    takes = field.falls.replace("{value}", column).replace("{to}", bound)
    # A millisecond later it is below for certain, however the two were rounded.
    return f"CASE WHEN {column} >= {bound} THEN {now} + {takes} + interval '1 millisecond' END"


def _date(one: Comparison, params: _Params) -> str:
    return _ordered(f"({one.field.sql})::date", "date", one, params)


def _moment(one: Comparison, params: _Params) -> str:
    column = f"({_column(one.field, params)})"
    if one.operator in IN_DAYS:
        days = one.values[0]
        params.dues.append(_due(column, days, params))
        since = params.add(params.now - timedelta(days=days), "timestamptz")
        return f"COALESCE({column} {'>' if one.operator == Operator.WITHIN else '<='} {since}, FALSE)"
    if one.operator in {Operator.IS_SET, Operator.IS_NOT_SET}:
        return _ordered(column, "timestamptz", one, params)
    return _ordered(f"({column} AT TIME ZONE {params.add(params.zone, 'text')})::date", "date", one, params)


def _column(field: Field, params: _Params) -> str:
    """Return a moment or number, after joining the set it is read from where it is kept apart."""
    if field.apart is None:
        return _as_of(field.sql, params)
    name, apart = f"{params.prefix}_apart_{len(params.sets)}", field.apart
    sql = f"SELECT {apart.who} AS id, {_as_of(apart.value, params)} AS at FROM {apart.rows}"
    params.sets.append(ActsSet(name, sql, apart.who, "", f"{name} ON {name}.id = {field.sql}"))
    return f"{name}.at"


def _as_of(sql: str, params: _Params) -> str:
    return sql.replace("{now}", params.add(params.now, "timestamptz")) if "{now}" in sql else sql


def _due(at: str, days: int, params: _Params) -> str:
    """Return when an instant leaves a window of days, null where it has."""
    leaves = f"{at} + {params.add(days, 'int')} * interval '24 hours'"
    return f"CASE WHEN {leaves} > {params.add(params.now, 'timestamptz')} THEN {leaves} END"


def _acts(one: Comparison, params: _Params) -> str:
    log, asked = one.field.acts, one.values[0]
    if log is None or not isinstance(asked, ActsAsked):
        raise TypeError(one.field.name)
    name = f"{params.prefix}_acts_{len(params.sets)}"
    wheres = [log.counted, f"{log.kind} = {params.add(asked.kind, 'text')}"]
    if asked.place:
        wheres.append(f"{log.place} = ANY ({params.add(log.encode(asked.place), 'bigint[]')})")
    if asked.days is not None:
        wheres.append(f"{log.at} > {params.add(params.now - timedelta(days=asked.days), 'timestamptz')}")
    if asked.property is not None:
        wheres.append(_property(asked.property, params))
    columns, having = f"{log.who} AS id", ""
    if asked.days is not None:
        # With one act fewer than asked for, it is over: that act is the last of those that are needed.
        last = f"max({log.at})" if asked.times == 1 else f"(array_agg({log.at} ORDER BY {log.at} DESC))[{asked.times}]"
        columns += f", {last} AS at"
        params.dues.append(_due(f"{name}.at", asked.days, params))
    if asked.times > 1:
        having = f" HAVING count(*) >= {params.add(asked.times, 'int')}"
    sql = f"SELECT {columns} FROM {log.log} WHERE {' AND '.join(wheres)}"
    grouped = f"GROUP BY {log.who}{having}"
    params.sets.append(ActsSet(name, sql, log.who, grouped, f"{name} ON {name}.id = {one.field.sql}"))
    return f"{name}.id IS {'NOT ' if one.operator == Operator.DID else ''}NULL"


def _boolean(one: Comparison, params: _Params) -> str:
    if one.field.is_exhaustive:
        # Bare, so that the planner may join what it asks.
        return one.field.sql if one.values[0] else f"NOT ({one.field.sql})"
    return _ordered(f"({one.field.sql})", "boolean", one, params)


def _choice(one: Comparison, params: _Params) -> str:
    column = _choice_column(one.field)
    if one.operator in {Operator.IS_SET, Operator.IS_NOT_SET}:
        return f"{column} IS {'NOT ' if one.operator == Operator.IS_SET else ''}NULL"
    encode = one.field.encode
    codes = [code for value in one.values for code in (encode(value) if encode else [value])]
    if not codes:
        # The choice exists, but nothing in this organisation stands for it.
        return "TRUE" if one.operator == Operator.IS_NOT else "FALSE"
    matches = f"COALESCE({column} = ANY ({params.add(codes, f'{one.field.cast}[]')}), FALSE)"
    return f"NOT {matches}" if one.operator == Operator.IS_NOT else matches


def _choices(one: Comparison, params: _Params) -> str:
    if one.operator in {Operator.IS_SET, Operator.IS_NOT_SET}:
        return f"{'' if one.operator == Operator.IS_SET else 'NOT '}({one.field.is_any})"
    encode = one.field.encode
    codes = [code for value in one.values for code in (encode(value) if encode else [value])]
    among = one.field.sql.replace("{codes}", params.add(codes, f"{one.field.cast}[]"))
    return f"NOT ({among})" if one.operator == Operator.IS_NOT else among


def _codes(one: Comparison, params: _Params) -> str:
    column = f"({one.field.sql})"
    if one.operator in {Operator.IS_SET, Operator.IS_NOT_SET}:
        return f"{column} IS {'NOT ' if one.operator == Operator.IS_SET else ''}NULL"
    function = "jsonb_exists_all" if one.operator == Operator.ALL_OF else "jsonb_exists_any"
    matches = f"COALESCE({function}({column}, {params.add(list(one.values), 'text[]')}), FALSE)"
    return f"NOT {matches}" if one.operator == Operator.NONE_OF else matches


def _choice_column(choice: Field) -> str:
    return f"NULLIF(({choice.sql})::text, '')" if choice.cast == "text" else f"({choice.sql})"


def _property(one: Comparison, params: _Params) -> str:
    key = params.add(one.field.key, "text")
    text = f"({one.field.sql} ->> {key})"
    if one.values and isinstance(one.values[0], float):
        stored = f"jsonb_typeof({one.field.sql} -> {key}) = 'number' AND length({text}) <= {_NUMBER_LENGTH}"
        number = f"CASE WHEN {stored} OR {text} ~ '{_NUMBER_SHAPE}' THEN {text}::float8 END"
        return _ordered(f"({number})", "float8", one, params)
    return _compare_text(f"COALESCE({text}, '')", one, params)


_BY_TYPE: dict[FieldType, Callable[[Comparison, _Params], str]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.BOOLEAN: _boolean,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.CODES: _codes,
    FieldType.PROPERTY: _property,
    FieldType.MOMENT: _moment,
    FieldType.ACTS: _acts,
}
