"""What a column of a file can be."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.normalising import LONGEST_PROPERTY_NAME, REASONS, is_storable
from prm.work.errors import Invalid

IGNORED = ""
PROPERTY_PREFIX = "properties."
# In the mapping screen: kept as a property under the column's own name.
PROPERTY = "property"


@dataclass(frozen=True)
class Target:
    """A field a column can go into. `headers` are what such columns are called, folded (see guessing.fold)."""

    code: str
    label: str | Promise
    group: str | Promise
    headers: tuple[str, ...]


def _target(code: str, label: str | Promise, group: str | Promise, headers: str) -> Target:
    return Target(code, label, group, tuple(headers.split(", ")))


_PERSON, _COMPANY, _RIGHTS = gettext_lazy("Person"), gettext_lazy("Company"), gettext_lazy("Origin and rights")

TARGETS: dict[str, Target] = {
    target.code: target
    for target in (
        _target(
            "external_id",
            gettext_lazy("External id"),
            _PERSON,
            "external id, externalid, identifiant externe, prospect id, lead id, contact id, record id, "
            "customer id, client id, user id, person id, hs object id, id prospect, id contact, id client, "
            "identifiant, code client, code contact, numero client, reference, ref, uuid, guid, id, lead "
            "number, member id, contactid, leadid",
        ),
        _target(
            "email",
            gettext_lazy("E-mail"),
            _PERSON,
            "email, e mail, mail, courriel, adresse email, adresse e mail, adresse mail, email address, e "
            "mail address, e mail 1 value, email pro, mail pro, email professionnel, work email, business "
            "email, adresse de messagerie, email 1, primary email, emailaddress, adresse courriel",
        ),
        _target(
            "first_name",
            gettext_lazy("First name"),
            _PERSON,
            "prenom, first name, firstname, given name, prenoms, prenom contact, forename, fname",
        ),
        _target(
            "last_name",
            gettext_lazy("Last name"),
            _PERSON,
            "nom, last name, lastname, family name, surname, nom de famille, nom contact, lname, nom du contact",
        ),
        _target(
            "full_name",
            gettext_lazy("First and last name"),
            _PERSON,
            "nom complet, full name, fullname, contact, nom prenom, nom et prenom, prenom nom, prenom et nom, "
            "name, contact name, display name, interlocuteur",
        ),
        _target(
            "phone",
            gettext_lazy("Telephone"),
            _PERSON,
            "telephone, tel, phone, phone number, portable, mobile, mobile phone, numero de telephone, tel "
            "direct, tel portable, telephone portable, telephone mobile, gsm, ligne directe, business phone, "
            "work phone, phone 1 value, tel mobile, telephone fixe, phonenumber",
        ),
        _target(
            "job_title",
            gettext_lazy("Job title"),
            _PERSON,
            "fonction, poste, job title, jobtitle, title, titre, intitule de poste, position, role, metier, "
            "organization 1 title, intitule du poste",
        ),
        _target(
            "language",
            gettext_lazy("Language"),
            _PERSON,
            "langue, language, locale, preferred language",
        ),
        _target(
            "company",
            gettext_lazy("Company name"),
            _COMPANY,
            "entreprise, societe, company, company name, raison sociale, organisation, organization, account "
            "name, nom de l entreprise, nom entreprise, nom societe, nom de la societe, soc, etablissement, "
            "compte, employer, organization 1 name, structure, companyname, account",
        ),
        _target(
            "siren",
            "SIREN",
            _COMPANY,
            "siren, n siren, no siren, numero siren, code siren, siren number, vat, vat number, tva, n tva, "
            "numero de tva, tva intracommunautaire",
        ),
        _target(
            "siret",
            "SIRET",
            _COMPANY,
            "siret, n siret, no siret, numero siret, code siret",
        ),
        _target(
            "domain",
            gettext_lazy("Web domain"),
            _COMPANY,
            "domaine, domain, site web, site internet, site, website, web, url, company domain, company "
            "domain name, website url, web site, siteweb, adresse web",
        ),
        _target(
            "source",
            gettext_lazy("Source"),
            _RIGHTS,
            "source, origine, lead source, provenance, original source, source du lead, canal d acquisition",
        ),
        _target(
            "opted_out",
            gettext_lazy("Does not want to be written to"),
            _RIGHTS,
            "do not email, opt out, optout, desinscrit, desabonne, unsubscribed, email opt out, ne pas "
            "contacter, do not contact, has opted out of email, opposition, desinscription, unsubscribed from "
            "all email, email optout, stop email, ne pas envoyer d email, desabonnement",
        ),
    )
}

# Without one of these no row can be told from another.
KEY_FIELDS = ("external_id", "email")
COMPANY_FIELDS = frozenset({"company", "siren", "siret", "domain"})


def field_label(code: str) -> str:
    """Say what a column goes into."""
    if code.startswith(PROPERTY_PREFIX):
        return _("Property “%(name)s”") % {"name": code.removeprefix(PROPERTY_PREFIX)}
    if code in TARGETS:
        return str(TARGETS[code].label)
    return _("Ignore")


def check_mapping(columns: list[str], mapping: dict[str, str], key_field: str) -> dict[str, str]:
    """Return a mapping for every column; raise Invalid for unknown columns or fields, a field twice, or no key."""
    errors: dict[str, str] = {}
    full = dict.fromkeys(columns, IGNORED)
    taken: dict[str, str] = {}
    for column, field in mapping.items():
        if column not in full:
            errors[column] = _("The file has no such column.")
            continue
        if field == PROPERTY:
            field = PROPERTY_PREFIX + column  # noqa: PLW2901
        name = field.removeprefix(PROPERTY_PREFIX)
        if field.startswith(PROPERTY_PREFIX):
            if not name.strip() or len(name) > LONGEST_PROPERTY_NAME:
                errors[column] = _("The name of a property has 1 to 120 characters.")
            elif not is_storable(name):
                errors[column] = str(REASONS["bad_text"])
        elif field not in {IGNORED, "ignore"} and field not in TARGETS:
            errors[column] = _("There is no field “%(field)s”.") % {"field": field}
        if field not in {IGNORED, "ignore"} and field in taken:
            errors[column] = _("The column “%(column)s” goes into the same field.") % {"column": taken[field]}
        full[column] = IGNORED if field == "ignore" else field
        taken.setdefault(field, column)
    if not errors and not any(field in full.values() for field in (KEY_FIELDS if not key_field else (key_field,))):
        errors["key_field"] = _("Choose a column for the key: the e-mail address or the external id.")
    if errors:
        raise Invalid(fields=errors)
    return full
