"""Celery's side of enrichment."""

from celery import shared_task

from enrichment import asking
from enrichment.automatic import arrivals, refreshing
from enrichment.sources import trying
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


@shared_task(name="enrichment.tasks.try_sources")
def try_sources(organisation_id: int) -> None:
    """Try the sources an admin of one organisation wants to see tried."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        trying.try_sources(organisation)


@shared_task(name="enrichment.tasks.ask_about_arrivals")
def ask_about_arrivals(organisation_id: int) -> None:
    """Ask about one organisation's new companies."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        arrivals.ask_about_arrivals(organisation)


@shared_task(name="enrichment.tasks.refresh_nightly")
def refresh_nightly(organisation_id: int) -> None:
    """Refresh what is old and matters to one organisation, every night."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        refreshing.refresh_nightly(organisation)
