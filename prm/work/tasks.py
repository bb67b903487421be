"""Celery's side of due work."""

from celery import current_app, shared_task
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work import jobs, remembering, wakeups

HEARTBEAT = "prm:worker-heartbeat"


@shared_task(name="prm.work.tasks.sweep", expires=30)
def sweep() -> None:
    """Wake workers for whatever is due and was not heard; note that a worker is alive."""
    cache.set(HEARTBEAT, timezone.now().isoformat(), timeout=3600)
    wakeups.sweep()


@shared_task(name="prm.work.tasks.maintain", expires=3600)
def maintain() -> None:
    """Ask for what is done every hour."""
    for name, queue in settings.HOURLY_TASKS:
        current_app.send_task(name, queue=queue, ignore_result=True)


@shared_task(name="prm.work.tasks.prune")
def prune() -> None:
    """Forget sessions that ended."""
    SessionStore.clear_expired()


@shared_task(name="prm.work.tasks.run_jobs")
def run_jobs(organisation_id: int) -> None:
    """Carry out one organisation's waiting jobs."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        jobs.run_jobs(organisation)


@shared_task(name="prm.work.tasks.refresh_figures")
def refresh_figures(organisation_id: int) -> None:
    """Work out anew the figures of one organisation that pages show and that are due."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with organisation_scope(organisation.pk):
            remembering.refresh(organisation)
