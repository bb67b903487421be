"""Celery's side of the standings of companies."""

from celery import shared_task

from contacts.standings import keeping
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope


@shared_task(name="contacts.standings.tasks.keep_standings")
def keep_standings(organisation_id: int) -> None:
    """Bring the standings of one organisation's companies up to date."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with organisation_scope(organisation.pk):
            keeping.keep_standings(organisation)
