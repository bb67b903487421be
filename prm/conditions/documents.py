"""Conditions as they are stored: JSON read into a tree, with what is wrong said in words.

    {"all": [...]}, {"any": [...]}, {"not": ...}, {"field": "company.city", "op": "is", "value": "Lyon"}

`{}` asks nothing and holds for everybody. Values: a text, a number, true or false, an ISO date; a list for "in",
"any_of", "all_of" and "none_of", a list of two for "between", none for "is_set" and "is_not_set", days for "within"
and "beyond". What somebody did is an object: {"kind": "page_view", "touchpoint": "pricing", "times": 2, "days": 30,
"property": {"name": "path", "op": "contains", "value": "/tarifs"}}, of which all but the kind may be left out.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from prm.conditions.fields import MAX_KEY, Acts, Choices, Field, FieldType, Properties, Vocabulary
from prm.conditions.operators import BY_TYPE, IN_DAYS, WITH_LIST, WITHOUT_VALUE, Operator, of
from prm.work.errors import Invalid

MAX_DEPTH = 8
MAX_COMPARISONS = 100
MAX_TEXT = 500
MAX_LIST = 500
# Of one condition: each reads the log once.
MAX_ACTS = 20
MAX_DAYS = 3650
MAX_TIMES = 1000


@dataclass(frozen=True)
class Comparison:
    """One question about one field; `values` is empty, one, two (between) or many (in)."""

    field: Field
    operator: Operator
    values: tuple[Any, ...]


@dataclass(frozen=True)
class ActsAsked:
    """What somebody did or did not do: a kind of act, so many times, there, in so many days, with a property."""

    kind: str
    place: str = ""
    times: int = 1
    # None: ever.
    days: int | None = None
    property: Comparison | None = None


@dataclass(frozen=True)
class Group:
    """Several conditions of which all, or any, must hold."""

    every: bool
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Negation:
    """The contrary of a condition."""

    part: "Condition"


Condition = Comparison | Group | Negation
EVERYBODY = Group(every=True, parts=())


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: a path such as "all.2.value". `is_stale`: it was right when it was stored."""

    path: str
    message: str
    is_stale: bool = False


class _BadValueError(Exception):
    """A value that a field cannot be compared with; its message is for people. `is_stale`: it once could."""

    def __init__(self, message: str, *, is_stale: bool = False) -> None:
        super().__init__(message)
        self.is_stale = is_stale


def read(document: Any, vocabulary: Vocabulary) -> tuple[Condition, tuple[Problem, ...]]:
    """Return the tree of a stored condition and what is wrong with it; with problems the tree is not to be used."""
    reader = _Reader(vocabulary)
    condition = EVERYBODY if document == {} else reader.read(document, (), 0)
    return condition, tuple(reader.problems)


def check(document: Any, vocabulary: Vocabulary, *, name: str = "condition") -> Condition:
    """Return the tree of a condition somebody wants to store; raise Invalid with every problem in it."""
    condition, problems = read(document, vocabulary)
    if problems:
        fields = {".".join(part for part in (name, one.path) if part): one.message for one in problems}
        raise Invalid(_("This condition cannot be used."), fields=fields)
    return condition


class _Reader:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.problems: list[Problem] = []
        self.comparisons = 0
        self.acts = 0

    def read(self, node: Any, path: tuple[str, ...], depth: int) -> Condition:
        if depth > MAX_DEPTH:
            return self._wrong(path, _("Conditions are nested too deeply."))
        if not isinstance(node, dict):
            return self._wrong(path, _("A condition is an object."))
        keys = set(node)
        for name, every in (("all", True), ("any", False)):
            if keys == {name}:
                return self._group(node[name], (*path, name), depth, every=every)
        if keys == {"not"}:
            return Negation(self.read(node["not"], (*path, "not"), depth + 1))
        if {"field", "op"} <= keys <= {"field", "op", "value"}:
            return self._comparison(node, path)
        return self._wrong(path, _("A condition has “all”, “any” or “not”, or “field”, “op” and “value”."))

    def _group(self, parts: Any, path: tuple[str, ...], depth: int, *, every: bool) -> Condition:
        if not isinstance(parts, list) or not parts:
            return self._wrong(path, _("Give at least one condition."))
        return Group(every, tuple(self.read(part, (*path, str(n)), depth + 1) for n, part in enumerate(parts)))

    def _comparison(self, node: dict[str, Any], path: tuple[str, ...]) -> Condition:
        self.comparisons += 1
        if self.comparisons > MAX_COMPARISONS:
            return self._wrong(path, _("A condition has at most %(n)s comparisons.") % {"n": MAX_COMPARISONS})
        name = node["field"]
        field = self.vocabulary.find(name) if isinstance(name, str) else None
        if field is None or field.is_gone:
            message = _("The field “%(name)s” does not exist, or no longer.") % {"name": str(name)[:80]}
            if field is not None:
                message = str(field.gone) or _("The field “%(name)s” was archived.") % {"name": field.label}
            return self._wrong((*path, "field"), message, is_stale=isinstance(name, str))
        if node["op"] not in of(field):
            message = _("“%(field)s” cannot be asked “%(operator)s”.")
            return self._wrong((*path, "op"), message % {"field": field.label, "operator": str(node["op"])[:40]})
        operator = Operator(node["op"])
        self.acts += field.type == FieldType.ACTS
        if self.acts > MAX_ACTS:
            return self._wrong(path, _("A condition asks for at most %(n)s acts.") % {"n": MAX_ACTS})
        try:
            return Comparison(field, operator, _values(field, operator, node.get("value")))
        except _BadValueError as error:
            return self._wrong((*path, "value"), str(error), is_stale=error.is_stale)

    def _wrong(self, path: tuple[str, ...], message: str, *, is_stale: bool = False) -> Condition:
        self.problems.append(Problem(".".join(path), message, is_stale))
        return EVERYBODY


