"""What contents bring to a contact's page: what they read, and what to propose next."""

from typing import Any

from contacts.models import Contact
from prm.organisations.access import OrgRequest
from touchpoints.contents.models import Content
from touchpoints.contents.proposing import next_contents
from touchpoints.contents.queries import list_read

MOST_PROPOSED = 3


def contact_panel(request: OrgRequest, contact: Contact) -> dict[str, Any] | None:
    """Return what to propose to a contact, and what they read. Six queries; nothing where there is no content."""
    language = (contact.language or request.organisation.language)[:2]
    proposed = next_contents(request.organisation, contact=contact, language=language, limit=MOST_PROPOSED)
    read = list_read(request.organisation, contact)
    if not proposed and not read and not Content.objects.exists():
        return None
    return {"contact": contact, "proposed": proposed, "read": read}
