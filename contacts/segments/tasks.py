"""Celery's side of segments."""

from celery import shared_task

from contacts.segments import keeping
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope


@shared_task(name="contacts.segments.tasks.keep_segments")
def keep_segments(organisation_id: int) -> None:
    """Bring one organisation's segments up to date."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with organisation_scope(organisation.pk):
            keeping.keep_segments(organisation)
