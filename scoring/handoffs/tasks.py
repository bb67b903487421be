"""Celery's side of handoffs."""

from celery import shared_task

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from scoring.handoffs import watching


@shared_task(name="scoring.handoffs.tasks.watch_due")
def watch_due(organisation_id: int) -> None:
    """Warn of calls that are due, tell of those nobody made and of next steps."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with organisation_scope(organisation.pk):
            watching.watch_due(organisation)
