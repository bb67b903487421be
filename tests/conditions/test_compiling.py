"""Conditions as SQL, on PostgreSQL: what they match, and that nothing people write becomes SQL."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from prm.conditions.compiling import compile_condition
from prm.conditions.fields import Field, FieldType, make_vocabulary
from tests.conditions.test_documents import ask, words

pytestmark = pytest.mark.django_db

ROW: dict[str, Any] = {
    "title": "Directrice Générale",
    "size": 50,
    "born": date(2020, 3, 1),
    "city": "lyon",
    "open": True,
    "properties": {
        "sector": "Fonderie",
        "size": 12.5,
        "text": "12",
        "big": 10**40,
        "flag": True,
        "none": None,
        "list": [1],
    },
}
EMPTY: dict[str, Any] = {**dict.fromkeys(ROW), "title": "", "properties": {}}


def holds(document: dict[str, Any], row: dict[str, Any]) -> bool:
    compiled = compile_condition(document, words())
    values: dict[str, Any] = {
        f"row_{name}": Jsonb(value) if name == "properties" else value for name, value in row.items()
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {compiled.sql} FROM (SELECT %(row_title)s::text AS title, %(row_size)s::int AS size,"
            " %(row_born)s::date AS born, %(row_city)s::text AS city, %(row_open)s::boolean AS open,"
            " %(row_properties)s::jsonb AS properties) t",
            {**compiled.params, **values},
        )
        found = cursor.fetchone()[0]
    assert isinstance(found, bool), "true or false, never null"
    return found


@pytest.mark.parametrize(
    ("document", "known", "unknown"),
    [
        ({}, True, True),
        (ask("title", "is", "directrice générale"), True, False),
        (ask("title", "is_not", "x"), True, True),
        (ask("title", "contains", "DIRECT"), True, False),
        (ask("title", "contains", "%"), False, False),
        (ask("title", "contains", "_"), False, False),
        (ask("title", "starts_with", "dir"), True, False),
        (ask("title", "starts_with", "générale"), False, False),
        (ask("title", "in", ["x", "DIRECTRICE GÉNÉRALE"]), True, False),
        (ask("title", "is_set"), True, False),
        (ask("title", "is_not_set"), False, True),
        (ask("size", "is", 50), True, False),
        (ask("size", "is_not", 50), False, True),
        (ask("size", "gt", 50), False, False),
        (ask("size", "gte", 50), True, False),
        (ask("size", "lt", 50.5), True, False),
        (ask("size", "lte", 49), False, False),
        (ask("size", "between", [50, 60]), True, False),
        (ask("size", "is_set"), True, False),
        (ask("born", "is", "2020-03-01"), True, False),
        (ask("born", "gt", "2020-02-29"), True, False),
        (ask("born", "between", ["2020-01-01", "2020-12-31"]), True, False),
        (ask("born", "is_not_set"), False, True),
        (ask("city", "is", "lyon"), True, False),
        (ask("city", "is_not", "lyon"), False, True),
        (ask("city", "in", ["lille", "lyon"]), True, False),
        (ask("city", "is_not_set"), False, True),
        (ask("open", "is", True), True, False),
        (ask("open", "is", False), False, False),
        (ask("open", "is_set"), True, False),
        (ask("properties.sector", "contains", "fond"), True, False),
        (ask("properties.sector", "gt", 3), False, False),
        (ask("properties.size", "gt", 12), True, False),
        (ask("properties.size", "is", 12.5), True, False),
        (ask("properties.size", "is", "12.5"), True, False),
        (ask("properties.size", "between", [12, 13]), True, False),
        (ask("properties.text", "gte", 12), True, False),
        (ask("properties.text", "is", 12), True, False),
        (ask("properties.text", "is_not", 12), False, True),
        (ask("properties.big", "gt", 10**14), True, False),
        (ask("properties.flag", "is", True), True, False),
        (ask("properties.flag", "gt", 0), False, False),
        (ask("properties.none", "is_set"), False, False),
        (ask("properties.list", "lt", 5), False, False),
        ({"not": ask("title", "contains", "direct")}, False, True),
        ({"not": {"not": ask("size", "gt", 10)}}, True, False),
        ({"all": [ask("size", "gt", 10), ask("city", "is", "lyon")]}, True, False),
        ({"any": [ask("size", "gt", 100), ask("city", "is", "lyon")]}, True, False),
    ],
)
def test_it_matches(document: dict[str, Any], *, known: bool, unknown: bool) -> None:
    assert (holds(document, ROW), holds(document, EMPTY)) == (known, unknown)


@pytest.mark.parametrize(
    "document",
    [
        ask("gone", "is", "x"),
        {"not": ask("gone", "is", "x")},
        {"any": [ask("title", "is_set"), ask("gone", "is", "x")]},
        {"sql": "TRUE"},
        None,
    ],
)
def test_a_stale_or_broken_condition_matches_nobody_even_turned_round(document: Any) -> None:
    compiled = compile_condition(document, words())
    assert (compiled.sql, compiled.params) == ("FALSE", {})
    assert compiled.problems


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_what_people_write_is_never_sql(db: None, text: str) -> None:
    for field in ("title", "properties.sector"):
        compiled = compile_condition(ask(field, "is", text), words())
        if compiled.problems:
            assert not text.strip()
            continue
        assert text.strip() in compiled.params.values()
        assert holds(ask(field, "is", text), {**ROW, "title": text.strip(), "properties": {"sector": text.strip()}})
    key = compile_condition(ask(f"properties.{text}", "is_set"), words())
    assert text in key.params.values()


def test_parameters_of_two_conditions_fit_one_statement() -> None:
    one = compile_condition(ask("title", "is", "a"), words(), prefix="one")
    two = compile_condition(ask("title", "is", "b"), words(), prefix="two")
    assert (one.params, two.params) == ({"one_0": "a"}, {"two_0": "b"})


def test_a_choice_may_stand_for_other_values_or_for_none_yet() -> None:
    place = Field(
        "place",
        "place",
        FieldType.CHOICE,
        "x",
        encode=lambda code: [7] if code == "known" else [],
        cast="bigint",
        is_open=True,
    )
    fields = make_vocabulary([place])
    known = compile_condition(ask("place", "is", "known"), fields)
    assert (known.sql, known.params) == (
        "(COALESCE((x) = ANY (%(condition_0)s::bigint[]), FALSE))",
        {"condition_0": [7]},
    )
    assert compile_condition(ask("place", "is", "later"), fields).sql == "(FALSE)"
    assert compile_condition(ask("place", "is_not", "later"), fields).sql == "(TRUE)"


def test_what_costs_least_is_asked_first() -> None:
    fields = make_vocabulary([Field("name", "Name", FieldType.TEXT, "n"), Field("age", "Age", FieldType.NUMBER, "a")])
    parts = [ask("name", "contains", "x"), ask("name", "is", "y"), ask("age", "gt", 3)]
    for kind in ("all", "any"):
        sql = compile_condition({kind: parts}, fields).sql
        assert sql.index("(a)") < sql.index("lower(COALESCE((n)::text, '')) =") < sql.index("strpos(")
