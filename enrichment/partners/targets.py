"""What a column of a partner's file can be, and what it seems to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.codes.words import HEADCOUNT_BANDS
from contacts.fields.models import ValueType
from contacts.importing.guessing import Confidence, Guess, fold
from contacts.importing.own import OwnTarget, own_targets
from enrichment.partners.reading import READERS, Key
from prm.organisations.models import Organisation
from prm.work.errors import Invalid

IGNORED = ""
# A field of our own that is made of the column when the file is mapped, by its type.
NEW = {
    "new.text": ValueType.TEXT,
    "new.number": ValueType.NUMBER,
    "new.date": ValueType.DATE,
}
# Share of a column's values that must be readable as what it is taken for.
_ENOUGH = 0.8


@dataclass(frozen=True)
class Target:
    """A field a column can go into. `headers` are what such columns are called, folded."""

    code: str
    label: str | Promise
    is_key: bool
    headers: tuple[str, ...]


def _target(code: str, label: str | Promise, headers: str, *, is_key: bool = False) -> Target:
    return Target(code, label, is_key, tuple(headers.split(", ")))


TARGETS: dict[str, Target] = {
    target.code: target
    for target in (
        _target("siren", "SIREN", "siren, n siren, no siren, numero siren, code siren, siren number", is_key=True),
        _target(
            "siret",
            "SIRET",
            "siret, n siret, no siret, numero siret, code siret, siret siege, siret du siege",
            is_key=True,
        ),
        _target(
            "vat",
            gettext_lazy("VAT number"),
            "tva, vat, vat number, n tva, numero de tva, tva intracommunautaire, vat id, "
            "numero de tva intracommunautaire, n tva intracommunautaire",
            is_key=True,
        ),
        _target(
            "domain",
            gettext_lazy("Web domain"),
            "domaine, domain, site web, site internet, site, website, web, url, company domain, nom de domaine, "
            "company website, homepage, url du site, adresse web",
            is_key=True,
        ),
        _target(
            "name",
            gettext_lazy("Company name"),
            "raison sociale, denomination, nom, entreprise, societe, company, company name, name, nom de l entreprise, "
            "nom entreprise, nom societe, organisation, organization, enseigne, nom commercial, legal name",
            is_key=True,
        ),
        _target(
            "postcode",
            gettext_lazy("Postcode"),
            "code postal, cp, postcode, zip, zip code, postal code, codepostal",
            is_key=True,
        ),
        _target("city", gettext_lazy("City"), "ville, city, commune, localite, town", is_key=True),
        _target(
            "address",
            gettext_lazy("Address"),
            "adresse, address, rue, voie, adresse postale, street, adresse 1, numero et voie",
        ),
        _target("department", gettext_lazy("Département"), "departement, department, dept, code departement"),
        _target(
            "headcount",
            gettext_lazy("Headcount: number or range"),
            "effectif, effectifs, nombre de salaries, salaries, headcount, employees, number of employees, "
            "nb salaries, effectif salarie, nombre d employes, company size, employee count, tranche effectif, "
            "tranche d effectif, tranche effectifs, effectif entreprise",
        ),
        _target(
            "headcount_code",
            gettext_lazy("Headcount: INSEE’s code"),
            "code effectif, code tranche effectif, tranche effectifs unite legale, code tranche d effectif, "
            "tranche effectif salarie",
        ),
        _target(
            "naf_code",
            gettext_lazy("Activity (NAF code)"),
            "naf, ape, code naf, code ape, activite, activity, activite principale, code activite, naf ape, "
            "code ape naf, code naf ape, activity code",
        ),
        _target(
            "legal_form",
            gettext_lazy("Legal form"),
            "forme juridique, legal form, statut juridique, categorie juridique, nature juridique, "
            "code forme juridique",
        ),
        _target(
            "category",
            gettext_lazy("Size of the group"),
            "categorie, category, categorie entreprise, taille, taille entreprise",
        ),
        _target(
            "founded_on",
            gettext_lazy("Founded"),
            "date de creation, creation, date creation, founded, founded on, creation date, date d immatriculation",
        ),
    )
}

OwnFields = Mapping[str, OwnTarget]


def own_fields(organisation: Organisation) -> dict[str, OwnTarget]:
    """Return the organisation's own fields of companies, by the codes of mappings. Two queries."""
    found = own_targets(organisation)
    return {code: one for code, one in found.items() if isinstance(one, OwnTarget) and one.is_of_company}


