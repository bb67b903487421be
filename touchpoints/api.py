"""The API's touchpoints and interactions."""

import json
from datetime import datetime
from typing import Any, NoReturn, cast

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status

from contacts.models import Contact
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut, PageOut, Text
from prm.organisations.rights import Right
from prm.web.pagination import paginate
from prm.work.errors import Invalid, NotFound
from touchpoints.models import Channel, Direction, Interaction, Touchpoint
from touchpoints.queries import find_touchpoint_by_code
from touchpoints.receiving import LARGEST_BATCH, Outcome, receive_interactions
from touchpoints.services import create_touchpoint, update_touchpoint
from touchpoints.timeline import list_contact_interactions

router = Router()

PAGE_SIZE = 100


class TouchpointIn(Schema):
    """A touchpoint to create, or to change where its code exists: then only what is given changes."""

    code: Text | None = Field(None, max_length=60, description="Made from the name when absent.")
    name: Text | None = Field(None, max_length=120)
    channel: Channel | None = None
    description: Text | None = Field(None, max_length=300)
    direction: Direction | None = None
    importance: float | None = Field(None, ge=1, le=5)
    objective_quality: float | None = Field(None, ge=1, le=5)
    perceived_quality: float | None = Field(None, ge=1, le=5)
    is_entry_point: bool | None = None
    is_moment_of_truth: bool | None = None
    monthly_cost_cents: int | None = Field(None, ge=0, lt=10**12)


class TouchpointOut(Schema):
    """A touchpoint of the inventory. Ratings are 1-5, null while not rated; `quality` is the mean of the two.

    They follow from what members say and, for perceived quality, from surveys: one that does cannot be set here.
    """

    id: int
    code: str
    name: str
    channel: str
    description: str
    direction: str
    importance: float | None
    objective_quality: float | None
    perceived_quality: float | None
    quality: float | None
    is_entry_point: bool
    is_moment_of_truth: bool
    monthly_cost_cents: int | None
    archived_at: datetime | None


class TouchpointPage(PageOut):
    """Touchpoints by id."""

    items: list[TouchpointOut]


class OutcomeOut(Schema):
    """What became of one interaction: `accepted` with its id, `duplicate` (key known), `rejected` with the reason."""

    status: str
    id: int | None = None
    reason: str | None = None


class ReceivedOut(Schema):
    """Counts, and the outcome of each item in the order sent."""

    accepted: int
    duplicate: int
    rejected: int
    items: list[OutcomeOut]


class TouchpointRef(Schema):
    """Where an interaction happened."""

    id: int
    code: str
    name: str


class InteractionOut(Schema):
    """One thing that happened. Only the verdict "human" counts for scores and figures."""

    id: int
    kind: str
    verdict: str
    touchpoint: TouchpointRef | None
    occurred_at: datetime
    received_at: datetime
    properties: dict[str, Any]


class InteractionPage(PageOut):
    """Interactions, newest first."""

    items: list[InteractionOut]


@router.get(
    "/touchpoints",
    response={200: TouchpointPage, 422: ErrorOut},
    auth=key_for(Right.TOUCHPOINTS_VIEW),
    tags=["touchpoints"],
    url_name="touchpoint_list",
)
def list_inventory(
    request: HttpRequest, channel: Channel | None = None, archived: bool = False, cursor: str = ""
) -> dict[str, Any]:
    """List the inventory, one channel if asked; `archived=true` lists what was taken out of it."""
    found = Touchpoint.objects.filter(archived_at__isnull=not archived)
    if channel:
        found = found.filter(channel=channel)
    page = paginate(found, ["pk"], cursor=cursor or None, size=PAGE_SIZE)
    return {"items": page.items, "next_cursor": page.next_cursor}


@router.post(
    "/touchpoints",
    response={200: TouchpointOut, 201: TouchpointOut, 422: ErrorOut},
    auth=key_for(Right.TOUCHPOINTS_EDIT),
    tags=["touchpoints"],
    url_name="touchpoint_create",
)
def save_touchpoint(request: HttpRequest, payload: TouchpointIn) -> Status[Touchpoint]:
    """Create a touchpoint (201), or change the one that has this code (200)."""
    caller = cast(ApiRequest, request)
    given = payload.dict(exclude_unset=True)
    # What must not be empty is left as it is when null is sent.
    nullable = {"importance", "objective_quality", "perceived_quality", "monthly_cost_cents"}
    values = {name: value for name, value in given.items() if value is not None or name in nullable}
    known = find_touchpoint_by_code(caller.organisation, values["code"]) if values.get("code") else None
    by = caller.api_key.name
    if known is not None:
        return Status(200, update_touchpoint(caller.organisation, touchpoint_id=known.pk, values=values, by=by))
    missing = {name: _("This field is required.") for name in ("name", "channel") if not values.get(name)}
    if missing:
        raise Invalid(fields=missing)
    return Status(201, create_touchpoint(caller.organisation, values=values, by=by))


