"""Celery's side of tracking."""

from celery import shared_task

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from touchpoints.tracking import collecting, forgetting, intake


@shared_task(name="touchpoints.tracking.tasks.collect")
def collect(organisation_id: int) -> None:
    """Read what came in of one organisation's sites."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with organisation_scope(organisation.pk):
            collecting.collect(organisation)


@shared_task(name="touchpoints.tracking.tasks.forget", expires=3600)
def forget() -> None:
    """Forget visitors nobody knows and nobody has seen for long; find beacons that nobody was told of."""
    forgetting.forget_visitors()
    intake.wake_waiting()
