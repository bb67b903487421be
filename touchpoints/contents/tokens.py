"""What stands in public addresses of contents: found again, never guessed; and whose copy of an address it is."""

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.urls import reverse

from touchpoints.contents.models import Content

_ADDRESS = re.compile(r"([0-9]{1,18})-([A-Za-z0-9_-]{1,32})")
_SALT = "contents.reader"
# The parameter that says who follows an address.
READER = "k"


class Who(StrEnum):
    """By what a reader is known."""

    # By a link in their own message; past the gate.
    CONTACT = "c"
    # As a browser of a tracked site; nobody is let in for that.
    VISITOR = "v"
    # By the form they just sent; past the gate of this content.
    SENDING = "s"


# How long each is good for.
_SECONDS = {Who.CONTACT: 180 * 86_400, Who.VISITOR: 30 * 86_400, Who.SENDING: 7 * 86_400}


@dataclass(frozen=True)
class Reader:
    """Who follows a content's address: the id of a contact, a visitor or a submission."""

    who: Who
    number: int


def make_key() -> str:
    """Return the part of a new content's address that cannot be guessed."""
    return secrets.token_urlsafe(12)


def address_of(content: Content) -> str:
    """Return what names a content in public addresses: organisation and key."""
    return f"{content.organisation_id}-{content.key}"


def read_address(text: str) -> tuple[int, str] | None:
    """Return (organisation id, key), or None for what is no address of a content."""
    found = _ADDRESS.fullmatch(text)
    return (int(found[1]), found[2]) if found else None


def public_url(content: Content, reader: Reader | None = None) -> str:
    """Return the absolute public address of a content; with a reader, their own, which counts as theirs."""
    address = f"{settings.BASE_URL}{reverse('contents_public:page', args=[address_of(content)])}"
    return f"{address}?{urlencode({READER: make_token(content, reader)})}" if reader else address


def make_token(content: Content, reader: Reader) -> str:
    """Return what says who follows this content's address; it is good for no other content."""
    values = [content.organisation_id, content.pk, reader.who.value, reader.number]
    return signing.dumps(values, salt=_SALT).replace(":", "~")


def read_token(content: Content, text: str) -> Reader | None:
    """Return whom a token names, or None when it was not made for this content, or is too old."""
    signed = text.replace("~", ":")
    try:
        organisation_id, content_id, who, number = signing.loads(signed, salt=_SALT)
        signing.loads(signed, salt=_SALT, max_age=_SECONDS[Who(who)])
        reader = Reader(Who(who), int(number))
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return reader if (organisation_id, content_id) == (content.organisation_id, content.pk) else None
