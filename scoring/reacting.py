"""Scoring's consumer of the log: who did something is scored anew, and handed to sales when that makes them hot."""

from django.db import connection

from scoring.handoffs.opening import open_for, withdraw_for
from scoring.published import hold_published
from scoring.scores import clock, note_crossings, rescore
from touchpoints.consuming import IN_BATCH, Batch
from touchpoints.models import ASKED


def rescore_touched(batch: Batch) -> None:
    """Rescore the contacts who acted in a batch; note who changed tier; open and withdraw handoffs.

    About ten statements, whatever the size of the batch; all in the transaction that moves the consumer's cursor.
    Someone who was hot before and only now may be handed over is, at their next act.
    """
    ruleset = hold_published(batch.organisation)
    touched = _touched(batch)
    if ruleset is None or not touched:
        return
    at = clock()
    note_crossings(batch.organisation, rescore(ruleset, touched, at=at))
    withdraw_for(batch.organisation, touched, at=at)
    open_for(ruleset, touched, at=at)


def _touched(batch: Batch) -> list[int]:
    """Return the contacts who acted in the batch, or whose company changed; what PRM itself noted touches nobody."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT i.contact_id FROM touchpoints_interaction i WHERE {IN_BATCH}"
            f" AND i.contact_id IS NOT NULL AND i.verdict IN {ASKED}",
            batch.params,
        )
        return [row[0] for row in cursor.fetchall()]
