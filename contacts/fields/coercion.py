"""One writing for each value of a custom field: pure functions, no database.

What people, files and programs give is read in the forms French and English write; what is stored is canonical, so
that it compares: a text without blanks around it, a number, an ISO date, the code of a choice, the sorted list of
codes of several, true or false. None stands for nothing: an empty value takes the key away.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from contacts.fields.models import CustomField, Option, ValueType
from contacts.normalising import UnusableValueError, clean_text, read_yes_no
from contacts.typed_values import read_date, read_number

LONGEST_TEXT = 1000
# Beyond it neighbouring whole numbers are one float.
LARGEST_NUMBER = 1e15
# Between several choices in one text. A comma may be part of a label, and is looked at last.
SEPARATORS = re.compile(r"[;|\n]")

Value = str | int | float | bool | list[str] | None
Reader = Callable[[Any], Value]


def fold(text: str) -> str:
    """Return what choices are compared by: no case, accents or repeated blanks."""
    plain = unicodedata.normalize("NFKD", " ".join(text.split())).casefold()
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def make_reader(field: CustomField, *, decimal_comma: bool = False, month_first: bool = False) -> Reader:
    """Return what turns a given value into a stored one, or raises UnusableValueError.

    `decimal_comma` says what "1,234" means and `month_first` what "03/12/2026" does; forms that leave no doubt are
    read as what they are. Make one for many values: it looks choices up in a table.
    """
    kind = field.value_type
    if kind.has_choices:
        read_choice = _choice_reader(field.options)
        return read_choice if kind == ValueType.CHOICE else _choices_reader(read_choice)
    if kind == ValueType.NUMBER:
        return lambda given: _number(given, decimal_comma=decimal_comma)
    if kind == ValueType.DATE:
        return lambda given: _date(given, month_first=month_first)
    return _boolean if kind == ValueType.BOOLEAN else _text


def coerce(field: CustomField, given: Any, *, decimal_comma: bool = False) -> Value:
    """Return the stored form of one given value; raise UnusableValueError."""
    return make_reader(field, decimal_comma=decimal_comma)(given)


def _text(given: Any) -> Value:
    if given is None:
        return None
    if not isinstance(given, str):
        raise UnusableValueError("not_text")
    return clean_text(given, LONGEST_TEXT) or None


def _number(given: Any, *, decimal_comma: bool) -> Value:
    if isinstance(given, str):
        number = read_number(given, decimal_comma=decimal_comma)
        if number == "":
            return None
    elif given is None:
        return None
    else:
        number = given
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise UnusableValueError("bad_number")
    # So written, it refuses what is no number at all (NaN) as well.
    if not abs(number) <= LARGEST_NUMBER:
        raise UnusableValueError("large_number")
    return int(number) if float(number).is_integer() else number


def _date(given: Any, *, month_first: bool) -> Value:
    if given is None:
        return None
    if isinstance(given, date):
        # Of a moment, the day it names.
        return date(given.year, given.month, given.day).isoformat()
    if not isinstance(given, str):
        raise UnusableValueError("bad_date")
    return read_date(given, month_first=month_first) or None


def _boolean(given: Any) -> Value:
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, int) and given in {0, 1}:
        return bool(given)
    if not isinstance(given, str):
        raise UnusableValueError("bad_choice")
    return read_yes_no(given) if given.strip() else None


def _choice_reader(options: Iterable[Option]) -> Callable[[Any], str | None]:
    """Read a choice by its code, else by its label."""
    codes: dict[str, str] = {}
    for option in options:
        codes.setdefault(fold(option.label), option.code)
    codes |= {fold(option.code): option.code for option in options}

    def read(given: Any) -> str | None:
        if given is None:
            return None
        if not isinstance(given, str):
            raise UnusableValueError("unknown_choice")
        text = fold(given)
        if not text:
            return None
        if text not in codes:
            raise UnusableValueError("unknown_choice")
        return codes[text]

    return read


def _choices_reader(read_choice: Callable[[Any], str | None]) -> Reader:
    def read(given: Any) -> Value:
        parts = given if isinstance(given, list | tuple | set | frozenset) else _split(given, read_choice)
        found = {code for part in parts if (code := read_choice(part)) is not None}
        return sorted(found) or None

    return read


def _split(given: Any, read_choice: Callable[[Any], str | None]) -> list[Any]:
    """Return the choices of one text; a label with a comma in it is found as a whole."""
    if not isinstance(given, str):
        return [given]
    parts: list[Any] = []
    for part in SEPARATORS.split(given):
        try:
            parts.append(read_choice(part))
        except UnusableValueError:
            parts.extend(part.split(","))
    return parts