def guess_columns(columns: Sequence[str], rows: Sequence[Sequence[str]], own: OwnFields) -> list[Guess]:
    """Guess every column by its name; a field is given to one column at most. What nothing is known of is left out."""
    values = [_values(rows, place) for place in range(len(columns))]
    folded = [fold(column) for column in columns]
    found: dict[int, tuple[str, Confidence]] = {}
    for one in own.values():
        names = set(map(fold, one.names))
        place = next((n for n, name in enumerate(folded) if name in names and n not in found), None)
        if place is not None and one.place not in {own[code].place for code, _sure in found.values() if code in own}:
            found[place] = (one.code, "sure")
    for code, target in TARGETS.items():
        places = [n for header in target.headers for n, name in enumerate(folded) if name == header and n not in found]
        if places:
            found[places[0]] = (code, "sure" if _fits(code, values[places[0]]) else "check")
    _tell_codes_from_numbers(found, values)
    return [
        Guess(column, *found.get(place, (IGNORED, "kept")), tuple(one[:60] for one in dict.fromkeys(values[place]))[:3])
        for place, column in enumerate(columns)
    ]


def check_mapping(columns: Sequence[str], mapping: Mapping[str, str], own: OwnFields) -> dict[str, str]:
    """Return a mapping for every column; raise Invalid for what is unknown or there twice, no key, or nothing told."""
    errors: dict[str, str] = {}
    full = {column: mapping.get(column, IGNORED) for column in columns}
    taken: dict[str, str] = {}
    for column, code in full.items():
        if code in {IGNORED, *NEW}:
            continue
        place = own[code].place if code in own else code
        if code not in TARGETS and code not in own:
            errors[column] = _("There is no such field.")
        elif place in taken:
            errors[column] = _("The column “%(column)s” goes there already.") % {"column": taken[place]}
        else:
            taken[place] = column
    if {"headcount", "headcount_code"} <= set(taken):
        errors[taken["headcount_code"]] = _("The column “%(column)s” goes there already.") % {
            "column": taken["headcount"]
        }
    if not errors and not {key.value for key in Key} & set(taken):
        errors[""] = _("Say which column tells companies apart: SIREN, SIRET, VAT number, web domain or name.")
    elif not errors and len(taken) + sum(code in NEW for code in full.values()) < 2:
        errors[""] = _("Say what else the file tells of companies: one more column at least.")
    if errors:
        raise Invalid(fields=errors)
    return full


def label_of(code: str, own: OwnFields) -> str:
    """Say what a column goes into; "" for nowhere."""
    if code in TARGETS:
        return str(TARGETS[code].label)
    return own[code].field.label if code in own else ""


def _tell_codes_from_numbers(found: dict[int, tuple[str, Confidence]], values: list[list[str]]) -> None:
    """Take a headcount whose values are all INSEE's codes, zeros in front, for a column of codes."""
    place = next((n for n, (code, _sure) in found.items() if code == "headcount"), None)
    if place is None or any(code == "headcount_code" for code, _sure in found.values()):
        return
    are_codes = bool(values[place]) and set(values[place]) <= set(HEADCOUNT_BANDS)
    if are_codes and any(value.startswith(("0", "N")) for value in values[place]):
        found[place] = ("headcount_code", "check")


def _fits(code: str, values: list[str]) -> bool:
    return not values or sum(READERS[code].reads(value) for value in values) >= _ENOUGH * len(values)


def _values(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    return [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
