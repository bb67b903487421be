"""What marketing and sales of the demo promised each other, and what sales made of the past."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from contacts.models import Cause, Stage, StageChange
from prm.organisations.models import Organisation, User
from scoring.handoffs.contracts import MARKETING, SALES, propose_contract, sign_contract, usual_values
from scoring.handoffs.models import Deed, Entry
from scoring.models import Handoff, HandoffStatus, Outcome

# What a line of the demo is sold for, in cents.
SMALLEST_CENTS, LARGEST_CENTS = 400_000, 9_000_000
DEEDS = {
    HandoffStatus.ACCEPTED: Deed.ACCEPTED,
    HandoffStatus.REJECTED: Deed.REJECTED,
    HandoffStatus.RECYCLED: Deed.RECYCLED,
}


def sign_demo_contract(organisation: Organisation, *, marketer: User, sales: User, admin: User) -> None:
    """Let both sides sign a contract that tells the admin of what nobody called."""
    values = {**usual_values(), "on_breach": "escalate", "escalates_to_id": admin.pk}
    contract = propose_contract(organisation, values=values, by=marketer)
    sign_contract(organisation, number=contract.number, side=MARKETING, by=marketer)
    sign_contract(organisation, number=contract.number, side=SALES, by=sales)


def tell_what_became(handoffs: Sequence[Handoff], chance: random.Random) -> None:
    """Close the past handoffs of those who bought, give up some that stayed without an end, write their ledgers."""
    lost: list[StageChange] = []
    for number, handoff in enumerate(handoffs):
        contact, answered = handoff.contact, handoff.answered_at
        if answered is None:
            continue
        handoff.called_at = answered - timedelta(minutes=15)
        if contact.stage == Stage.CUSTOMER:
            handoff.outcome, handoff.closed_at = Outcome.CUSTOMER, contact.stage_since
            handoff.amount_cents, handoff.currency = chance.randrange(SMALLEST_CENTS, LARGEST_CENTS, 10_000), "EUR"
        elif contact.stage == Stage.ACCEPTED and number % 4 == 0:
            handoff.outcome, handoff.closed_at = Outcome.LOST, min(answered + timedelta(days=9), timezone.now())
            contact.stage, contact.stage_since = Stage.LOST, handoff.closed_at
            lost.append(
                StageChange(
                    organisation_id=handoff.organisation_id,
                    contact=contact,
                    from_stage=Stage.ACCEPTED,
                    to_stage=Stage.LOST,
                    cause=Cause.PERSON,
                    at=handoff.closed_at,
                )
            )
    StageChange.objects.bulk_create(lost)
    changed = ("called_at", "outcome", "closed_at", "amount_cents", "currency")
    Handoff.objects.bulk_update(handoffs, changed)
    Entry.objects.bulk_create(entry for handoff in handoffs for entry in _ledger(handoff))


def _ledger(handoff: Handoff) -> list[Entry]:
    def line(deed: Deed, at: datetime | None, **values: object) -> Entry:
        return Entry(
            organisation_id=handoff.organisation_id,
            handoff=handoff,
            contact_id=handoff.contact_id,
            deed=deed,
            at=at or timezone.now(),
            by=handoff.claimed_by,
            by_label=handoff.claimed_by_label,
            **values,
        )

    found = [
        line(Deed.CLAIMED, handoff.claimed_at),
        line(Deed.CALLED, handoff.called_at, outcome="reached"),
        line(DEEDS[HandoffStatus(handoff.status)], handoff.answered_at, reason=handoff.reason),
    ]
    if handoff.outcome == Outcome.CUSTOMER:
        amount = {"amount_cents": handoff.amount_cents, "currency": handoff.currency}
        found.append(line(Deed.CONVERTED, handoff.closed_at, **amount))
    elif handoff.outcome == Outcome.LOST:
        found.append(line(Deed.LOST, handoff.closed_at, reason="no_budget"))
    return found
