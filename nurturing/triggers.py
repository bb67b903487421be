"""Nurturing's consumer of the log."""

from touchpoints.consuming import Batch


def follow_interactions(batch: Batch) -> None:
    """Enrol and let go the contacts of a batch."""
