"""What sales answers to a handoff: accepted, rejected with a coded reason, or recycled."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.lifecycle import change_stage
from contacts.models import Cause, Stage
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.web.person import zone_of
from prm.work.errors import Invalid
from scoring.handoffs.claiming import WORKED, lock_own
from scoring.handoffs.ledger import write
from scoring.handoffs.models import Deed
from scoring.handoffs.terms import get_terms
from scoring.models import Handoff, HandoffStatus, Outcome, RejectionReason

# Further away is no date but a mistake, and some of them no database can keep.
FURTHEST_DAYS = 3660
# Where a rejected contact goes: what is wrong with it for good, or what came to nothing this time.
STAGE_AFTER: Mapping[str, Stage] = {
    RejectionReason.NOT_TARGET: Stage.DISQUALIFIED,
    RejectionReason.WRONG_DATA: Stage.DISQUALIFIED,
    RejectionReason.NO_PROJECT: Stage.LOST,
    RejectionReason.NO_BUDGET: Stage.LOST,
    RejectionReason.COMPETITOR: Stage.LOST,
    RejectionReason.UNREACHABLE: Stage.LOST,
    RejectionReason.OTHER: Stage.LOST,
}


def accept_handoff(
    organisation: Organisation, *, handoff_id: int, by: Actor, note: str = "", is_admin: bool = False
) -> Handoff:
    """Accept a claimed handoff: the contact goes on with sales."""
    with transaction.atomic():
        handoff = lock_own(handoff_id, by, is_admin=is_admin)
        answer(organisation, handoff, HandoffStatus.ACCEPTED, Stage.ACCEPTED, by, note=note)
    return handoff


def reject_handoff(
    organisation: Organisation, *, handoff_id: int, by: Actor, reason: str, note: str = "", is_admin: bool = False
) -> Handoff:
    """Reject a claimed handoff with a coded reason; "not ready" recycles it."""
    check_reason(reason)
    if reason == RejectionReason.NOT_READY:
        return recycle_handoff(organisation, handoff_id=handoff_id, by=by, reason=reason, note=note, is_admin=is_admin)
    with transaction.atomic():
        handoff = lock_own(handoff_id, by, is_admin=is_admin)
        handoff.reason = reason
        answer(organisation, handoff, HandoffStatus.REJECTED, STAGE_AFTER[reason], by, note=note)
    return handoff


def recycle_handoff(
    organisation: Organisation,
    *,
    handoff_id: int,
    by: Actor,
    reason: str = RejectionReason.NOT_READY,
    until: datetime | None = None,
    note: str = "",
    is_admin: bool = False,
) -> Handoff:
    """Send a claimed handoff, or one accepted before, back to nurturing: a prospect again, not handed over before
    `until`, by default for as long as the contract says. A moment without a time zone is the organisation's time.
    """
    check_reason(reason)
    until = check_moment(organisation, until, "until")
    with transaction.atomic():
        handoff = lock_own(handoff_id, by, is_admin=is_admin, among=WORKED)
        handoff.not_before = until or timezone.now() + timedelta(days=get_terms(organisation).cool_down_days)
        if handoff.status == HandoffStatus.ACCEPTED:
            close(organisation, handoff, Outcome.RECYCLED, Stage.PROSPECT, by, reason=reason, note=note)
        else:
            handoff.reason = reason
            answer(organisation, handoff, HandoffStatus.RECYCLED, Stage.PROSPECT, by, note=note)
    return handoff


def answer(
    organisation: Organisation, handoff: Handoff, status: HandoffStatus, stage: Stage, by: Actor, *, note: str
) -> None:
    """Store the answer, move the contact, tell the ledger and the log: all in the caller's transaction."""
    handoff.status, handoff.answered_at, handoff.note = status, timezone.now(), note.strip()[:500]
    handoff.snoozed_until = None
    handoff.save(update_fields=["status", "answered_at", "note", "reason", "not_before", "snoozed_until"])
    _move(organisation, handoff, stage, by, handoff.reason)
    write(
        organisation, handoff, Deed(status.value), by, reason=handoff.reason, note=handoff.note,
        due_at=handoff.not_before,
    )  # fmt: skip


def close(
    organisation: Organisation,
    handoff: Handoff,
    outcome: Outcome,
    stage: Stage,
    by: Actor,
    *,
    reason: str = "",
    note: str = "",
) -> None:
    """Store what became of a handoff, move the contact, tell the ledger and the log: in the caller's transaction."""
    handoff.outcome, handoff.closed_at = outcome, timezone.now()
    handoff.snoozed_until, handoff.next_step, handoff.next_step_at = None, "", None
    handoff.save(
        update_fields=[
            *("outcome", "closed_at", "snoozed_until", "next_step", "next_step_at"),
            *("not_before", "amount_cents", "currency"),
        ]
    )
    _move(organisation, handoff, stage, by, reason)
    write(
        organisation,
        handoff,
        _DEEDS[outcome],
        by,
        reason=reason,
        note=note,
        due_at=handoff.not_before if outcome == Outcome.RECYCLED else None,
        amount_cents=handoff.amount_cents,
        currency=handoff.currency,
    )


_DEEDS = {Outcome.CUSTOMER: Deed.CONVERTED, Outcome.LOST: Deed.LOST, Outcome.RECYCLED: Deed.RECYCLED}


def check_reason(reason: str) -> None:
    """Raise Invalid for a reason nobody knows."""
    if reason not in RejectionReason.values:
        raise Invalid(
            fields={"reason": _("Choose among: %(reasons)s.") % {"reasons": ", ".join(RejectionReason.values)}}
        )


def check_moment(organisation: Organisation, moment: datetime | None, name: str) -> datetime | None:
    """Return a moment to come, in the organisation's time where it has no zone; raise Invalid for any other."""
    now = timezone.now()
    if moment is not None and timezone.is_naive(moment):
        moment = moment.replace(tzinfo=zone_of(organisation.time_zone))
    if moment is not None and not now < moment < now + timedelta(days=FURTHEST_DAYS):
        raise Invalid(fields={name: _("Choose a day to come, within ten years.")})
    return moment


def _move(organisation: Organisation, handoff: Handoff, stage: Stage, by: Actor, reason: str) -> None:
    detail: dict[str, object] = {"handoff": handoff.pk}
    if reason:
        detail["reason"] = str(RejectionReason(reason).label)
    change_stage(organisation, [handoff.contact_id], to=stage, cause=Cause.PERSON, by=by, detail=detail)
