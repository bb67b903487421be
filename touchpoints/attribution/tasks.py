"""Celery's side of observed importance."""

from celery import shared_task

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from touchpoints.attribution import running


@shared_task(name="touchpoints.attribution.tasks.observe")
def observe(organisation_id: int) -> None:
    """Observe an organisation's touchpoints anew, a week after the last time."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with organisation_scope(organisation.pk):
            running.observe_due(organisation)
