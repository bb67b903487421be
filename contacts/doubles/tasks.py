"""Celery's side of doubles."""

from celery import shared_task

from contacts.doubles import finding
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope


@shared_task(name="contacts.doubles.tasks.find_doubles")
def find_doubles(organisation_id: int) -> None:
    """Look at whoever of one organisation is new or changed."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with organisation_scope(organisation.pk):
            finding.find_changed(organisation)
