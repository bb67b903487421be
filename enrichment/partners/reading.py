"""One line of a partner's file in the one writing of each value. What cannot be read is left out, and said."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.codes.words import HEADCOUNT_BANDS, facts, naf_nomenclature
from contacts.codes.words import naf_code as naf_writing
from contacts.exporting import as_written
from contacts.importing.own import OwnTarget
from contacts.importing.reading import Row
from contacts.normalising import (
    UnusableValueError,
    clean_text,
    normalise_domain,
    normalise_siren,
    normalise_siret,
    siren_digits,
)
from contacts.typed_values import read_date
from enrichment.providers.values import department_of
from prm.work.texts import is_storable

# Codes of contacts/importing/reasons.py, in words.
REASONS: dict[str, str | Promise] = {
    "bad_vat": _("A French VAT number is FR, two characters and the nine digits of the SIREN."),
    "bad_postcode": _("A postcode has five digits."),
    "bad_department": _("There is no such département."),
    "bad_headcount": _("A headcount is a number, or a range such as “20 à 49”."),
    "bad_headcount_code": _("This is none of INSEE’s codes of headcount."),
    "bad_naf": _("This is no activity code of the NAF, such as 62.01Z."),
    "bad_legal_form": _("This is no legal form of INSEE’s list, such as 5710 or SAS."),
    "bad_category": _("Write PME, ETI or GE."),
    "no_company_key": _("The line has no number, web domain or name to find a company by."),
    "unknown_company": _("No company here has this number, web domain or name at this place."),
    "many_doubtful": _("Several companies may be meant, and too many lines wait for a choice already."),
    "private_company": _("This company keeps its data private: nothing of a partner is written to it."),
    "siren_taken": _("Another company here has this SIREN already."),
}

# First and last number of people of each band of INSEE.
_BANDS: dict[str, tuple[int, int]] = {
    "00": (0, 0),
    "01": (1, 2),
    "02": (3, 5),
    "03": (6, 9),
    "11": (10, 19),
    "12": (20, 49),
    "21": (50, 99),
    "22": (100, 199),
    "31": (200, 249),
    "32": (250, 499),
    "41": (500, 999),
    "42": (1000, 1999),
    "51": (2000, 4999),
    "52": (5000, 9999),
    "53": (10_000, 10**9),
}
_FORMS = {
    "sas": "5710",
    "sasu": "5720",
    "sarl": "5499",
    "eurl": "5498",
    "sa": "5599",
    "sci": "6540",
    "snc": "5202",
    "scop": "5458",
    "association": "9220",
    "gie": "6220",
}
_VAT = re.compile(r"FR[0-9A-Z]{2}\d{9}", re.ASCII | re.IGNORECASE)
_NAF = re.compile(r"\d{2}\.?\d{2}[A-Z]", re.ASCII | re.IGNORECASE)
_BLANKS = str.maketrans("", "", " \u00a0\u202f\u2009")
_THOUSANDS = re.compile(r"(?<=\d)[ \u00a0\u202f.,](?=\d{3}(?!\d))")
# "35", "20 à 49 salariés", "50-99", "moins de 10", "10 000 et plus", "> 500".
_HEADCOUNT = re.compile(
    r"(?P<less>moins de|less than|<)?\s*(?:(?:de|entre|from|between|plus de|more than|>=?|≥|env\.|environ|~)\s*)?"
    r"(?P<low>\d{1,8})(?:\s*(?:à|a|-|–|et|to|and)\s*(?P<high>\d{1,8}))?\s*(?:\+|et plus|ou plus|and more|or more)?"
    r"\s*(?:salariée?s?|salarie?s?|employée?s?|employees?|personnes?|people|collaborateurs?|etp)?",
    re.ASCII,
)


class Key(StrEnum):
    """By what a line's company was found."""

    SIREN = "siren"
    SIRET = "siret"
    VAT = "vat"
    DOMAIN = "domain"
    NAME = "name"


@dataclass(frozen=True)
class Problem:
    """A cell that cannot be used."""

    reason: str
    column: str = ""
    value: str = ""


