"""Conditions as SQL: what people wrote goes in as parameters, only the apps' own expressions as text.

Every part is true or false, never null, so that "not" is always the exact contrary. Text is compared without
regard to case. What is not a number is neither more nor less than one; what is missing is only "not" something.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from prm.conditions.documents import Comparison, Condition, Group, Negation, Problem, read
from prm.conditions.fields import Field, FieldType, Vocabulary
from prm.conditions.operators import Operator

# Digits that any float8 can hold: casting them cannot fail.
_NUMBER_SHAPE = r"^\s*-?[0-9]{1,15}(\.[0-9]{1,60})?\s*$"
_NUMBER_LENGTH = 60
_COMPARES = {Operator.GT: ">", Operator.GTE: ">=", Operator.LT: "<", Operator.LTE: "<="}


@dataclass(frozen=True)
class Compiled:
    """A boolean SQL expression with its parameters. With problems it is FALSE: a stale condition matches nobody."""

    sql: str
    params: dict[str, Any]
    problems: tuple[Problem, ...] = ()


@dataclass
class _Params:
    prefix: str
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, value: Any, cast: str) -> str:
        name = f"{self.prefix}_{len(self.values)}"
        self.values[name] = value
        return f"%({name})s::{cast}"


def compile_condition(document: Any, vocabulary: Vocabulary, *, prefix: str = "condition") -> Compiled:
    """Return a stored condition as SQL; parameters are named after `prefix`, so that several fit one statement."""
    condition, problems = read(document, vocabulary)
    if problems:
        return Compiled("FALSE", {}, problems)
    params = _Params(prefix)
    return Compiled(_sql(condition, params), params.values)


def _sql(condition: Condition, params: _Params) -> str:
    if isinstance(condition, Comparison):
        return f"({_BY_TYPE[condition.field.type](condition, params)})"
    if isinstance(condition, Negation):
        return f"(NOT {_sql(condition.part, params)})"
    return _group(condition, params)


def _group(group: Group, params: _Params) -> str:
    if not group.parts:
        return "TRUE" if group.every else "FALSE"
    return "(" + (" AND " if group.every else " OR ").join(_sql(part, params) for part in group.parts) + ")"


def _text(one: Comparison, params: _Params) -> str:
    return _compare_text(f"COALESCE(({one.field.sql})::text, '')", one, params)


def _compare_text(column: str, one: Comparison, params: _Params) -> str:
    if one.operator in {Operator.IS_SET, Operator.IS_NOT_SET}:
        return f"{column} <> ''" if one.operator == Operator.IS_SET else f"{column} = ''"
    if one.operator == Operator.IN:
        values = params.add(list(one.values), "text[]")
        return f"lower({column}) = ANY (ARRAY(SELECT lower(v) FROM unnest({values}) AS v))"
    value = f"lower({params.add(one.values[0], 'text')})"
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
    return _ordered(f"({one.field.sql})::float8", "float8", one, params)


def _date(one: Comparison, params: _Params) -> str:
    return _ordered(f"({one.field.sql})::date", "date", one, params)


def _boolean(one: Comparison, params: _Params) -> str:
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
    FieldType.PROPERTY: _property,
}
