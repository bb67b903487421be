"""The next content for whoever looks, as a link below a variant.

It says what it is, never why it was chosen: whoever holds the browser learns nothing of what somebody cares about. The
link counts as this browser's reading, not as a known person's own, which would lead past a form.
"""

import threading
import time

from contacts.models import Contact
from prm.organisations.models import Organisation
from touchpoints.contents.models import Content
from touchpoints.contents.proposing import next_contents
from touchpoints.contents.tokens import Reader, Who, public_url
from touchpoints.slots.cleaning import as_text
from touchpoints.tracking.models import Visitor

# A choice is good for a page and the next one: it costs about eight queries.
KEPT_SECONDS = 60.0
MOST_KEPT = 5000
_kept: dict[tuple[int, int | None, int | None, str], tuple[float, str]] = {}
_lock = threading.Lock()


def following_html(organisation_id: int, contact_id: int | None, visitor_id: int | None, *, language: str) -> str:
    """Return the link, "" where nothing is left to propose. In the scope; kept for a minute."""
    key = (organisation_id, contact_id, visitor_id, language)
    now = time.monotonic()
    known = _kept.get(key)
    if known is not None and now - known[0] < KEPT_SECONDS:
        return known[1]
    html = _make(organisation_id, contact_id, visitor_id, language)
    with _lock:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = (now, html)
    return html


def forget_following() -> None:
    """Let the next one be worked out anew."""
    _kept.clear()


def _make(organisation_id: int, contact_id: int | None, visitor_id: int | None, language: str) -> str:
    organisation = Organisation.objects.get(pk=organisation_id)
    contact = Contact.objects.filter(organisation=organisation, pk=contact_id).first() if contact_id else None
    visitor = Visitor.objects.filter(organisation=organisation, pk=visitor_id).first() if visitor_id else None
    if contact is None and visitor is not None and visitor.contact_id is not None:
        # Somebody who said no to being shown what we know of them.
        visitor = None
    language = language if language in {"fr", "en"} else organisation.language
    found = next_contents(organisation, contact=contact, visitor=visitor, language=language, limit=1)
    if not found:
        return ""
    content = Content.objects.get(pk=found[0].content_id)
    reader = Reader(Who.VISITOR, visitor_id) if visitor_id is not None else None
    return (
        f'<p class="prm-next"><a href="{as_text(public_url(content, reader))}">{as_text(content.title)}</a>'
        f" {as_text(found[0].kind_label)}</p>"
    )
