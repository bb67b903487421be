"""Addresses of the pages of people: signed, bound to an organisation and a contact."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

_SALT = "consent.preferences"
_CONFIRMING = "consent.confirming"


def preferences_url(organisation_id: int, contact_id: int) -> str:
    """Return the address of a person's page, absolute."""
    token = signing.Signer(salt=_SALT).sign(f"{organisation_id}.{contact_id}").replace(":", "~")
    return f"{settings.BASE_URL}{reverse('consent_public:preferences', args=[token])}"


def read_preferences_token(token: str) -> tuple[int, int] | None:
    """Return (organisation id, contact id), or None when the token was not made here."""
    try:
        organisation_id, contact_id = signing.Signer(salt=_SALT).unsign(token.replace("~", ":")).split(".")
        return int(organisation_id), int(contact_id)
    except (signing.BadSignature, ValueError):
        return None


@dataclass(frozen=True)
class Asked:
    """What a link in a request to confirm says: who was asked for what, with which version of its text."""

    organisation_id: int
    contact_id: int
    purpose_id: int
    version: int


def confirming_url(asked: Asked) -> str:
    """Return the address by which a person says yes, absolute."""
    numbers = [asked.organisation_id, asked.contact_id, asked.purpose_id, asked.version]
    token = signing.Signer(salt=_CONFIRMING).sign(".".join(map(str, numbers))).replace(":", "~")
    return f"{settings.BASE_URL}{reverse('consent_public:confirm', args=[token])}"


def read_confirming_token(token: str) -> Asked | None:
    """Return what a token says, or None when it was not made here."""
    try:
        return Asked(*map(int, signing.Signer(salt=_CONFIRMING).unsign(token.replace("~", ":")).split(".")))
    except (signing.BadSignature, ValueError, TypeError):
        return None
