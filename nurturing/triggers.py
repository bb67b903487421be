"""Nurturing's consumer of the log: who a scenario takes in, and whom it lets go."""

from datetime import datetime

from django.utils import timezone

from nurturing.waking import STEPS
from prm.work.sql import fetch, run
from prm.work.wakeups import wake
from touchpoints.consuming import IN_BATCH, Batch


def follow_interactions(batch: Batch) -> None:
    """Take into active scenarios those whose acts start them; let go who unsubscribed or went to sales.

    Who does both in one batch is taken in and let go. Two statements, and a wake-up for each new due time.
    """
    due: list[datetime] = [row[0] for row in fetch("nurturing/enrol_triggered", batch.params, batch=IN_BATCH)]
    now = timezone.now()
    if any(due_at <= now for due_at in due):
        wake(batch.organisation.pk, STEPS)
    for due_at in due:
        if due_at > now:
            wake(batch.organisation.pk, STEPS, due_at=due_at)
    run("nurturing/exit_followed", batch.params, batch=IN_BATCH)
