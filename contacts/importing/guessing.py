"""What the columns of a file are, guessed from their names in French and English and from their first values."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from contacts.importing.fields import (
    COMPANY_FIELDS,
    IGNORED,
    OWN_COLUMNS,
    PLACE_FIELDS,
    PREFIXES,
    PROPERTY_PREFIX,
    READ_ONLY,
    TARGETS,
    property_of,
)
from contacts.importing.first_names import FIRST_NAMES
from contacts.importing.own import AnyTarget, OwnTargets
from contacts.normalising import (
    UnusableValueError,
    normalise_domain,
    normalise_email,
    normalise_siren,
    normalise_siret,
    read_yes_no,
)
from contacts.typed_values import read_date, read_number, says_decimal_comma

Confidence = Literal["sure", "check", "kept"]
# Share of a column's values that must look like what it is taken for.
_ENOUGH = 0.8
_IN_PHONES = set("0123456789 +().-/\u00a0\u202f")
_NETWORKS = re.compile(
    r"(?:^|[./@])(?:linkedin|facebook|twitter|instagram|x|viadeo|xing|youtube)\.(?:com|fr)(?:[/?#]|$)"
)
_CIVILITIES = frozenset(("m", "mr", "mme", "mlle", "ms", "mrs", "miss", "dr", "pr", "me", "monsieur", "madame"))
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Guess:
    """One column: what it seems to be, how sure that is, and its first values."""

    column: str
    field: str
    confidence: Confidence
    samples: tuple[str, ...]


def fold(header: str) -> str:
    """Return a header in small letters without accents and punctuation: "E-mail (pro)" is "e mail pro"."""
    spaced = _CAMEL.sub(" ", header) if not header.isupper() else header
    plain = unicodedata.normalize("NFKD", spaced.casefold())
    letters = ("" if unicodedata.combining(one) else one if one.isalnum() else " " for one in plain)
    return " ".join("".join(letters).split())


def guess_columns(columns: Sequence[str], rows: Sequence[Sequence[str]], own: OwnTargets | None = None) -> list[Guess]:
    """Guess every column; each field is given to one column at most, the one whose name says it best.

    A column that is called as a field of the organisation's own (`own`) is that one, whatever else it could be. `rows`
    are the first of the file, a few hundred at most. A column nothing is known of is kept as a property.
    """
    values = [_values(rows, place) for place in range(len(columns))]
    folded = [fold(column) for column in columns]
    found = _own_columns(columns)
    _look_for_own_fields(columns, found, values, own or {})
    for code, target in TARGETS.items():
        if code in PLACE_FIELDS and COMPANY_FIELDS.isdisjoint(field for field, _confidence in found.values()):
            continue
        place = _by_header(target.headers, folded, found, values, code)
        if place is not None:
            found[place] = (code, "sure" if _fits(code, values[place]) else "check")
    _look_at_values(found, values)
    _settle_names(found, values)
    _settle_key(found, folded, values)
    return [
        Guess(column, *(found.get(place) or _as_property(column, values[place])), tuple(_first(values[place])))
        for place, column in enumerate(columns)
    ]


def uses_decimal_comma(rows: Sequence[Sequence[str]], delimiter: str) -> bool:
    """Tell whether the file's numbers are written "1 234,5"; where none tells, a semicolon does: Excel in French."""
    cells = [cell.strip() for row in rows for cell in row]
    votes = says_decimal_comma(cells)
    return votes > 0 or (votes == 0 and delimiter == ";")


def _own_columns(columns: Sequence[str]) -> dict[int, tuple[str, Confidence]]:
    """Recognise what PRM writes itself: fields under their own names, kinds of properties before theirs."""
    found: dict[int, tuple[str, Confidence]] = {}
    is_own = set(columns) >= OWN_COLUMNS
    for place, column in enumerate(columns):
        read = property_of(column)
        if read is not None and read[1].strip():
            found[place] = (column, "sure")
        elif is_own and column in READ_ONLY:
            found[place] = (IGNORED, "sure")
        elif is_own and column in TARGETS:
            found[place] = (column, "sure")
    return found


