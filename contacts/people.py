"""Contacts one at a time: created, changed, created or changed; each value with where it comes from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts import qualification, suppressions
from contacts.companies import (
    CompanyInput,
    clean_company,
    entry,
    find_or_create_company,
    longest,
    set_own_values,
)
from contacts.doubles.models import Alias, AliasKind
from contacts.fields.models import Subject
from contacts.fields.values import GivenValues, read_values
from contacts.lifecycle import begin_lifecycle
from contacts.models import Cause, Company, Contact
from contacts.normalising import (
    UnusableValueError,
    clean_properties,
    clean_text,
    normalise_email,
    normalise_language,
    normalise_phone,
    region_of,
)
from contacts.rights.keys import find_erased_key
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Membership, Organisation
from prm.work.errors import Conflict, Invalid, NotFound, Refused

TEXT_FIELDS = ("first_name", "last_name", "job_title", "source")
KEYS = ("external_id", "email")
FIELDS = (*KEYS, *TEXT_FIELDS, "phone", "language", "owner_id")
# What a person never needs to be told where it comes from.
_WITHOUT_PROVENANCE = {"owner_id", "source", "language", "properties", "custom"}
# Attempts of an upsert that another one of the same key overtakes.
_ATTEMPTS = 5
_TAKEN: dict[str, tuple[str, str | Promise]] = {
    "contacts_contact_email": ("email", gettext_lazy("Another contact has this address.")),
    "contacts_contact_external_id": ("external_id", gettext_lazy("Another contact has this external id.")),
}
ERASED = gettext_lazy("This person was erased at their request and may not be added again.")


def create_contact(
    organisation: Organisation,
    *,
    values: Mapping[str, Any],
    by: Actor | None,
    company: CompanyInput | None = None,
    properties: Mapping[str, Any] | None = None,
    custom: Mapping[str, Any] | None = None,
    provenance: str = "declared",
    cause: str = Cause.PERSON,
) -> Contact:
    """Create a suspect from `FIELDS` and values of own fields by key; raise Invalid for bad values and taken keys.

    Whoever's address is suppressed stays suppressed. `provenance` is where the values come from: "declared", "api",
    "import", "sirene", "partner" or "inferred".
    """
    with transaction.atomic():
        given = _read(organisation, values, company, properties, custom, by, provenance)
        return _create(organisation, given, cause)


def update_contact(
    organisation: Organisation,
    *,
    contact_id: int,
    values: Mapping[str, Any],
    by: Actor | None,
    company: CompanyInput | None = None,
    properties: Mapping[str, Any] | None = None,
    custom: Mapping[str, Any] | None = None,
    provenance: str = "declared",
) -> Contact:
    """Change the fields that `values` holds; properties and own fields are added to those known, None takes one away.

    An empty company takes the contact out of its company; None leaves it. Raises Invalid, NotFound.
    """
    with transaction.atomic():
        given = _read(organisation, values, company, properties, custom, by, provenance)
        contact = Contact.objects.select_for_update().filter(pk=contact_id).first()
        if contact is None:
            raise NotFound
        return _update(organisation, contact, given)


def upsert_contact(
    organisation: Organisation,
    *,
    values: Mapping[str, Any],
    by: Actor | None,
    company: CompanyInput | None = None,
    properties: Mapping[str, Any] | None = None,
    custom: Mapping[str, Any] | None = None,
    provenance: str = "api",
    cause: str = Cause.API,
) -> tuple[Contact, bool]:
    """Create the contact with this external id or address, or change it; return it and whether it is new.

    The external id is looked for first; a contact found by its address alone takes the external id, unless it has
    another (Conflict). Two calls at once for one key give one contact. `cause`: what the ledger of stages says brought
    in a new one. Raises Invalid, Refused for an erased person.
    """
    with transaction.atomic():
        given = _read(organisation, values, company, properties, custom, by, provenance)
        clean = given.values
        if not clean.get("external_id") and not clean.get("email"):
            raise Invalid(fields={"email": _("Give an e-mail address or an external id.")})
        for key in KEYS:
            if not clean.get(key):
                clean.pop(key, None)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return _upsert(organisation, given, cause)
            except _TakenError as error:
                if attempt == _ATTEMPTS or not _is_race(clean):
                    raise Conflict(str(error.fields[error.field]), field=error.field) from error
        raise AssertionError("unreachable")


@dataclass(frozen=True)
class _Given:
    """What somebody said about a contact, clean; the company None: nothing said."""

    values: dict[str, Any]
    company: CompanyInput | None
    properties: dict[str, Any]
    custom: GivenValues
    company_custom: GivenValues
    by: Actor | None
    provenance: str


def _read(
    organisation: Organisation,
    values: Mapping[str, Any],
    company: CompanyInput | None,
    properties: Mapping[str, Any] | None,
    custom: Mapping[str, Any] | None,
    *who: Any,
) -> _Given:
    by, provenance = who
    if company is not None and company.custom and company.is_empty:
        raise Invalid(fields={"company": _("Say which company the values are of.")})
    return _Given(
        clean_values(organisation, values),
        clean_company(company) if company is not None else None,
        _clean_properties(properties),
        read_values(organisation, Subject.CONTACT, custom),
        read_values(organisation, Subject.COMPANY, company.custom if company else None, within="company."),
        by,
        provenance,
    )


def clean_values(organisation: Organisation, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values in their one writing; raise Invalid with every field that cannot be used."""
    region = region_of(organisation.time_zone)
    readers: dict[str, Callable[[str], str]] = {
        "email": normalise_email,
        "phone": lambda text: normalise_phone(text, region),
        "language": normalise_language,
    }
    clean: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for field in FIELDS:
        if field not in values:
            continue
        value = values[field]
        if field == "owner_id":
            clean[field] = value
            if value is not None and not Membership.objects.filter(user_id=value).exists():
                errors["owner"] = _("Choose a member of the organisation.")
            continue
        text = "" if value is None else str(value)
        try:
            clean[field] = readers[field](text) if field in readers else clean_text(text, longest(Contact, field))
        except UnusableValueError as error:
            errors[field] = error.message
    if errors:
        raise Invalid(fields=errors)
    for key in KEYS:
        if key in clean:
            clean[key] = clean[key] or None
    return clean


