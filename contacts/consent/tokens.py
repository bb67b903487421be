"""Addresses of the preference page: signed, valid for ever, bound to an organisation and a contact."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

_SALT = "consent.preferences"


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