def _look_for_own_fields(
    columns: Sequence[str],
    found: dict[int, tuple[str, Confidence]],
    values: list[list[str]],
    own: OwnTargets,
) -> None:
    """Give columns the own fields that are called like them; dates in the order that reads them.

    Where a field of people and one of companies have one name, that of people comes first.
    """
    names: dict[str, list[AnyTarget]] = {}
    for target in own.values():
        for name in set(map(fold, target.names)):
            names.setdefault(name, []).append(target)
    taken: set[str] = set()
    for place, column in enumerate(columns):
        targets = [one for one in names.get(fold(column), ()) if one.place not in taken]
        if place in found or not targets:
            continue
        best = max(targets, key=lambda one: (_share_read(one, values[place]), not one.is_month_first))
        taken.add(best.place)
        found[place] = (best.code, "sure" if _share_read(best, values[place]) >= _ENOUGH else "check")


def _share_read(target: AnyTarget, values: list[str]) -> float:
    reader = target.reader(decimal_comma=False)
    return _share(partial(_reads, reader), values) if values else 1.0


def _as_property(column: str, values: list[str]) -> tuple[str, Confidence]:
    """Keep a column as a property: of numbers or dates where its values are so beyond doubt, else as it is."""
    if len(values) > 1 and _share(_is_written_number, values) >= _ENOUGH and _all_read(read_number, values):
        return PREFIXES["number"] + column, "check"
    if len(values) > 1 and all(any(letter.isdigit() for letter in text) for text in values):
        for kind, is_month_first in (("date", False), ("date_mdy", True)):
            if _all_read(partial(read_date, month_first=is_month_first), values):
                return PREFIXES[kind] + column, "check"
    return PROPERTY_PREFIX + column, "kept"


def _is_written_number(text: str) -> bool:
    """Tell whether a text is a number for the eye: decimals, thousands apart, a currency. Bare digits may be a code."""
    if text.isalnum() or text[:1] in {"+", "("} or "/" in text or text.count("-") > 1:
        return False
    return not (text[0] == "0" and text[1:2].isdigit())


def _all_read(reader: Callable[[str], object], values: list[str]) -> bool:
    return all(_reads(reader, text) for text in values)


def _by_header(
    headers: Sequence[str],
    folded: list[str],
    found: dict[int, tuple[str, Confidence]],
    values: list[list[str]],
    code: str,
) -> int | None:
    """Return the free column with the best of these headers; an identifier must differ from row to row."""
    if any(field == code for field, _confidence in found.values()):
        return None
    for header in headers:
        for place, name in enumerate(folded):
            if name != header or place in found:
                continue
            if code == "external_id" and not _differ(values[place]):
                continue
            if values[place] and _contradicts(code, place, values):
                continue
            return place
    return None


def _differ(values: list[str]) -> bool:
    """Tell whether values are different enough to be keys; a file may hold some lines twice."""
    return len(set(values)) >= 0.9 * len(values)


def _contradicts(code: str, place: int, values: list[list[str]]) -> bool:
    """Tell whether a column is not what its name says: "contact" that holds addresses, "mail" for letters by post."""
    share = _share(_is_email, values[place])
    if code == "email":
        return share < 0.3 and any(_share(_is_email, column) >= _ENOUGH for column in values)
    if code == "domain":
        return _share(_is_network, values[place]) > 0.5
    if code == "job_title":
        return _share(lambda text: fold(text) in _CIVILITIES, values[place]) > 0.5
    return code in {"full_name", "first_name", "last_name", "company"} and share > 0.5


def _look_at_values(found: dict[int, tuple[str, Confidence]], values: list[list[str]]) -> None:
    """Give the fields still without a column to the one whose values are of that kind."""
    tests: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("email", _is_email),
        ("siret", lambda text: _reads(normalise_siret, text) and len(re.sub(r"\D", "", text)) == 14),
        ("siren", lambda text: _reads(normalise_siren, text) and len(re.sub(r"\D", "", text)) in {9, 11}),
        ("phone", _is_phone),
        ("domain", lambda text: _is_site(text) and not _is_network(text)),
        ("first_name", lambda text: fold(text) in FIRST_NAMES),
    )
    for code, test in tests:
        if any(field == code for field, _confidence in found.values()):
            continue
        for place, column in enumerate(values):
            if place not in found and len(column) > 1 and _share(test, column) >= _ENOUGH:
                found[place] = (code, "check")
                break
    _look_for_last_name(found, values)


