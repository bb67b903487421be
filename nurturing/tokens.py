"""Addresses of the unsubscribe page: signed, valid for ever, and saying nothing of the person."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

_SALT = "nurturing.unsubscribe"


@dataclass(frozen=True)
class Ticket:
    """What a link says: whose message it stood in. A contact of 0 is a test message."""

    organisation_id: int
    contact_id: int
    delivery_id: int


def unsubscribe_url(ticket: Ticket) -> str:
    """Return the address, absolute, for a message."""
    numbers = [ticket.organisation_id, ticket.contact_id, ticket.delivery_id]
    token = signing.Signer(salt=_SALT).sign(".".join(map(str, numbers))).replace(":", "~")
    return f"{settings.BASE_URL}{reverse('nurturing_public:unsubscribe', args=[token])}"


def read_ticket(token: str) -> Ticket | None:
    """Return what a token says, or None when it was not made here."""
    try:
        organisation_id, contact_id, delivery_id = (
            int(part) for part in signing.Signer(salt=_SALT).unsign(token.replace("~", ":")).split(".")
        )
    except (signing.BadSignature, ValueError):
        return None
    return Ticket(organisation_id, contact_id, delivery_id)
