"""What a column of a file can be."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.importing.own import AnyTarget, OwnTargets
from contacts.normalising import LONGEST_PROPERTY_NAME, REASONS
from prm.work.errors import Invalid
from prm.work.texts import is_storable

IGNORED = ""
PROPERTY_PREFIX = "properties."
# In the mapping screen: kept as a property under the column's own name.
PROPERTY = "property"
# How a property is read, by what stands before its name: as it is, or as what its values say.
PREFIXES: dict[str, str] = {
    PROPERTY: PROPERTY_PREFIX,
    "number": "number.",
    "date": "date.",
    "date_mdy": "date_mdy.",
    "json": "json.",
}


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
            "number, member id, contactid, leadid, numero de client, numero adherent, matricule, numero contact, "
            "contact record id, vid, mautic id, id externe, customer number, account number, ext id",
        ),
        _target(
            "email",
            gettext_lazy("E-mail"),
            _PERSON,
            "email, e mail, mail, courriel, adresse email, adresse e mail, adresse mail, email address, e "
            "mail address, e mail 1 value, email pro, mail pro, email professionnel, work email, business "
            "email, adresse de messagerie, email 1, primary email, emailaddress, adresse courriel, e mail 1, "
            "adresse e mail 1, courrier electronique, adresse electronique, mel, email principal, e mail 1 adresse, "
            "email du contact, contact email, person email",
        ),
        _target(
            "first_name",
            gettext_lazy("First name"),
            _PERSON,
            "prenom, first name, firstname, given name, prenoms, prenom contact, forename, fname, prenom du contact, "
            "contact first name, givenname",
        ),
        _target(
            "last_name",
            gettext_lazy("Last name"),
            _PERSON,
            "nom, last name, lastname, family name, surname, nom de famille, nom contact, lname, nom du contact, "
            "contact last name, familyname, patronyme, nom usuel",
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
            "work phone, phone 1 value, tel mobile, telephone fixe, phonenumber, telephone bureau, tel bureau, "
            "mobile phone number, telephone professionnel, telephone 1, sms, whatsapp phone number, home phone, "
            "primary phone, company phone, phone 1, business phone 2, n telephone, no telephone, standard",
        ),
        _target(
            "job_title",
            gettext_lazy("Job title"),
            _PERSON,
            "fonction, poste, job title, jobtitle, title, titre, intitule de poste, position, role, metier, "
            "organization 1 title, intitule du poste, organization title, profession, job position, qualite, "
            "fonction du contact, titre de la fonction",
        ),
        _target(
            "language",
            gettext_lazy("Language"),
            _PERSON,
            "langue, language, locale, preferred language, langue preferee, preferred locale, langue de preference",
        ),
        _target(
            "company",
            gettext_lazy("Company name"),
            _COMPANY,
            "entreprise, societe, company, company name, raison sociale, organisation, organization, account "
            "name, nom de l entreprise, nom entreprise, nom societe, nom de la societe, soc, etablissement, "
            "compte, employer, organization 1 name, structure, companyname, account, organization name, nom du "
            "compte, company account, associated company, primary company, nom de l organisation, client",
        ),
        _target(
            "siren",
            "SIREN",
            _COMPANY,
            "siren, n siren, no siren, numero siren, code siren, siren number, vat, vat number, tva, n tva, "
            "numero de tva, tva intracommunautaire, vat id, numero de tva intracommunautaire, n tva "
            "intracommunautaire, siren entreprise",
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
            "domain name, website url, web site, siteweb, adresse web, page web, web page, website 1 value, nom de "
            "domaine, homepage, url du site, site internet de l entreprise",
        ),
        _target(
            "postcode",
            gettext_lazy("Postcode of the company"),
            _COMPANY,
            "code postal, cp, postcode, postal code, zip, zip code, zipcode, codepostal, code postal entreprise, "
            "code postal de l entreprise, code postal societe, cp entreprise, cp societe, company postcode, "
            "company postal code, company zip, company zip code, billing postal code, billing zip, "
            "code postal facturation, business postal code",
        ),
        _target(
            "city",
            gettext_lazy("City of the company"),
            _COMPANY,
            "ville, city, commune, localite, town, ville entreprise, ville de l entreprise, ville societe, "
            "ville de la societe, company city, account city, billing city, ville facturation, ville du siege, "
            "business city",
        ),
        _target(
            "tags",
            gettext_lazy("Tags, separated by semicolons"),
            _PERSON,
            "tags, tag, etiquettes, etiquette, contact tags, tags du contact, labels, label, libelles, mots cles, "
            "keywords",
        ),
        _target(
            "source",
            gettext_lazy("Source"),
            _RIGHTS,
            "source, origine, lead source, provenance, original source, source du lead, canal d acquisition, "
            "original source type, source d origine, origine du contact",
        ),
        _target(
            "opted_out",
            gettext_lazy("Does not want to be written to"),
            _RIGHTS,
            "do not email, opt out, optout, desinscrit, desabonne, unsubscribed, email opt out, ne pas "
            "contacter, do not contact, has opted out of email, opposition, desinscription, unsubscribed from "
            "all email, email optout, stop email, ne pas envoyer d email, desabonnement, opted out, opted out email, "
            "unsubscribe, blocklisted, blacklisted, liste noire, refus e mail, refus email, opposition email, "
            "has opted out, email blacklisted, donotemail, opposition e mail, desinscrit email, opted out of email",
        ),
    )
}

# Without one of these no row can be told from another.
KEY_FIELDS = ("external_id", "email")
# The SIREN of the company with first and last name.
SIREN_NAME = "siren_name"
# What PRM's own exports say of a contact and no file may write.
READ_ONLY = frozenset(("stage", "tier", "score", "qualification", "contactable", "created_at"))
# Columns that only an export of PRM has side by side.
OWN_COLUMNS = READ_ONLY | {"external_id", "email", "first_name", "last_name"}
COMPANY_FIELDS = frozenset({"company", "siren", "siret", "domain"})
# Where that company is: of a file that names none, a person's own place, which is kept as a property.
PLACE_FIELDS = frozenset({"postcode", "city"})


def property_of(field: str) -> tuple[str, str] | None:
    """Return how the property of a field is read (a key of PREFIXES) and its name; None for any other field."""
    for kind, prefix in PREFIXES.items():
        if field.startswith(prefix):
            return kind, field.removeprefix(prefix)
    return None


def field_label(code: str) -> str:
    """Say what a column goes into."""
    if (found := property_of(code)) is not None:
        return _("Property “%(name)s”") % {"name": found[1]}
    if code in TARGETS:
        return str(TARGETS[code].label)
    return _("Ignore")


def check_mapping(
    columns: list[str], mapping: dict[str, str], key_field: str, own: OwnTargets | None = None
) -> dict[str, str]:
    """Return a mapping for every column; raise Invalid for unknown columns or fields, a field twice, or no key."""
    errors: dict[str, str] = {}
    full = dict.fromkeys(columns, IGNORED)
    taken: dict[str, str] = {}
    for column, given in mapping.items():
        if column not in full:
            errors[column] = _("The file has no such column.")
            continue
        field = IGNORED if given == "ignore" else PREFIXES[given] + column if given in PREFIXES else given
        read = property_of(field)
        if read is not None:
            if not read[1].strip() or len(read[1]) > LONGEST_PROPERTY_NAME:
                errors[column] = _("The name of a property has 1 to 120 characters.")
            elif not is_storable(read[1]):
                errors[column] = str(REASONS["bad_text"])
        elif field != IGNORED and field not in TARGETS and field not in (own or {}):
            errors[column] = _("There is no field “%(field)s”.") % {"field": field}
        target = (own or {}).get(field)
        place = PROPERTY_PREFIX + read[1] if read else target.place if target else field
        if field != IGNORED and place in taken:
            errors[column] = _("The column “%(column)s” goes into the same field.") % {"column": taken[place]}
        full[column] = field
        taken.setdefault(place, column)
    if not errors and (problem := _key_problem(set(taken), key_field)):
        errors["key_field"] = problem
    if not errors and COMPANY_FIELDS.isdisjoint(taken):
        missing = _("Choose a column that names the company too: its name, SIREN or web domain.")
        errors = {
            column: missing
            for column, field in full.items()
            if field in PLACE_FIELDS or _is_of_company((own or {}).get(field))
        }
    if errors:
        raise Invalid(fields=errors)
    return full


def _is_of_company(target: AnyTarget | None) -> bool:
    return target is not None and target.is_of_company


def _key_problem(fields: set[str], key_field: str) -> str:
    """Say why no row can be told from another by this key; empty where all is well."""
    if key_field == SIREN_NAME:
        named = {"siren", "siret"} & fields and ({"last_name", "full_name"} & fields)
        return "" if named else _("For this key, choose a column for the SIREN and one for the name.")
    if key_field.startswith(PROPERTY_PREFIX):
        return "" if key_field in fields else _("The column of the key has to be kept as a property.")
    if not fields & set((key_field,) if key_field else KEY_FIELDS):
        return _("Choose a column for the key: the e-mail address or the external id.")
    return ""
