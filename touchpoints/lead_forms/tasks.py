"""Celery's side of forms: set the organisation, take in what waits."""

from celery import shared_task

from prm.organisations.models import Organisation
from touchpoints.lead_forms.processing import process_due


@shared_task(name="touchpoints.lead_forms.tasks.process_due")
def take_in(organisation_id: int) -> None:
    """Take in what was sent to one organisation's forms."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        process_due(organisation)
