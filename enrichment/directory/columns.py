"""From a row of a stock file to the columns we keep, written as COPY reads them.

Everything is text in these files: leading zeros count. A value that the unit keeps private ("[ND]") is no value, a
code or day that cannot be one is left out; only a row without a usable number is refused.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter

from contacts.codes.words import naf_code, naf_nomenclature
from enrichment.directory.naming import search_words
from enrichment.providers.values import MASKS, day_of, department_of

Row = Sequence[str]
# Returns the line for COPY, or "" for a row that was not asked for.
Convert = Callable[[Row], str]

NULL = "\\N"
# INSEE writes this where a trading name was given up.
GIVEN_UP = "SUPPRESSION DU NOM COMMERCIAL"
STREETS = {
    "ALL": "ALLEE",
    "AV": "AVENUE",
    "BD": "BOULEVARD",
    "CHE": "CHEMIN",
    "CRS": "COURS",
    "FG": "FAUBOURG",
    "IMP": "IMPASSE",
    "LOT": "LOTISSEMENT",
    "PL": "PLACE",
    "RTE": "ROUTE",
    "SQ": "SQUARE",
}

_EMPLOYER = {"O": "t", "N": "f"}
_CATEGORIES = frozenset({"PME", "ETI", "GE"})
_PRIVATE = frozenset({"P", "N"})

UNIT_COLUMNS = (
    *("siren", "nic", "name", "acronym", "trading_names", "naf_code", "naf_nomenclature", "naf2025_code"),
    *("headcount_band", "headcount_year", "is_employer", "legal_form", "category", "founded_on", "is_active"),
    *("is_private", "search"),
)
ESTABLISHMENT_COLUMNS = (
    *("siret", "siren", "is_active", "is_private", "address", "postcode", "city", "commune", "department"),
    *("trading_names", "search"),
)
UNIT_FIELDS = (
    *("siren", "statutDiffusionUniteLegale", "dateCreationUniteLegale", "sigleUniteLegale", "prenom1UniteLegale"),
    *("prenomUsuelUniteLegale", "trancheEffectifsUniteLegale", "anneeEffectifsUniteLegale", "categorieEntreprise"),
    *("dateDernierTraitementUniteLegale", "etatAdministratifUniteLegale", "nomUniteLegale", "nomUsageUniteLegale"),
    *("denominationUniteLegale", "denominationUsuelle1UniteLegale", "denominationUsuelle2UniteLegale"),
    *("denominationUsuelle3UniteLegale", "categorieJuridiqueUniteLegale", "activitePrincipaleUniteLegale"),
    *("nicSiegeUniteLegale", "caractereEmployeurUniteLegale"),
)
ESTABLISHMENT_FIELDS = (
    *("siret", "statutDiffusionEtablissement", "dateDernierTraitementEtablissement", "complementAdresseEtablissement"),
    *("numeroVoieEtablissement", "indiceRepetitionEtablissement", "typeVoieEtablissement", "libelleVoieEtablissement"),
    *("codePostalEtablissement", "libelleCommuneEtablissement", "libelleCommuneEtrangerEtablissement"),
    *("codeCommuneEtablissement", "etatAdministratifEtablissement", "enseigne1Etablissement", "enseigne2Etablissement"),
    *("enseigne3Etablissement", "denominationUsuelleEtablissement"),
)
# Came later, or not in every file.
OPTIONAL_FIELDS = ("activitePrincipaleNAF25UniteLegale", "dernierNumeroVoieEtablissement")


class BadRowError(ValueError):
    """A row that cannot be used; says why."""


@dataclass(frozen=True)
class Choice:
    """What of the register is wanted; empty: all of it."""

    active_only: bool = False
    # Beginnings of activity codes, without their dot: "62", "6201Z".
    naf: tuple[str, ...] = ()
    departments: frozenset[str] = frozenset()

    @property
    def is_everything(self) -> bool:
        """Tell whether nothing is left out."""
        return not (self.active_only or self.naf or self.departments)


@dataclass
class Latest:
    """The last moment, ISO, at which the register changed one of the rows seen; later than `limit` is an error."""

    limit: str
    moment: str = ""


def convert_units(places: dict[str, int], choice: Choice, latest: Latest) -> Convert:
    """Return what turns rows of StockUniteLegale into lines; `places` says where each field stands."""
    take_first = itemgetter(*(places[field] for field in UNIT_FIELDS[:11]))
    take_second = itemgetter(*(places[field] for field in UNIT_FIELDS[11:]))
    naf25 = places.get("activitePrincipaleNAF25UniteLegale")

    def convert(row: Row) -> str:
        number, status, created, acronym, first, usual_first, band, year, category, changed, state = take_first(row)
        last, used, legal, usual1, usual2, usual3, form, activity, nic, employer = take_second(row)
        if len(number) != 9 or not (number.isascii() and number.isdigit()):
            raise BadRowError("siren is not nine digits")
        code, nomenclature = activity_of(activity)
        if (choice.active_only and state != "A") or (choice.naf and not _starts(code, choice.naf)):
            return ""
        if latest.moment < changed <= latest.limit and len(changed) >= 10:
            latest.moment = changed
        name = text(legal)
        if not name:
            given = text(usual_first) or text(first)
            name = f"{given} {text(used) or text(last)}".strip()
        initials = text(acronym) if acronym else ""
        usual = [one for one in map(text, (usual1, usual2, usual3)) if one] if usual1 or usual2 or usual3 else ()
        is_employer = _EMPLOYER.get(employer, NULL)
        return "\t".join(
            (
                number,
                code_of(nic, 5),
                escaped(name),
                escaped(initials),
                array(usual) if usual else "{}",
                code,
                nomenclature,
                activity_of(row[naf25])[0] if naf25 is not None else "",
                _headcount(band, is_employer),
                year if len(year) == 4 and year.isdigit() else "",
                is_employer,
                code_of(form, 4),
                category if category in _CATEGORIES else "",
                day(created),
                "t" if state == "A" else "f",
                "t" if status in _PRIVATE else "f",
                array(search_words((name, initials, *usual) if initials or usual else (name,))),
            )
        )

    return convert


def convert_establishments(places: dict[str, int], choice: Choice, latest: Latest) -> Convert:
    """Return what turns rows of StockEtablissement into lines; `places` says where each field stands."""
    take_first = itemgetter(*(places[field] for field in ESTABLISHMENT_FIELDS[:8]))
    take_second = itemgetter(*(places[field] for field in ESTABLISHMENT_FIELDS[8:]))
    last_number = places.get("dernierNumeroVoieEtablissement")

    def convert(row: Row) -> str:
        identity, status, changed, complement, number, repeated, kind, street = take_first(row)
        postcode, town, foreign, commune, state, sign1, sign2, sign3, usual = take_second(row)
        if len(identity) != 14 or not (identity.isascii() and identity.isdigit()):
            raise BadRowError("siret is not fourteen digits")
        department, place = _place(postcode, town or foreign, foreign, commune)
        if (choice.active_only and state != "A") or (choice.departments and department not in choice.departments):
            return ""
        if latest.moment < changed <= latest.limit and len(changed) >= 10:
            latest.moment = changed
        if last_number is not None and row[last_number] and row[last_number] != number:
            number = f"{number}-{row[last_number]}"
        address = " ".join(f"{complement} {number} {repeated} {STREETS.get(kind, kind)} {street}".split())
        if "[" in address:
            address = " ".join(word for word in address.split() if not any(mask in word for mask in MASKS))
        signs: list[str] = []
        if sign1 or sign2 or sign3 or usual:
            names = dict.fromkeys(map(text, (sign1, sign2, sign3, usual)))
            signs = [one for one in names if one and one != GIVEN_UP]
        return "\t".join(
            (
                identity,
                identity[:9],
                "t" if state == "A" else "f",
                "t" if status in _PRIVATE else "f",
                escaped(address[:300]),
                place,
                array(signs) if signs else NULL,
                array(search_words(signs)) if signs else NULL,
            )
        )

    return convert


def text(value: str) -> str:
    """Return a text on one line; masks are not known."""
    if not value or (value[0] == "[" and value.strip() in MASKS):
        return ""
    return " ".join(value.split())[:250]


def escaped(value: str) -> str:
    """Write a text for COPY."""
    return value.replace("\\", "\\\\") if "\\" in value else value


def array(values: Sequence[str]) -> str:
    """Write a list of texts for COPY."""
    if not values:
        return "{}"
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') > 2 * (len(values) - 1):
        joined = '","'.join(value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return escaped('{"' + joined + '"}')


@lru_cache(maxsize=1 << 17)
def code_of(value: str, digits: int) -> str:
    """Return a code of so many digits, with the zeros that other tools drop."""
    return value.zfill(digits) if value.isascii() and value.isdigit() and len(value) <= digits else ""


@cache
def activity_of(value: str) -> tuple[str, str]:
    """Return an activity code and its nomenclature; ("", "") for what is none."""
    code = naf_code(value)
    nomenclature = naf_nomenclature(code)
    return (code, nomenclature) if nomenclature else ("", "")


@cache
def day(value: str) -> str:
    """Return a day for COPY: NULL for what stands for unknown or cannot be."""
    return day_of(value) or NULL


@lru_cache(maxsize=1 << 17)
def _place(postcode: str, town: str, foreign: str, commune: str) -> tuple[str, str]:
    """Return the département, and the columns of a place. There are some ten thousand of them."""
    code, area = text(postcode)[:10], text(commune)[:5]
    department = department_of(commune=area, postcode=code) or ""
    city = (text(town) or text(foreign))[:120]
    return department, "\t".join((escaped(code), escaped(city), escaped(area), department))


@cache
def _headcount(band: str, is_employer: str) -> str:
    """Return the band; "NN" is also written for employers whose number is not known."""
    is_band = len(band) == 2 and band.isalnum()
    return band if is_band and (band, is_employer) != ("NN", "t") else ""


@cache
def _starts(code: str, wanted: tuple[str, ...]) -> bool:
    return code.replace(".", "").startswith(wanted)