def _look_for_last_name(found: dict[int, tuple[str, Confidence]], values: list[list[str]]) -> None:
    """Beside first names that no header named, a column of words that differ holds the last names."""
    fields = {field: place for place, (field, _confidence) in found.items()}
    first = fields.get("first_name")
    if first is None or {"last_name", "full_name"} & set(fields):
        return
    for place in (first + 1, first - 1):
        if not 0 <= place < len(values) or place in found or len(values[place]) < 2:
            continue
        if _share(_is_name, values[place]) >= _ENOUGH and len(set(values[place])) * 2 > len(values[place]):
            found[place] = ("last_name", "check")
            return


def _settle_names(found: dict[int, tuple[str, Confidence]], values: list[list[str]]) -> None:
    """A "Nom" without a "Prénom" beside it, whose values are of two words, is a full name."""
    fields = {field: place for place, (field, _confidence) in found.items()}
    place = fields.get("last_name")
    if place is None or "first_name" in fields or "full_name" in fields:
        return
    if _share(lambda text: " " in text, values[place]) > 0.5:
        found[place] = ("full_name", "check")


def _settle_key(found: dict[int, tuple[str, Confidence]], folded: list[str], values: list[list[str]]) -> None:
    """Without any key, take the first column that is called an id and differs from row to row."""
    if {"email", "external_id"} & {field for field, _confidence in found.values()}:
        return
    for place, name in enumerate(folded):
        words = name.split()
        is_id = bool(words) and bool({words[0], words[-1]} & {"id", "identifiant", "code", "ref", "numero"})
        if is_id and place not in found and len(values[place]) > 1 and _differ(values[place]):
            found[place] = ("external_id", "check")
            return


def _fits(code: str, values: list[str]) -> bool:
    tests: dict[str, Callable[[str], bool]] = {
        "email": _is_email,
        "siren": lambda text: _reads(normalise_siren, text),
        "siret": lambda text: _reads(normalise_siret, text),
        "domain": lambda text: _reads(normalise_domain, text),
        "phone": _is_phone,
        "opted_out": lambda text: _reads(read_yes_no, text),
    }
    return code not in tests or not values or _share(tests[code], values) >= _ENOUGH


def _share(test: Callable[[str], bool], values: list[str]) -> float:
    return sum(map(test, values)) / len(values) if values else 0.0


def _reads(reader: Callable[[str], object], text: str) -> bool:
    try:
        reader(text)
    except UnusableValueError:
        return False
    return True


def _is_email(text: str) -> bool:
    return "@" in text and _reads(normalise_email, text)


def _is_site(text: str) -> bool:
    """Tell whether a value alone is a web address: "02.Medium" is a rank, for all that it could be a domain."""
    if "." not in text or " " in text or "@" in text or not _reads(normalise_domain, text):
        return False
    return not normalise_domain(text).rsplit(".", 2)[-2].isdigit()


def _is_network(text: str) -> bool:
    """Tell whether an address is a person's page in a network, which is no company's site."""
    return bool(_NETWORKS.search(text.casefold()))


def _is_name(text: str) -> bool:
    return len(text) <= 40 and not any(letter.isdigit() or letter in "@/" for letter in text)


def _is_phone(text: str) -> bool:
    digits = sum(letter.isdigit() for letter in text)
    return 8 <= digits <= 15 and text[:1] in {"0", "+", "("} and set(text) <= _IN_PHONES


def _values(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    return [row[place].strip() for row in rows if place < len(row) and row[place].strip()]


def _first(values: list[str]) -> list[str]:
    return [value[:60] for value in dict.fromkeys(values)][:3]
