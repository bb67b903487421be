"""Conditions in words, in the reader's language."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from prm.conditions import operators
from prm.conditions.documents import ActsAsked, Comparison, Condition, Group, Problem, read
from prm.conditions.fields import Field, FieldType, Vocabulary
from prm.conditions.operators import Operator
from prm.web import figures

# Of a longer list, so many values are said.
MOST_SAID = 4


def sentence(document: Any, vocabulary: Vocabulary) -> str:
    """Return what a stored condition asks; for a stale one, what is wrong with it; "" for one that asks nothing."""
    condition, problems = read(document, vocabulary)
    if problems:
        return problem_sentence(problems)
    return _say(condition, outer=True)


def problem_sentence(problems: tuple[Problem, ...]) -> str:
    """Return why a condition matches nobody."""
    return _("Matches nobody: %(problems)s") % {"problems": " ".join(one.message for one in problems)}


def _say(condition: Condition, *, outer: bool = False) -> str:
    if isinstance(condition, Comparison):
        return _comparison(condition)
    if isinstance(condition, Group):
        said = _alternatives(condition) or [_say(part) for part in condition.parts]
        text = (_(" and ") if condition.every else _(" or ")).join(said)
        return text if outer or len(said) == 1 else f"({text})"
    return _("not (%(condition)s)") % {"condition": _say(condition.part, outer=True)}


def _alternatives(group: Group) -> list[str]:
    """Return one text for a group that asks the same of one field with several values: "title contains x, y or z"."""
    if group.every or len(group.parts) < 2:
        return []
    found = [part for part in group.parts if isinstance(part, Comparison) and len(part.values) == 1]
    same = {(part.field.name, part.operator) for part in found}
    if any(part.field.type == FieldType.ACTS or part.operator in operators.IN_DAYS for part in found):
        return []
    if len(found) != len(group.parts) or len(same) != 1:
        return []
    first = found[0]
    values = [_value(part.field, part.values[0]) for part in found]
    return [_said(first, _or(values))]


def _comparison(one: Comparison) -> str:
    if one.values and isinstance(one.values[0], ActsAsked):
        return _acts(one, one.values[0])
    if one.operator in operators.IN_DAYS:
        return _in_days(one)
    if one.field.type == FieldType.BOOLEAN and one.values:
        text = _("%(field)s: yes") if one.values[0] else _("%(field)s: no")
        return text % {"field": one.field.label}
    if not one.values:
        return f"{one.field.label} {operators.words(one.operator, one.field.type)}"
    said = [_value(one.field, value) for value in one.values]
    if one.operator == Operator.BETWEEN:
        value = _("%(low)s and %(high)s") % {"low": said[0], "high": said[1]}
    elif one.operator == Operator.ALL_OF and len(said) > 1:
        value = _("%(first)s and %(last)s") % {"first": ", ".join(said[:-1]), "last": said[-1]}
    else:
        value = _or(said)
    return _said(one, value)


def _said(one: Comparison, value: str) -> str:
    if one.field.is_exhaustive and one.field.type in {FieldType.CHOICE, FieldType.CHOICES}:
        is_not = one.operator == Operator.IS_NOT
        text = _("%(field)s: anything but “%(value)s”") if is_not else _("%(field)s: %(value)s")
        return text % {"field": one.field.label, "value": value}
    return f"{one.field.label} {operators.words(one.operator, one.field.type)} {value}"


def _in_days(one: Comparison) -> str:
    days = one.values[0]
    if one.operator == Operator.WITHIN:
        text = ngettext("%(field)s: at most %(n)s day ago", "%(field)s: at most %(n)s days ago", days)
    else:
        text = ngettext("%(field)s: more than %(n)s day ago", "%(field)s: more than %(n)s days ago", days)
    return text % {"field": one.field.label, "n": figures.figure(days)}


def _acts(one: Comparison, asked: ActsAsked) -> str:
    log = one.field.acts
    kinds, places = (log.kinds(), log.places()) if log else ((), ())
    parts = [str(dict(kinds).get(asked.kind, asked.kind))]
    if asked.place:
        parts.append(_("at “%(place)s”") % {"place": dict(places).get(asked.place, asked.place)})
    if asked.times > 1:
        parts.append(_("at least %(n)s times") % {"n": figures.figure(asked.times)})
    if asked.days is not None:
        text = ngettext("in the last day", "in the last %(n)s days", asked.days)
        parts.append(text % {"n": figures.figure(asked.days)})
    if asked.property is not None:
        parts.append(_("where %(condition)s") % {"condition": _comparison(asked.property)})
    text = _("did: %(acts)s") if one.operator == Operator.DID else _("did not: %(acts)s")
    return text % {"acts": ", ".join(parts)}


def _or(said: list[str]) -> str:
    """Join values as people do; of many the first few and how many more."""
    if len(said) > MOST_SAID + 1:
        more = len(said) - MOST_SAID
        others = ngettext("%(n)s other", "%(n)s others", more) % {"n": more}
        said = [*said[:MOST_SAID], others]
    if len(said) == 1:
        return said[0]
    return _("%(first)s or %(last)s") % {"first": ", ".join(said[:-1]), "last": said[-1]}


def _value(field: Field, value: Any) -> str:
    if isinstance(value, date):
        return figures.day(value, year=True)
    if isinstance(value, float):
        return figures.figure(value, 6)
    if field.type in {FieldType.CHOICE, FieldType.CHOICES, FieldType.CODES}:
        return field.words_of(value)
    return _("“%(text)s”") % {"text": value}
