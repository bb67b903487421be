"""Companies: found again by SIREN, else domain, else name; created and changed with the provenance of each value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts import qualification
from contacts.arrivals import came_by, tell_of_companies
from contacts.codes.words import naf_code, naf_nomenclature
from contacts.fields.models import Subject
from contacts.fields.values import GivenValues, read_values
from contacts.models import Company
from contacts.normalising import (
    UnusableValueError,
    clean_text,
    company_key,
    normalise_domain,
    normalise_siren,
    normalise_siret,
)
from contacts.structure.establishments import keep_own_establishments
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Invalid, NotFound

EDITABLE = (
    *("name", "siren", "siret", "domain", "naf_code", "headcount_band", "legal_form"),
    *("address", "postcode", "city", "department"),
)


@dataclass(frozen=True)
class CompanyInput:
    """What somebody says about a contact's company; all of it may be empty. `custom`: values of own fields by key."""

    name: str = ""
    siren: str = ""
    siret: str = ""
    domain: str = ""
    custom: Mapping[str, Any] | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is said."""
        return not (self.name or self.siren or self.siret or self.domain)


def clean_company(given: CompanyInput, *, prefix: str = "company.") -> CompanyInput:
    """Return the values in their one writing; raise Invalid with each bad field as `<prefix><field>`."""
    errors: dict[str, Any] = {}
    values: dict[str, str] = {}
    readers: dict[str, Callable[[str], str]] = {
        "name": lambda text: clean_text(text, 250),
        "siren": normalise_siren,
        "siret": normalise_siret,
        "domain": normalise_domain,
    }
    for field, reader in readers.items():
        try:
            values[field] = reader(getattr(given, field))
        except UnusableValueError as error:
            errors[prefix + field] = error.message
    if errors:
        raise Invalid(fields=errors)
    if values["siret"] and not values["siren"]:
        values["siren"] = values["siret"][:9]
    return CompanyInput(**values, custom=given.custom)


def find_company(given: CompanyInput) -> Company | None:
    """Return the company that is meant: by SIREN, else domain, else name; the oldest of several.

    A company with another SIREN is never meant.
    """
    if given.siren and (company := Company.objects.filter(siren=given.siren).first()):
        return company
    others = Company.objects.order_by("pk")
    if given.siren:
        others = others.filter(siren=None)
    if given.domain and (company := others.filter(domain=given.domain).first()):
        return company
    if given.name and (company := others.filter(name_key=company_key(given.name)).first()):
        return company
    return None


def find_or_create_company(
    organisation: Organisation, given: CompanyInput, *, provenance: str, source: str = "", by: Actor | None = None
) -> Company | None:
    """Return the company that is meant, made if need be, with what was unknown of it filled in; None for nothing.

    `given` is clean. Locks the making of companies of this organisation until the transaction ends.
    """
    if given.is_empty:
        return None
    company = find_company(given)
    if company is None:
        lock_companies(organisation)
        company = find_company(given)
    if company is None:
        name = given.name or given.domain or given.siren
        company = Company.objects.create(
            organisation=organisation,
            name=name,
            name_key=company_key(name),
            siren=given.siren or None,
            siret=given.siret,
            domain=given.domain,
            source=source[:40],
            provenance={"*": entry(provenance)},
        )
        tell_of_companies(organisation, [company.pk], came_by(by, provenance))
        return company
    _fill(company, given, provenance)
    return company


def create_company(
    organisation: Organisation,
    *,
    values: Mapping[str, Any],
    by: Actor,
    provenance: str = "declared",
    source: str = "",
    custom: Mapping[str, Any] | None = None,
) -> Company:
    """Add a company; raise Invalid for bad values, or for one that is known by its SIREN or web domain."""
    clean = _clean({"name": "", **values})
    with transaction.atomic():
        given = read_values(organisation, Subject.COMPANY, custom)
        lock_companies(organisation)
        siren, domain = clean.get("siren"), clean.get("domain")
        if siren and Company.objects.filter(siren=siren).exists():
            raise Invalid(fields={"siren": _("Another company has this SIREN.")})
        if domain and not siren and Company.objects.filter(domain=domain).exists():
            raise Invalid(
                fields={"domain": _("Another company has this web domain: give the SIREN to tell them apart.")}
            )
        company = Company(organisation=organisation, source=source[:40], custom=given.over({}), **clean)
        company.name_key = company_key(company.name)
        company.naf_nomenclature = naf_nomenclature(company.naf_code)
        company.provenance = {"*": entry(provenance)}
        company.save()
        after = {**given.in_words(company), **{name: value for name, value in clean.items() if value}}
        audit.record(organisation, by, "company.create", company, after=after)
        tell_of_companies(organisation, [company.pk], came_by(by, provenance))
    return company


def update_company(
    organisation: Organisation,
    *,
    company_id: int,
    values: Mapping[str, Any],
    by: Actor,
    provenance: str = "declared",
    custom: Mapping[str, Any] | None = None,
) -> Company:
    """Change a company's fields (`EDITABLE`), and own fields by key (None takes one away).

    Raises Invalid for bad values, NotFound, or for a SIREN that is taken.
    """
    clean = _clean(values)
    with transaction.atomic():
        given = read_values(organisation, Subject.COMPANY, custom)
        company = Company.objects.select_for_update().filter(pk=company_id).first()
        if company is None:
            raise NotFound
        siren = clean.get("siren")
        if siren and Company.objects.filter(siren=siren).exclude(pk=company.pk).exists():
            raise Invalid(fields={"siren": _("Another company has this SIREN.")})
        before = {**given.in_words(company), **{field: getattr(company, field) for field in clean}}
        changed = [field for field, value in clean.items() if value != before[field]]
        told = [*changed, *given.changed(company.custom)]
        if not told:
            return company
        for field in changed:
            setattr(company, field, clean[field])
        company.custom = given.over(company.custom)
        company.provenance = {**company.provenance, **{name: entry(provenance) for name in told}}
        company.name_key = company_key(company.name)
        company.naf_nomenclature = naf_nomenclature(company.naf_code)
        company.save(update_fields=[*changed, "custom", "name_key", "naf_nomenclature", "provenance", "updated_at"])
        if "siren" in changed:
            keep_own_establishments([company.pk])
        qualification.recompute(organisation, company_ids=[company.pk])
        qualification.profiles_changed(organisation)
        after = {**given.in_words(company), **clean}
        audit.record(organisation, by, "company.update", company, before=before, after=after)
    return company


def set_own_values(
    organisation: Organisation, *, company: Company, given: GivenValues, by: Actor | None, provenance: str
) -> None:
    """Write values of own fields that were read, also on `company`; nothing where they are known. Locks the company."""
    if not given.values:
        return
    locked = Company.objects.select_for_update().get(pk=company.pk)
    told, before = given.changed(locked.custom), given.in_words(locked)
    company.custom = locked.custom = given.over(locked.custom)
    if not told:
        return
    locked.provenance = {**locked.provenance, **{name: entry(provenance) for name in told}}
    locked.save(update_fields=["custom", "provenance", "updated_at"])
    qualification.recompute(organisation, company_ids=[company.pk])
    qualification.profiles_changed(organisation)
    if by is not None:
        audit.record(organisation, by, "company.update", locked, before=before, after=given.in_words(locked))


def entry(provenance: str, ref: str = "") -> dict[str, str]:
    """Return what is stored of a value's provenance, as of now."""
    found = {"source": provenance, "at": timezone.now().isoformat(timespec="seconds")}
    return {**found, "ref": ref} if ref else found


