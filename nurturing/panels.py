"""Nurturing on a contact's page."""

from typing import Any

from contacts.models import Contact
from nurturing import queries
from nurturing.reasons import explain
from prm.organisations.access import OrgRequest
from prm.organisations.rights import Right, may
from touchpoints.lead_forms.models import LeadForm


def form_panel(request: OrgRequest, form: LeadForm) -> dict[str, Any] | None:
    """Return the scenarios a form starts, for what follows it. One query."""
    if not may(request.membership.role, Right.NURTURING_VIEW):
        return None
    return {"form_of": form, "scenarios": queries.list_started_by(form)}


def contact_panel(request: OrgRequest, contact: Contact) -> dict[str, Any]:
    """Return the scenarios a contact is in, what comes next, and why messages did or did not go. Five queries."""
    organisation = request.organisation
    may_edit = may(request.membership.role, Right.NURTURING_EDIT)
    return {
        "contact": contact,
        "enrolments": queries.list_enrolments(organisation, contact),
        "deliveries": [(one, explain(one)) for one in queries.list_latest_deliveries(organisation, contact)],
        "scenarios": queries.list_open_scenarios(organisation, contact) if may_edit else [],
    }
