"""Celery's side of scoring."""

from celery import shared_task

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from scoring import nightly


@shared_task(name="scoring.tasks.score_due")
def score_due(organisation_id: int) -> None:
    """Score what changed without an interaction, and everybody once a night."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with organisation_scope(organisation.pk):
            nightly.score_due(organisation)
