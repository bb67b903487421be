"""Keeping segments up to date: by what changed and what ran out, never by looking at everybody again.

What changed is on a list (TouchedContact) that triggers and the log's consumer write in the transaction of the change.
A step takes contacts off the list and moves them in one transaction, so a worker may die at any moment; one worker at
a time keeps an organisation's segments, so no answer overtakes a newer one (docs/decisions/0007-segments.md).
"""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from contacts.segments.matching import CHOSEN, OVER_EVERYBODY, Question, ask, people_vocabulary
from contacts.segments.models import Segment, SegmentDue, SegmentKind
from contacts.segments.moves import Move, tell
from prm.organisations.models import Organisation
from prm.work.models import Wakeup
from prm.work.sql import fetch
from prm.work.wakeups import horizon, settle, wake

QUEUE = "segment"
# Contacts looked at in one transaction: about a tenth of a second a segment.
BATCH_SIZE = 5000
# How long to wait for transactions that were open while a segment was filled.
LOOK_AGAIN = timedelta(seconds=5)
_MOVED = "SELECT contact_id, TRUE FROM come UNION ALL SELECT contact_id, FALSE FROM gone"
_COUNTED = "SELECT (SELECT count(*) FROM come), (SELECT count(*) FROM gone)"


def keep_segments(organisation: Organisation) -> int:
    """Do what there is to do for the organisation's segments; return how many steps that took. In the scope.

    Leaves it to another worker that is at it; the sweep comes back for whatever that one does not see.
    """
    below, steps = horizon(), 0
    while True:
        done = _step(organisation)
        if done is None:
            return steps
        if not done:
            break
        steps += 1
    with transaction.atomic():
        settle(organisation.pk, QUEUE, below=below)
        _wake_next(organisation)
    return steps


def _step(organisation: Organisation) -> bool | None:
    """Do one step in one transaction; return whether there was anything, None when another worker is at it."""
    with transaction.atomic():
        now = _lock(organisation)
        if now is None:
            return None
        if _fill_next(organisation, now):
            return True
        params = {"organisation_id": organisation.pk, "now": now, "most": BATCH_SIZE}
        touched = [row[0] for row in fetch("contacts/take_touched_contacts", params)]
        due: dict[int, set[int]] = defaultdict(set)
        for segment_id, contact_id in fetch("contacts/take_due_contacts", params):
            due[segment_id].add(contact_id)
        if not touched and not due:
            return False
        changed = {contact_id for contact_id in touched if contact_id is not None}
        words = people_vocabulary()
        for segment in _living().filter(needs_filling=False).order_by("pk"):
            contact_ids = changed | due.get(segment.pk, set())
            question = ask(organisation, segment.condition, now=now, words=words)
            _move(segment, question, sorted(contact_ids), now)
        return True


def _lock(organisation: Organisation) -> datetime | None:
    """Keep other workers from these segments until the transaction ends; return the database's time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext('segments.keeping'), %s), clock_timestamp()",
            [organisation.pk % 2**31],
        )
        is_ours, now = cursor.fetchone()
    return now if is_ours else None


def _living() -> "QuerySet[Segment]":
    return Segment.objects.filter(kind=SegmentKind.LIVING, archived_at__isnull=True)


def _move(segment: Segment, question: Question, contact_ids: list[int], now: datetime) -> None:
    """Let these contacts enter or leave; a condition that lost or regained its meaning is looked at for everybody."""
    if bool(question.problems) != segment.is_stale:
        segment.needs_filling = True
        segment.save(update_fields=["needs_filling"])
        return
    if not contact_ids or question.problems:
        return
    params = {**_params(question, segment, now), "contact_ids": contact_ids}
    rows = fetch(
        "contacts/move_segment_members",
        params,
        asked=_asked(question, chosen=True),
        members=f"m.contact_id = ANY ({CHOSEN})",
        result=_MOVED,
    )
    moves = [Move(contact_id, segment.pk, segment.name, has_entered, now) for contact_id, has_entered in sorted(rows)]
    tell(question.organisation, moves)


def _asked(question: Question, *, chosen: bool) -> str:
    return question.select(f"c.id, {question.holds} AS holds, {question.next_due} AS due_at", chosen=chosen)


def _fill_next(organisation: Organisation, now: datetime) -> bool:
    """Look at everybody for a segment that is new or was changed; nothing goes to the log: the segment moved, not they.

    Transactions that were open meanwhile may not have known that somebody keeps a list: after the last of them, once
    more.
    """
    is_waiting = Q(needs_filling=True) | Q(look_again_at__lte=horizon())
    waiting = Segment.objects.filter(is_waiting, archived_at__isnull=True)
    segment = waiting.select_for_update().order_by("pk").first()
    if segment is None:
        return False
    segment.look_again_at = _open_transactions() if segment.needs_filling else None
    question = ask(organisation, segment.condition, now=now)
    SegmentDue.objects.filter(segment=segment).delete()
    with connection.cursor() as cursor:
        cursor.execute(OVER_EVERYBODY)
    fetch(
        "contacts/move_segment_members",
        _params(question, segment, now),
        asked=_asked(question, chosen=False),
        members="TRUE",
        result=_COUNTED,
    )
    segment.needs_filling, segment.filled_at, segment.is_stale = False, now, bool(question.problems)
    segment.save(update_fields=["needs_filling", "filled_at", "is_stale", "look_again_at"])
    return True


def _open_transactions() -> int | None:
    """Return the number below which every transaction must have ended for none of those open now to be left."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN EXISTS (SELECT pg_snapshot_xip(s)) THEN pg_snapshot_xmax(s)::text::bigint END"
            " FROM pg_current_snapshot() s"
        )
        number: int | None = cursor.fetchone()[0]
        return number


def _params(question: Question, segment: Segment, now: datetime) -> dict[str, object]:
    return {**question.params, "segment_id": segment.pk, "now": now, "is_living": segment.is_living}


def _wake_next(organisation: Organisation) -> None:
    """Make sure that the next window to run out is noted, and a look after transactions that are still open."""
    due_at = SegmentDue.objects.aggregate(first=Min("due_at"))["first"]
    if Segment.objects.filter(look_again_at__isnull=False, archived_at__isnull=True).exists():
        soon = timezone.now() + LOOK_AGAIN
        due_at = min(due_at or soon, soon)
    if due_at is None:
        return
    noted = Wakeup.objects.filter(queue=QUEUE, due_at__gt=Now(), due_at__lte=due_at + timedelta(seconds=1))
    if not noted.exists():
        wake(organisation.pk, QUEUE, due_at=due_at)
