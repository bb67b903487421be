"""Routes of the API for handoffs."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema
from pydantic import ValidationError

from prm.api.auth import ApiRequest, key_for
from prm.api.reading import ObjectParser
from prm.api.schemas import ErrorOut, PageOut, Text
from prm.organisations.rights import Right
from prm.web.pagination import paginate
from prm.work.errors import Invalid
from scoring.handoffs import answering, claiming, closing, working
from scoring.handoffs.models import Entry
from scoring.handoffs.queue import WAITING_ORDER, get_lead, list_entries
from scoring.models import Handoff, HandoffStatus

router = Router(tags=["handoffs"])


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
    called_at: datetime | None
    snoozed_until: datetime | None
    next_step: str
    next_step_at: datetime | None
    outcome: str
    closed_at: datetime | None
    amount_cents: int | None
    currency: str


class EntryOut(Schema):
    """One thing that was done with a handoff."""

    deed: str
    at: datetime
    by: str
    outcome: str
    reason: str
    note: str
    due_at: datetime | None
    amount_cents: int | None
    currency: str


class WholeHandoffOut(HandoffOut):
    """A handoff with its ledger, the newest entry first."""

    entries: list[EntryOut]


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


class CallIn(Schema):
    """How a call went: reached, no_answer, message, call_back or wrong_number; and what is next."""

    outcome: str
    note: Text = Field("", max_length=2000)
    next_step: Text = Field("", max_length=200)
    next_step_at: datetime | None = None


class ConvertIn(Schema):
    """What they bought for, in cents; nothing where it is not known."""

    amount_cents: int | None = Field(None, ge=0, lt=10**13)
    currency: Text = Field("EUR", min_length=3, max_length=3)
    note: Text = Field("", max_length=500)


class RejectIn(NoteIn):
    """Why not: one of not_ready, not_target, no_project, no_budget, competitor, unreachable, wrong_data, other."""

    reason: str


class RecycleIn(NoteIn):
    """Too early: why, and until when."""

    reason: str = "not_ready"
    until: datetime | None = None


class LostIn(NoteIn):
    """Why it came to nothing: a reason as of a rejection."""

    reason: str


ANSWERS = {200: HandoffOut, 404: ErrorOut, 409: ErrorOut, 422: ErrorOut}


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


@router.get(
    "/handoffs/{int:handoff_id}", response={200: WholeHandoffOut, 404: ErrorOut}, auth=key_for(Right.HANDOFFS_VIEW)
)
def get_handoff(request: ApiRequest, handoff_id: int) -> dict[str, Any]:
    """Return a handoff with everything that was done with it."""
    lead = get_lead(request.organisation, handoff_id)
    return {**_out(lead.handoff), "entries": [_entry(one.entry) for one in list_entries(lead.handoff)]}


@router.post("/handoffs/{int:handoff_id}/claim", response=ANSWERS, auth=key_for(Right.HANDOFFS_WORK))
def claim(request: ApiRequest, handoff_id: int) -> dict[str, Any]:
    """Claim a handoff; 409 with its holder when somebody was faster."""
    return _out(claiming.claim_handoff(request.organisation, handoff_id=handoff_id, by=request.api_key.name))


@router.post("/handoffs/{int:handoff_id}/accept", response=ANSWERS, auth=key_for(Right.HANDOFFS_WORK))
def accept(request: ApiRequest, handoff_id: int) -> dict[str, Any]:
    """Accept a claimed handoff. A JSON body with a `note` may be sent, and need not."""
    note = _note_of(request)
    return _out(
        answering.accept_handoff(request.organisation, handoff_id=handoff_id, by=request.api_key.name, note=note)
    )


@router.post("/handoffs/{int:handoff_id}/reject", response=ANSWERS, auth=key_for(Right.HANDOFFS_WORK))
def reject(request: ApiRequest, handoff_id: int, payload: RejectIn) -> dict[str, Any]:
    """Reject a claimed handoff with a reason; "not_ready" recycles it."""
    return _out(
        answering.reject_handoff(
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
        answering.recycle_handoff(
            request.organisation,
            handoff_id=handoff_id,
            by=request.api_key.name,
            reason=payload.reason,
            until=payload.until,
            note=payload.note,
        )
    )


@router.post("/handoffs/{int:handoff_id}/calls", response=ANSWERS, auth=key_for(Right.HANDOFFS_WORK))
def log_call(request: ApiRequest, handoff_id: int, payload: CallIn) -> dict[str, Any]:
    """Note how a call went, and what is next."""
    return _out(
        working.log_call(request.organisation, handoff_id=handoff_id, by=request.api_key.name, **payload.dict())
    )


@router.post("/handoffs/{int:handoff_id}/convert", response=ANSWERS, auth=key_for(Right.HANDOFFS_WORK))
def convert(request: ApiRequest, handoff_id: int, payload: ConvertIn) -> dict[str, Any]:
    """Make the contact a customer, whatever was answered. The same again changes nothing; another amount is a 409."""
    return _out(
        closing.convert_handoff(request.organisation, handoff_id=handoff_id, by=request.api_key.name, **payload.dict())
    )


@router.post("/handoffs/{int:handoff_id}/lose", response=ANSWERS, auth=key_for(Right.HANDOFFS_WORK))
def lose(request: ApiRequest, handoff_id: int, payload: LostIn) -> dict[str, Any]:
    """Give up on somebody who had been accepted."""
    return _out(
        closing.lose_handoff(
            request.organisation,
            handoff_id=handoff_id,
            by=request.api_key.name,
            reason=payload.reason,
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
                *("answered_at", "reason", "note", "not_before", "called_at", "snoozed_until", "next_step"),
                *("next_step_at", "outcome", "closed_at", "amount_cents", "currency"),
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


def _entry(one: Entry) -> dict[str, Any]:
    plain = ("deed", "at", "outcome", "reason", "note", "due_at", "amount_cents", "currency")
    return {**{name: getattr(one, name) for name in plain}, "by": one.by_label}
