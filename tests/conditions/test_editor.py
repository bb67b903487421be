"""The form component: rows read and written, steps that store nothing, errors in their row."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import translation

from prm.conditions.editor import ConditionEditor
from prm.conditions.fields import Field, FieldType, make_vocabulary
from prm.conditions.rows import MAX_SHOWN_DEPTH
from tests.conditions.test_documents import ask, words

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def posted(**values: Any) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name.replace("_", "-"), value if isinstance(value, list) else [value])
    return data


def rows(editor: ConditionEditor) -> list[tuple[str, str, str, str]]:
    return [(row.field_name, row.key, row.operator, row.value) for row in editor.rows]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"all": [ask("title", "contains", "x"), ask("size", "between", [1.5, 2.0])]},
        {"any": [ask("city", "in", ["lyon", "lille"]), ask("open", "is", True), ask("properties.sector", "is_set")]},
        {"all": [ask("properties.size", "gt", 3.0), ask("born", "is", "2026-01-02")]},
    ],
)
def test_what_is_shown_and_sent_back_is_the_same(document: dict[str, Any]) -> None:
    shown = ConditionEditor(words(), document=document)
    data = posted(condition_rows=str(len(shown.rows)), condition_every="all" if shown.every else "any")
    for row in shown.rows:
        data[f"{row.name}-field"], data[f"{row.name}-key"], data[f"{row.name}-op"] = (
            row.field_name,
            row.key,
            row.operator,
        )
        data.setlist(f"{row.name}-value", row.values)
        data[f"{row.name}-upto"] = row.upto
    back = ConditionEditor(words(), data=data)
    assert back.is_valid()
    assert back.document == document


def test_a_comparison_alone_becomes_a_row() -> None:
    assert rows(ConditionEditor(words(), document=ask("title", "is", "x"))) == [("title", "", "is", "x")]


def test_rows_come_and_go_and_nothing_is_stored_meanwhile() -> None:
    one = {"condition_rows": "1", "condition_0_field": "title", "condition_0_op": "is", "condition_0_value": "x"}
    added = ConditionEditor(words(), data=posted(**one, condition_step="add"))
    assert added.is_step
    assert rows(added) == [("title", "", "is", "x"), ("", "", "is", "")]
    removed = ConditionEditor(words(), data=posted(**one, condition_step="remove-0"))
    assert rows(removed) == []
    assert not ConditionEditor(words(), data=posted(**one)).is_step


def test_another_field_brings_its_own_operators_and_values() -> None:
    data = posted(condition_rows="1", condition_0_field="city", condition_0_op="contains", condition_step="refresh")
    row = ConditionEditor(words(), data=data).rows[0]
    assert [option.value for option in row.operators] == ["is", "is_not", "in", "is_set", "is_not_set"]
    assert (row.operator, row.widget, [option.label for option in row.choices]) == ("is", "choice", ["Lyon", "Lille"])


def test_an_error_stands_in_its_row_and_the_blank_row_is_left_out() -> None:
    data = posted(
        condition_rows="3",
        condition_0_field="size",
        condition_0_op="gt",
        condition_0_value="1,5",
        condition_1_field="",
        condition_2_field="size",
        condition_2_op="gt",
        condition_2_value="many",
    )
    editor = ConditionEditor(words(), data=data)
    assert not editor.is_valid()
    assert [row.error for row in editor.rows] == ["", "", "Give a number."]
    assert editor.document["all"][0] == ask("size", "gt", 1.5)


def test_what_rows_cannot_show_is_kept_as_it_is_until_somebody_starts_anew() -> None:
    nested: dict[str, Any] = ask("title", "is_set")
    for _depth in range(MAX_SHOWN_DEPTH + 1):
        nested = {"not": {"all": [nested]}}
    shown = ConditionEditor(words(), document=nested)
    assert shown.nested_sentence == "not (not (not (not (title is known))))"
    sent = ConditionEditor(words(), data=posted(condition_json=shown.nested_json))
    assert sent.is_valid()
    assert sent.document == nested
    anew = ConditionEditor(words(), data=posted(condition_json=shown.nested_json, condition_step="flatten"))
    assert (anew.nested, anew.rows, anew.is_step) == (None, [], True)


def test_a_stale_field_stays_chosen_and_is_complained_about() -> None:
    editor = ConditionEditor(words(), document=ask("gone", "is", "x"))
    assert not editor.is_valid()
    assert editor.rows[0].error == "The field “gone” does not exist, or no longer."
    assert any(
        option.value == "gone" and option.is_chosen for _group, options in editor.rows[0].groups for option in options
    )


def test_its_form_has_a_label_for_every_control_and_escapes_what_people_wrote() -> None:
    vocabulary = make_vocabulary([Field("title", "title", FieldType.TEXT, "t.title")])
    editor = ConditionEditor(vocabulary, document=ask("title", "is", '"><script>'))
    html = render_to_string("conditions/editor.html", {"editor": editor, "action": "/somewhere/"})
    assert "<script>" not in html
    for control in ("condition-0-field", "condition-0-op", "condition-0-value"):
        start = html.index(f'id="{control}"')
        assert "aria-label=" in html[start : html.index(">", start)]


def test_groups_come_and_go_inside_one_another() -> None:
    one = {"condition_rows": "1", "condition_0_field": "title", "condition_0_op": "is", "condition_0_value": "x"}
    grouped = ConditionEditor(words(), data=posted(**one, condition_step="group"))
    assert [(type(part).__name__, part.path) for part in grouped.root.parts] == [("Row", "0"), ("Branch", "1")]
    two = {
        **one,
        "condition_rows": "2",
        "condition_1_rows": "2",
        "condition_1_every": "none",
        "condition_1_0_field": "size",
        "condition_1_0_op": "gt",
        "condition_1_0_value": "3",
        "condition_1_1_field": "open",
        "condition_1_1_op": "is",
        "condition_1_1_value": "true",
    }
    sent = ConditionEditor(words(), data=posted(**two))
    assert sent.is_valid()
    assert sent.document == {
        "all": [
            ask("title", "is", "x"),
            {"not": {"any": [ask("size", "gt", 3.0), ask("open", "is", True)]}},
        ]
    }
    without = ConditionEditor(words(), data=posted(**two, condition_step="remove-1-0"))
    assert rows(without) == [("title", "", "is", "x"), ("open", "", "is", "true")]
    gone = ConditionEditor(words(), data=posted(**two, condition_step="remove-1"))
    assert rows(gone) == [("title", "", "is", "x")]


@pytest.mark.parametrize("step", ["remove-7", "remove-0-0-0", "add-5", "group-0-0-0-0-0", "remove", "add--", "\x00"])
def test_a_step_that_leads_nowhere_changes_nothing(step: str) -> None:
    one = {"condition_rows": "1", "condition_0_field": "title", "condition_0_op": "is", "condition_0_value": "x"}
    assert rows(ConditionEditor(words(), data=posted(**one, condition_step=step))) == [("title", "", "is", "x")]


def test_what_somebody_did_is_shown_and_sent_back_the_same() -> None:
    document = {
        "any": [
            ask(
                "acts",
                "did_not",
                {
                    "kind": "page_view",
                    "touchpoint": "pricing",
                    "times": 2,
                    "days": 30,
                    "property": {"name": "path", "op": "gt", "value": 3.0},
                },
            ),
            ask("acts", "did", {"kind": "webinar"}),
            ask("seen", "within", 7),
        ]
    }
    shown = ConditionEditor(words(), document=document)
    assert [row.widget for row in shown.rows] == ["acts", "acts", "days"]
    data = posted(condition_rows="3", condition_every="any")
    for row in shown.rows:
        parts = {
            "field": row.field_name,
            "op": row.operator,
            "kind": row.kind,
            "place": row.place,
            "times": row.times or "1",
            "days": row.days,
            "key": row.key,
            "keyop": row.key_operator,
            "value": row.value,
        }
        for part, value in parts.items():
            data[f"{row.name}-{part}"] = value
    back = ConditionEditor(words(), data=data)
    assert back.is_valid()
    assert back.document == document


def test_an_act_without_a_kind_and_days_that_are_no_number_are_refused() -> None:
    data = posted(
        condition_rows="2",
        condition_0_field="acts",
        condition_0_op="did",
        condition_0_kind="",
        condition_1_field="seen",
        condition_1_op="within",
        condition_1_value="soon",
    )
    editor = ConditionEditor(words(), data=data)
    assert not editor.is_valid()
    assert [row.error for row in editor.rows] == ["Give a text.", "Give a number of days from 1 to 3650."]


def test_whoever_works_by_keyboard_goes_on_where_something_changed() -> None:
    one = {"condition_rows": "1", "condition_0_field": "title", "condition_0_op": "is", "condition_0_value": "x"}
    for step, focused in (("add", 'id="condition-1-field"'), ("remove-0", 'value="add"')):
        editor = ConditionEditor(words(), data=posted(**one, condition_step=step))
        html = render_to_string("conditions/editor.html", {"editor": editor, "action": "/somewhere/"})
        (tag,) = [part for part in html.split("<") if "autofocus" in part]
        assert focused in tag
