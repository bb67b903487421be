"""Who may not be written to. It wins over everything, and nothing a file or a program sends takes it back.

A suppression is written for the contact and for the address: a keyed hash of the address outlives the contact, so
that the same person coming back by import, form or API is suppressed from the first moment.
"""

import hmac
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from contacts.models import Contact, Suppression, SuppressionReason
from contacts.normalising import UnusableValueError, normalise_email
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.sql import run


@lru_cache(maxsize=1024)
def _hash_key(organisation_id: int, secret: str) -> bytes:
    return hmac.digest(secret.encode(), f"contacts.address:{organisation_id}".encode(), "sha256")


def address_key(organisation_id: int, email: str) -> str:
    """Return the keyed hash of a normalised address; empty for no address. Differs between organisations."""
    if not email:
        return ""
    return hmac.digest(_hash_key(organisation_id, settings.SECRET_KEY), email.encode(), "sha256").hex()


def record_suppression(
    organisation: Organisation,
    *,
    reason: str,
    source: str,
    contact: Contact | None = None,
    email: str | None = None,
    by: Actor | None = None,
) -> bool:
    """Suppress a contact, an address, or both; return whether that was new.

    Of one given, the other is found. Idempotent. `by` writes to the audit log.
    """
    address = _usable(email) if email else (contact.email or "" if contact else "")
    with transaction.atomic():
        if contact is None and address:
            contact = _find_alone(organisation, address)
        params = {
            "organisation_id": organisation.pk,
            "contact_id": contact.pk if contact else None,
            "email": address,
            "address_key": address_key(organisation.pk, address),
            "reason": str(reason),
            "source": source[:160],
        }
        is_new = bool(run("contacts/record_suppression", params))
        if is_new and by is not None:
            label = str(contact) if contact else address
            audit.record(organisation, by, "contact.suppress", contact, label=label, after={"reason": str(reason)})
    return is_new


def record_opt_out(
    organisation: Organisation,
    *,
    source: str,
    contact: Contact | None = None,
    email: str | None = None,
    reason: str = SuppressionReason.OPT_OUT,
    by: Actor | None = None,
) -> bool:
    """Note that a person does not want to be written to any more; return whether that was new."""
    return record_suppression(organisation, reason=reason, source=source, contact=contact, email=email, by=by)


def opt_out_contacts(organisation: Organisation, contact_ids: list[int], *, source: str) -> int:
    """Opt many contacts out at once; return how many were not already. Three statements."""
    rows = Contact.objects.filter(pk__in=contact_ids).order_by("pk").values_list("pk", "email")
    ids, emails = [row[0] for row in rows], [row[1] or "" for row in rows]
    return run(
        "contacts/opt_out_contacts",
        {
            "organisation_id": organisation.pk,
            "contact_ids": ids,
            "emails": emails,
            "address_keys": [address_key(organisation.pk, email) for email in emails],
            "source": source[:160],
        },
    )


def suppress_known_addresses(organisation: Organisation, emails: Mapping[int, str]) -> int:
    """Suppress contacts whose address already is; `emails` is {contact id: address}. Return how many rows that took.

    Called whenever a contact gets an address.
    """
    if not emails:
        return 0
    keys = [address_key(organisation.pk, email) for email in emails.values()]
    params = {"organisation_id": organisation.pk, "contact_ids": list(emails), "address_keys": keys}
    return run("contacts/suppress_known_addresses", params)


def is_erased(organisation: Organisation, email: str) -> bool:
    """Tell whether the person behind an address was erased: they may not be brought back by a file or a program."""
    key = address_key(organisation.pk, email)
    return bool(key) and Suppression.objects.filter(address_key=key, reason=SuppressionReason.ERASED).exists()


def is_contactable(contact: Contact) -> bool:
    """Tell whether a contact may be written to."""
    return not Suppression.objects.filter(contact=contact).exists()


def is_address_suppressed(organisation: Organisation, email: str) -> bool:
    """Tell whether nothing may be sent to an address, whoever it belongs to."""
    return Suppression.objects.filter(address_key=address_key(organisation.pk, email)).exclude(address_key="").exists()


def suppressed_contact_ids() -> "QuerySet[Suppression, int | None]":
    """Return the ids of the contacts that may not be written to, for `pk__in`."""
    return Suppression.objects.filter(contact__isnull=False).values_list("contact_id", flat=True)


def only_contactable(contacts: "QuerySet[Contact]", *, contactable: bool = True) -> "QuerySet[Contact]":
    """Keep the contacts that may (or may not) be written to."""
    suppressed = Exists(Suppression.objects.filter(contact=OuterRef("pk")))
    return contacts.filter(~suppressed if contactable else suppressed)


def share_addresses(organisation: Organisation) -> None:
    """Keep addresses nobody has from being suppressed until this transaction, which may create contacts, ends.

    Without it an unsubscription and the creation of its contact, at the same instant, would not see each other.
    """
    _lock(organisation, "pg_advisory_xact_lock_shared")


def hold_addresses(organisation: Organisation) -> None:
    """Wait until nobody creates contacts, and let nobody do so until this transaction ends."""
    _lock(organisation, "pg_advisory_xact_lock")


def _lock(organisation: Organisation, function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext('contacts.addresses'), %s)", [organisation.pk % 2**31])


def _find_alone(organisation: Organisation, address: str) -> Contact | None:
    """Return the contact of an address; when there is none, nobody creates it before this transaction ends."""
    contact: Contact | None = Contact.objects.filter(email=address).first()
    if contact is None:
        hold_addresses(organisation)
        contact = Contact.objects.filter(email=address).first()
    return contact


def _usable(email: str) -> str:
    try:
        return normalise_email(email)
    except UnusableValueError:
        # Better an address suppressed as it came than a wish ignored.
        return email.strip().lower()[:254]
