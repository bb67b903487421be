"""The form component that edits a condition: rows of field, operator and value, in groups of which all or any hold.

Works as a plain POST: its buttons submit the surrounding form with a step (add or remove a row or a group, show what
fits another field); the view then shows the form again and stores nothing. A condition with more groups inside one
another than people read is kept as it is and shown in words.
"""

import json
import re
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from prm.conditions import operators
from prm.conditions.documents import read
from prm.conditions.fields import Choices, Field, FieldType, Vocabulary
from prm.conditions.operators import BY_TYPE, IN_DAYS, WITH_LIST, WITHOUT_VALUE, Operator
from prm.conditions.rows import ANY_PROPERTY, MAX_SHOWN_DEPTH, MODES, Branch, Option, Row
from prm.conditions.sentences import sentence

MAX_ROWS = 20
_CHOSEN = frozenset({FieldType.CHOICE, FieldType.CHOICES, FieldType.CODES})
_STEP = re.compile(r"(remove|add|group)((?:-\d{1,2})*)")


class ConditionEditor:
    """What `conditions/editor.html` shows; give it the stored document, or the data of a POST."""

    def __init__(
        self, vocabulary: Vocabulary, *, name: str = "condition", document: Any = None, data: QueryDict | None = None
    ) -> None:
        self.vocabulary = vocabulary
        self.name = name
        self.data = data
        self._choices: dict[str, tuple[Choices, Choices]] = {}
        stored = document or {}
        if data is not None and f"{name}-json" in data:
            stored = _parse(data.get(f"{name}-json", ""))
        shown = self._branch_of(stored, name, 0)
        # None: the groups below; else a condition that they cannot show.
        self.nested = stored if shown is None and self._step != "flatten" else None
        self.root = shown or Branch(name)
        if data is not None and f"{name}-rows" in data:
            self.root = self._read_branch(data, name, 0)
        self._take_step()
        for row in self.root.rows():
            self._furnish(row)

    @property
    def rows(self) -> list[Row]:
        """Every row, in the order of reading."""
        return list(self.root.rows())

    @property
    def every(self) -> bool:
        """Tell whether all must hold, not any."""
        return self.root.mode == "all"

    @property
    def is_step(self) -> bool:
        """Tell whether the form was sent to change its rows, not to be stored."""
        return bool(self._step)

    @property
    def is_count(self) -> bool:
        """Tell whether the form was sent to see how many it matches."""
        return self._step == "count"

    @property
    def nested_json(self) -> str:
        """A condition that groups cannot show, to be sent along."""
        return json.dumps(self.nested, ensure_ascii=False)

    @property
    def nested_sentence(self) -> str:
        """The same in words."""
        return sentence(self.nested, self.vocabulary)

    @property
    def suggestions(self) -> tuple[str, ...]:
        """Names of properties to propose."""
        return self.vocabulary.properties.suggestions if self.vocabulary.properties else ()

    @property
    def act_suggestions(self) -> tuple[str, ...]:
        """Names of properties of acts to propose."""
        return next((one.acts.suggestions for one in self.vocabulary.fields.values() if one.acts), ())

    @cached_property
    def document(self) -> dict[str, Any]:
        """What to store; `{}` where nothing is asked. Call `is_valid` first."""
        if self.nested is not None:
            found: dict[str, Any] = self.nested
            return found
        return self._branch_node(self.root) or {}

    def is_valid(self) -> bool:
        """Check every row; `row.error` then says what is wrong with it."""
        if self.nested is not None:
            return not read(self.nested, self.vocabulary)[1]
        for row in self.root.rows():
            problems = () if _is_blank(row) else read(self._node(row), self.vocabulary)[1]
            row.error = problems[0].message if problems else ""
        if any(row.error for row in self.root.rows()):
            return False
        # What no row alone can be blamed for: too many of them.
        problems = read(self.document, self.vocabulary)[1]
        if problems and self.rows:
            self.rows[-1].error = problems[0].message
        return not problems

    @property
    def _step(self) -> str:
        return self.data.get(f"{self.name}-step", "") if self.data is not None else ""

    # --- From what was sent ---------------------------------------------------------------------

    def _read_branch(self, data: QueryDict, name: str, depth: int) -> Branch:
        mode, count = data.get(f"{name}-every", "all"), data.get(f"{name}-rows", "")
        branch = Branch(name, mode if mode in MODES else "all", depth=depth)
        digits = count if count.isascii() and count.isdecimal() and len(count) < 4 else "0"
        for n in range(min(int(digits), MAX_ROWS)):
            prefix = f"{name}-{n}"
            if f"{prefix}-rows" in data and depth + 1 < MAX_SHOWN_DEPTH:
                branch.parts.append(self._read_branch(data, prefix, depth + 1))
            else:
                branch.parts.append(_read_row(data, prefix))
        return branch

    # --- From what is stored --------------------------------------------------------------------

    def _branch_of(self, document: Any, name: str, depth: int) -> Branch | None:
        """Return the group that shows a document, None for one that groups cannot show."""
        if document == {}:
            return Branch(name, depth=depth)
        if not isinstance(document, dict) or depth >= MAX_SHOWN_DEPTH:
            return None
        if "field" in document:
            return Branch(name, parts=[self._row_of(document, f"{name}-0")], depth=depth)
        mode, parts = _mode_and_parts(document)
        if not isinstance(parts, list) or len(parts) > MAX_ROWS:
            return None
        branch = Branch(name, mode, depth=depth)
        for n, part in enumerate(parts):
            if isinstance(part, dict) and "field" in part:
                branch.parts.append(self._row_of(part, f"{name}-{n}"))
                continue
            inner = self._branch_of(part, f"{name}-{n}", depth + 1) if part else None
            if inner is None:
                return None
            branch.parts.append(inner)
        return branch

    def _row_of(self, node: dict[str, Any], row_name: str) -> Row:
        name = str(node.get("field", ""))
        known, properties = self.vocabulary.find(name), self.vocabulary.properties
        row = Row(row_name, operator=str(node.get("op", "")))
        if properties is not None and known is not None and known.type == FieldType.PROPERTY:
            row.field_name, row.key = ANY_PROPERTY, name.removeprefix(properties.prefix)
        else:
            row.field_name = name
        value = node.get("value")
        if known is not None and known.acts is not None and isinstance(value, dict):
            _show_acts(row, value, known.acts.place_name)
        elif row.operator == Operator.BETWEEN and isinstance(value, list) and len(value) == 2:
            row.values, row.upto = [_typed(value[0])], _typed(value[1])
        elif value is not None:
            row.values = [_typed(one) for one in value] if isinstance(value, list) else [_typed(value)]
        return row

    # --- Steps ----------------------------------------------------------------------------------

    def _take_step(self) -> None:
        found = _STEP.fullmatch(self._step)
        if found is not None:
            *outer, last = [int(n) for n in found[2].split("-")[1:]] or [-1]
            branch = self._find(outer if found[1] == "remove" else [*outer, last])
            if branch is not None and found[1] == "remove" and 0 <= last < len(branch.parts):
                del branch.parts[last]
                branch.is_shorter = True
            elif branch is not None and found[1] != "remove" and len(branch.parts) < MAX_ROWS:
                self._add(branch, is_group=found[1] == "group")
        self.root.rename(self.name)

    def _add(self, branch: Branch, *, is_group: bool) -> None:
        blank = Row("", ANY_PROPERTY if not self.vocabulary.fields else "", is_new=True)
        if not is_group:
            branch.parts.append(blank)
        elif branch.may_nest:
            mode = "any" if branch.mode in {"all", "not_all"} else "all"
            branch.parts.append(Branch("", mode, [blank], branch.depth + 1))

    def _find(self, path: list[int]) -> Branch | None:
        branch = self.root
        for n in path:
            if n < 0:
                break
            inner = branch.parts[n] if n < len(branch.parts) else None
            if not isinstance(inner, Branch):
                return None
            branch = inner
        return branch

    # --- What a row offers ----------------------------------------------------------------------

    def _furnish(self, row: Row) -> None:
        """Give a row the lists to choose from; an operator that does not fit the field gives way to the first."""
        row.found = self.vocabulary.find(self._stored_name(row))
        kind = row.found.type if row.found else FieldType.PROPERTY
        allowed = operators.of(row.found) if row.found else BY_TYPE[kind]
        if row.operator not in allowed:
            row.operator = allowed[0]
        row.operators = [Option(op, operators.words(op, kind), op == row.operator) for op in allowed]
        if row.found is not None and row.found.acts is not None:
            self._furnish_acts(row, row.found)
        elif row.found is not None:
            chosen = row.values if kind in _CHOSEN else []
            if chosen and (successors := row.found.successors()):
                chosen = row.values = [successors.get(code, code) for code in chosen]
            row.choices = _options(self._choices_of(row.found)[0], chosen)
        row.groups = self._groups(row)

    def _furnish_acts(self, row: Row, found: Field) -> None:
        kinds, places = self._choices_of(found)
        row.choices = _options(kinds, [row.kind])
        row.places = _options(places, [row.place])
        allowed = BY_TYPE[FieldType.PROPERTY]
        if row.key_operator not in allowed:
            row.key_operator = Operator.CONTAINS
        words = operators.words
        row.key_operators = [
            Option(op, words(op, FieldType.PROPERTY), op == row.key_operator)
            for op in allowed
            if op not in {Operator.IN, Operator.BETWEEN}
        ]

    def _choices_of(self, found: Field) -> tuple[Choices, Choices]:
        """Return what can be chosen for a field, asked for once however many rows ask."""
        if found.name not in self._choices:
            log = found.acts
            self._choices[found.name] = (log.kinds(), log.places()) if log else (found.choices(), ())
        return self._choices[found.name]

    def _groups(self, row: Row) -> list[tuple[str, list[Option]]]:
        groups: dict[str, list[Option]] = {}
        for one in self.vocabulary.list_fields():
            option = Option(one.name, str(one.label), one.name == row.field_name)
            groups.setdefault(str(one.group), []).append(option)
        if self.vocabulary.properties is not None:
            option = Option(ANY_PROPERTY, _("Property…"), row.field_name == ANY_PROPERTY)
            groups.setdefault("", []).append(option)
        known = any(option.is_chosen for options in groups.values() for option in options)
        if row.field_name and not known:
            label = str(row.found.label) if row.found else row.field_name
            groups.setdefault("", []).append(Option(row.field_name, label, is_chosen=True))
        return list(groups.items())

    # --- The document ---------------------------------------------------------------------------

    def _branch_node(self, branch: Branch) -> dict[str, Any] | None:
        nodes: list[dict[str, Any]] = []
        for part in branch.parts:
            node = (
                self._branch_node(part) if isinstance(part, Branch) else None if _is_blank(part) else self._node(part)
            )
            if node is not None:
                nodes.append(node)
        if not nodes:
            return None
        if branch.mode in {"all", "any"}:
            return {branch.mode: nodes}
        return {"not": {"any" if branch.mode == "none" else "all": nodes}}

    def _stored_name(self, row: Row) -> str:
        if row.field_name != ANY_PROPERTY:
            return row.field_name
        return (self.vocabulary.properties.prefix if self.vocabulary.properties else "") + row.key

    def _node(self, row: Row) -> dict[str, Any]:
        node: dict[str, Any] = {"field": self._stored_name(row), "op": row.operator}
        if row.found is not None and row.found.acts is not None:
            return {**node, "value": _acts_node(row, row.found.acts.place_name)}
        if row.operator in WITHOUT_VALUE:
            return node
        kind = row.found.type if row.found else FieldType.PROPERTY
        if row.operator in WITH_LIST:
            values = row.values if kind in _CHOSEN else re.split(r"[,;\n]", row.value)
            return {**node, "value": [one.strip() for one in values if one.strip()]}
        first = row.values[0] if row.values else ""
        if row.operator == Operator.BETWEEN:
            return {**node, "value": [_read(kind, row.operator, first), _read(kind, row.operator, row.upto)]}
        return {**node, "value": _read(kind, row.operator, first)}


