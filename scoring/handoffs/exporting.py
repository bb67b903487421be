"""Handoffs as a file, for a CRM or a spreadsheet: who, why, who has it, what became of it."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from contacts.exporting import csv_text, harmless
from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope
from scoring.handoffs.queue import WORKED
from scoring.handoffs.wording import reason_word
from scoring.models import Handoff, HandoffStatus

_CHUNK = 500


def csv_of(organisation: Organisation, shown: str, user: User) -> Iterator[str]:
    """Yield a CSV of the handoffs of one of the queue's lists, or of all, oldest first; 500 rows at a time."""
    yield csv_text([[harmless(word) for word in _head()]], begins=True)
    last = 0
    while True:
        # The scope of the request is over when a stream is read.
        with organisation_scope(organisation.pk):
            found = Handoff.objects.filter(_chosen(shown, user), organisation=organisation, pk__gt=last)
            rows = list(found.select_related("contact", "contact__company").order_by("pk")[:_CHUNK])
            text = csv_text([[harmless(cell) for cell in _cells(one)] for one in rows])
        if not rows:
            return
        yield text
        last = rows[-1].pk


def _chosen(shown: str, user: User) -> Q:
    return {
        "waiting": Q(status=HandoffStatus.WAITING),
        "mine": WORKED & Q(claimed_by=user),
        "team": WORKED,
        "answered": Q(status__in=[HandoffStatus.ACCEPTED, HandoffStatus.REJECTED, HandoffStatus.RECYCLED]),
    }.get(shown, Q())


def _head() -> list[str]:
    return [
        _("Handoff"),
        _("Contact"),
        _("External id"),
        _("E-mail"),
        _("First name"),
        _("Last name"),
        _("Telephone"),
        _("Job title"),
        _("Company"),
        "SIREN",
        _("Score"),
        _("Why"),
        _("State"),
        _("Handed over"),
        _("First contact due"),
        _("Sales rep"),
        _("Claimed"),
        _("First call"),
        _("Answered"),
        _("Reason"),
        pgettext("noun", "Note"),
        _("Next step"),
        _("Next step due"),
        _("Outcome"),
        _("Closed"),
        _("Amount"),
        _("Currency"),
    ]


def _cells(one: Handoff) -> list[str]:
    contact, company = one.contact, one.contact.company
    return [
        str(one.pk),
        str(contact.pk),
        contact.external_id or "",
        contact.email or "",
        contact.first_name,
        contact.last_name,
        contact.phone,
        contact.job_title,
        company.name if company else "",
        (company.siren or "") if company else "",
        f"{one.total:g}",
        ", ".join(str(line.get("rule", "")) for line in one.evidence if isinstance(line, dict)),
        str(one.get_status_display()),
        _moment(one.opened_at),
        _moment(one.due_at),
        one.claimed_by_label,
        _moment(one.claimed_at),
        _moment(one.called_at),
        _moment(one.answered_at),
        reason_word(one.reason),
        one.note,
        one.next_step,
        _moment(one.next_step_at),
        str(one.get_outcome_display()),
        _moment(one.closed_at),
        "" if one.amount_cents is None else str(Decimal(one.amount_cents) / 100),
        one.currency,
    ]


def _moment(at: datetime | None) -> str:
    return localtime(at).isoformat(timespec="seconds") if at else ""
