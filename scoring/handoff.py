"""What sales does with a handoff: claim, accept, reject, recycle, give back. Exactly one rep gets it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from contacts.lifecycle import change_stage
from contacts.models import Cause, Stage
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.web.person import zone_of
from prm.work.errors import Conflict, Invalid, NotFound
from scoring.models import OPEN_STATUSES, Handoff, HandoffStatus, RejectionReason
from touchpoints.models import Verdict
from touchpoints.recording import NewInteraction, record

# A recycled contact is not handed over again before so many days, unless sales says another date.
COOL_DOWN_DAYS = 60
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


def is_with_sales() -> Exists:
    """Ask of a contact, by OuterRef("pk"), whether a handoff of theirs is open."""
    return Exists(Handoff.objects.filter(contact=OuterRef("pk"), status__in=OPEN_STATUSES))


def claim_handoff(organisation: Organisation, *, handoff_id: int, by: Actor) -> Handoff:
    """Take a waiting handoff; raise Conflict with who has it when somebody was faster.

    One conditional UPDATE, whose row count says who won. A person's own claim again changes nothing; a key's is
    refused, for behind one key may stand many people.
    """
    now = timezone.now()
    with transaction.atomic():
        won = Handoff.objects.filter(pk=handoff_id, status=HandoffStatus.WAITING).update(
            status=HandoffStatus.CLAIMED, claimed_by=_person(by), claimed_by_label=str(by)[:160], claimed_at=now
        )
        handoff = _get(handoff_id)
        if won:
            audit.record(organisation, by, "handoff.claim", handoff, label=str(handoff.contact))
        elif not (handoff.status == HandoffStatus.CLAIMED and isinstance(by, User) and _has(handoff, by)):
            raise _taken(handoff)
    return handoff


def release_handoff(organisation: Organisation, *, handoff_id: int, by: Actor, is_admin: bool = False) -> Handoff:
    """Give a claimed handoff back to the queue."""
    with transaction.atomic():
        handoff = _lock_own(handoff_id, by, is_admin=is_admin)
        handoff.status, handoff.claimed_by, handoff.claimed_at = HandoffStatus.WAITING, None, None
        handoff.claimed_by_label = ""
        handoff.save(update_fields=["status", "claimed_by", "claimed_by_label", "claimed_at"])
        audit.record(organisation, by, "handoff.release", handoff, label=str(handoff.contact))
    return handoff


def accept_handoff(
    organisation: Organisation, *, handoff_id: int, by: Actor, note: str = "", is_admin: bool = False
) -> Handoff:
    """Accept a claimed handoff: the contact goes on with sales."""
    with transaction.atomic():
        handoff = _lock_own(handoff_id, by, is_admin=is_admin)
        _answer(organisation, handoff, HandoffStatus.ACCEPTED, Stage.ACCEPTED, by, note=note)
    return handoff


def reject_handoff(
    organisation: Organisation, *, handoff_id: int, by: Actor, reason: str, note: str = "", is_admin: bool = False
) -> Handoff:
    """Reject a claimed handoff with a coded reason; "not ready" recycles it."""
    if reason not in RejectionReason.values:
        raise Invalid(
            fields={"reason": _("Choose among: %(reasons)s.") % {"reasons": ", ".join(RejectionReason.values)}}
        )
    if reason == RejectionReason.NOT_READY:
        return recycle_handoff(organisation, handoff_id=handoff_id, by=by, reason=reason, note=note, is_admin=is_admin)
    with transaction.atomic():
        handoff = _lock_own(handoff_id, by, is_admin=is_admin)
        handoff.reason = reason
        _answer(organisation, handoff, HandoffStatus.REJECTED, STAGE_AFTER[reason], by, note=note)
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
    """Send a claimed handoff back to nurturing: a prospect again, not handed over before `until`.

    A moment without a time zone is the organisation's time.
    """
    if reason not in RejectionReason.values:
        raise Invalid(
            fields={"reason": _("Choose among: %(reasons)s.") % {"reasons": ", ".join(RejectionReason.values)}}
        )
    now = timezone.now()
    if until is not None and timezone.is_naive(until):
        until = until.replace(tzinfo=zone_of(organisation.time_zone))
    if until is not None and not now < until < now + timedelta(days=FURTHEST_DAYS):
        raise Invalid(fields={"until": _("Choose a day to come, within ten years.")})
    with transaction.atomic():
        handoff = _lock_own(handoff_id, by, is_admin=is_admin)
        handoff.reason = reason
        handoff.not_before = until or now + timedelta(days=COOL_DOWN_DAYS)
        _answer(organisation, handoff, HandoffStatus.RECYCLED, Stage.PROSPECT, by, note=note)
    return handoff


def _answer(
    organisation: Organisation, handoff: Handoff, status: HandoffStatus, stage: Stage, by: Actor, *, note: str
) -> None:
    """Store the answer, move the contact, tell the log: all in the caller's transaction."""
    handoff.status, handoff.answered_at, handoff.note = status, timezone.now(), note.strip()[:500]
    handoff.save(update_fields=["status", "answered_at", "note", "reason", "not_before"])
    detail: dict[str, Any] = {"handoff": handoff.pk}
    if handoff.reason:
        detail["reason"] = str(RejectionReason(handoff.reason).label)
    change_stage(organisation, [handoff.contact_id], to=stage, cause=Cause.PERSON, by=by, detail=detail)
    record(
        organisation,
        [
            NewInteraction(
                "handoff_answered",
                handoff.contact_id,
                verdict=Verdict.SYSTEM,
                key=f"handoff:{handoff.pk}:{status}",
                properties={"answer": status.value, "reason": handoff.reason, "handoff": handoff.pk},
            )
        ],
    )
    after = {"status": status.value, "reason": handoff.reason, "note": handoff.note}
    audit.record(organisation, by, f"handoff.{status.value}", handoff, label=str(handoff.contact), after=after)


