"""Segments and the log: who acts is looked at again, and who enters or leaves a segment is noted."""

from collections.abc import Sequence

from contacts.segments.keeping import QUEUE
from contacts.segments.moves import Move
from prm.organisations.models import Organisation
from prm.work.sql import run
from prm.work.wakeups import wake
from touchpoints.consuming import IN_BATCH, Batch
from touchpoints.models import Verdict
from touchpoints.recording import NewInteraction, record


def touch_acting(batch: Batch) -> None:
    """Let the segments of those who acted in a batch be brought up to date. One statement, and a wake-up."""
    if run("touchpoints/touch_acting_contacts", batch.params, batch=IN_BATCH):
        wake(batch.organisation.pk, QUEUE)


def record_moves(organisation: Organisation, moves: Sequence[Move]) -> None:
    """Note in the log who entered or left a segment; PRM itself notes it, so nothing scores by it."""
    record(
        organisation,
        [
            NewInteraction(
                "segment_entered" if move.has_entered else "segment_left",
                contact_id=move.contact_id,
                verdict=Verdict.SYSTEM,
                occurred_at=move.at,
                properties={"segment_id": move.segment_id, "segment": move.segment_name},
            )
            for move in moves
        ],
    )
