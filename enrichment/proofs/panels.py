"""Proofs on a company's page: proposals beside its values, and the history of what enrichments did."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from contacts.models import Company
from enrichment.proofs import queries
from enrichment.proofs.wording import entry_of, offer_of
from prm.organisations.access import OrgRequest


def offers_beside(request: OrgRequest, company: Company) -> dict[str, list[SafeString]]:
    """Return what sources propose instead of a company's values, by group of fields. One query."""
    found: dict[str, list[SafeString]] = {}
    for proposal in queries.list_open_of(company):
        context = {"offer": offer_of(proposal)}
        html = render_to_string("enrichment/proofs/_offer.html", context, request=request)
        found.setdefault(proposal.field, []).append(html)
    return found


def history_panel(_request: OrgRequest, company: Company) -> dict[str, Any] | None:
    """Load the latest enrichments of a company; nothing where there was none. One query."""
    revisions = list(queries.list_revisions(company)[: queries.LATEST + 1])
    if not revisions:
        return None
    return {
        "company": company,
        "entries": [entry_of(one, company) for one in revisions[: queries.LATEST]],
        "has_more": len(revisions) > queries.LATEST,
    }