def _options(choices: Choices, chosen: list[str]) -> list[Option]:
    labels = {code: str(label) for code, label in choices}
    labels |= {code: code for code in chosen if code and code not in labels}
    return [Option(code, label, code in chosen) for code, label in labels.items()]


def _read_row(data: QueryDict, prefix: str) -> Row:
    def given(part: str) -> str:
        return data.get(f"{prefix}-{part}", "").strip()

    return Row(
        prefix,
        field_name=given("field"),
        key=given("key"),
        operator=given("op"),
        values=data.getlist(f"{prefix}-value"),
        upto=given("upto"),
        kind=given("kind"),
        place=given("place"),
        times=given("times"),
        days=given("days"),
        key_operator=given("keyop"),
    )


def _show_acts(row: Row, value: dict[str, Any], place_name: str) -> None:
    row.kind, row.place = str(value.get("kind", "")), str(value.get(place_name) or "")
    row.times, row.days = (_typed(value[name]) if value.get(name) is not None else "" for name in ("times", "days"))
    asked = value.get("property")
    if isinstance(asked, dict):
        row.key, row.key_operator = str(asked.get("name", "")), str(asked.get("op", ""))
        row.values = [_typed(asked["value"])] if asked.get("value") is not None else []


def _acts_node(row: Row, place_name: str) -> dict[str, Any]:
    value: dict[str, Any] = {"kind": row.kind}
    if row.place:
        value[place_name] = row.place
    for name, typed in (("times", row.times), ("days", row.days)):
        if typed and not (name == "times" and typed == "1"):
            value[name] = _whole(typed)
    if row.key:
        asked: dict[str, Any] = {"name": row.key, "op": row.key_operator}
        if row.key_operator not in WITHOUT_VALUE:
            first = row.values[0] if row.values else ""
            asked["value"] = _read(FieldType.PROPERTY, row.key_operator, first)
        value["property"] = asked
    return value


def _is_blank(row: Row) -> bool:
    return not row.field_name or (row.wants_key and not row.key and not any(row.values))


def _read(kind: FieldType, operator: str, text: str) -> Any:
    """Return what was typed as the type the field wants; what cannot be read stays text, and is refused as such."""
    text = text.strip()
    if operator in IN_DAYS:
        return _whole(text)
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


def _whole(text: str) -> Any:
    digits = re.sub(r"\s", "", text)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else text


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _mode_and_parts(document: dict[str, Any]) -> tuple[str, Any]:
    """Return how many parts of a group must hold, and the parts; ("", None) for what is no group."""
    for mode in ("all", "any"):
        if set(document) == {mode}:
            return mode, document[mode]
    if set(document) != {"not"}:
        return "", None
    inner = document["not"]
    if isinstance(inner, dict) and set(inner) in ({"all"}, {"any"}):
        return ("not_all", inner["all"]) if "all" in inner else ("none", inner["any"])
    return "none", [inner]


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {}