class _TakenError(Invalid):
    """A key that another contact has; as Invalid for people, a reason to look again for programs."""

    def __init__(self, field: str, message: str | Promise) -> None:
        super().__init__(fields={field: message})
        self.field = field


def _clean_properties(properties: Mapping[str, Any] | None) -> dict[str, Any]:
    try:
        return clean_properties(dict(properties or {}))
    except UnusableValueError as error:
        raise Invalid(fields={"properties": error.message}) from error


def _find_by_keys(clean: dict[str, Any]) -> Contact | None:
    locked = Contact.objects.select_for_update(of=("self",)).select_related("company")
    external_id, email = clean.get("external_id"), clean.get("email")
    if external_id and (contact := locked.filter(external_id=external_id).first()):
        return contact
    contact = locked.filter(email=email).first() if email else None
    if contact is None:
        contact = _find_merged(clean, locked)
        external_id = clean.get("external_id")
    elif external_id and Alias.objects.filter(kind=AliasKind.EXTERNAL_ID, value=external_id, contact=contact).exists():
        del clean["external_id"]
        external_id = None
    if contact is not None and external_id and contact.external_id not in {None, external_id}:
        raise Conflict(_("The contact with this address has another external id."), field="external_id", id=contact.pk)
    return contact


def _find_merged(clean: dict[str, Any], locked: "QuerySet[Contact]") -> Contact | None:
    """Return who a merged person of this external id or address is now; those names change nothing of theirs."""
    names = {kind: clean[kind] for kind in (AliasKind.EXTERNAL_ID, AliasKind.EMAIL) if clean.get(kind)}
    for kind, value in names.items():
        alias = Alias.objects.filter(kind=kind, value=value[:254]).first()
        if alias is not None:
            for other, known in names.items():
                if other == kind or Alias.objects.filter(kind=other, value=known[:254]).exists():
                    clean.pop(other)
            return locked.filter(pk=alias.contact_id).first()
    return None


def _is_race(clean: Mapping[str, Any]) -> bool:
    """Tell whether looking again can help: not when the two keys belong to two contacts."""
    external_id, email = clean.get("external_id"), clean.get("email")
    if not external_id or not email:
        return True
    by_id = Contact.objects.filter(external_id=external_id).values_list("pk", flat=True).first()
    by_email = Contact.objects.filter(email=email).values_list("pk", flat=True).first()
    return by_id is None or by_email is None or by_id == by_email


