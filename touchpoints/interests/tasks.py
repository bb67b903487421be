"""Celery's side of interests."""

from celery import shared_task

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from touchpoints.interests.keeping import reconsider_due


@shared_task(name="touchpoints.interests.tasks.reconsider")
def reconsider(organisation_id: int) -> None:
    """Work out anew what changed without a new interaction."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with organisation_scope(organisation.pk):
            reconsider_due(organisation)
