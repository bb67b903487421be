"""Scoring's consumer of the log."""

from touchpoints.consuming import Batch


def rescore_touched(batch: Batch) -> None:
    """Rescore the contacts of a batch."""
