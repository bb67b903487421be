"""What contents bring to a contact's page: what they read, and what to propose next."""

from typing import Any

from contacts.models import Contact
from prm.organisations.access import OrgRequest
from touchpoints.contents.models import Content
from touchpoints.contents.proposing import next_contents
from touchpoints.contents.queries import list_read

MOST_PROPOSED = 3


def contact_panel(request: OrgRequest, contact: Contact) -> dict[str, Any] | None:
    """Return what to propose to a contact, and what they read. Nine queries; nothing where there is no content."""
    if not Content.objects.exists():
        return None
    language = (contact.language or request.organisation.language)[:2]
    return {
        "contact": contact,
        "proposed": next_contents(request.organisation, contact=contact, language=language, limit=MOST_PROPOSED),
        "read": list_read(request.organisation, contact),
    }
