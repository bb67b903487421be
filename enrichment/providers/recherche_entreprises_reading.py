"""From the service's JSON to a record. Every key may be missing, null or masked; unknown keys are ignored."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from contacts.codes.words import naf_code, naf_nomenclature
from contacts.structure.establishments import EstablishmentTold
from enrichment.providers.directors import Director, read_directors
from enrichment.providers.records import CompanyRecord
from enrichment.providers.values import code_of, day_of, department_of, digits_of, number_of, text_of

_POSTCODE = re.compile(r"(0[1-9]|[1-8]\d|9[0-8]|2A|2B)\d{3}")
MAX_PLACES = 10

Json = Mapping[str, Any]


def is_postcode(text: str) -> bool:
    """Tell whether the service takes this as a postcode; it answers 400 to any other."""
    return _POSTCODE.fullmatch(text) is not None


def is_empty(result: Json) -> bool:
    """Tell a result that says nothing: a number the RNE knows and SIRENE does not."""
    named = any(text_of(result.get(key)) for key in ("nom_complet", "nom_raison_sociale", "sigle"))
    masked = result.get("statut_diffusion") is not None or result.get("etat_administratif") is not None
    return not (named or masked or _part(result, "siege").get("siret")) and "siren" in result


def read_record(result: Json, *, siret: str = "", fetched_at: str = "") -> CompanyRecord | None:
    """Read one result; None when it has no SIREN. `siret`: the establishment that was asked for."""
    siren = digits_of(result.get("siren"), 9)
    if siren is None:
        return None
    siege = _part(result, "siege")
    establishments = [one for one in _list(result, "matching_etablissements") if isinstance(one, dict)]
    place = siege if not siret else next((one for one in (siege, *establishments) if one.get("siret") == siret), {})
    employer = {"O": True, "N": False}.get(str(result.get("caractere_employeur") or siege.get("caractere_employeur")))
    band = code_of(result.get("tranche_effectif_salarie"), 2)
    activity = naf_code(text_of(result.get("activite_principale"))) or None
    nomenclature = naf_nomenclature(activity) or None
    commune, postcode = code_of(place.get("commune"), 5), code_of(place.get("code_postal"), 10)
    return CompanyRecord(
        siren=siren,
        siret=digits_of(place.get("siret"), 14),
        name=text_of(result.get("nom_raison_sociale")) or _person_name(result),
        trading_names=_trading_names(result, siege),
        acronym=text_of(result.get("sigle")),
        naf_code=activity if nomenclature else None,
        naf_nomenclature=nomenclature,
        naf2025_code=code_of(result.get("activite_principale_naf25"), 6),
        # "NN" is also written for employers whose number is not known.
        headcount_band=None if band == "NN" and employer else band,
        headcount_year=code_of(result.get("annee_tranche_effectif_salarie"), 4),
        is_employer=employer,
        legal_form=digits_of(result.get("nature_juridique"), 4),
        category=code_of(result.get("categorie_entreprise"), 3),
        address=_street(place),
        postcode=postcode,
        city=text_of(place.get("libelle_commune"), 120) or text_of(place.get("libelle_commune_etranger"), 120),
        commune=commune,
        department=code_of(place.get("departement"), 3) or department_of(commune=commune, postcode=postcode),
        founded_on=day_of(result.get("date_creation")),
        closed_on=day_of(result.get("date_fermeture")),
        is_closed=result.get("etat_administratif") == "C",
        partial_diffusion=result.get("statut_diffusion") in {"P", "N"},
        open_establishments=number_of(result.get("nombre_etablissements_ouverts")),
        is_establishment_closed=bool(siret) and place.get("etat_administratif") == "F",
        places=_places(establishments),
        establishments=_establishments(siege, establishments),
        vat_number=next((one for one in map(text_of, _list(result, "tva")) if one), None),
        directors=_directors(result),
        fetched_at=fetched_at,
    )


def _directors(result: Json) -> tuple[Director, ...] | None:
    """Return who directs a company that hides nothing; of a sole trader they are the company itself."""
    form = digits_of(result.get("nature_juridique"), 4) or ""
    is_person = form == "1000" or form.startswith("2")
    if is_person or result.get("statut_diffusion") in {"P", "N"}:
        return None
    return read_directors(result.get("dirigeants"))


def _person_name(result: Json) -> str | None:
    """Return the name of a natural person: "PRENOM NOM (ENSEIGNE)" without what is in brackets."""
    full = text_of(result.get("nom_complet"))
    return re.sub(r"(\s*\([^()]*\))+$", "", full).strip() or full if full else None


def _trading_names(result: Json, siege: Json) -> tuple[str, ...]:
    full = text_of(result.get("nom_complet")) or ""
    names = [*re.findall(r"\(([^()]+)\)", full), siege.get("nom_commercial"), *_list(siege, "liste_enseignes")]
    return tuple(dict.fromkeys(name for name in map(text_of, names) if name))[:10]


def _street(place: Json) -> str | None:
    """Return the address up to the postcode, which has a field of its own (as its CEDEX has)."""
    address = text_of(place.get("adresse"), 300)
    for code in (text_of(place.get("cedex")), text_of(place.get("code_postal"))):
        if address and code and f" {code} " in f" {address}":
            return f" {address}".rpartition(f" {code} ")[0].strip() or None
    return address


def _places(establishments: Sequence[Json]) -> tuple[tuple[str, str], ...]:
    pairs = (
        (text_of(one.get("code_postal")) or "", text_of(one.get("libelle_commune")) or "") for one in establishments
    )
    return tuple(dict.fromkeys(pair for pair in pairs if any(pair)))[:MAX_PLACES]


def _establishments(siege: Json, others: Sequence[Json]) -> tuple[EstablishmentTold, ...]:
    """Return the head office and the establishments that matched, each once."""
    found: dict[str, EstablishmentTold] = {}
    for one in (siege, *others):
        siret = digits_of(one.get("siret"), 14)
        if siret is None or siret in found:
            continue
        names = [*_list(one, "liste_enseignes"), one.get("nom_commercial")]
        found[siret] = EstablishmentTold(
            siret=siret,
            name=next(filter(None, map(text_of, names)), None) or "",
            address=_street(one) or "",
            postcode=code_of(one.get("code_postal"), 10) or "",
            city=text_of(one.get("libelle_commune"), 120) or "",
            commune=code_of(one.get("commune"), 5) or "",
            naf_code=naf_code(text_of(one.get("activite_principale"))),
            is_closed=one.get("etat_administratif") == "F",
            is_seat=one is siege,
        )
    return tuple(found.values())


def _part(of: Json, key: str) -> Json:
    value = of.get(key)
    return value if isinstance(value, dict) else {}


def _list(of: Json, key: str) -> list[Any]:
    value = of.get(key)
    return value if isinstance(value, list) else []
