"""Celery's side of enrichment."""

from celery import shared_task

from enrichment import asking
from enrichment.vat import services as vat
from prm.organisations.models import Organisation


@shared_task(name="enrichment.tasks.ask_due")
def ask_due(organisation_id: int) -> None:
    """Ask one organisation's due lookups."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        asking.ask_due_lookups(organisation)


@shared_task(name="enrichment.tasks.check_vat")
def check_vat(organisation_id: int) -> None:
    """Ask about one organisation's due VAT numbers."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        vat.check_due(organisation)
