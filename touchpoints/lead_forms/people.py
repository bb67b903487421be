"""Who sent a form, and what their answers tell of them and of their company."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contacts.companies import find_company
from contacts.consent.preferences import find_person
from contacts.models import Cause, Company, Contact
from contacts.normalising import company_key
from contacts.services import CompanyInput, update_contact, upsert_contact
from prm.organisations.models import Organisation
from prm.work.errors import Invalid
from touchpoints.lead_forms.document import COMPANY_CUSTOM, CONTACT_CUSTOM, EMAIL, Document
from touchpoints.lead_forms.models import LeadForm, Submission

_LONGEST_SOURCE = 120


@dataclass
class Made:
    """The contact a submission belongs to. `kept` are the targets whose known values stayed as they were."""

    contact: Contact
    is_new: bool
    kept: list[str] = field(default_factory=list)


def find_or_make_contact(
    organisation: Organisation, form: LeadForm, document: Document, submission: Submission
) -> Made:
    """Return the person, made or brought up to date with what they answered.

    Without an address in the answers it is whoever was known to fill in the form. Raises Invalid where that is nobody,
    Refused for somebody who was erased.
    """
    told = read_targets(document, submission.answers)
    email = told.pop(EMAIL, "")
    if email:
        contact, is_new = upsert_contact(
            organisation, values={"email": email}, by=_actor(form), cause=Cause.INTERACTION
        )
    else:
        known = find_person(organisation, int(submission.context.get("contact", 0)))
        if known is None:
            raise Invalid(fields={"email": "no_address"})
        contact, is_new = known, False
    if is_new:
        told = {"contact.language": form.language, "contact.source": form.name[:_LONGEST_SOURCE], **told}
    contact = Contact.objects.select_related("company").get(pk=contact.pk)
    made = Made(contact, is_new)
    _tell(organisation, form, document, made, told)
    return made


def read_targets(document: Document, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return {target: answer} of what fills in something kept; the last one counts where two fill in the same."""
    return {
        one.target: answers[one.key]
        for one in document.elements
        if one.target and one.key in answers and "." in one.target
    }


def _tell(organisation: Organisation, form: LeadForm, document: Document, made: Made, told: Mapping[str, Any]) -> None:
    """Write what is new of the person and their company; what is known gives way only to what says more."""
    contact = made.contact
    values: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    for target, answer in told.items():
        if target.startswith(CONTACT_CUSTOM):
            key = target.removeprefix(CONTACT_CUSTOM)
            if _may_write(document, made, target, contact.custom.get(key), answer):
                custom[key] = answer
        elif target.startswith("contact."):
            name = target.removeprefix("contact.")
            if _may_write(document, made, target, getattr(contact, name), answer):
                values[name] = answer
    company = _company(document, made, told)
    if values or custom or company is not None:
        made.contact = update_contact(
            organisation, contact_id=contact.pk, values=values, custom=custom, company=company, by=_actor(form)
        )


def _may_write(document: Document, made: Made, target: str, known: Any, answer: Any) -> bool:
    """Tell whether an answer is written; what is known and stays is noted."""
    if known in (None, "", []):
        return True
    if known == answer:
        return False
    if not document.replaces or is_emptier(answer, known):
        made.kept.append(target)
        return False
    return True


def is_emptier(answer: Any, known: Any) -> bool:
    """Tell whether an answer says less than what is known: nothing, or the beginning of it ("J." of "Jeanne")."""
    if answer in (None, "", []):
        return True
    if not isinstance(answer, str) or not isinstance(known, str):
        return False
    short = answer.strip().rstrip(".…").casefold()
    return len(short) < len(known) and known.casefold().startswith(short)


def _company(document: Document, made: Made, told: Mapping[str, Any]) -> CompanyInput | None:
    """Return what is said of the company; None where that is nothing new."""
    said = {name: str(told.get(f"company.{name}", "")) for name in ("name", "siren", "domain")}
    custom = {
        target.removeprefix(COMPANY_CUSTOM): answer
        for target, answer in told.items()
        if target.startswith(COMPANY_CUSTOM)
    }
    known: Company | None = made.contact.company
    if known is not None and not _is_another(document, made, known, said):
        said = {"name": known.name, "siren": known.siren or said["siren"], "domain": known.domain or said["domain"]}
    given = CompanyInput(name=said["name"], siren=said["siren"], domain=said["domain"])
    if given.is_empty:
        made.kept += [COMPANY_CUSTOM + key for key in custom]
        return None
    meant = known if known is not None and said["name"] == known.name else find_company(given)
    if meant is not None:
        # Its other people share it: an answer fills in what is not known, and replaces nothing.
        made.kept += [COMPANY_CUSTOM + key for key in custom if meant.custom.get(key) not in (None, custom[key])]
        custom = {key: answer for key, answer in custom.items() if key not in meant.custom}
    if known is not None and said["name"] == known.name and not custom and _adds_nothing(known, said):
        return None
    return replace(given, custom=custom or None)


def _adds_nothing(known: Company, said: Mapping[str, str]) -> bool:
    return (known.siren or "") == said["siren"] and known.domain == said["domain"]


def _is_another(document: Document, made: Made, known: Company, said: Mapping[str, str]) -> bool:
    """Tell whether the person says that they work for another company than the one that is known."""
    if said["siren"]:
        is_other = bool(known.siren) and known.siren != said["siren"]
    elif said["domain"] and known.domain:
        is_other = known.domain != said["domain"]
    else:
        is_other = bool(said["name"]) and company_key(said["name"]) != known.name_key
    if is_other and (not document.replaces or (said["name"] and is_emptier(said["name"], known.name))):
        made.kept.append("company.name")
        return False
    return is_other


def _actor(form: LeadForm) -> str:
    return f"{form.name} ({form.code})"
