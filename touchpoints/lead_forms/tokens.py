"""What stands in public addresses and pages of forms: found again, never guessed, nobody's secret."""

import re
import secrets
import time
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from touchpoints.lead_forms.models import LeadForm

_ADDRESS = re.compile(r"([0-9]{1,18})-([A-Za-z0-9_-]{1,32})")
_PAGE, _SENT, _PERSON = "lead_forms.page", "lead_forms.sent", "lead_forms.person"
# A page that stood open for longer is shown anew, with what was typed.
PAGE_SECONDS = 12 * 3600
# How long what follows the sending can be opened, and a person's own link leads to fewer questions.
SENT_SECONDS = 7 * 86_400
PERSON_SECONDS = 180 * 86_400


def make_key() -> str:
    """Return the part of a new form's address that cannot be guessed."""
    return secrets.token_urlsafe(12)


def address_of(form: LeadForm) -> str:
    """Return what names a form in public addresses: organisation and key."""
    return f"{form.organisation_id}-{form.key}"


def read_address(text: str) -> tuple[int, str] | None:
    """Return (organisation id, key), or None for what is no address of a form."""
    found = _ADDRESS.fullmatch(text)
    return (int(found[1]), found[2]) if found else None


def public_url(form: LeadForm, page: str = "page") -> str:
    """Return the absolute address of a form's page, or of its "frame" or "script"."""
    return f"{settings.BASE_URL}{reverse(f'lead_forms_public:{page}', args=[address_of(form)])}"


@dataclass(frozen=True)
class PageToken:
    """What a page that was shown says of itself when it comes back."""

    form_id: int
    version_id: int
    nonce: str
    shown_at: float

    @property
    def age_seconds(self) -> float:
        """How long ago the page was shown."""
        return time.time() - self.shown_at


def make_page_token(form_id: int, version_id: int) -> str:
    """Return the token of a page shown now."""
    values = [form_id, version_id, secrets.token_urlsafe(9), round(time.time(), 2)]
    return signing.dumps(values, salt=_PAGE)


def read_page_token(text: str) -> PageToken | None:
    """Return what a token says, or None when it was not made here. The age is the caller's to judge."""
    try:
        return PageToken(*signing.loads(text, salt=_PAGE))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def make_sent_token(submission_id: int) -> str:
    """Return what the page after the sending is found by; 0 for what was not kept a second time."""
    return signing.dumps(submission_id, salt=_SENT).replace(":", "~")


def read_sent_token(text: str) -> int | None:
    """Return the submission a token names, or None when it is none, or too old."""
    try:
        return int(signing.loads(text.replace("~", ":"), salt=_SENT, max_age=SENT_SECONDS))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def make_person_token(organisation_id: int, contact_id: int) -> str:
    """Return what a link in a person's own message says of them, so that a form asks only what is missing."""
    return signing.dumps([organisation_id, contact_id], salt=_PERSON).replace(":", "~")


def read_person_token(text: str) -> tuple[int, int] | None:
    """Return (organisation id, contact id), or None for what was not made here or is too old."""
    try:
        organisation_id, contact_id = signing.loads(text.replace("~", ":"), salt=_PERSON, max_age=PERSON_SECONDS)
        return int(organisation_id), int(contact_id)
    except (signing.BadSignature, TypeError, ValueError):
        return None
