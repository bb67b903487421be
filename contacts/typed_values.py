"""Numbers and dates as people write them in French, English and ISO form: pure functions, no database."""

import re
from datetime import date
from functools import lru_cache

from contacts.normalising import UnusableValueError

_LONGEST_NUMBER = 40
_BLANKS_AND_UNITS = str.maketrans("", "", " \u00a0\u202f\u2009'’€$£%")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*(?:[eE][+-]?\d{1,2})?|[+-]?[.,]\d+", re.ASCII)
# One separator with three digits after it and one to three before: thousands or decimals, the file decides.
_WHOLE = re.compile(r"[+-]?(?:\d*|\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*)(?:[eE][+-]?\d{1,2})?", re.ASCII)
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)


@lru_cache(maxsize=4096)
def read_number(value: str, *, decimal_comma: bool = False) -> int | float | str:
    """Return a number; an empty value gives "". Blanks, apostrophes and currencies are left out.

    "1 234,5", "1.234,5" and "1,234.5" say the same; `decimal_comma` decides what "1,234" means.
    """
    text = value.strip().translate(_BLANKS_AND_UNITS).removesuffix("EUR").removesuffix("eur")
    if not text and not value.strip():
        return ""
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        raise UnusableValueError("bad_number")
    decimal = _decimal_sign(text, decimal_comma=decimal_comma)
    if not _WHOLE.fullmatch(text.partition(decimal)[0] if decimal else text):
        raise UnusableValueError("bad_number")
    for sign in ",.":
        if sign != decimal:
            text = text.replace(sign, "")
    plain = text.replace(decimal, ".") if decimal else text
    if plain.count(".") > 1:
        raise UnusableValueError("bad_number")
    if "." not in plain and "e" not in plain.lower():
        return int(plain)
    number = float(plain)
    if number in {float("inf"), float("-inf")}:
        raise UnusableValueError("bad_number")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _decimal_sign(text: str, *, decimal_comma: bool) -> str:
    """Return which of the two cuts off decimals here; empty for neither."""
    commas, points = text.count(","), text.count(".")
    if commas and points:
        return "," if text.rindex(",") > text.rindex(".") else "."
    sign = "," if commas else "." if points else ""
    if commas > 1 or points > 1:
        return ""
    if sign and _EITHER.fullmatch(text):
        return sign if (sign == ",") == decimal_comma else ""
    return sign


def says_decimal_comma(values: list[str]) -> int:
    """Return above 0 when these values are written with a decimal comma, below 0 with a point, 0 when none tells."""
    commas = sum(bool(_COMMA_DECIMALS.fullmatch(value)) for value in values)
    return commas - sum(bool(_POINT_DECIMALS.fullmatch(value)) for value in values)


_COMMA_DECIMALS = re.compile(r"[+-]?[\d. \u00a0\u202f]*\d,(?:\d{1,2}|\d{4,})\s?[€%]?", re.ASCII)
_POINT_DECIMALS = re.compile(r"[$£]?\s?[+-]?[\d,]*\d\.(?:\d{1,2}|\d{4,})\s?%?", re.ASCII)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier january janv jan",
            "fevrier février february fevr févr fev fév feb",
            "mars march mar",
            "avril april avr apr",
            "mai may",
            "juin june jun",
            "juillet july juil jul",
            "aout août august aug",
            "septembre september sept sep",
            "octobre october oct",
            "novembre november nov",
            "decembre décembre december dec déc",
        ),
        start=1,
    )
    for name in names.split()
}
_TIME = r"(?:[T ,à]+\d{1,2}[:h]\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:[AaPp][Mm])?\s?(?:Z|[+-]\d{2}:?\d{2})?)?"
_ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", re.ASCII)
_NUMERIC = re.compile(rf"(\d{{1,2}})[-/. ](\d{{1,2}})[-/. ](\d{{4}}|\d{{2}}){_TIME}")
_DAY_MONTH = re.compile(rf"(?:[^\W\d]+\.?,? )?(\d{{1,2}})(?:er|st|nd|rd|th)?[ -]([^\W\d]+)\.?,?[ -](\d{{4}}){_TIME}")
_MONTH_DAY = re.compile(rf"([^\W\d]+)\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){_TIME}")
# Two digits of a year up to this many years from now are of this century.
_AHEAD = 30


@lru_cache(maxsize=4096)
def read_date(value: str, *, month_first: bool = False) -> str:
    """Return a date as "2026-03-12"; an empty value gives "". A time of day beside it is left out.

    `month_first` says how "03/12/2026" is meant.
    """
    text = " ".join(value.split())
    if not text:
        return ""
    if found := _ISO.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := _NUMERIC.fullmatch(text):
        first, second, year = map(int, found.groups())
        month, day = (first, second) if month_first else (second, first)
        year = year if len(found[3]) == 4 else _century(year)
    elif found := _DAY_MONTH.fullmatch(text):
        year, month, day = int(found[3]), _MONTHS.get(found[2].casefold(), 0), int(found[1])
    elif found := _MONTH_DAY.fullmatch(text):
        year, month, day = int(found[3]), _MONTHS.get(found[1].casefold(), 0), int(found[2])
    else:
        raise UnusableValueError("bad_date")
    try:
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise UnusableValueError("bad_date") from error


def _century(year: int) -> int:
    latest = date.today().year + _AHEAD  # noqa: DTZ011  (a century needs no time zone)
    return next(century + year for century in (2000, 1900) if century + year <= latest)
