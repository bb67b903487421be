"""What may be stored as a condition, what is refused and why, and the words and schema of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from prm.conditions.documents import MAX_DEPTH, check, read
from prm.conditions.fields import Acts, Field, FieldType, Properties, Vocabulary, make_vocabulary
from prm.conditions.schema import condition_schema
from prm.conditions.sentences import sentence
from prm.work.errors import Invalid

pytestmark = pytest.mark.usefixtures("english")
CITIES = (("lyon", "Lyon"), ("lille", "Lille"))
LOG = Acts(
    log="log l",
    who="l.who",
    kind="l.kind",
    place="l.place",
    at="l.at",
    properties="l.properties",
    counted="l.counts",
    place_name="touchpoint",
    kinds=lambda: (("page_view", "Page viewed"), ("webinar", "Webinar")),
    places=lambda: (("pricing", "Pricing"),),
    encode=lambda _code: [7],
)


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def words() -> Vocabulary:
    return make_vocabulary(
        [
            Field("title", "title", FieldType.TEXT, "t.title"),
            Field("size", "size", FieldType.NUMBER, "t.size"),
            Field("born", "born", FieldType.DATE, "t.born"),
            Field("city", "city", FieldType.CHOICE, "t.city", choices=lambda: CITIES),
            Field("trades", "trades", FieldType.CODES, "t.trades", choices=lambda: CITIES),
            Field("open", "open", FieldType.BOOLEAN, "t.open"),
            Field("seen", "seen", FieldType.MOMENT, "t.seen"),
            Field("acts", "acts", FieldType.ACTS, "t.id", acts=LOG),
        ],
        Properties("properties.", "t.properties"),
    )


def ask(field: str, op: str, *value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, **({"value": value[0]} if value else {})}


@pytest.mark.parametrize(
    "document",
    [
        {},
        ask("title", "contains", "Direct"),
        ask("size", "between", [1, 2.5]),
        ask("born", "gte", "2026-11-22"),
        ask("city", "in", ["lyon", "lille"]),
        ask("open", "is", False),
        ask("trades", "any_of", ["lyon"]),
        ask("trades", "all_of", ["lyon", "lille"]),
        ask("trades", "none_of", ["lille"]),
        ask("trades", "is_not_set"),
        ask("properties.sector", "is_not_set"),
        ask("properties.size", "gt", 3),
        ask("seen", "within", 30),
        ask("seen", "between", ["2026-01-01", "2026-02-01"]),
        ask("acts", "did", {"kind": "webinar"}),
        ask("acts", "did_not", {"kind": "page_view", "touchpoint": "pricing", "times": 2, "days": 30}),
        ask("acts", "did", {"kind": "page_view", "property": {"name": "path", "op": "contains", "value": "/tarifs"}}),
        ask("acts", "did", {"kind": "page_view", "property": {"name": "path", "op": "is_set"}}),
        {"all": [{"any": [ask("size", "is", 1), {"not": ask("title", "is_set")}]}, ask("city", "is", "lyon")]},
    ],
)
def test_it_takes_what_can_be_asked(document: dict[str, Any]) -> None:
    assert read(document, words())[1] == ()
    assert matches_schema(document, condition_schema(words()))


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ([], "", "A condition is an object."),
        ({"all": []}, "all", "Give at least one condition."),
        ({"all": [], "any": []}, "", "A condition has “all”, “any” or “not”, or “field”, “op” and “value”."),
        (
            ask("title", "is", "x") | {"sql": "1=1"},
            "",
            "A condition has “all”, “any” or “not”, or “field”, “op” and “value”.",
        ),
        (ask("title", "gt", 3), "op", "“title” cannot be asked “gt”."),
        (ask("title", "is", ""), "value", "Give a text."),
        (ask("title", "is", "\x00"), "value", "Give a text of at most 500 characters."),
        (ask("size", "is", "5"), "value", "Give a number."),
        (ask("size", "is", True), "value", "Give a number."),
        (ask("size", "is", float("nan")), "value", "Give a number."),
        (ask("size", "between", [2, 1]), "value", "The first value is larger than the second."),
        (ask("size", "between", [2]), "value", "Give a list of two values: from, and up to."),
        (ask("born", "is", "22/11/2026"), "value", "Give a date such as 2026-11-22."),
        (ask("city", "is", "nice"), "value", "“nice” is not one of the choices."),
        (ask("city", "in", []), "value", "Give a list of 1 to 500 values."),
        (ask("trades", "any_of", "lyon"), "value", "Give a list of 1 to 500 values."),
        (ask("trades", "all_of", ["nice"]), "value", "“nice” is not one of the choices."),
        (ask("trades", "is", "lyon"), "op", "“trades” cannot be asked “is”."),
        (ask("open", "is", "yes"), "value", "Give true or false."),
        (ask("title", "is_set", "x"), "value", "No value goes with this question."),
        (ask("seen", "within", 0), "value", "Give a number of days from 1 to 3650."),
        (ask("seen", "beyond", "2026-01-01"), "value", "Give a number of days from 1 to 3650."),
        (
            ask("acts", "did", "webinar"),
            "value",
            "Say what was done: “kind”, and if need be where, how often and in how many days.",
        ),
        (ask("acts", "did", {"kind": "gone"}), "value", "“gone” does not exist, or no longer."),
        (
            ask("acts", "did", {"kind": "webinar", "touchpoint": "gone"}),
            "value",
            "“gone” does not exist, or no longer.",
        ),
        (ask("acts", "did", {"kind": "webinar", "times": 0}), "value", "Give a number of times from 1 to 1000."),
        (ask("acts", "did", {"kind": "webinar", "days": 1.5}), "value", "Give a number of days from 1 to 3650."),
        (
            ask("acts", "did", {"kind": "webinar", "property": {"name": "path"}}),
            "value",
            "A property has “name”, “op” and “value”.",
        ),
        (
            {"any": [ask("title", "is", "x"), ask("gone", "is", "x")]},
            "any.1.field",
            "The field “gone” does not exist, or no longer.",
        ),
    ],
)
def test_it_says_what_is_wrong_and_where(document: Any, path: str, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check(document, words())
    assert refusal.value.fields == {".".join(part for part in ("condition", path) if part): message}
    assert not matches_schema(document, condition_schema(words())) or path in {"value", "any.1.field"}


def test_it_refuses_what_is_nested_too_deeply_or_too_long() -> None:
    deep: dict[str, Any] = ask("title", "is", "x")
    for _ in range(MAX_DEPTH + 1):
        deep = {"not": deep}
    assert "nested too deeply" in read(deep, words())[1][0].message
    wide = {"all": [ask("title", "is", "x")] * 101}
    assert [one.message for one in read(wide, words())[1]] == ["A condition has at most 100 comparisons."]


def test_a_condition_reads_the_log_a_few_times_only() -> None:
    many = {"any": [ask("acts", "did", {"kind": "webinar"})] * 21}
    assert [one.message for one in read(many, words())[1]] == ["A condition asks for at most 20 acts."]


def test_only_what_is_gone_is_stale() -> None:
    assert [one.is_stale for one in read(ask("gone", "is", "x"), words())[1]] == [True]
    assert [one.is_stale for one in read(ask("city", "is", "nice"), words())[1]] == [False]
    for value in ({"kind": "gone"}, {"kind": "webinar", "touchpoint": "gone"}):
        assert [one.is_stale for one in read(ask("acts", "did", value), words())[1]] == [True]


@pytest.mark.parametrize(
    ("document", "english", "french"),
    [
        ({}, "", ""),
        (ask("title", "contains", "Direct"), "title contains “Direct”", "title contient « Direct »"),
        (ask("size", "between", [1000, 2.5e3]), "size is between 1,000 and 2,500", "size est entre 1 000 et 2 500"),
        (ask("born", "gt", "2026-03-01"), "born is after 1 Mar 2026", "born est après le 1er mars 2026"),
        (ask("city", "in", ["lyon", "lille"]), "city is one of Lyon or Lille", "city est parmi Lyon ou Lille"),
        (ask("open", "is", True), "open: yes", "open : oui"),
        (ask("properties.sector", "is_set"), "sector is known", "sector est connu"),
        (
            {"any": [ask("title", "contains", "a"), ask("title", "contains", "b")]},
            "title contains “a” or “b”",
            "title contient « a » ou « b »",
        ),
        (
            {"all": [{"not": ask("city", "is", "lyon")}, {"any": [ask("size", "is", 1), ask("open", "is", False)]}]},
            "not (city is Lyon) and (size is 1 or open: no)",
            "non (city est Lyon) et (size est 1 ou open : non)",
        ),
        (
            {"not": {"any": [ask("size", "is", 1), ask("open", "is", False)]}},
            "not (size is 1 or open: no)",
            "non (size est 1 ou open : non)",
        ),
        (ask("seen", "within", 30), "seen: at most 30 days ago", "seen : il y a 30 jours au plus"),
        (ask("seen", "beyond", 1), "seen: more than 1 day ago", "seen : il y a plus d’un jour"),
        (ask("acts", "did", {"kind": "webinar"}), "did: Webinar", "a fait : Webinar"),
        (
            ask(
                "acts",
                "did_not",
                {
                    "kind": "page_view",
                    "touchpoint": "pricing",
                    "times": 2,
                    "days": 30,
                    "property": {"name": "path", "op": "contains", "value": "/tarifs"},
                },
            ),
            "did not: Page viewed, at “Pricing”, at least 2 times, in the last 30 days, where path contains “/tarifs”",
            "n’a pas fait : Page viewed, à « Pricing », au moins 2 fois, dans les 30 derniers jours,"
            " où path contient « /tarifs »",
        ),
        (
            ask("gone", "is", "x"),
            "Matches nobody: The field “gone” does not exist, or no longer.",
            "Ne correspond à personne : Le champ « gone » n’existe pas, ou plus.",
        ),
    ],
)
def test_it_is_said_in_words(document: Any, english: str, french: str) -> None:
    with translation.override("en"):
        assert sentence(document, words()) == english
    with translation.override("fr"):
        assert sentence(document, words()).replace("\u202f", " ").replace("\xa0", " ") == french


def test_of_a_long_list_the_first_values_are_said() -> None:
    many = ask("properties.sector", "in", [str(n) for n in range(9)])
    with translation.override("en"):
        assert sentence(many, words()) == "sector is one of “0”, “1”, “2”, “3” or 5 others"


def matches_schema(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None) -> bool:
    """As much of JSON Schema as conditions use."""
    root = root or schema
    if "$ref" in schema:
        return matches_schema(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema and not any(matches_schema(value, one, root) for one in schema["anyOf"]):
        return False
    return all(test(value, schema, root) for test in (_is_of_type, _is_allowed, _has_its_parts, _has_its_items))


TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "number": (int, float), "boolean": bool}


def _is_of_type(value: Any, schema: dict[str, Any], _root: dict[str, Any]) -> bool:
    names = schema.get("type")
    if names is None:
        return True
    wanted = [names] if isinstance(names, str) else names
    if isinstance(value, bool):
        return "boolean" in wanted
    if "integer" in wanted and isinstance(value, int | float):
        return float(value).is_integer()
    return any(isinstance(value, TYPES[name]) for name in wanted if name in TYPES)


def _is_allowed(value: Any, schema: dict[str, Any], _root: dict[str, Any]) -> bool:
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str):
        prefix = schema.get("pattern", "^")[1:].split("[")[0].rstrip("+").rstrip(".")
        return schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**6) and value.startswith(prefix)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    return True


def _has_its_parts(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    if not isinstance(value, dict) or schema.get("type") != "object":
        return True
    known = schema.get("properties", {})
    if len(value) > schema.get("maxProperties", 10**6) or any(name not in value for name in schema.get("required", [])):
        return False
    if schema.get("additionalProperties") is False and set(value) - set(known):
        return False
    return all(matches_schema(value[name], known[name], root) for name in value if name in known)


def _has_its_items(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    if not isinstance(value, list) or schema.get("type") != "array":
        return True
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**6):
        return False
    return all(matches_schema(one, schema["items"], root) for one in value)
