"""Routes of the API for scores and handoffs."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema
from pydantic import ValidationError

from contacts.queries import get_contact
from prm.api.auth import ApiRequest, key_for
from prm.api.reading import ObjectParser
from prm.api.schemas import ErrorOut, PageOut, Text
from prm.organisations.rights import Right
from prm.web.pagination import paginate
from prm.work.errors import Invalid
from scoring import handoff as handoffs
from scoring.explanations import explain_contact
from scoring.models import Handoff, HandoffStatus
from scoring.queue import WAITING_ORDER

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


class PersonOut(Schema):
    """The contact of a handoff in short."""

    id: int
    name: str
    email: str | None
    phone: str
    company: str | None


class HandoffOut(Schema):
    """An MQL handed over, with who has it and what was answered."""

    id: int
    status: str
    contact: PersonOut
    intent: float
    fit: float
    total: float
    model_version: int
    evidence: list[dict[str, Any]]
    opened_at: datetime
    due_at: datetime
    claimed_by: str | None
    claimed_at: datetime | None
    answered_at: datetime | None
    reason: str
    note: str
    not_before: datetime | None


class HandoffsOut(PageOut):
    """A page of handoffs."""

    items: list[HandoffOut]


class HandoffsIn(Schema):
    """What narrows the list."""

    status: str = ""
    cursor: str = ""
    limit: int = Field(50, ge=1, le=200)


class NoteIn(Schema):
    """A word for marketing."""

    note: Text = Field("", max_length=500)


class RejectIn(NoteIn):
    """Why not: one of not_ready, not_target, no_project, no_budget, competitor, unreachable, wrong_data, other."""

    reason: str


class RecycleIn(NoteIn):
    """Too early: why, and until when."""

    reason: str = "not_ready"
    until: datetime | None = None


ANSWERS = {200: HandoffOut, 404: ErrorOut, 409: ErrorOut, 422: ErrorOut}


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


@router.get("/handoffs", response={200: HandoffsOut, 422: ErrorOut}, auth=key_for(Right.HANDOFFS_VIEW))
def list_handoffs(request: ApiRequest, given: Query[HandoffsIn]) -> dict[str, Any]:
    """List handoffs: those that wait by score and age, all others newest first."""
    if given.status and given.status not in HandoffStatus.values:
        raise Invalid(fields={"status": ", ".join(HandoffStatus.values)})
    rows = Handoff.objects.filter(organisation=request.organisation).select_related("contact", "contact__company")
    if given.status:
        rows = rows.filter(status=given.status)
    order = WAITING_ORDER if given.status == HandoffStatus.WAITING else ("-opened_at", "-pk")
    page = paginate(rows, order, cursor=given.cursor or None, size=given.limit)
    return {"items": [_out(one) for one in page.items], "next_cursor": page.next_cursor}


@router.post("/handoffs/{int:handoff_id}/claim", response=ANSWERS, auth=key_for(Right.HANDOFFS_WORK))
def claim(request: ApiRequest, handoff_id: int) -> dict[str, Any]:
    """Claim a handoff; 409 with its holder when somebody was faster."""
    return _out(handoffs.claim_handoff(request.organisation, handoff_id=handoff_id, by=request.api_key.name))


@router.post("/handoffs/{int:handoff_id}/accept", response=ANSWERS, auth=key_for(Right.HANDOFFS_WORK))
def accept(request: ApiRequest, handoff_id: int) -> dict[str, Any]:
    """Accept a claimed handoff. A JSON body with a `note` may be sent, and need not."""
    note = _note_of(request)
    return _out(
        handoffs.accept_handoff(request.organisation, handoff_id=handoff_id, by=request.api_key.name, note=note)
    )


@router.post("/handoffs/{int:handoff_id}/reject", response=ANSWERS, auth=key_for(Right.HANDOFFS_WORK))
def reject(request: ApiRequest, handoff_id: int, payload: RejectIn) -> dict[str, Any]:
    """Reject a claimed handoff with a reason; "not_ready" recycles it."""
    return _out(
        handoffs.reject_handoff(
            request.organisation,
            handoff_id=handoff_id,
            by=request.api_key.name,
            reason=payload.reason,
            note=payload.note,
        )
    )


@router.post("/handoffs/{int:handoff_id}/recycle", response=ANSWERS, auth=key_for(Right.HANDOFFS_WORK))
def recycle(request: ApiRequest, handoff_id: int, payload: RecycleIn) -> dict[str, Any]:
    """Send a claimed handoff back to nurturing."""
    return _out(
        handoffs.recycle_handoff(
            request.organisation,
            handoff_id=handoff_id,
            by=request.api_key.name,
            reason=payload.reason,
            until=payload.until,
            note=payload.note,
        )
    )


def _note_of(request: ApiRequest) -> str:
    if request.content_type != "application/json" or not request.body.strip():
        return ""
    try:
        return NoteIn(**ObjectParser().parse_body(request)).note
    except (ValidationError, ValueError, TypeError, RecursionError) as error:
        raise Invalid(fields={"note": _("At most 500 characters, in a JSON object.")}) from error


def _out(one: Handoff) -> dict[str, Any]:
    contact = one.contact
    return {
        **{
            name: getattr(one, name)
            for name in (
                *("id", "status", "intent", "fit", "total", "evidence", "opened_at", "due_at", "claimed_at"),
                *("answered_at", "reason", "note", "not_before"),
            )
        },
        "model_version": one.model_number,
        "claimed_by": one.claimed_by_label or None,
        "contact": {
            "id": contact.pk,
            "name": contact.name,
            "email": contact.email,
            "phone": contact.phone,
            "company": contact.company.name if contact.company else None,
        },
    }
