"""Celery's side of webhooks: set the organisation, tell what is due."""

from celery import shared_task

from prm.organisations.models import Organisation
from prm.webhooks.sending import send_due


@shared_task(name="prm.webhooks.tasks.send_due")
def tell_due(organisation_id: int) -> None:
    """Tell one organisation's webhooks what is due."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        send_due(organisation)
