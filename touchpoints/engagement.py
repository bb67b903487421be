"""The first consumer of the log: a person's own acts move the lifecycle and date the last act."""

from prm.work.sql import run
from touchpoints.consuming import IN_BATCH, Batch


def advance_lifecycle(batch: Batch) -> None:
    """Make prospects of suspects who did something engaging; remember each person's last act. Two statements."""
    run("touchpoints/date_last_acts", batch.params, batch=IN_BATCH)
    run("touchpoints/engage_suspects", batch.params, batch=IN_BATCH)