def _values(field: Field, operator: Operator, value: Any) -> tuple[Any, ...]:
    if operator in WITHOUT_VALUE:
        if value is not None:
            raise _BadValueError(_("No value goes with this question."))
        return ()
    if operator in WITH_LIST:
        if not isinstance(value, list) or not 0 < len(value) <= MAX_LIST:
            raise _BadValueError(_("Give a list of 1 to %(n)s values.") % {"n": MAX_LIST})
        return tuple(_value(field, operator, one) for one in value)
    if operator == Operator.BETWEEN:
        if not isinstance(value, list) or len(value) != 2:
            raise _BadValueError(_("Give a list of two values: from, and up to."))
        low, high = (_value(field, operator, one) for one in value)
        if low > high:
            raise _BadValueError(_("The first value is larger than the second."))
        return low, high
    return (_value(field, operator, value),)


_NUMBERS = frozenset({Operator.GT, Operator.GTE, Operator.LT, Operator.LTE, Operator.BETWEEN})


def _value(field: Field, operator: Operator, value: Any) -> Any:
    if field.type == FieldType.PROPERTY:
        return _property(operator, value)
    if field.type in {FieldType.CHOICE, FieldType.CHOICES, FieldType.CODES}:
        return _choice(field, value)
    if field.type == FieldType.ACTS and field.acts is not None:
        return _acts(field.acts, value)
    if operator in IN_DAYS:
        return _whole(value, MAX_DAYS, _("Give a number of days from 1 to %(n)s.") % {"n": MAX_DAYS})
    return _READERS[field.type](value)


def _property(operator: Operator, value: Any) -> Any:
    """A property is compared as a number where the question or the value is one, else as text."""
    if operator in _NUMBERS:
        return _number(value)
    if operator in {Operator.IS, Operator.IS_NOT} and isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    return _text({True: "true", False: "false"}[value] if isinstance(value, bool) else value)


def _choice(field: Field, value: Any) -> str:
    text = _text(value)
    code = field.successors().get(text, text)
    if not field.is_open and code not in dict(field.choices()):
        if field.type == FieldType.CHOICES:
            gone = _("%(field)s: what is asked for does not exist, or no longer.") % {"field": field.label}
            raise _BadValueError(gone, is_stale=True)
        raise _BadValueError(_("“%(value)s” is not one of the choices.") % {"value": text[:80]})
    return code


def _acts(log: Acts, value: Any) -> ActsAsked:
    names = {"kind", log.place_name, "times", "days", "property"}
    if not isinstance(value, dict) or not {"kind"} <= set(value) <= names:
        raise _BadValueError(_("Say what was done: “kind”, and if need be where, how often and in how many days."))
    kind, place = _known(log.kinds(), value["kind"]), value.get(log.place_name)
    times, days, asked = value.get("times", 1), value.get("days"), value.get("property")
    return ActsAsked(
        kind=kind,
        place="" if place is None else _known(log.places(), place),
        times=_whole(times, MAX_TIMES, _("Give a number of times from 1 to %(n)s.") % {"n": MAX_TIMES}),
        days=None
        if days is None
        else _whole(days, MAX_DAYS, _("Give a number of days from 1 to %(n)s.") % {"n": MAX_DAYS}),
        property=None if asked is None else _asked_property(log, asked),
    )


def _known(choices: Choices, value: Any) -> str:
    code = _text(value)
    if code not in dict(choices):
        raise _BadValueError(_("“%(value)s” does not exist, or no longer.") % {"value": code[:80]}, is_stale=True)
    return code


def _whole(value: Any, most: int, message: str) -> int:
    is_whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    if not is_whole or not 1 <= value <= most:
        raise _BadValueError(message)
    return int(value)


def _asked_property(log: Acts, asked: Any) -> Comparison:
    if not isinstance(asked, dict) or not {"name", "op"} <= set(asked) <= {"name", "op", "value"}:
        raise _BadValueError(_("A property has “name”, “op” and “value”."))
    field = Properties("", log.properties).field(_text(asked["name"])[:MAX_KEY])
    if asked["op"] not in BY_TYPE[FieldType.PROPERTY]:
        message = _("“%(field)s” cannot be asked “%(operator)s”.")
        raise _BadValueError(message % {"field": field.label, "operator": str(asked["op"])[:40]})
    operator = Operator(asked["op"])
    return Comparison(field, operator, _values(field, operator, asked.get("value")))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _BadValueError(_("Give a text."))
    if len(value) > MAX_TEXT or "\x00" in value:
        raise _BadValueError(_("Give a text of at most %(n)s characters.") % {"n": MAX_TEXT})
    return value.strip()


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15 or not math.isfinite(value):
        raise _BadValueError(_("Give a number."))
    return float(value)


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _BadValueError(_("Give a date such as 2026-11-22.")) from error


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _BadValueError(_("Give true or false."))
    return value


_READERS: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.BOOLEAN: _boolean,
    FieldType.MOMENT: _date,
}
