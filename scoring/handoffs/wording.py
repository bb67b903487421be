"""What sales did, in words: in the ledger and in the person's timeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from prm.web.figures import day, moment, money
from scoring.handoffs.models import CallOutcome, Deed, Entry
from scoring.models import RejectionReason

ICONS: Mapping[str, str] = {
    Deed.CLAIMED: "hand",
    Deed.RELEASED: "undo",
    Deed.SNOOZED: "pause",
    Deed.CALLED: "phone",
    Deed.NOTED: "edit",
    Deed.PLANNED: "clock",
    Deed.ACCEPTED: "check",
    Deed.REJECTED: "x",
    Deed.RECYCLED: "undo",
    Deed.LOST: "x",
    Deed.CONVERTED: "check",
}


@dataclass(frozen=True)
class Told:
    """One line of the ledger for people."""

    entry: Entry
    name: str
    icon: str
    detail: str


def told(entry: Entry) -> Told:
    """Put a line of the ledger into words."""
    return Told(entry, deed_word(entry.deed), ICONS.get(entry.deed, "hand"), _detail(entry))


def deed_word(deed: str) -> str:
    """Return what was done, in a word or two."""
    return str(Deed(deed).label) if deed in Deed.values else ""


def event_name(properties: Mapping[str, Any]) -> str:
    """Return what an event of the log is called: by its answer, or by what was done."""
    return {
        Deed.ACCEPTED.value: _("Accepted by sales"),
        Deed.REJECTED.value: _("Rejected by sales"),
        Deed.RECYCLED.value: _("Recycled by sales"),
        Deed.CLAIMED.value: _("Claimed by sales"),
        Deed.RELEASED.value: _("Given back to the queue by sales"),
        Deed.SNOOZED.value: _("Put off by sales"),
        Deed.CALLED.value: _("Called by sales"),
        Deed.NOTED.value: _("Note by sales"),
        Deed.PLANNED.value: _("Next step planned by sales"),
        Deed.LOST.value: _("Given up by sales"),
        Deed.CONVERTED.value: _("Became a customer"),
    }.get(str(properties.get("answer") or properties.get("status") or properties.get("deed")), "")


def event_words(properties: Mapping[str, Any]) -> str:
    """Return the rest of an event of the log, in one line: how, why, until when, how much, by whom."""
    at = parse_datetime(str(properties.get("due_at") or ""))
    amount = properties.get("amount_cents")
    entry = Entry(
        deed=str(properties.get("answer") or properties.get("deed") or ""),
        outcome=str(properties.get("outcome") or ""),
        reason=str(properties.get("reason") or ""),
        due_at=at if at and at.tzinfo else None,
        amount_cents=amount if isinstance(amount, int) else None,
        currency=str(properties.get("currency") or "EUR"),
    )
    return ", ".join(filter(None, (_detail(entry), str(properties.get("by") or ""))))


def reason_word(reason: str) -> str:
    """Return a coded reason in words."""
    return str(RejectionReason(reason).label) if reason in RejectionReason.values else reason


def _detail(entry: Entry) -> str:
    parts = [
        str(CallOutcome(entry.outcome).label) if entry.outcome in CallOutcome.values else "",
        reason_word(entry.reason),
        money(entry.amount_cents, entry.currency) if entry.amount_cents is not None else "",
        _when(entry.deed, entry.due_at) if entry.due_at else "",
    ]
    return ", ".join(filter(None, parts))


def _when(deed: str, due_at: datetime) -> str:
    if deed == Deed.SNOOZED:
        return _("until %(moment)s") % {"moment": moment(due_at)}
    if deed == Deed.PLANNED:
        return moment(due_at)
    return _("not again before %(day)s") % {"day": day(due_at)}
