"""Routes of the API for the rights of people."""

from datetime import date, datetime
from typing import Any, Literal

from django.utils import timezone
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from contacts.doubles.aliases import current_id
from contacts.rights.access import person_document
from contacts.rights.models import PersonRequest
from contacts.rights.requests import finish_request, get_request, list_requests, note_request
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut, PageOut
from prm.organisations.rights import Right
from prm.web.pagination import paginate

router = Router(tags=["rights"])

MOST_A_PAGE = 200


class HeldOut(Schema):
    """Everything held on a person."""

    format: str
    organisation: str
    made_at: datetime
    contact: int
    held: dict[str, Any] = Field(description="{table: {title, rows}}; empty tables are left out")


class RequestIn(Schema):
    """What a person asks for; due one month after it was received (today, if not said)."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["access", "rectification", "portability", "erasure", "objection"]
    contact: int | None = None
    asker: str = ""
    note: str = ""
    received_on: date | None = None


class AnswerIn(Schema):
    """How it was answered; a refusal says why. An objection that is done is written for every purpose."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["done", "refused"] = "done"
    answer: str = ""


class RequestOut(Schema):
    """One request of the register."""

    id: int
    kind: str
    contact: int | None
    asker: str
    note: str
    received_on: date
    due_on: date
    done_at: datetime | None
    outcome: str
    answer: str


class RequestsOut(PageOut):
    """A page of requests."""

    items: list[RequestOut]


class RequestsIn(Schema):
    """What narrows the list."""

    answered: bool = False
    cursor: str = ""
    limit: int = Field(50, ge=1, le=MOST_A_PAGE)


@router.get(
    "/contacts/{int:contact_id}/held",
    response={200: HeldOut, 404: ErrorOut},
    auth=key_for(Right.CONTACTS_ERASE),
)
def get_held(request: ApiRequest, contact_id: int) -> dict[str, Any]:
    """Return everything held on a person, table by table: for access and portability."""
    return person_document(request.organisation, current_id(request.organisation, contact_id))


@router.get("/person-requests", response={200: RequestsOut, 422: ErrorOut}, auth=key_for(Right.CONTACTS_VIEW))
def list_person_requests(request: ApiRequest, given: Query[RequestsIn]) -> dict[str, Any]:
    """List what people ask for: what waits, the most pressing first, or what was answered, the newest first."""
    rows = list_requests(request.organisation, is_open=not given.answered)
    order = ["-received_on", "-pk"] if given.answered else ["due_on", "pk"]
    page = paginate(rows, order, cursor=given.cursor or None, size=given.limit)
    return {"items": [_out(one) for one in page.items], "next_cursor": page.next_cursor}


@router.post(
    "/person-requests",
    response={201: RequestOut, 404: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.CONTACTS_EDIT),
)
def create_person_request(request: ApiRequest, given: RequestIn) -> tuple[int, dict[str, Any]]:
    """Note what a person asks for."""
    noted = note_request(
        request.organisation,
        kind=given.kind,
        received_on=given.received_on or timezone.localdate(),
        contact_id=None if given.contact is None else current_id(request.organisation, given.contact),
        asker=given.asker,
        note=given.note,
        by=request.api_key.name,
    )
    return 201, _out(noted)


@router.get(
    "/person-requests/{int:request_id}",
    response={200: RequestOut, 404: ErrorOut},
    auth=key_for(Right.CONTACTS_VIEW),
)
def get_person_request(request: ApiRequest, request_id: int) -> dict[str, Any]:
    """Return one request."""
    return _out(get_request(request.organisation, request_id))


@router.post(
    "/person-requests/{int:request_id}/finish",
    response={200: RequestOut, 404: ErrorOut, 409: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.CONTACTS_ERASE),
)
def finish_person_request(request: ApiRequest, request_id: int, given: AnswerIn) -> dict[str, Any]:
    """Note that a request is answered. An erasure is answered by erasing the contact."""
    done = finish_request(
        request.organisation,
        request_id=request_id,
        by=request.api_key.name,
        outcome=given.outcome,
        answer=given.answer,
    )
    return _out(done)


def _out(one: PersonRequest) -> dict[str, Any]:
    names = ("id", "kind", "asker", "note", "received_on", "due_on", "done_at", "outcome", "answer")
    return {**{name: getattr(one, name) for name in names}, "contact": one.contact_id}
