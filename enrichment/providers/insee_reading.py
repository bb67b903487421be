"""From INSEE's JSON to a record. Every key may be missing, null or masked; unknown keys are ignored.

A legal unit comes in two shapes: by itself, with name, form, activity and state in its periods (the current one has no
end); or flat, as part of an establishment, with the values of today.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from contacts.codes.words import naf_code, naf_nomenclature
from contacts.structure.establishments import EstablishmentTold
from enrichment.directory.columns import GIVEN_UP, STREETS
from enrichment.providers.records import CompanyRecord
from enrichment.providers.values import MASKS, code_of, day_of, department_of, digits_of, text_of

MAX_NAMES = 10
_RANGE_OF_NUMBERS = re.compile(r"\d+ ?[-/] ?\d+")

Json = Mapping[str, Any]


def read_unit(unit: Json, *, fetched_at: str = "") -> CompanyRecord | None:
    """Read a legal unit that came by itself: all but its address; None when it has no SIREN."""
    periods = _list(unit, "periodesUniteLegale")
    values = {**unit, **_current(periods)}
    record = _read(values, {}, fetched_at=fetched_at)
    if record is None or not record.is_closed:
        return record
    return replace(record, closed_on=closing_day(periods))


def read_establishments(
    establishments: Sequence[Json], *, siret: str = "", fetched_at: str = ""
) -> list[CompanyRecord] | None:
    """Read establishments into one record for each legal unit, in their order; None when one has no SIREN.

    The record stands at the establishment asked for by `siret`, else at the head office, else at the first.
    """
    units: dict[str, list[Json]] = {}
    for one in establishments:
        siren = digits_of(one.get("siren"), 9)
        if siren is None:
            return None
        units.setdefault(siren, []).append(one)
    found = [_read_unit_of(places, siret, fetched_at) for places in units.values()]
    return [record for record in found if record is not None]


def closing_day(periods: Sequence[Json]) -> str | None:
    """Return since when a unit is closed: the begin of the latest period that changed its state."""
    changed = (one for one in periods if one.get("changementEtatAdministratifUniteLegale") is True)
    return day_of(next(changed, {}).get("dateDebut"))


def _read_unit_of(establishments: Sequence[Json], siret: str, fetched_at: str) -> CompanyRecord | None:
    ordered = sorted(establishments, key=lambda one: (one.get("siret") != siret, not _is_seat(one)))
    place = ordered[0]
    values = {"siren": place.get("siren"), **_part(place, "uniteLegale")}
    if "statutDiffusionUniteLegale" not in values:
        values["statutDiffusionUniteLegale"] = place.get("statutDiffusionEtablissement")
    return _read(values, place, siret=siret, fetched_at=fetched_at, establishments=ordered)


def _read(
    unit: Json, place: Json, *, siret: str = "", fetched_at: str, establishments: Sequence[Json] = ()
) -> CompanyRecord | None:
    siren = digits_of(unit.get("siren"), 9)
    if siren is None:
        return None
    address, period = _part(place, "adresseEtablissement"), _current(_list(place, "periodesEtablissement"))
    employer = {"O": True, "N": False}.get(
        str(unit.get("caractereEmployeurUniteLegale") or period.get("caractereEmployeurEtablissement"))
    )
    band = code_of(unit.get("trancheEffectifsUniteLegale"), 2)
    # The unit's activity is that of its head office.
    stated = unit.get("activitePrincipaleUniteLegale", period.get("activitePrincipaleEtablissement"))
    activity = naf_code(text_of(stated)) or None
    nomenclature = naf_nomenclature(activity) or None
    commune = code_of(address.get("codeCommuneEtablissement"), 5)
    postcode = code_of(address.get("codePostalEtablissement"), 10)
    seat = digits_of(unit.get("nicSiegeUniteLegale"), 5)
    return CompanyRecord(
        siren=siren,
        siret=digits_of(place.get("siret"), 14) or (siren + seat if seat else None),
        name=_name(unit),
        trading_names=_trading_names(unit, establishments[:1]),
        acronym=text_of(unit.get("sigleUniteLegale")),
        naf_code=activity if nomenclature else None,
        naf_nomenclature=nomenclature,
        naf2025_code=code_of(unit.get("activitePrincipaleNAF25UniteLegale"), 6),
        # "NN" is also written for employers whose number is not known.
        headcount_band=None if band == "NN" and employer else band,
        headcount_year=code_of(unit.get("anneeEffectifsUniteLegale"), 4),
        is_employer=employer,
        legal_form=digits_of(unit.get("categorieJuridiqueUniteLegale"), 4),
        category=code_of(unit.get("categorieEntreprise"), 3),
        address=_street(address),
        postcode=postcode,
        city=_town(address),
        commune=commune,
        department=department_of(commune=commune, postcode=postcode),
        founded_on=day_of(unit.get("dateCreationUniteLegale")),
        is_closed=unit.get("etatAdministratifUniteLegale") == "C",
        partial_diffusion=unit.get("statutDiffusionUniteLegale") in {"P", "N"},
        is_establishment_closed=bool(siret) and period.get("etatAdministratifEtablissement") == "F",
        places=_places(establishments),
        establishments=_told(establishments),
        fetched_at=fetched_at,
    )


def _name(unit: Json) -> str | None:
    """Return the company's name, or the person's where that is what trades; half a person's name is none."""
    legal = text_of(unit.get("denominationUniteLegale"))
    last = text_of(unit.get("nomUsageUniteLegale")) or text_of(unit.get("nomUniteLegale"))
    if legal or not last:
        return legal
    first = text_of(unit.get("prenomUsuelUniteLegale")) or text_of(unit.get("prenom1UniteLegale"))
    return f"{first} {last}" if first else last


