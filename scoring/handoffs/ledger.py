"""The ledger of a handoff, and its line in the log: what was done, by whom, in the transaction that does it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.webhooks.services import tell
from scoring.handoffs.models import SPOKEN, CallOutcome, Deed, Entry
from scoring.models import Handoff
from touchpoints.models import Verdict
from touchpoints.recording import NewInteraction, record

LONGEST_NOTE = 2000
# How the log calls them; anything else is work.
KINDS: Mapping[str, str] = {
    Deed.ACCEPTED: "handoff_answered",
    Deed.REJECTED: "handoff_answered",
    Deed.RECYCLED: "handoff_answered",
    Deed.CONVERTED: "handoff_closed",
    Deed.LOST: "handoff_closed",
}
# What other programs are told of, and the words of the audit log.
EVENTS: Mapping[str, str] = {
    Deed.ACCEPTED: "handoff.accepted",
    Deed.REJECTED: "handoff.rejected",
    Deed.RECYCLED: "handoff.recycled",
    Deed.CONVERTED: "handoff.converted",
    Deed.LOST: "handoff.lost",
}
VERBS: Mapping[str, str] = {Deed.CLAIMED: "claim", Deed.RELEASED: "release"}


def write(
    organisation: Organisation,
    handoff: Handoff,
    deed: Deed,
    by: Actor,
    *,
    outcome: str = "",
    reason: str = "",
    note: str = "",
    due_at: datetime | None = None,
    amount_cents: int | None = None,
    currency: str = "",
) -> Entry:
    """Write a line of the ledger, tell the log, webhooks and the audit log. Eight statements at most."""
    entry = Entry.objects.create(
        organisation=organisation,
        handoff=handoff,
        contact_id=handoff.contact_id,
        deed=deed,
        # Of the clock, not of the transaction: two lines of one transaction are in order.
        at=timezone.now(),
        by=by if isinstance(by, User) else None,
        by_label=str(by)[:160],
        outcome=outcome,
        reason=reason,
        note=note.strip()[:LONGEST_NOTE],
        due_at=due_at,
        amount_cents=amount_cents,
        currency=currency,
    )
    record(organisation, [_interaction(entry)])
    if deed in EVENTS:
        tell(organisation, EVENTS[deed], entry.pk)
    verb = VERBS.get(deed, deed.value)
    audit.record(organisation, by, f"handoff.{verb}", handoff, label=str(handoff.contact), after=_told(entry))
    return entry


def _interaction(entry: Entry) -> NewInteraction:
    properties = {"handoff": entry.handoff_id, "entry": entry.pk, **_told(entry)}
    if entry.deed == Deed.CALLED and CallOutcome(entry.outcome) in SPOKEN:
        return NewInteraction("call", entry.contact_id, properties={**properties, "noted_by": entry.by_label})
    kind = KINDS.get(entry.deed, "handoff_worked")
    said = {"answer": entry.deed} if kind == "handoff_answered" else {"deed": entry.deed, "by": entry.by_label}
    return NewInteraction(kind, entry.contact_id, verdict=Verdict.SYSTEM, properties={**properties, **said})


def _told(entry: Entry) -> dict[str, Any]:
    told = {
        "outcome": entry.outcome,
        "reason": entry.reason,
        "note": entry.note,
        "due_at": entry.due_at.isoformat() if entry.due_at else "",
        "amount_cents": entry.amount_cents,
        "currency": entry.currency,
    }
    return {name: value for name, value in told.items() if value not in {"", None}}
