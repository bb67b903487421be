"""The form component that edits a condition: rows of field, operator and value, all or any of which must hold.

Works as a plain POST: its buttons submit the surrounding form with a step (add or remove a row, show what fits
another field); the view then shows the form again and stores nothing. A condition with groups inside groups is
kept as it is and shown in words.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from prm.conditions import operators
from prm.conditions.documents import read
from prm.conditions.fields import Field, FieldType, Vocabulary
from prm.conditions.operators import BY_TYPE, WITHOUT_VALUE, Operator
from prm.conditions.sentences import sentence

# In a row's list of fields: a property by its name.
ANY_PROPERTY = "*"
MAX_ROWS = 20


@dataclass(frozen=True)
class Option:
    """One entry of a list."""

    value: str
    label: str
    is_chosen: bool


@dataclass
class Row:
    """One comparison being edited, as typed."""

    name: str
    field_name: str = ""
    key: str = ""
    operator: str = ""
    values: list[str] = field(default_factory=list)
    # Upper end of "between".
    upto: str = ""
    error: str = ""
    found: Field | None = None
    groups: list[tuple[str, list[Option]]] = field(default_factory=list)
    operators: list[Option] = field(default_factory=list)
    choices: list[Option] = field(default_factory=list)

    @property
    def wants_key(self) -> bool:
        """Tell whether the name of a property has to be typed."""
        return self.field_name == ANY_PROPERTY

    @property
    def value(self) -> str:
        """The value as typed; a list as one text."""
        return ", ".join(self.values)

    @property
    def widget(self) -> str:
        """How the value is asked for: none, text, list, number, date, boolean, choice or choices."""
        if self.operator in WITHOUT_VALUE:
            return "none"
        kind = self.found.type if self.found else FieldType.PROPERTY
        if kind == FieldType.CHOICE:
            return "choices" if self.operator == Operator.IN else "choice"
        if self.operator == Operator.IN:
            return "list"
        return str(kind) if kind in {FieldType.NUMBER, FieldType.DATE, FieldType.BOOLEAN} else "text"

    @property
    def wants_two(self) -> bool:
        """Tell whether a second value is asked for."""
        return self.operator == Operator.BETWEEN


class ConditionEditor:
    """What `conditions/editor.html` shows; give it the stored document, or the data of a POST."""

    def __init__(
        self, vocabulary: Vocabulary, *, name: str = "condition", document: Any = None, data: QueryDict | None = None
    ) -> None:
        self.vocabulary = vocabulary
        self.name = name
        self.data = data
        stored = document or {}
        if data is not None and f"{name}-json" in data:
            stored = _parse(data.get(f"{name}-json", ""))
        flat = _flatten(stored)
        # None: the rows below; else a condition that rows cannot show.
        self.nested = stored if flat is None and self._step != "flatten" else None
        self.every = True
        self.rows: list[Row] = []
        if data is not None and f"{name}-rows" in data:
            self._read_rows(data)
        elif flat is not None:
            self.every, nodes = flat
            self.rows = [self._row_of(node, n) for n, node in enumerate(nodes)]
        self._take_step()
        for row in self.rows:
            self._furnish(row)

    @property
    def is_step(self) -> bool:
        """Tell whether the form was sent to change its rows, not to be stored."""
        return bool(self._step)

    @property
    def nested_json(self) -> str:
        """A condition that rows cannot show, to be sent along."""
        return json.dumps(self.nested, ensure_ascii=False)

    @property
    def nested_sentence(self) -> str:
        """The same in words."""
        return sentence(self.nested, self.vocabulary)

    @property
    def suggestions(self) -> tuple[str, ...]:
        """Names of properties to propose."""
        return self.vocabulary.properties.suggestions if self.vocabulary.properties else ()

    @cached_property
    def document(self) -> dict[str, Any]:
        """What to store; `{}` where nothing is asked. Call `is_valid` first."""
        if self.nested is not None:
            found: dict[str, Any] = self.nested
            return found
        nodes = [self._node(row) for row in self.rows if not _is_blank(row)]
        return {"all" if self.every else "any": nodes} if nodes else {}

    def is_valid(self) -> bool:
        """Check every row; `row.error` then says what is wrong with it."""
        if self.nested is not None:
            return not read(self.nested, self.vocabulary)[1]
        for row in self.rows:
            problems = () if _is_blank(row) else read(self._node(row), self.vocabulary)[1]
            row.error = problems[0].message if problems else ""
        return not any(row.error for row in self.rows)

    @property
    def _step(self) -> str:
        return self.data.get(f"{self.name}-step", "") if self.data is not None else ""

    def _read_rows(self, data: QueryDict) -> None:
        self.every = data.get(f"{self.name}-every") != "any"
        count = data.get(f"{self.name}-rows", "")
        for n in range(min(int(count) if count.isdecimal() else 0, MAX_ROWS)):
            prefix = f"{self.name}-{n}"
            self.rows.append(
                Row(
                    prefix,
                    data.get(f"{prefix}-field", ""),
                    data.get(f"{prefix}-key", "").strip(),
                    data.get(f"{prefix}-op", ""),
                    data.getlist(f"{prefix}-value"),
                    data.get(f"{prefix}-upto", ""),
                )
            )

    def _row_of(self, node: dict[str, Any], n: int) -> Row:
        name = str(node.get("field", ""))
        known, properties = name in self.vocabulary.fields, self.vocabulary.properties
        is_property = not known and properties is not None and name.startswith(properties.prefix)
        row = Row(f"{self.name}-{n}", operator=str(node.get("op", "")))
        if is_property and properties is not None:
            row.field_name, row.key = ANY_PROPERTY, name.removeprefix(properties.prefix)
        else:
            row.field_name = name
        value = node.get("value")
        if row.operator == Operator.BETWEEN and isinstance(value, list) and len(value) == 2:
            row.values, row.upto = [_typed(value[0])], _typed(value[1])
        elif value is not None:
            row.values = [_typed(one) for one in value] if isinstance(value, list) else [_typed(value)]
        return row

    def _take_step(self) -> None:
        if self._step.startswith("remove-"):
            self.rows = [row for row in self.rows if self._step != f"remove-{row.name.rpartition('-')[2]}"]
        elif self._step == "add" and len(self.rows) < MAX_ROWS:
            self.rows.append(Row("", ANY_PROPERTY if not self.vocabulary.fields else ""))
        for n, row in enumerate(self.rows):
            row.name = f"{self.name}-{n}"

    def _furnish(self, row: Row) -> None:
        """Give a row the lists to choose from; an operator that does not fit the field gives way to the first."""
        row.found = self.vocabulary.find(self._stored_name(row))
        kind = row.found.type if row.found else FieldType.PROPERTY
        allowed = BY_TYPE[kind]
        if row.operator not in allowed:
            row.operator = allowed[0]
        row.operators = [Option(op, operators.words(op, kind), op == row.operator) for op in allowed]
        if row.found is not None:
            labels = {code: str(label) for code, label in row.found.choices()}
            labels |= {code: code for code in row.values if kind == FieldType.CHOICE and code and code not in labels}
            row.choices = [Option(code, label, code in row.values) for code, label in labels.items()]
        row.groups = self._groups(row)

    def _groups(self, row: Row) -> list[tuple[str, list[Option]]]:
        groups: dict[str, list[Option]] = {}
        for one in self.vocabulary.fields.values():
            option = Option(one.name, str(one.label), one.name == row.field_name)
            groups.setdefault(str(one.group), []).append(option)
        if self.vocabulary.properties is not None:
            option = Option(ANY_PROPERTY, _("Property…"), row.field_name == ANY_PROPERTY)
            groups.setdefault("", []).append(option)
        known = any(option.is_chosen for options in groups.values() for option in options)
        if row.field_name and not known:
            groups.setdefault("", []).append(Option(row.field_name, row.field_name, is_chosen=True))
        return list(groups.items())

    def _stored_name(self, row: Row) -> str:
        if row.field_name != ANY_PROPERTY:
            return row.field_name
        return (self.vocabulary.properties.prefix if self.vocabulary.properties else "") + row.key

    def _node(self, row: Row) -> dict[str, Any]:
        node: dict[str, Any] = {"field": self._stored_name(row), "op": row.operator}
        if row.operator in WITHOUT_VALUE:
            return node
        kind = row.found.type if row.found else FieldType.PROPERTY
        if row.operator == Operator.IN:
            values = row.values if kind == FieldType.CHOICE else re.split(r"[,;\n]", row.value)
            return {**node, "value": [one.strip() for one in values if one.strip()]}
        first = row.values[0] if row.values else ""
        if row.operator == Operator.BETWEEN:
            return {**node, "value": [_read(kind, row.operator, first), _read(kind, row.operator, row.upto)]}
        return {**node, "value": _read(kind, row.operator, first)}


def _is_blank(row: Row) -> bool:
    return not row.field_name or (row.wants_key and not row.key and not any(row.values))


def _read(kind: FieldType, operator: str, text: str) -> Any:
    """Return what was typed as the type the field wants; what cannot be read stays text, and is refused as such."""
    text = text.strip()
    is_number = kind == FieldType.NUMBER or (
        kind == FieldType.PROPERTY and operator not in {Operator.IS, Operator.IS_NOT, *_TEXT_OPERATORS}
    )
    if is_number:
        try:
            return float(re.sub(r"\s", "", text).replace(",", "."))
        except ValueError:
            return text
    if kind == FieldType.BOOLEAN:
        return {"true": True, "false": False}.get(text, text)
    return text


_TEXT_OPERATORS = frozenset({Operator.CONTAINS, Operator.STARTS_WITH})


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _flatten(document: Any) -> tuple[bool, list[dict[str, Any]]] | None:
    """Return (every, comparisons) of a condition that rows can show; None for one they cannot."""
    if document == {}:
        return True, []
    if not isinstance(document, dict):
        return None
    if "field" in document:
        return True, [document]
    for name, every in (("all", True), ("any", False)):
        parts = document.get(name)
        if set(document) == {name} and isinstance(parts, list) and len(parts) <= MAX_ROWS:
            flat = all(isinstance(part, dict) and "field" in part for part in parts)
            return (every, parts) if flat else None
    return None


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {}
