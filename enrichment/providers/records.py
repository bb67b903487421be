"""A company as a register describes it, whatever the register."""

import re
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from contacts.structure.establishments import EstablishmentTold
from enrichment.providers.directors import Director
from prm.work.texts import make_storable

# What registers write in place of a value that the company keeps private; never a value.
MASKS = frozenset({"[NON-DIFFUSIBLE]", "[ND]"})


@dataclass(frozen=True)
class CompanyRecord:
    """One legal unit. None: not known, or kept private."""

    siren: str
    siret: str | None = None
    name: str | None = None
    trading_names: tuple[str, ...] = ()
    acronym: str | None = None
    naf_code: str | None = None
    # "naf2", "naf2025", "naf1" or "nap".
    naf_nomenclature: str | None = None
    # The pair published beside it; there is no table from one to the other.
    naf2025_code: str | None = None
    headcount_band: str | None = None
    headcount_year: str | None = None
    is_employer: bool | None = None
    legal_form: str | None = None
    category: str | None = None
    # Street and number, without postcode and city.
    address: str | None = None
    postcode: str | None = None
    city: str | None = None
    commune: str | None = None
    department: str | None = None
    founded_on: str | None = None
    closed_on: str | None = None
    is_closed: bool = False
    partial_diffusion: bool = False
    open_establishments: int | None = None
    # Of the establishment that was asked for by SIRET.
    is_establishment_closed: bool = False
    # Postcodes and towns of the establishments that matched the question.
    places: tuple[tuple[str, str], ...] = ()
    # Those the source told of: the head office, the one asked for, those that matched.
    establishments: tuple[EstablishmentTold, ...] = ()
    vat_number: str | None = None
    # The SIREN that was asked for, where the register closed it as a duplicate of this one.
    replaces: str | None = None
    # Who directs it, where the source was asked; None where it says nothing of it.
    directors: tuple[Director, ...] | None = None
    # When the source said so, ISO.
    fetched_at: str = ""

    @property
    def is_natural_person(self) -> bool:
        """Tell a sole trader or a grouping of persons from a legal person."""
        return self.legal_form is not None and (self.legal_form == "1000" or self.legal_form.startswith("2"))

    def without_people(self) -> "CompanyRecord":
        """Return the record as it is stored with a question: without the names of who directs the company."""
        return replace(self, directors=None)

    def to_json(self) -> dict[str, Any]:
        """Return what is known, for storage."""
        usual = {one.name: one.default for one in fields(self)}
        return {key: value for key, value in asdict(self).items() if value is not None and value != usual[key]}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "CompanyRecord":
        """Read a stored record; keys of other versions are ignored."""
        known = {one.name for one in fields(cls)}
        values = {key: value for key, value in stored.items() if key in known}
        values["trading_names"] = tuple(values.get("trading_names", ()))
        values["establishments"] = tuple(EstablishmentTold(**one) for one in values.get("establishments", ()))
        if values.get("directors") is not None:
            values["directors"] = tuple(Director(**one) for one in values["directors"])
        values["places"] = tuple((str(postcode), str(city)) for postcode, city in values.get("places", ()))
        return cls(**values)


def text_of(value: object, limit: int = 250) -> str | None:
    """Read a text; masks, blanks and other types are not known."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    text = " ".join(make_storable(str(value)).split())
    return text[:limit] if text and text not in MASKS else None


def code_of(value: object, limit: int) -> str | None:
    """Read a code; one that is too long to be one is not known."""
    text = text_of(value)
    return text if text is not None and len(text) <= limit else None


def digits_of(value: object, length: int) -> str | None:
    """Read a number of exactly so many digits, such as a SIREN."""
    text = re.sub(r"\s", "", text_of(value) or "")
    return text if len(text) == length and text.isascii() and text.isdigit() else None


def number_of(value: object) -> int | None:
    """Read a count."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def day_of(value: object, *, latest: timedelta = timedelta(days=366)) -> str | None:
    """Read a day, ISO. 1900-01-01 stands for unknown; years no company has are errors of the register."""
    text = text_of(value)
    try:
        day = date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
    if day is None or day == date(1900, 1, 1) or day.year < 1500 or day > timezone.localdate() + latest:
        return None
    return day.isoformat()


def department_of(*, commune: str | None, postcode: str | None) -> str | None:
    """Return the département of a commune (INSEE code), else of a postcode.

    The commune is surer: postcodes of CEDEX and of border towns may belong to a neighbour.
    """
    if commune and re.fullmatch(r"(\d\d|2[AB])\d{3}", commune):
        return commune[:3] if commune[:2] in {"97", "98"} else commune[:2]
    if not postcode or not re.fullmatch(r"\d{5}", postcode):
        return None
    if postcode[:2] in {"97", "98"}:
        return postcode[:3]
    if postcode[:2] == "20":
        return "2A" if postcode[2] in "01" else "2B"
    return postcode[:2]
