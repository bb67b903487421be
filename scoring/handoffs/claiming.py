"""Who has a handoff: exactly one rep gets it, the others read who."""

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, NotFound
from scoring.handoffs.ledger import write
from scoring.handoffs.models import Deed
from scoring.models import OPEN_STATUSES, Handoff, HandoffStatus

# What its rep may still work on: claimed, or accepted and not over.
WORKED = (HandoffStatus.CLAIMED, HandoffStatus.ACCEPTED)


def is_with_sales() -> Exists:
    """Ask of a contact, by OuterRef("pk"), whether a handoff of theirs is open."""
    return Exists(Handoff.objects.filter(contact=OuterRef("pk"), status__in=OPEN_STATUSES))


def claim_handoff(organisation: Organisation, *, handoff_id: int, by: Actor) -> Handoff:
    """Take a waiting handoff; raise Conflict with who has it when somebody was faster.

    One conditional UPDATE, whose row count says who won. A person's own claim again changes nothing; a key's is
    refused, for behind one key may stand many people.
    """
    with transaction.atomic():
        won = Handoff.objects.filter(pk=handoff_id, status=HandoffStatus.WAITING).update(**_claimed(by))
        handoff = get_handoff(handoff_id)
        if won:
            write(organisation, handoff, Deed.CLAIMED, by)
        elif not (handoff.status == HandoffStatus.CLAIMED and isinstance(by, User) and has(handoff, by)):
            raise taken(handoff)
    return handoff


def claim_next(organisation: Organisation, *, by: User) -> Handoff:
    """Take the first of the queue that nobody else is taking at this moment; raise NotFound when nobody waits."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT h.id FROM scoring_handoff h WHERE h.organisation_id = %s AND h.status = 'waiting'"
                " ORDER BY h.total DESC, h.opened_at, h.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED",
                [organisation.pk],
            )
            row = cursor.fetchone()
        if row is None:
            raise NotFound
        Handoff.objects.filter(pk=row[0]).update(**_claimed(by))
        handoff = get_handoff(row[0])
        write(organisation, handoff, Deed.CLAIMED, by)
    return handoff


def release_handoff(organisation: Organisation, *, handoff_id: int, by: Actor, is_admin: bool = False) -> Handoff:
    """Give a claimed handoff back to the queue; what was planned for it goes."""
    with transaction.atomic():
        handoff = lock_own(handoff_id, by, is_admin=is_admin)
        release_locked(organisation, handoff, by)
    return handoff


def release_locked(organisation: Organisation, handoff: Handoff, by: Actor) -> None:
    """Give back to the queue what is locked already, in the caller's transaction."""
    handoff.status, handoff.claimed_by, handoff.claimed_at = HandoffStatus.WAITING, None, None
    handoff.claimed_by_label = ""
    handoff.snoozed_until, handoff.next_step, handoff.next_step_at = None, "", None
    handoff.save(
        update_fields=[
            *("status", "claimed_by", "claimed_by_label", "claimed_at"),
            *("snoozed_until", "next_step", "next_step_at"),
        ]
    )
    write(organisation, handoff, Deed.RELEASED, by)


def lock_own(
    handoff_id: int, by: Actor, *, is_admin: bool, among: tuple[HandoffStatus, ...] = (HandoffStatus.CLAIMED,)
) -> Handoff:
    """Return the handoff, locked, when it is the caller's to work on; raise NotFound or Conflict.

    One that is over is nobody's to work on. Locks the handoff's row alone.
    """
    handoff = lock_handoff(handoff_id)
    if handoff.status == HandoffStatus.WAITING:
        raise Conflict(_("Claim it first."))
    if handoff.status not in among or handoff.outcome or not (is_admin or has(handoff, by)):
        raise taken(handoff)
    return handoff


def lock_handoff(handoff_id: int) -> Handoff:
    """Return the handoff, locked; raise NotFound."""
    found = Handoff.objects.select_for_update(of=("self",)).select_related("contact").filter(pk=handoff_id).first()
    if found is None:
        raise NotFound
    handoff: Handoff = found
    return handoff


def get_handoff(handoff_id: int) -> Handoff:
    """Return the handoff with its contact and who has it; raise NotFound."""
    found = Handoff.objects.select_related("contact", "claimed_by").filter(pk=handoff_id).first()
    if found is None:
        raise NotFound
    handoff: Handoff = found
    return handoff


def has(handoff: Handoff, by: Actor) -> bool:
    """Tell whether it is this person's, or this key's."""
    if isinstance(by, User):
        return handoff.claimed_by_id == by.pk
    return handoff.claimed_by_id is None and handoff.claimed_by_label == by


def taken(handoff: Handoff) -> Conflict:
    """Return the refusal that says who has it since when, or what became of it."""
    name = handoff.claimed_by_label or _("Somebody")
    if handoff.outcome:
        message = _("It is over: %(outcome)s.") % {"outcome": handoff.get_outcome_display()}
    elif handoff.status == HandoffStatus.CLAIMED and handoff.claimed_at is not None:
        since = time_format(localtime(handoff.claimed_at))
        message = _("%(name)s has it since %(time)s.") % {"name": name, "time": since}
    elif handoff.status == HandoffStatus.WITHDRAWN:
        message = _("It was withdrawn.")
    else:
        message = _("%(name)s has answered it already: %(answer)s.") % {
            "name": name,
            "answer": handoff.get_status_display(),
        }
    holder = {
        "name": handoff.claimed_by_label,
        "id": handoff.claimed_by_id or 0,
        "claimed_at": handoff.claimed_at.isoformat() if handoff.claimed_at else "",
        "status": handoff.status,
    }
    return Conflict(message, holder=holder)


def _claimed(by: Actor) -> dict[str, object]:
    return {
        "status": HandoffStatus.CLAIMED,
        "claimed_by": by if isinstance(by, User) else None,
        "claimed_by_label": str(by)[:160],
        "claimed_at": timezone.now(),
    }
