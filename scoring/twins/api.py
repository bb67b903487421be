"""Routes of the API for statistical twins."""

from datetime import datetime
from typing import Any, Literal

from ninja import Query, Router, Schema

from contacts.queries import get_contact
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut
from prm.organisations.rights import Right
from scoring.twins.queries import Twin, Twins, find_twins

router = Router(tags=["scoring"])


class TwinsIn(Schema):
    """What those one is compared with have reached; the furthest that enough people reached, if not said."""

    goal: Literal["", "customer", "accepted", "mql"] = ""


class TwinOut(Schema):
    """Somebody like the contact. `likeness` is 0 to 1; traits, differences and acts are in words."""

    contact_id: int
    name: str
    company: str | None
    likeness: float
    shared: list[str]
    differences: list[str]
    stage: str
    came_at: datetime
    customer_at: datetime | None
    days_to_customer: int | None
    amount_cents: int | None
    currency: str
    last_acts: list[str]


class NearestOut(Schema):
    """What became of the nearest of all who came to sales; `low` and `high` are an interval of 95 % of the share."""

    number: int
    reached: int
    over: int
    undecided: int
    low: float
    high: float
    median_days: int | None


class TwinsOut(Schema):
    """A contact's twins: likeness, not prediction. There are none while fewer than `floor` people reached the goal."""

    goal: str
    floor: int
    reached: int
    over: int
    is_enough: bool
    nearest: NearestOut | None
    twins: list[TwinOut]


@router.get(
    "/contacts/{int:contact_id}/twins", response={200: TwinsOut, 404: ErrorOut}, auth=key_for(Right.CONTACTS_VIEW)
)
def get_twins(request: ApiRequest, contact_id: int, given: Query[TwinsIn]) -> dict[str, Any]:
    """Return whom a contact resembles among those who reached a goal, in what, and what then came."""
    contact = get_contact(request.organisation, contact_id)
    return _out(find_twins(request.organisation, contact, goal=given.goal))


def _out(found: Twins) -> dict[str, Any]:
    nearest = found.nearest
    return {
        **{name: getattr(found, name) for name in ("goal", "floor", "reached", "over", "is_enough")},
        "nearest": nearest
        and {
            **{name: getattr(nearest, name) for name in ("number", "reached", "over", "undecided")},
            "low": round(nearest.share.low, 3),
            "high": round(nearest.share.high, 3),
            "median_days": nearest.days,
        },
        "twins": [_twin(one) for one in found.twins],
    }


def _twin(one: Twin) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in ("shared", "differences", "stage", "came_at", "customer_at")},
        **{name: getattr(one, name) for name in ("days_to_customer", "amount_cents", "currency", "last_acts")},
        "contact_id": one.contact.pk,
        "name": one.contact.name,
        "company": one.contact.company.name if one.contact.company else None,
        "likeness": round(one.likeness / 100, 3),
    }
