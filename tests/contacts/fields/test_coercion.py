"""What people, files and programs write, and what is stored of it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.fields.coercion import coerce, make_reader
from contacts.fields.models import CustomField
from contacts.normalising import UnusableValueError

CHOICES = [
    {"code": "machining", "label": "Usinage", "is_offered": True},
    {"code": "foundry", "label": "Fonderie, moulage", "is_offered": True},
    {"code": "old", "label": "Électricité", "is_offered": False},
]


def field(type_: str) -> CustomField:
    return CustomField(subject="contact", key="x", label="X", type=type_, choices=CHOICES)


@pytest.mark.parametrize(
    ("type_", "written", "stored"),
    [
        ("text", "  Zoé\n ", "Zoé"),
        ("text", "   ", None),
        ("text", None, None),
        ("number", "1 234,5", 1234.5),
        ("number", "1\u202f234,50 €", 1234.5),
        ("number", "1,234.5", 1234.5),
        ("number", "-12", -12),
        ("number", "3.0", 3),
        ("number", 3.0, 3),
        ("number", 0, 0),
        ("number", "0", 0),
        ("number", "", None),
        ("date", "12/03/2026", "2026-03-12"),
        ("date", "2026-03-12", "2026-03-12"),
        ("date", "12 mars 2026", "2026-03-12"),
        ("date", "March 12, 2026", "2026-03-12"),
        ("date", "2026-03-12T09:30:00Z", "2026-03-12"),
        ("date", date(2026, 3, 12), "2026-03-12"),
        ("date", datetime(2026, 3, 12, 23, 59, tzinfo=UTC), "2026-03-12"),
        ("date", " ", None),
        ("boolean", "oui", True),
        ("boolean", "Yes", True),
        ("boolean", "non", False),
        ("boolean", "0", False),
        ("boolean", "", None),
        ("boolean", False, False),
        ("boolean", 1, True),
        ("choice", "machining", "machining"),
        ("choice", "USINAGE", "machining"),
        ("choice", "electricite", "old"),
        ("choice", "fonderie,  moulage", "foundry"),
        ("choice", "", None),
        ("choices", "Usinage; fonderie, moulage", ["foundry", "machining"]),
        ("choices", "usinage, électricité", ["machining", "old"]),
        ("choices", ["machining", "Usinage", "foundry"], ["foundry", "machining"]),
        ("choices", "machining|old|", ["machining", "old"]),
        ("choices", [], None),
        ("choices", None, None),
    ],
)
def test_a_value_is_read_in_the_forms_both_languages_write(type_: str, written: Any, stored: Any) -> None:
    found = coerce(field(type_), written, decimal_comma=False)
    assert (found, type(found)) == (stored, type(stored))


@pytest.mark.parametrize(
    ("type_", "written", "reason"),
    [
        ("text", 12, "not_text"),
        ("text", ["a"], "not_text"),
        ("text", "x" * 1001, "too_long"),
        ("text", "a\x00b", "bad_text"),
        ("number", "douze", "bad_number"),
        ("number", True, "bad_number"),
        ("number", {}, "bad_number"),
        ("number", float("nan"), "large_number"),
        ("number", 10**400, "large_number"),
        ("number", "1e20", "large_number"),
        ("date", "32/01/2026", "bad_date"),
        ("date", 20260312, "bad_date"),
        ("boolean", "maybe", "bad_choice"),
        ("boolean", 2, "bad_choice"),
        ("choice", "Soudure", "unknown_choice"),
        ("choice", ["machining"], "unknown_choice"),
        ("choice", 1, "unknown_choice"),
        ("choices", "usinage, soudure", "unknown_choice"),
        ("choices", [["machining"]], "unknown_choice"),
        ("choices", {"machining": 1}, "unknown_choice"),
    ],
)
def test_what_cannot_be_read_says_why(type_: str, written: Any, reason: str) -> None:
    with pytest.raises(UnusableValueError) as error:
        coerce(field(type_), written)
    assert error.value.reason == reason


def test_who_reads_says_what_is_meant_where_there_is_doubt() -> None:
    assert coerce(field("number"), "1,234", decimal_comma=True) == 1.234
    assert coerce(field("number"), "1,234") == 1234
    assert make_reader(field("date"), month_first=True)("03/12/2026") == "2026-03-12"


@given(
    st.sampled_from(["text", "number", "date", "boolean", "choice", "choices"]),
    st.one_of(
        st.text(max_size=30),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.none(),
        st.dates(),
        st.lists(st.sampled_from(["machining", "foundry", "Usinage"]), max_size=4),
    ),
)
def test_what_was_stored_is_read_as_itself(type_: str, written: Any) -> None:
    try:
        stored = coerce(field(type_), written)
    except UnusableValueError:
        return
    assert coerce(field(type_), stored) == stored
