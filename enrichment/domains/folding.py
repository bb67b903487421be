"""A company known by its domain alone, until it turns out to be one that is known by more."""

from contacts import qualification
from contacts.companies import entry
from contacts.models import Company, Contact
from enrichment.models import Lookup
from prm.organisations.models import Organisation

# Company.source of those made for the people who write from a domain.
STAND_IN = "domain"


def stamp_of(domain: str) -> dict[str, str]:
    """Return the provenance of what a domain of e-mail addresses says."""
    return {**entry("inferred", domain), "via": "email_domain"}


def is_stand_in(company: Company) -> bool:
    """Tell a company that was made for a domain, and of which nobody said more since."""
    is_bare = not (company.siren or company.custom) and company.name == company.domain
    return company.source == STAND_IN and is_bare


def fold(organisation: Organisation, *, stand_in: Company, known: Company) -> None:
    """Move people and questions of a stand-in to the company it is, and remove it. Both are locked by the caller."""
    Contact.everybody.filter(company=stand_in).update(company=known)
    Lookup.objects.filter(company=stand_in).update(company=known)
    if not known.domain:
        known.domain = stand_in.domain
        known.provenance = {**known.provenance, "domain": stamp_of(stand_in.domain)}
        known.save(update_fields=["domain", "provenance", "updated_at"])
    stand_in.delete()
    qualification.recompute(organisation, company_ids=[known.pk])
    qualification.profiles_changed(organisation)
