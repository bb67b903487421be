"""What a contact's page shows of handoffs: where it stands, and those before it."""

from typing import Any

from contacts.models import Contact
from prm.organisations.access import OrgRequest
from scoring.handoffs.queue import find_open_for
from scoring.models import OPEN_STATUSES


def handoff_panel(request: OrgRequest, contact: Contact) -> dict[str, Any] | None:
    """Load where a contact's handoff stands and those before it; hidden where there is none."""
    leads = find_open_for(request.organisation, contact.pk)
    if not leads:
        return None
    first = leads[0].handoff
    is_open = first.status in OPEN_STATUSES or leads[0].is_worked
    return {"lead": leads[0] if is_open else None, "before": leads[1:] if is_open else leads}
