"""Celery's side of surveys."""

from celery import shared_task

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from touchpoints.surveys import perceiving


@shared_task(name="touchpoints.surveys.tasks.settle")
def settle(organisation_id: int) -> None:
    """Work out perceived quality from what people answered."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with organisation_scope(organisation.pk):
            perceiving.settle_due(organisation)