@dataclass
class PartnerRow:
    """What a line says, clean: who it is about, and values by the company's fields ("custom.<key>" for our own)."""

    line: int
    cells: list[str]
    name: str = ""
    siren: str = ""
    siret: str = ""
    # The check digit of the SIREN is wrong: only a company that is known can have such a one.
    is_unsure: bool = False
    # The number was given as: what `siren` came from.
    number: Key = Key.SIREN
    domain: str = ""
    postcode: str = ""
    city: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def has_key(self) -> bool:
        """Tell whether anything says who it is about."""
        return bool(self.siren or self.domain or self.name)

    def drop_siren(self) -> None:
        """Take a SIREN that cannot be one for none."""
        self.problems.append(Problem("bad_siren", value=self.siren))
        self.siren, self.is_unsure = "", False


@dataclass(frozen=True)
class Reader:
    """Turns a cell into values of fields; raises UnusableValueError."""

    read: Callable[[str], dict[str, Any]]

    def reads(self, text: str) -> bool:
        """Tell whether a cell can be read."""
        try:
            self.read(text)
        except UnusableValueError:
            return False
        return True


class RowReader:
    """Reads the lines of one file. Made once."""

    def __init__(
        self,
        columns: Sequence[str],
        mapping: Mapping[str, str],
        own: Mapping[str, OwnTarget],
        *,
        decimal_comma: bool = False,
    ) -> None:
        self._built_in: list[tuple[str, int, str, Reader]] = []
        self._own: list[tuple[str, int, str, Callable[[str], Any]]] = []
        for place, column in enumerate(columns):
            code = mapping.get(column, "")
            if code in READERS:
                self._built_in.append((code, place, column, READERS[code]))
            elif code in own:
                reader = own[code].reader(decimal_comma=decimal_comma)
                self._own.append((f"custom.{own[code].key}", place, column, reader))

    def read(self, row: Row) -> PartnerRow:
        """Return what a line says; a line that cannot be used has a problem and no key."""
        found = PartnerRow(row.line, row.cells)
        if row.problem:
            found.problems.append(Problem(row.problem))
            return found
        for code, place, column, reader in self._built_in:
            if code == "siren" and (digits := _unsure_siren(row.cells[place])):
                found.siren, found.number, found.is_unsure = digits, Key.SIREN, True
                continue
            for name, value in self._take(found, row.cells[place], column, reader.read).items():
                _put(found, code, name, value)
        for name, place, column, read in self._own:
            value = self._take(found, row.cells[place], column, read)
            if value is not None and value != {}:
                found.values[name] = value
        if found.siret and not found.siren:
            found.siren, found.number = found.siret[:9], Key.SIRET
        if found.siret and found.siret[:9] != found.siren:
            # Two numbers of two companies: neither is proved.
            found.problems.append(Problem("bad_siret", "", found.siret))
            found.siret = ""
        if not found.has_key and not found.problems:
            found.problems.append(Problem("no_company_key"))
        return found

    def _take(self, found: PartnerRow, cell: str, column: str, read: Callable[[str], Any]) -> Any:
        """Return what a cell says, {} where it is empty or cannot be read, which is noted."""
        text = as_written(cell).strip()
        if not text:
            return {}
        if not is_storable(text):
            found.problems.append(Problem("bad_text", column))
            return {}
        try:
            return read(text)
        except UnusableValueError as error:
            found.problems.append(Problem(error.reason, column, text[:250]))
            return {}


def _put(found: PartnerRow, code: str, name: str, value: Any) -> None:
    """Note one thing a cell says: numbers, domain, name and place also tell who it is about."""
    if name == "siren":
        if code != "vat" or not found.siren:
            found.siren, found.number = value, Key.VAT if code == "vat" else Key.SIREN
    elif name in {"siret", "name"}:
        setattr(found, name, value)
    else:
        if name in {"domain", "postcode", "city"}:
            setattr(found, name, value)
        found.values[name] = value


def _unsure_siren(cell: str) -> str:
    """Return nine digits whose check digit is wrong; "" for any other cell."""
    try:
        digits = siren_digits(as_written(cell).strip())
    except UnusableValueError:
        return ""
    return "" if not digits or READERS["siren"].reads(digits) else digits


