"""Celery's side of nurturing: set the organisation, call the engine."""

from celery import shared_task

from nurturing import engine, sending
from prm.organisations.models import Organisation


@shared_task(name="nurturing.tasks.run_due_steps")
def run_due_steps(organisation_id: int) -> None:
    """Carry out one organisation's due steps."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        engine.run_due_steps(organisation)


@shared_task(name="nurturing.tasks.send_due_mail")
def send_due_mail(organisation_id: int) -> None:
    """Send one organisation's due messages."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        sending.send_due_mail(organisation)
