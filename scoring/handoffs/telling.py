"""What webhooks are told of a handoff, read as the message leaves."""

from typing import Any

from django.conf import settings

from contacts.models import Contact
from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from scoring.handoffs.models import Entry
from scoring.models import Handoff


def tell_opened(organisation: Organisation, handoff_id: int) -> dict[str, Any] | None:
    """Return what is told of a handoff that was opened; None for one that is gone, or whose person was erased."""
    found = Handoff.objects.select_related("contact__company").filter(pk=handoff_id)
    handoff: Handoff | None = found.first()
    return None if handoff is None else _told(organisation, handoff)


def tell_entry(organisation: Organisation, entry_id: int) -> dict[str, Any] | None:
    """Return what is told of an answer or an end; None as above."""
    found = Entry.objects.select_related("handoff__contact__company").filter(pk=entry_id)
    entry: Entry | None = found.first()
    told = None if entry is None else _told(organisation, entry.handoff)
    if entry is None or told is None:
        return None
    return {
        **told,
        "at": entry.at,
        "by": entry.by_label,
        "reason": entry.reason,
        "note": entry.note,
        "not_before": entry.due_at,
        "amount_cents": entry.amount_cents,
        "currency": entry.currency,
    }


def _told(organisation: Organisation, handoff: Handoff) -> dict[str, Any] | None:
    contact: Contact = handoff.contact
    if not contact.stage:
        return None
    company = contact.company
    return {
        "handoff": handoff.pk,
        "status": handoff.status,
        "outcome": handoff.outcome,
        "opened_at": handoff.opened_at,
        "due_at": handoff.due_at,
        "score": {
            "intent": handoff.intent,
            "fit": handoff.fit,
            "total": handoff.total,
            "model_version": handoff.model_number,
        },
        "evidence": handoff.evidence,
        "claimed_by": handoff.claimed_by_label or None,
        "contact": {
            "id": contact.pk,
            "external_id": contact.external_id,
            "email": contact.email,
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "phone": contact.phone,
            "job_title": contact.job_title,
            "company": company.name if company else None,
            "siren": company.siren if company else None,
            "url": settings.BASE_URL + org_reverse(organisation, "contacts:contact_detail", contact.pk),
        },
    }
