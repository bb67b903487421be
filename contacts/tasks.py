"""Celery's side of contacts."""

from celery import shared_task

from contacts import tidying
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope


@shared_task(name="contacts.tasks.tidy")
def tidy(organisation_id: int) -> None:
    """Forget files, traces of imports and exports whose time is over."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with organisation_scope(organisation.pk):
            tidying.tidy(organisation)
