"""Enrichment on other pages: panels of a company and of a contact."""

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from contacts.lots import IMPORT as OF_FILE
from contacts.lots import lot_code, narrow_to_lot
from contacts.models import Company, Contact, Import
from contacts.queries import count_up_to
from enrichment import queries, services, wording
from enrichment.domains.kinds import kind_of, registrable_domain
from enrichment.merging import question_for
from enrichment.models import Lookup, LookupStatus
from enrichment.proofs.policy import group_of
from enrichment.proofs.queries import list_open_of
from enrichment.proofs.wording import offer_of
from enrichment.providers.records import CompanyRecord
from prm.organisations.access import OrgRequest, rights_of
from prm.organisations.rights import Right


def company_panel(request: OrgRequest, company: Company) -> dict[str, Any]:
    """Return what the company's page shows: the last answer, and whether it can be asked about. One query."""
    lookup = queries.find_last_lookup(company)
    return {
        "company": company,
        "lookup": lookup,
        "is_askable": question_for(company) is not None,
        "facts": _facts(lookup),
        "kept": _kept(lookup, company) if lookup else [],
        "filled": len(wording.changes_of(lookup)) if lookup else 0,
        "candidates": len(services.candidates_of(lookup)) if lookup else 0,
        "detail": wording.detail_words(lookup) if lookup else "",
        "how": wording.automatic_words(lookup) if lookup and lookup.status == LookupStatus.FOUND else "",
        "can_undo": bool(lookup and services.undoable(lookup, company)),
    }


def company_list_action(request: OrgRequest, _nothing: object) -> dict[str, Any] | None:
    """Return the button that enriches the companies a list shows, for whoever may."""
    return {} if Right.ENRICHMENT_MANAGE.value in rights_of(request) else None


def contact_panel(request: OrgRequest, contact: Contact) -> dict[str, Any]:
    """Return the panel of the contact's company; one without a company is told what is missing."""
    if contact.company:
        offers = [offer_of(one) for one in list_open_of(contact.company)]
        return {**company_panel(request, contact.company), "contact": contact, "offers": offers}
    host = (contact.email or "").rpartition("@")[2]
    return {"contact": contact, "domain": registrable_domain(host), "domain_kind": kind_of(host)}


def _kept(lookup: Lookup, company: Company) -> list[wording.Row]:
    """Return what stays although the register says otherwise; what is proposed stands beside its value."""
    proposed = lookup.answer.get("proposed", ())
    return [row for row in wording.kept_of(lookup, company) if group_of(row.field) not in proposed]


def _facts(lookup: Lookup | None) -> list[wording.Fact]:
    if lookup is None or lookup.status != LookupStatus.FOUND or not lookup.answer.get("record"):
        return []
    facts = wording.further_facts_of(CompanyRecord.from_json(lookup.answer["record"]))
    directors = wording.directors_words(getattr(lookup, "directors", None) or ())
    return [*facts, wording.Fact(_("Directed by"), directors)] if directors else facts


def import_panel(request: OrgRequest, source_import: Import) -> dict[str, Any] | None:
    """Return how many companies an import brought that have no SIREN, for whoever may enrich them. One query."""
    if Right.ENRICHMENT_MANAGE.value not in rights_of(request) or source_import.undo_job_id:
        return None
    lot = lot_code(OF_FILE, source_import.pk)
    without = narrow_to_lot(Company.objects.filter(siren=None), lot)
    counted = count_up_to(without)
    return {"counted": counted, "query": urlencode({"lot": lot, "known": "no"})} if counted.number else None
