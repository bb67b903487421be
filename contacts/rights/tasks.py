"""Celery's side of people's rights."""

from celery import shared_task

from contacts.rights import retention
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope


@shared_task(name="contacts.rights.tasks.retain")
def retain(organisation_id: int) -> None:
    """Look who was kept long enough, every night."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with organisation_scope(organisation.pk):
            retention.retain(organisation)
