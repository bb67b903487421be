"""Routes of the API for scores."""

from datetime import datetime
from typing import Any

from ninja import Router, Schema

from contacts.queries import get_contact
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut
from prm.organisations.rights import Right
from scoring.explanations import explain_contact

router = Router(tags=["scoring"])


class ContributionOut(Schema):
    """What one rule gives: points as they count today (decayed, capped), how often, and when last."""

    rule: str
    axis: str
    points: float
    occurrences: int
    last_at: datetime | None


class ScoreOut(Schema):
    """A contact's score and where it comes from, by the published model."""

    intent: float
    fit: float
    total: float
    tier: str
    model_version: int
    computed_at: datetime | None
    contributions: list[ContributionOut]


@router.get(
    "/contacts/{int:contact_id}/score", response={200: ScoreOut, 404: ErrorOut}, auth=key_for(Right.SCORING_VIEW)
)
def get_score(request: ApiRequest, contact_id: int) -> dict[str, Any]:
    """Return a contact's score as of when it was worked out, with what each rule gives: the two add up."""
    contact = get_contact(request.organisation, contact_id)
    explained = explain_contact(request.organisation, contact)
    if explained is None:
        standing = contact.standing
        return {
            "intent": standing.intent,
            "fit": standing.fit,
            "total": standing.total,
            "tier": standing.tier_code,
            "model_version": standing.model_number,
            "computed_at": standing.scored_at,
            "contributions": [],
        }
    found, _version = explained
    return {
        "intent": found.intent,
        "fit": found.fit,
        "total": found.total,
        "tier": found.tier.code,
        "model_version": found.number,
        "computed_at": found.at,
        "contributions": [
            {
                "rule": one.rule.name,
                "axis": one.rule.axis,
                "points": round(one.points, 3),
                "occurrences": one.occurrences,
                "last_at": one.last_at,
            }
            for one in found.contributions
        ],
    }