def longest(model: type[Model], field: str) -> int:
    """Return how many characters a field takes."""
    return int(getattr(model._meta.get_field(field), "max_length", None) or 250)


def lock_companies(organisation: Organisation) -> None:
    """Wait until no other transaction makes companies of this organisation: names have no unique key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('contacts.companies'), %s)", [organisation.pk % 2**31])


def _fill(company: Company, given: CompanyInput, provenance: str) -> None:
    """Write what was unknown; what is known stays."""
    changed = [field for field in ("siren", "siret", "domain") if getattr(given, field) and not getattr(company, field)]
    if not changed:
        return
    for field in changed:
        setattr(company, field, getattr(given, field))
        company.provenance = {**company.provenance, field: entry(provenance)}
    company.save(update_fields=[*changed, "provenance", "updated_at"])


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    clean: dict[str, Any] = {}
    for field in EDITABLE:
        if field not in values:
            continue
        try:
            clean[field] = _read(field, str(values[field] or ""))
        except UnusableValueError as error:
            errors[field] = error.message
    if "name" in clean and not clean["name"]:
        errors["name"] = _("A company needs a name.")
    if errors:
        raise Invalid(fields=errors)
    if "siren" in clean:
        clean["siren"] = clean["siren"] or None
    return clean


def _read(field: str, text: str) -> str:
    readers: dict[str, Callable[[str], str]] = {
        "siren": normalise_siren,
        "siret": normalise_siret,
        "domain": normalise_domain,
    }
    if field in readers:
        return readers[field](text)
    if field == "naf_code":
        text = naf_code(text)
    return clean_text(text, longest(Company, field))
