"""From a row of a stock file to the columns we keep, written as COPY reads them.

Everything is text in these files: leading zeros count. A value that the unit keeps private ("[ND]") is no value, a
code or day that cannot be one is left out; only a row without a usable number is refused.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from contacts.codes.words import naf_code, naf_nomenclature
from enrichment.directory.naming import search_words
from enrichment.providers.records import MASKS, day_of, department_of

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
    (siren, status, created, acronym, first_name, usual_first_name, band, year, category, changed, state) = (
        places[field] for field in UNIT_FIELDS[:11]
    )
    (last_name, used_name, legal_name, usual1, usual2, usual3, form, activity, nic, employer) = (
        places[field] for field in UNIT_FIELDS[11:]
    )
    naf25 = places.get("activitePrincipaleNAF25UniteLegale")

    def convert(row: Row) -> str:
        number = row[siren]
        if len(number) != 9 or not (number.isascii() and number.isdigit()):
            raise BadRowError("siren is not nine digits")
        is_active = row[state] == "A"
        code, nomenclature = activity_of(row[activity])
        if (choice.active_only and not is_active) or (choice.naf and not _starts(code, choice.naf)):
            return ""
        if latest.moment < row[changed] <= latest.limit and len(row[changed]) >= 10:
            latest.moment = row[changed]
        name = text(row[legal_name])
        if not name:
            given = text(row[usual_first_name]) or text(row[first_name])
            name = f"{given} {text(row[used_name]) or text(row[last_name])}".strip()
        initials = text(row[acronym])
        usual = [one for one in (text(row[usual1]), text(row[usual2]), text(row[usual3])) if one]
        is_employer = {"O": "t", "N": "f"}.get(row[employer], NULL)
        headcount = row[band] if len(row[band]) == 2 else ""
        if headcount == "NN" and is_employer == "t":
            # "NN" is also written for employers whose number is not known.
            headcount = ""
        return "\t".join(
            (
                number,
                code_of(row[nic], 5),
                escaped(name),
                escaped(initials),
                array(usual),
                code,
                nomenclature,
                activity_of(row[naf25])[0] if naf25 is not None else "",
                headcount,
                row[year] if len(row[year]) == 4 and row[year].isdigit() else "",
                is_employer,
                code_of(row[form], 4),
                row[category] if row[category] in {"PME", "ETI", "GE"} else "",
                day(row[created]),
                "t" if is_active else "f",
                "t" if row[status] in {"P", "N"} else "f",
                array(search_words((name, initials, *usual))),
            )
        )

    return convert


def convert_establishments(places: dict[str, int], choice: Choice, latest: Latest) -> Convert:
    """Return what turns rows of StockEtablissement into lines; `places` says where each field stands."""
    (siret, status, changed, complement, number, repeated, kind, street) = (
        places[field] for field in ESTABLISHMENT_FIELDS[:8]
    )
    (postcode, town, foreign, commune, state, sign1, sign2, sign3, usual) = (
        places[field] for field in ESTABLISHMENT_FIELDS[8:]
    )
    last_number = places.get("dernierNumeroVoieEtablissement")

    def convert(row: Row) -> str:
        identity = row[siret]
        if len(identity) != 14 or not (identity.isascii() and identity.isdigit()):
            raise BadRowError("siret is not fourteen digits")
        is_active = row[state] == "A"
        code, area = text(row[postcode])[:10], text(row[commune])[:5]
        department = department_cached(area, code)
        if (choice.active_only and not is_active) or (choice.departments and department not in choice.departments):
            return ""
        if latest.moment < row[changed] <= latest.limit and len(row[changed]) >= 10:
            latest.moment = row[changed]
        begin, way = row[number], row[kind]
        if last_number is not None and row[last_number] and row[last_number] != begin:
            begin = f"{begin}-{row[last_number]}"
        address = " ".join(f"{row[complement]} {begin} {row[repeated]} {STREETS.get(way, way)} {row[street]}".split())
        if "[" in address:
            address = " ".join(word for word in address.split() if not any(mask in word for mask in MASKS))
        signs = [text(one) for one in (row[sign1], row[sign2], row[sign3], row[usual]) if one]
        if signs:
            signs = [one for one in dict.fromkeys(signs) if one and one != GIVEN_UP]
        return "\t".join(
            (
                identity,
                identity[:9],
                "t" if is_active else "f",
                "t" if row[status] in {"P", "N"} else "f",
                escaped(address[:300]),
                escaped(code),
                escaped((text(row[town]) or text(row[foreign]))[:120]),
                escaped(area),
                department,
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


@cache
def department_cached(commune: str, postcode: str) -> str:
    """Return the département, or nothing. There are some ten thousand pairs."""
    return department_of(commune=commune, postcode=postcode) or ""


@cache
def _starts(code: str, wanted: tuple[str, ...]) -> bool:
    return code.replace(".", "").startswith(wanted)
