"""Leaving, by the link that stands in every message: at once, without signing in, for ever valid."""

from dataclasses import dataclass

from django.db import transaction

from contacts.consent.tokens import preferences_url
from contacts.doubles.aliases import find_survivor
from contacts.models import Contact
from contacts.services import is_contactable, record_opt_out
from nurturing.models import Delivery
from nurturing.tokens import Ticket
from nurturing.writing import language_of
from prm.organisations.models import Organisation
from touchpoints.recording import NewInteraction, record


@dataclass(frozen=True)
class Subscription:
    """Who holds the link. Without an address: a test message, or a person who was erased since."""

    organisation: Organisation
    address: str
    language: str
    is_unsubscribed: bool
    is_test: bool
    # Where the person may choose, and come back; empty where there is nobody.
    preferences_url: str


def get_subscription(organisation: Organisation, ticket: Ticket) -> Subscription:
    """Return what the page of a link shows. Three queries."""
    contact = _find_contact(organisation, ticket)
    return Subscription(
        organisation=organisation,
        address=_address(contact, ticket),
        language=language_of(contact.language if contact else "", organisation),
        is_unsubscribed=contact is None or not is_contactable(contact),
        is_test=ticket.contact_id == 0,
        preferences_url=preferences_url(organisation.pk, contact.pk) if contact else "",
    )


def unsubscribe(organisation: Organisation, ticket: Ticket) -> None:
    """Opt the person out and note it in the log, which lets them go of every scenario. May be repeated."""
    with transaction.atomic():
        contact = _find_contact(organisation, ticket)
        if contact is None:
            return
        record_opt_out(
            organisation, contact=contact, email=_address(contact, ticket) or None, source="unsubscribe link"
        )
        interaction = NewInteraction(
            "unsubscribed",
            contact_id=contact.pk,
            key=f"unsubscribed:{contact.pk}:{ticket.delivery_id}",
            properties={"delivery": ticket.delivery_id},
        )
        record(organisation, [interaction])


def _find_contact(organisation: Organisation, ticket: Ticket) -> Contact | None:
    """Return the person a link was sent to, whoever they were merged with since."""
    contact: Contact | None = Contact.objects.filter(pk=ticket.contact_id).first()
    if contact is None and ticket.contact_id and (survivor := find_survivor(organisation, ticket.contact_id)):
        contact = Contact.objects.filter(pk=survivor).first()
    return contact


def _address(contact: Contact | None, ticket: Ticket) -> str:
    """Return the address the message went to, else the person's own."""
    if contact is None:
        return ""
    sent_to = Delivery.objects.filter(pk=ticket.delivery_id, contact=contact).values_list("address", flat=True).first()
    return sent_to or contact.email or ""
