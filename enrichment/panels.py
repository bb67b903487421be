"""Enrichment on other pages: panels of a company and of a contact, an action on the list of contacts."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy, ngettext

from contacts.bulk import BulkAction
from contacts.models import Company, Contact
from enrichment import queries, services, wording
from enrichment.merging import question_for
from enrichment.models import Lookup, LookupStatus
from enrichment.providers.records import CompanyRecord
from prm.organisations.access import OrgRequest
from prm.organisations.models import Organisation, User
from prm.organisations.rights import Right
from prm.web.figures import figure


def company_panel(request: OrgRequest, company: Company) -> dict[str, Any]:
    """Return what the company's page shows: the last answer, and whether it can be asked about. One query."""
    lookup = queries.find_last_lookup(company)
    return {
        "company": company,
        "lookup": lookup,
        "is_askable": question_for(company) is not None,
        "facts": _facts(lookup),
        "kept": wording.kept_of(lookup, company) if lookup else [],
        "filled": len(wording.changes_of(lookup)) if lookup else 0,
        "candidates": len(services.candidates_of(lookup)) if lookup else 0,
        "detail": wording.detail_words(lookup) if lookup else "",
        "can_undo": bool(lookup and services.undoable(lookup, company)),
    }


def contact_panel(request: OrgRequest, contact: Contact) -> dict[str, Any]:
    """Return the panel of the contact's company; one without a company is told what is missing."""
    return {**company_panel(request, contact.company), "contact": contact} if contact.company else {"contact": contact}


def _facts(lookup: Lookup | None) -> list[wording.Fact]:
    if lookup is None or lookup.status != LookupStatus.FOUND or not lookup.answer.get("record"):
        return []
    return wording.further_facts_of(CompanyRecord.from_json(lookup.answer["record"]))


def _enrich(organisation: Organisation, contact_ids: Sequence[int], by: User) -> str:
    asked = services.request_for_contacts(organisation, contact_ids=contact_ids, by=by)
    told = ngettext(
        "%(n)s company is being asked about.", "%(n)s companies are being asked about.", asked.companies
    ) % {"n": figure(asked.companies)}
    if asked.without_company:
        told += " " + ngettext(
            "%(n)s contact has no company.", "%(n)s contacts have no company.", asked.without_company
        ) % {"n": figure(asked.without_company)}
    return told


ENRICH = BulkAction("enrich", gettext_lazy("Enrich"), "data", Right.ENRICHMENT_RUN, _enrich)