def _lock_own(handoff_id: int, by: Actor, *, is_admin: bool) -> Handoff:
    """Return the handoff, locked, when it is the caller's to answer; raise NotFound or Conflict."""
    handoff = Handoff.objects.select_for_update(of=("self",)).select_related("contact").filter(pk=handoff_id).first()
    if handoff is None:
        raise NotFound
    if handoff.status == HandoffStatus.WAITING:
        raise Conflict(_("Claim it first."))
    if handoff.status != HandoffStatus.CLAIMED or not (is_admin or _has(handoff, by)):
        raise _taken(handoff)
    return handoff


def _get(handoff_id: int) -> Handoff:
    handoff = Handoff.objects.select_related("contact", "claimed_by").filter(pk=handoff_id).first()
    if handoff is None:
        raise NotFound
    return handoff


def _has(handoff: Handoff, by: Actor) -> bool:
    if isinstance(by, User):
        return handoff.claimed_by_id == by.pk
    return handoff.claimed_by_id is None and handoff.claimed_by_label == by


def _taken(handoff: Handoff) -> Conflict:
    """Return the refusal that says who has it since when, or what became of it."""
    if handoff.status == HandoffStatus.CLAIMED and handoff.claimed_at is not None:
        since = time_format(localtime(handoff.claimed_at))
        message = _("%(name)s has it since %(time)s.") % {"name": handoff.claimed_by_label, "time": since}
    elif handoff.status == HandoffStatus.WITHDRAWN:
        message = _("It was withdrawn.")
    else:
        message = _("%(name)s has answered it already: %(answer)s.") % {
            "name": handoff.claimed_by_label or _("Somebody"),
            "answer": handoff.get_status_display(),
        }
    holder = {
        "name": handoff.claimed_by_label,
        "id": handoff.claimed_by_id or 0,
        "claimed_at": handoff.claimed_at.isoformat() if handoff.claimed_at else "",
        "status": handoff.status,
    }
    return Conflict(message, holder=holder)


def _person(by: Actor) -> User | None:
    return by if isinstance(by, User) else None
