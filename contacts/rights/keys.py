"""Telling that somebody was erased without knowing who: keyed hashes of addresses and external ids."""

import hmac
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from django.conf import settings

from contacts.models import Suppression, SuppressionReason
from contacts.rights.models import ErasedId
from contacts.suppressions import address_key, is_erased
from prm.organisations.models import Organisation

# What may be an address inside a text, whatever stands around it.
_ADDRESS = re.compile(r"[^\s\"'<>()\[\],;:|]+@[^\s\"'<>()\[\],;:|]+")


@lru_cache(maxsize=1024)
def _hash_key(organisation_id: int, what: str, secret: str) -> bytes:
    return hmac.digest(secret.encode(), f"contacts.{what}:{organisation_id}".encode(), "sha256")


def external_id_key(organisation_id: int, external_id: str) -> str:
    """Return the keyed hash of an external id; it differs between organisations."""
    key = _hash_key(organisation_id, "external_id", settings.SECRET_KEY)
    return hmac.digest(key, external_id.encode(), "sha256").hex()


def name_key(organisation_id: int, name: str) -> str:
    """Return the keyed hash of a name in the one writing its caller compares by; it differs between organisations."""
    return hmac.digest(_hash_key(organisation_id, "name", settings.SECRET_KEY), name.encode(), "sha256").hex()


def find_erased_key(organisation: Organisation, *, email: str | None, external_id: str | None) -> str:
    """Return "email" or "external_id" where it belonged to somebody who was erased, else "". At most two queries."""
    if email and is_erased(organisation, email):
        return "email"
    return "external_id" if external_id and erased_ids(organisation, [external_id]) else ""


def has_erased(organisation: Organisation) -> bool:
    """Tell whether anybody was ever erased here. At most two queries."""
    erased = Suppression.objects.filter(organisation=organisation, reason=SuppressionReason.ERASED)
    return erased.exists() or ErasedId.objects.filter(organisation=organisation).exists()


def erased_ids(organisation: Organisation, external_ids: Iterable[str]) -> set[str]:
    """Return those of these external ids that belonged to people who were erased. At most two queries."""
    remembered = ErasedId.objects.filter(organisation=organisation)
    # Where nobody was ever erased, hashing every id of a million would be for nothing.
    if not remembered.exists():
        return set()
    keys = {external_id_key(organisation.pk, one): one for one in external_ids}
    found = remembered.filter(key__in=list(keys)).values_list("key", flat=True)
    return {keys[key] for key in found}


def erased_addresses(organisation: Organisation, addresses: Iterable[str]) -> set[str]:
    """Return those of these normalised addresses that belonged to people who were erased. One query."""
    keys = {address_key(organisation.pk, one): one for one in addresses if one}
    erased = Suppression.objects.filter(organisation=organisation, reason=SuppressionReason.ERASED)
    found = erased.filter(address_key__in=list(keys)).values_list("address_key", flat=True)
    return {keys[key] for key in found}


def addresses_in(cells: Sequence[str]) -> set[str]:
    """Return what looks like an address in the cells of a row, in lower case."""
    return {found.rstrip(".").lower() for cell in cells if "@" in cell for found in _ADDRESS.findall(cell)}