# --- Cells ---------------------------------------------------------------------------------------------------


def _text(name: str, longest: int) -> Callable[[str], dict[str, Any]]:
    return lambda text: {name: clean_text(" ".join(text.split()), longest)}


@lru_cache(maxsize=4096)
def headcount_band(text: str) -> str:
    """Return INSEE's band of a number of people or a range: "35" and "20 à 49 salariés" are both "12".

    A range that is no band is the band its middle lies in. Raises UnusableValueError.
    """
    found = _HEADCOUNT.fullmatch(_THOUSANDS.sub("", text.casefold()).strip())
    if found is None:
        raise UnusableValueError("bad_headcount")
    low, high = int(found["low"]), int(found["high"] or found["low"])
    if found["less"]:
        low, high = 0 if high <= 1 else 1, max(high - 1, 0)
    if low > high:
        raise UnusableValueError("bad_headcount")
    middle = (low + high) // 2
    return next(code for code, (first, last) in _BANDS.items() if first <= middle <= last)


def _headcount_code(text: str) -> dict[str, Any]:
    code = text.upper().zfill(2)
    if code not in HEADCOUNT_BANDS:
        raise UnusableValueError("bad_headcount_code")
    # "NN" says that nobody knows.
    return {} if code == "NN" else {"headcount_band": code}


def _naf(text: str) -> dict[str, Any]:
    found = _NAF.match(text.strip())
    code = naf_writing(found[0].replace(".", "")) if found else ""
    nomenclature = naf_nomenclature(code)
    if nomenclature == "naf2" and code in facts("naf_rev2"):
        return {"naf_code": code, "naf_nomenclature": nomenclature}
    if nomenclature == "naf2025" and code in facts("naf_2025"):
        return {"naf2025_code": code}
    raise UnusableValueError("bad_naf")


def _legal_form(text: str) -> dict[str, Any]:
    word = text.casefold().replace(".", "").strip()
    code = _FORMS.get(word) or text[:4]
    if code not in facts("legal_forms") or (len(text) > 4 and text[4:5].isdigit()):
        raise UnusableValueError("bad_legal_form")
    return {"legal_form": code}


def _postcode(text: str) -> dict[str, Any]:
    digits = text.translate(_BLANKS)
    digits = digits.zfill(5) if len(digits) == 4 else digits
    if not (len(digits) == 5 and digits.isascii() and digits.isdecimal()):
        raise UnusableValueError("bad_postcode")
    department = department_of(commune=None, postcode=digits)
    return {"postcode": digits, **({"department": department} if department else {})}


def _department(text: str) -> dict[str, Any]:
    code = text.upper().zfill(2)
    if code not in facts("departments"):
        raise UnusableValueError("bad_department")
    return {"department": code}


def _vat(text: str) -> dict[str, Any]:
    bare = re.sub(r"[\s.-]", "", text)
    if not _VAT.fullmatch(bare):
        raise UnusableValueError("bad_vat")
    return {"siren": normalise_siren(bare)}


def _siren(text: str) -> dict[str, Any]:
    return {"siren": normalise_siren(siren_digits(text))}


def _category(text: str) -> dict[str, Any]:
    code = text.upper()
    if code not in {"PME", "ETI", "GE"}:
        raise UnusableValueError("bad_category")
    return {"category": code}


def _founded(text: str) -> dict[str, Any]:
    return {"founded_on": read_date(text)}


READERS: dict[str, Reader] = {
    code: Reader(read)
    for code, read in {
        "siren": _siren,
        "siret": lambda text: {"siret": normalise_siret(text)},
        "vat": _vat,
        "domain": lambda text: {"domain": normalise_domain(text)},
        "name": _text("name", 250),
        "address": _text("address", 300),
        "postcode": _postcode,
        "city": _text("city", 120),
        "department": _department,
        "headcount": lambda text: {"headcount_band": headcount_band(text)},
        "headcount_code": _headcount_code,
        "naf_code": _naf,
        "legal_form": _legal_form,
        "category": _category,
        "founded_on": _founded,
    }.items()
}