def _trading_names(unit: Json, places: Sequence[Json]) -> tuple[str, ...]:
    values = [unit.get(f"denominationUsuelle{number}UniteLegale") for number in (1, 2, 3)]
    values.append(unit.get("pseudonymeUniteLegale"))
    for place in places:
        values += _signs(place)
    return _names(values)


def _signs(place: Json) -> list[Any]:
    period = _current(_list(place, "periodesEtablissement"))
    return [
        *(period.get(f"enseigne{number}Etablissement") for number in (1, 2, 3)),
        period.get("denominationUsuelleEtablissement"),
    ]


def _names(values: Iterable[Any]) -> tuple[str, ...]:
    found = (name for name in map(text_of, values) if name and name != GIVEN_UP)
    return tuple(dict.fromkeys(found))[:MAX_NAMES]


def _street(address: Json) -> str | None:
    """Return the address without postcode and town; nothing of it where the street is kept private."""
    if address.get("libelleVoieEtablissement") in MASKS:
        return None
    parts = {
        name: text_of(address.get(f"{name}Etablissement"))
        for name in (
            *("complementAdresse", "numeroVoie", "dernierNumeroVoie", "indiceRepetition", "typeVoie", "libelleVoie"),
            "distributionSpeciale",
        )
    }
    number, last, more = parts["numeroVoie"], parts["dernierNumeroVoie"], parts["complementAdresse"]
    if number and more and _RANGE_OF_NUMBERS.fullmatch(more) and more.startswith(number):
        # Written where there was no field for the last number.
        number, more = more, None
    elif number and last and last != number:
        number = f"{number}-{last}"
    way = parts["typeVoie"]
    words = (more, number, parts["indiceRepetition"], STREETS.get(way or "", way), parts["libelleVoie"])
    return " ".join(filter(None, (*words, parts["distributionSpeciale"])))[:300] or None


def _town(address: Json) -> str | None:
    return text_of(address.get("libelleCommuneEtablissement"), 120) or text_of(
        address.get("libelleCommuneEtrangerEtablissement"), 120
    )


def _places(establishments: Sequence[Json]) -> tuple[tuple[str, str], ...]:
    found = []
    for one in establishments:
        address = _part(one, "adresseEtablissement")
        found.append((code_of(address.get("codePostalEtablissement"), 10) or "", _town(address) or ""))
    return tuple(dict.fromkeys(pair for pair in found if any(pair)))[:MAX_NAMES]


def _told(establishments: Sequence[Json]) -> tuple[EstablishmentTold, ...]:
    """Return the establishments, each once."""
    found: dict[str, EstablishmentTold] = {}
    for one in establishments:
        siret = digits_of(one.get("siret"), 14)
        if siret is None or siret in found:
            continue
        address, period = _part(one, "adresseEtablissement"), _current(_list(one, "periodesEtablissement"))
        found[siret] = EstablishmentTold(
            siret=siret,
            name=next(iter(_names(_signs(one))), ""),
            address=_street(address) or "",
            postcode=code_of(address.get("codePostalEtablissement"), 10) or "",
            city=_town(address) or "",
            commune=code_of(address.get("codeCommuneEtablissement"), 5) or "",
            naf_code=naf_code(text_of(period.get("activitePrincipaleEtablissement"))),
            is_closed=period.get("etatAdministratifEtablissement") == "F",
            is_seat=_is_seat(one),
        )
    return tuple(found.values())


def _is_seat(establishment: Json) -> bool:
    return establishment.get("etablissementSiege") in {True, "true"}


def _current(periods: Sequence[Json]) -> Json:
    """Return the period without an end, else the first: they come latest first."""
    return next((one for one in periods if one.get("dateFin") is None), periods[0] if periods else {})


def _part(of: Json, key: str) -> Json:
    value = of.get(key)
    return value if isinstance(value, dict) else {}


def _list(of: Json, key: str) -> list[Json]:
    value = of.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
