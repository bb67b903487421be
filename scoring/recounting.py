"""Scoring where acts that counted count for nothing now: scores, tiers, and handoffs nobody should call about."""

from collections.abc import Sequence

from prm.organisations.models import Organisation
from scoring.handoffs.opening import withdraw_cooled
from scoring.published import hold_published
from scoring.scores import clock, note_crossings, rescore


def rescore_recounted(organisation: Organisation, contact_ids: Sequence[int], _gone_ids: Sequence[int]) -> None:
    """Score these people anew, note who changed tier, and take back the waiting handoffs of who is hot no more."""
    ruleset = hold_published(organisation) if contact_ids else None
    if ruleset is None:
        return
    at = clock()
    note_crossings(organisation, rescore(ruleset, contact_ids, at=at))
    withdraw_cooled(organisation, contact_ids, at=at)
