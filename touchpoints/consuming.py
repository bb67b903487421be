"""Reactions to the log: each consumer reads every interaction once, in order, however often a worker dies.

Order is (transaction_id, id), read only below the oldest transaction still running: ids are handed out before
commit, so reading by id alone would skip rows. A batch, its effects and the consumer's cursor are one
transaction. A consumer never reads past the one before it in the list, so that scoring sees the lifecycle it
builds on.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.wakeups import horizon, settle, wake
from touchpoints.models import ConsumerCursor

log = structlog.get_logger()

QUEUE = "react"
# Interactions in one transaction: large enough to spread its cost, short enough to end well below a second.
BATCH_SIZE = 1000
# A failed batch is tried again after 2, 4, 8 ... seconds, at most five minutes.
LONGEST_RETRY_SECONDS = 300
# How long a run stays for a transaction that was still open when it looked, before the sweep takes over.
PATIENCE_SECONDS = 1.0

Position = tuple[int, int]


class LogFromElsewhereError(Exception):
    """The log was restored from another cluster and not rebased: new interactions would stand before the cursor."""


@dataclass(frozen=True)
class Batch:
    """The interactions after one position and up to another, both (transaction_id, id)."""

    organisation: Organisation
    after: Position
    upto: Position
    size: int

    @property
    def params(self) -> dict[str, Any]:
        """What SQL needs to read the batch with `IN_BATCH`."""
        return {
            "organisation_id": self.organisation.pk,
            "after_transaction": self.after[0],
            "after_id": self.after[1],
            "upto_transaction": self.upto[0],
            "upto_id": self.upto[1],
        }


# The batch as a condition on `touchpoints_interaction i`; index touchpoints_interaction_log.
IN_BATCH = (
    "i.organisation_id = %(organisation_id)s"
    " AND (i.transaction_id, i.id) > (%(after_transaction)s, %(after_id)s)"
    " AND (i.transaction_id, i.id) <= (%(upto_transaction)s, %(upto_id)s)"
)


@dataclass(frozen=True)
class Consumer:
    """A name for the cursor, and what is done with a batch: SQL sets, no network, no commit of its own."""

    name: str
    handle: Callable[[Batch], None]


def consume(organisation: Organisation, consumers: Sequence[Consumer]) -> int:
    """Let every consumer read what is new; return how many interactions were handled, all consumers together.

    Waits a moment for transactions that were open when it began; what is then still unread is left to the
    sweep. A consumer another worker is busy with, or whose last batch failed, is passed over.
    """
    handled = 0
    patience = time.monotonic() + PATIENCE_SECONDS
    pause = 0.01
    with organisation_scope(organisation.pk):
        while True:
            below = horizon()
            count, reached = _pass(organisation, consumers)
            handled += count
            if reached:
                settle(organisation.pk, QUEUE, below=below)
            if not reached or not _is_due(organisation):
                return handled
            if not count:
                if time.monotonic() > patience:
                    return handled
                time.sleep(pause)
                pause = min(pause * 2, 0.2)


def _pass(organisation: Organisation, consumers: Sequence[Consumer]) -> tuple[int, bool]:
    """Run each consumer until it has caught up; return the count, and whether all of them did."""
    handled, limit = 0, None
    for consumer in consumers:
        while True:
            outcome = _step(organisation, consumer, limit)
            if outcome is None:
                return handled, False
            if not outcome:
                break
            handled += outcome
        limit = _position(consumer)
    return handled, True


def _step(organisation: Organisation, consumer: Consumer, limit: Position | None) -> int | None:
    """Handle one batch; return its size, 0 when there is nothing, None when it cannot be worked on now."""
    try:
        with transaction.atomic():
            cursor = _lock(organisation, consumer)
            if cursor is None:
                return None
            batch = _next_batch(organisation, cursor, limit)
            if batch is None:
                return 0
            consumer.handle(batch)
            cursor.transaction_id, cursor.interaction_id = batch.upto
            cursor.moved_at, cursor.failures, cursor.retry_at, cursor.last_error = timezone.now(), 0, None, ""
            cursor.save()
            return batch.size
    except Exception as error:
        # The boundary of a consumer: its batch was rolled back whole, and is tried again later.
        log.exception("consumer_failed", consumer=consumer.name, organisation=organisation.slug)
        _note_failure(organisation, consumer, error)
        return None


def _lock(organisation: Organisation, consumer: Consumer) -> ConsumerCursor | None:
    _ensure_cursor(organisation, consumer)
    cursor: ConsumerCursor | None = (
        ConsumerCursor.objects.select_for_update(skip_locked=True).filter(consumer=consumer.name).first()
    )
    if cursor is not None and cursor.retry_at is not None and cursor.retry_at > timezone.now():
        return None
    return cursor


def _ensure_cursor(organisation: Organisation, consumer: Consumer) -> None:
    ConsumerCursor.objects.bulk_create(
        [ConsumerCursor(organisation=organisation, consumer=consumer.name)], ignore_conflicts=True
    )


def _next_batch(organisation: Organisation, cursor: ConsumerCursor, limit: Position | None) -> Batch | None:
    # The horizon is taken before the rows are read: whatever was written below it is committed by then.
    below = horizon()
    if cursor.transaction_id >= below:
        raise LogFromElsewhereError("This log was restored from elsewhere: run `manage.py rebase_log` once.")
    upto = limit or (below - 1, 2**63 - 1)
    after = (cursor.transaction_id, cursor.interaction_id)
    with connection.cursor() as sql:
        sql.execute(
            "SELECT i.transaction_id, i.id FROM touchpoints_interaction i WHERE i.organisation_id = %s"
            " AND (i.transaction_id, i.id) > (%s, %s) AND (i.transaction_id, i.id) <= (%s, %s)"
            " ORDER BY i.transaction_id, i.id LIMIT %s",
            [organisation.pk, *after, *upto, BATCH_SIZE],
        )
        rows = sql.fetchall()
    return Batch(organisation, after, (rows[-1][0], rows[-1][1]), len(rows)) if rows else None


def _position(consumer: Consumer) -> Position:
    row = ConsumerCursor.objects.filter(consumer=consumer.name).values_list("transaction_id", "interaction_id").get()
    return int(row[0]), int(row[1])


def _note_failure(organisation: Organisation, consumer: Consumer, error: Exception) -> None:
    with transaction.atomic():
        _ensure_cursor(organisation, consumer)
        ConsumerCursor.objects.filter(consumer=consumer.name).update(failures=F("failures") + 1)
        cursor = ConsumerCursor.objects.get(consumer=consumer.name)
        cursor.retry_at = timezone.now() + timedelta(seconds=min(2**cursor.failures, LONGEST_RETRY_SECONDS))
        cursor.last_error = f"{type(error).__name__}: {error}"[:2000]
        cursor.save(update_fields=["retry_at", "last_error"])
        wake(organisation.pk, QUEUE, due_at=cursor.retry_at)


def _is_due(organisation: Organisation) -> bool:
    with connection.cursor() as sql:
        sql.execute(
            "SELECT EXISTS (SELECT 1 FROM work_wakeup WHERE organisation_id = %s AND queue = %s AND due_at <= now())",
            [organisation.pk, QUEUE],
        )
        return bool(sql.fetchone()[0])
