"""A company known by its domain alone, until it turns out to be one that is known by more."""

from contacts import qualification
from contacts.companies import entry
from contacts.models import Company, Contact
from enrichment.merging import is_known, merge_values
from enrichment.models import Lookup
from enrichment.partners.models import PartnerChange
from enrichment.proofs.models import Cause, ErasedDirector, Revision
from enrichment.proofs.policy import GROUPS
from enrichment.proofs.proposals import list_declined
from enrichment.proofs.rules import get_policy
from enrichment.proofs.writing import Merged, write_merges
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
    """Move what a stand-in has to the company it is, and remove it. Both are locked by the caller.

    What somebody said of it counts as if it had been said of the company: it fills what is empty, else who wins says.
    """
    _tell_values(organisation, stand_in, known)
    Revision.objects.filter(company=stand_in).update(company=known)
    PartnerChange.objects.filter(company=stand_in).update(company=known)
    Contact.everybody.filter(company=stand_in).update(company=known)
    _keep_erased(stand_in, known)
    Lookup.objects.filter(company=stand_in).update(company=known)
    if not known.domain:
        known.domain = stand_in.domain
        known.provenance = {**known.provenance, "domain": stamp_of(stand_in.domain)}
        known.save(update_fields=["domain", "provenance", "updated_at"])
    stand_in.delete()
    qualification.recompute(organisation, company_ids=[known.pk])
    qualification.profiles_changed(organisation)


def _keep_erased(stand_in: Company, known: Company) -> None:
    """Let those who were erased at the one be erased at the other."""
    there = ErasedDirector.objects.filter(company=known).values("key")
    ErasedDirector.objects.filter(company=stand_in).exclude(key__in=there).update(
        company=known, siren=known.siren or ""
    )


def _tell_values(organisation: Organisation, stand_in: Company, known: Company) -> None:
    if known.partial_diffusion:
        # It keeps its data private: nothing more is written of it.
        return
    policy = get_policy(organisation)
    for group in GROUPS:
        told = {name: getattr(stand_in, name) for name in group if is_known(stand_in, name)}
        # Its name stands for the domain, which is written by itself.
        if not told or group[0] in {"name", "domain"}:
            continue
        stamp = next((stand_in.provenance[name] for name in told if name in stand_in.provenance), stamp_of(""))
        declined = list_declined([known.pk], str(stamp["source"])).get(known.pk)
        merge = merge_values(known, told, stamp=stamp, policy=policy, declined=declined)
        write_merges(organisation, [Merged(known, merge, stamp, Cause.ANSWER)])
