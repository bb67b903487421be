"""Working on a handoff that is one's own: calls, notes, next steps, and putting it off for a while."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Invalid
from prm.work.texts import is_storable
from prm.work.wakeups import wake
from scoring.handoffs.answering import check_moment
from scoring.handoffs.claiming import WORKED, lock_own
from scoring.handoffs.ledger import LONGEST_NOTE, write
from scoring.handoffs.models import CallOutcome, Deed
from scoring.handoffs.opening import CLOCK
from scoring.models import Handoff


def log_call(
    organisation: Organisation,
    *,
    handoff_id: int,
    by: Actor,
    outcome: str,
    note: str = "",
    next_step: str = "",
    next_step_at: datetime | None = None,
    is_admin: bool = False,
) -> Handoff:
    """Note how a call went; where it says what is next, that replaces what was planned. The call itself is done."""
    if outcome not in CallOutcome.values:
        raise Invalid(fields={"outcome": _("Choose among: %(reasons)s.") % {"reasons": ", ".join(CallOutcome.values)}})
    _check_note(note)
    planned = _check_step(organisation, next_step, next_step_at)
    with transaction.atomic():
        handoff = lock_own(handoff_id, by, is_admin=is_admin, among=WORKED)
        handoff.called_at = handoff.called_at or timezone.now()
        handoff.snoozed_until = None
        handoff.next_step, handoff.next_step_at = "", None
        handoff.save(update_fields=["called_at", "snoozed_until", "next_step", "next_step_at"])
        write(organisation, handoff, Deed.CALLED, by, outcome=outcome, note=note)
        _plan(organisation, handoff, by, *planned)
    return handoff


def note_handoff(
    organisation: Organisation,
    *,
    handoff_id: int,
    by: Actor,
    note: str = "",
    next_step: str = "",
    next_step_at: datetime | None = None,
    is_admin: bool = False,
) -> Handoff:
    """Write a note, plan the next step, or both. Raises Invalid where there is neither."""
    _check_note(note)
    planned = _check_step(organisation, next_step, next_step_at)
    if not note.strip() and not planned[0]:
        raise Invalid(fields={"note": _("Write a note, or say what is next.")})
    with transaction.atomic():
        handoff = lock_own(handoff_id, by, is_admin=is_admin, among=WORKED)
        if note.strip():
            write(organisation, handoff, Deed.NOTED, by, note=note)
        _plan(organisation, handoff, by, *planned)
    return handoff


def snooze_handoff(
    organisation: Organisation, *, handoff_id: int, by: Actor, until: datetime, note: str = "", is_admin: bool = False
) -> Handoff:
    """Put it off: it stays the rep's, below the others until then. The promise to call goes on counting."""
    _check_note(note)
    moment = check_moment(organisation, until, "until")
    with transaction.atomic():
        handoff = lock_own(handoff_id, by, is_admin=is_admin, among=WORKED)
        handoff.snoozed_until = moment
        handoff.save(update_fields=["snoozed_until"])
        write(organisation, handoff, Deed.SNOOZED, by, note=note, due_at=moment)
    return handoff


def _plan(organisation: Organisation, handoff: Handoff, by: Actor, step: str, at: datetime | None) -> None:
    if not step:
        return
    handoff.next_step, handoff.next_step_at, handoff.reminded_at = step, at, None
    handoff.save(update_fields=["next_step", "next_step_at", "reminded_at"])
    if at is not None:
        wake(organisation.pk, CLOCK, due_at=at)
    write(organisation, handoff, Deed.PLANNED, by, note=step, due_at=at)


def _check_step(organisation: Organisation, step: str, at: datetime | None) -> tuple[str, datetime | None]:
    step = " ".join(step.split())
    if len(step) > 200 or not is_storable(step):
        raise Invalid(fields={"next_step": _("At most %(n)s characters.") % {"n": 200}})
    if at is not None and not step:
        raise Invalid(fields={"next_step": _("Say what is to be done then.")})
    return step, check_moment(organisation, at, "next_step_at")


def _check_note(note: str) -> None:
    if len(note) > LONGEST_NOTE or not is_storable(note):
        raise Invalid(fields={"note": _("At most %(n)s characters.") % {"n": LONGEST_NOTE}})
