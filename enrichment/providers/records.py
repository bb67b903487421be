"""A company as a register describes it, whatever the register."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from contacts.structure.establishments import EstablishmentTold
from enrichment.providers.directors import Director


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
