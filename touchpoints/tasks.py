"""Celery's side of the log: what is done to it every hour."""

from celery import shared_task

from touchpoints.recording import forget_old_keys, make_partitions


@shared_task(name="touchpoints.tasks.maintain", expires=3600)
def maintain() -> None:
    """Make the log's next partitions; forget keys nobody will send again."""
    make_partitions()
    forget_old_keys()
