"""What a form can fill in: fields of the person, of their company, and the organisation's own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.fields.models import CustomField, Subject
from contacts.models import Contact
from touchpoints.lead_forms.document import COMPANY_CUSTOM, CONTACT_CUSTOM, EMAIL

PREFIXES: dict[str, str] = {Subject.CONTACT: CONTACT_CUSTOM, Subject.COMPANY: COMPANY_CUSTOM}


@dataclass(frozen=True)
class Target:
    """One thing that can be filled in. `autocomplete` and `input_type` are those of HTML."""

    name: str
    label: str | Promise
    autocomplete: str = "off"
    input_type: str = "text"
    longest: int = 120

    @property
    def key(self) -> str:
        """What its element is called where it stands for the first time: "email", "company_name"."""
        subject, _dot, field = self.name.partition(".")
        return field if subject == "contact" else f"company_{field}"


BUILT_IN: dict[str, Target] = {
    one.name: one
    for one in (
        Target(EMAIL, _("E-mail"), "email", "email", 254),
        Target("contact.first_name", _("First name"), "given-name"),
        Target("contact.last_name", _("Last name"), "family-name"),
        Target("contact.phone", _("Telephone"), "tel", "tel", 40),
        Target("contact.job_title", _("Job title"), "organization-title", longest=160),
        Target("company.name", _("Company"), "organization", longest=250),
        Target("company.siren", "SIREN", longest=20),
        Target("company.domain", _("Web domain"), "url", longest=250),
    )
}


def name_of(field: CustomField) -> str:
    """Return the target an own field is."""
    return PREFIXES[field.subject] + field.key


def own_targets(fields: Iterable[CustomField]) -> dict[str, CustomField]:
    """Return the organisation's own fields by the target they are."""
    return {name_of(field): field for field in fields}


def list_known(contact: Contact) -> frozenset[str]:
    """Return the targets something is known of, own ones included. Reads the company where there is one."""
    company = contact.company
    values: Mapping[str, object] = {
        **{name: getattr(contact, name.removeprefix("contact.")) for name in BUILT_IN if name.startswith("contact.")},
        **{
            name: getattr(company, name.removeprefix("company."), "")
            for name in BUILT_IN
            if name.startswith("company.")
        },
        **{CONTACT_CUSTOM + key: "known" for key in contact.custom},
        **{COMPANY_CUSTOM + key: "known" for key in (company.custom if company else {})},
    }
    return frozenset(name for name, value in values.items() if value)