def _upsert(organisation: Organisation, given: _Given, cause: str) -> tuple[Contact, bool]:
    with transaction.atomic():
        contact = _find_by_keys(given.values)
        if contact is not None:
            return _update(organisation, contact, given), False
        return _create(organisation, given, cause), True


def _create(organisation: Organisation, given: _Given, cause: str) -> Contact:
    suppressions.share_addresses(organisation)
    _refuse_erased(organisation, given.values)
    source = str(given.values.get("source") or "")
    company = find_or_create_company(
        organisation, given.company or CompanyInput(), provenance=given.provenance, source=source, by=given.by
    )
    _set_company_values(organisation, company, given)
    contact = Contact(
        organisation=organisation,
        **given.values,
        company=company,
        properties={key: value for key, value in given.properties.items() if value is not None},
        custom=given.custom.over({}),
        provenance={"*": entry(given.provenance)},
    )
    contact.qualification_percent = qualification.weighing_of(organisation, to_write=True).percent_of(contact)
    _save(contact, force_insert=True)
    begin_lifecycle(organisation, contact, cause=cause, by=given.by)
    qualification.profiles_changed(organisation)
    if contact.email:
        suppressions.suppress_known_addresses(organisation, {contact.pk: contact.email})
    if given.by is not None:
        audit.record(organisation, given.by, "contact.create", contact, after=_shown(contact, given))
    return contact


def _refuse_erased(organisation: Organisation, values: Mapping[str, Any]) -> None:
    """Raise Refused for the address or external id of somebody who was erased."""
    field = find_erased_key(organisation, email=values.get("email"), external_id=values.get("external_id"))
    if field:
        raise Refused(ERASED, field=field)


def _update(organisation: Organisation, contact: Contact, given: _Given) -> Contact:
    new = {key: given.values.get(key) for key in KEYS if given.values.get(key) != getattr(contact, key)}
    _refuse_erased(organisation, new)
    before = _shown(contact, given)
    told = given.custom.changed(contact.custom)
    changed = _assign(organisation, contact, given)
    if not changed:
        return contact
    told += [field for field in changed if field not in _WITHOUT_PROVENANCE]
    contact.provenance = {**contact.provenance, **{field: entry(given.provenance) for field in told}}
    contact.qualification_percent = qualification.weighing_of(organisation, to_write=True).percent_of(contact)
    _save(contact, update_fields=[*changed, "provenance", "qualification_percent", "updated_at"])
    qualification.profiles_changed(organisation)
    if "email" in changed and contact.email:
        suppressions.suppress_known_addresses(organisation, {contact.pk: contact.email})
    if given.by is not None:
        after = {**_shown(contact, given), "fields": sorted(changed)}
        audit.record(organisation, given.by, "contact.update", contact, before=before, after=after)
    return contact


def _assign(organisation: Organisation, contact: Contact, given: _Given) -> list[str]:
    """Set what was said on the contact; return the fields that changed."""
    changed = [field for field, value in given.values.items() if getattr(contact, field) != value]
    for field in changed:
        setattr(contact, field, given.values[field])
    if given.company is not None:
        company = find_or_create_company(
            organisation, given.company, provenance=given.provenance, source=contact.source, by=given.by
        )
        if (company.pk if company else None) != contact.company_id:
            contact.company = company
            changed.append("company")
        _set_company_values(organisation, company, given)
    merged = {key: value for key, value in {**contact.properties, **given.properties}.items() if value is not None}
    if merged != contact.properties:
        contact.properties = merged
        changed.append("properties")
    custom = given.custom.over(contact.custom)
    if custom != contact.custom:
        contact.custom = custom
        changed.append("custom")
    return changed


def _set_company_values(organisation: Organisation, company: Company | None, given: _Given) -> None:
    if company is not None:
        set_own_values(
            organisation, company=company, given=given.company_custom, by=given.by, provenance=given.provenance
        )


def _save(contact: Contact, **options: Any) -> None:
    """Write; a key that is taken, found out by the database itself, raises _TakenError and leaves nothing behind."""
    try:
        with transaction.atomic():
            contact.save(**options)
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        if constraint not in _TAKEN:
            raise
        raise _TakenError(*_TAKEN[constraint]) from error


def _shown(contact: Contact, given: _Given) -> dict[str, Any]:
    company = contact.company.name if contact.company else ""
    own = given.custom.in_words(contact)
    return {**own, **{field: getattr(contact, field) for field in given.values}, "company": company}
