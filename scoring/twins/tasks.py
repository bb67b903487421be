"""Celery's side of twins."""

from celery import shared_task

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from scoring.twins import keeping


@shared_task(name="scoring.twins.tasks.keep_due")
def keep_due(organisation_id: int) -> None:
    """Keep the rows of those who came to sales."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with organisation_scope(organisation.pk):
            keeping.keep_due(organisation)
