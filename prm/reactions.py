"""Who reacts to new interactions, in order. The one place where lower apps cause something above them."""

from celery import shared_task

from nurturing.triggers import follow_interactions
from prm.organisations.models import Organisation
from scoring.reacting import rescore_touched
from touchpoints.consuming import Consumer, consume
from touchpoints.engagement import advance_lifecycle
from touchpoints.interests.keeping import follow_acts
from touchpoints.segment_moves import touch_acting

CONSUMERS = (
    Consumer("lifecycle", advance_lifecycle),
    Consumer("interests", follow_acts),
    Consumer("scoring", rescore_touched),
    Consumer("nurturing", follow_interactions),
    Consumer("segments", touch_acting),
)


@shared_task(name="prm.reactions.react")
def react(organisation_id: int) -> None:
    """Let every consumer read what is new in one organisation's log."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        consume(organisation, CONSUMERS)