_INTERACTION_SCHEMA = {
    "type": "object",
    "required": ["kind", "contact"],
    "properties": {
        "kind": {"type": "string", "pattern": "^[a-z][a-z0-9_]{1,39}$", "example": "webinar"},
        "contact": {
            "type": "object",
            "description": "One of the three is enough; id goes before email, email before external_id.",
            "properties": {
                "id": {"type": "integer"},
                "email": {"type": "string"},
                "external_id": {"type": "string"},
            },
        },
        "touchpoint": {"description": "Code or id.", "anyOf": [{"type": "string"}, {"type": "integer"}]},
        "occurred_at": {"type": "string", "format": "date-time", "description": "Now, when absent."},
        "key": {"type": "string", "maxLength": 100, "description": "Sent twice, it counts once."},
        "properties": {"type": "object"},
    },
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "anyOf": [
                        _INTERACTION_SCHEMA,
                        {
                            "type": "object",
                            "required": ["items"],
                            "properties": {
                                "items": {"type": "array", "maxItems": LARGEST_BATCH, "items": _INTERACTION_SCHEMA}
                            },
                        },
                    ]
                }
            }
        },
    }
}


@router.post(
    "/interactions",
    response={202: ReceivedOut, 422: ErrorOut},
    auth=key_for(Right.INTERACTIONS_WRITE),
    tags=["interactions"],
    url_name="interaction_create",
    openapi_extra=_BODY,
)
def receive(request: HttpRequest) -> Status[dict[str, Any]]:
    """Record one interaction, or up to 1,000 as `{"items": [...]}`. What is wrong with one does not stop the others."""
    outcomes = receive_interactions(cast(ApiRequest, request).organisation, items=_items(request))
    counts = {status: _count(outcomes, status) for status in ("accepted", "duplicate", "rejected")}
    return Status(202, {"items": outcomes, **counts})


@router.get(
    "/contacts/{int:contact_id}/interactions",
    response={200: InteractionPage, 404: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.CONTACTS_VIEW),
    tags=["interactions"],
    url_name="contact_interactions",
)
def list_interactions(request: HttpRequest, contact_id: int, cursor: str = "") -> dict[str, Any]:
    """List what happened with a contact, newest first."""
    organisation = cast(ApiRequest, request).organisation
    if not Contact.objects.filter(pk=contact_id).exists():
        raise NotFound
    page = list_contact_interactions(organisation, contact_id=contact_id, cursor=cursor or None, size=PAGE_SIZE)
    return {"items": [_interaction(row) for row in page.items], "next_cursor": page.next_cursor}


def _interaction(row: Interaction) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "verdict": row.verdict,
        "touchpoint": row.touchpoint,
        "occurred_at": row.occurred_at,
        "received_at": row.received_at,
        "properties": row.properties,
    }


def _count(outcomes: list[Outcome], status: str) -> int:
    return sum(1 for one in outcomes if one.status == status)


def _items(request: HttpRequest) -> list[Any]:
    """Return the items of the body; raises Invalid for one that is no JSON or holds too many.

    Read by hand: an item with a mistake must not refuse those beside it.
    """
    try:
        body = json.loads(request.body, parse_constant=_refuse_constant)
    except RequestDataTooBig as error:
        raise Invalid(fields={"body": _("The body is too large.")}) from error
    except (ValueError, RecursionError) as error:
        raise Invalid(fields={"body": _("The body is no JSON.")}) from error
    if isinstance(body, dict) and "items" in body:
        body = body["items"]
        if not isinstance(body, list):
            raise Invalid(fields={"items": _("This is no list.")})
        if len(body) > LARGEST_BATCH:
            raise Invalid(fields={"items": _("At most %(n)s interactions at once.") % {"n": LARGEST_BATCH}})
        return body
    if not isinstance(body, dict):
        raise Invalid(fields={"body": _('Send one interaction as an object, or several as {"items": [...]}.')})
    return [body]


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
