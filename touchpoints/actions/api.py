"""Routes of the API for enrichment actions."""

from datetime import date
from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status
from pydantic import ConfigDict

from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut, PageOut, Text
from prm.organisations.rights import Right
from prm.web.pagination import paginate
from prm.work.errors import Invalid
from touchpoints.actions import queries, services
from touchpoints.actions.effects import CHOICES, LEAST_DAYS, Difference, Effect, Window
from touchpoints.actions.models import EnrichmentAction
from touchpoints.actions.models import Status as State
from touchpoints.models import Direction
from touchpoints.queries import find_touchpoint_by_code

router = Router(tags=["touchpoints"])

PAGE_SIZE = 100


class ActionIn(Schema):
    """What is said of an action; of one that exists, only what is given changes."""

    model_config = ConfigDict(extra="forbid")

    touchpoint: Text | None = Field(None, max_length=60, description="Its code.")
    title: Text | None = Field(None, max_length=120)
    description: Text | None = Field(None, max_length=2000)
    lever: Direction | None = None
    due_on: date | None = None
    cost_cents: int | None = Field(None, ge=0, lt=10**12)
    status: State | None = Field(None, description="Without its days, it begins and ends today.")
    began_on: date | None = None
    done_on: date | None = None


class WindowOut(Schema):
    """What humans did in one window; `converted` became prospects or further within it."""

    first: date
    last: date
    interactions: int
    people: int
    converted: int


class DifferenceOut(Schema):
    """After less before. `verdict`: gain, loss, noise, too_few, unrecorded; the last two have no figures."""

    verdict: str
    value: float | None
    interval: tuple[float, float] | None = Field(description="Of 95 %")


class EffectOut(Schema):
    """The same number of days before the action and after it."""

    days: int
    before: WindowOut
    after: WindowOut
    interactions_per_week: DifferenceOut
    conversion_points: DifferenceOut
    perceived_quality: DifferenceOut = Field(description="Of answers to surveys, 1 to 5")
    cost_per_gained_interaction_cents: float | None


class ActionOut(Schema):
    """An action of the board; `touchpoint` is its code, `status` todo, doing or done."""

    id: int
    touchpoint: str
    title: str
    description: str
    lever: str
    owner: str | None = Field(description="The member's e-mail")
    due_on: date | None
    is_late: bool
    cost_cents: int | None
    status: str
    began_on: date | None
    done_on: date | None


class ActionWithEffectOut(ActionOut):
    """One action; `effect` is null until it was done a week ago."""

    effect: EffectOut | None


class ActionsPage(PageOut):
    """Actions by id."""

    items: list[ActionOut]


class ActionsIn(Schema):
    """What narrows the list."""

    touchpoint: str = ""
    status: State | None = None
    cursor: str = ""


class EffectIn(Schema):
    """How long before and after one looks."""

    days: int = Field(CHOICES[0], ge=LEAST_DAYS, le=CHOICES[-1])


@router.get("/touchpoints/actions", response={200: ActionsPage, 422: ErrorOut}, auth=key_for(Right.TOUCHPOINTS_VIEW))
def list_actions(request: HttpRequest, given: Query[ActionsIn]) -> dict[str, Any]:
    """List the actions, of one touchpoint (by its code) or in one state if asked."""
    found = queries.list_actions(cast(ApiRequest, request).organisation)
    if given.touchpoint:
        found = found.filter(touchpoint__code=given.touchpoint)
    if given.status:
        found = found.filter(status=given.status)
    page = paginate(found, ["pk"], cursor=given.cursor or None, size=PAGE_SIZE)
    return {"items": [_describe(one) for one in page.items], "next_cursor": page.next_cursor}


@router.post("/touchpoints/actions", response={201: ActionOut, 422: ErrorOut}, auth=key_for(Right.TOUCHPOINTS_EDIT))
def create_action(request: HttpRequest, payload: ActionIn) -> Status[dict[str, Any]]:
    """Plan an action."""
    caller = cast(ApiRequest, request)
    values = _values(caller, payload)
    missing = {name: _("This field is required.") for name in ("title", "touchpoint") if not getattr(payload, name)}
    if missing:
        raise Invalid(fields=missing)
    made = services.create_action(caller.organisation, values=values, by=caller.api_key.name)
    return Status(201, _describe(queries.get_action(caller.organisation, made.pk)))


@router.get(
    "/touchpoints/actions/{int:action_id}",
    response={200: ActionWithEffectOut, 404: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.TOUCHPOINTS_VIEW),
)
def get_action(request: HttpRequest, action_id: int, given: Query[EffectIn]) -> dict[str, Any]:
    """Return one action with its effect over so many days, or as many as have passed."""
    action = queries.get_action(cast(ApiRequest, request).organisation, action_id)
    effect = queries.measure_effect(action, days=given.days, today=timezone.localdate())
    return {**_describe(action), "effect": _effect(effect) if effect else None}


@router.patch(
    "/touchpoints/actions/{int:action_id}",
    response={200: ActionOut, 404: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.TOUCHPOINTS_EDIT),
)
def update_action(request: HttpRequest, action_id: int, payload: ActionIn) -> dict[str, Any]:
    """Change an action, its state above all."""
    caller = cast(ApiRequest, request)
    queries.get_action(caller.organisation, action_id)
    values = _values(caller, payload)
    services.update_action(caller.organisation, action_id=action_id, values=values, by=caller.api_key.name)
    return _describe(queries.get_action(caller.organisation, action_id))


def _values(caller: ApiRequest, payload: ActionIn) -> dict[str, Any]:
    """Return what the service takes. What must not be empty is left as it is when null is sent."""
    nullable = {"due_on", "cost_cents", "began_on", "done_on"}
    given = payload.dict(exclude_unset=True)
    values = {name: value for name, value in given.items() if value is not None or name in nullable}
    if "touchpoint" in values:
        touchpoint = find_touchpoint_by_code(caller.organisation, values.pop("touchpoint"))
        values["touchpoint_id"] = touchpoint.pk if touchpoint else None
    return values


def _describe(action: EnrichmentAction) -> dict[str, Any]:
    plain = ("title", "description", "lever", "due_on", "is_late", "cost_cents", "status", "began_on", "done_on")
    return {
        "id": action.pk,
        "touchpoint": action.touchpoint.code,
        "owner": action.owner.email if action.owner else None,
        **{name: getattr(action, name) for name in plain},
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "days": effect.days,
        "before": _window(effect.before),
        "after": _window(effect.after),
        "interactions_per_week": _difference(effect.volume),
        "conversion_points": _difference(effect.conversion),
        "perceived_quality": _difference(effect.perceived),
        "cost_per_gained_interaction_cents": effect.cost_per_gain_cents,
    }


def _window(window: Window) -> dict[str, Any]:
    return {name: getattr(window, name) for name in ("first", "last", "interactions", "people", "converted")}


def _difference(difference: Difference) -> dict[str, Any]:
    known = {
        "value": round(difference.value, 2),
        "interval": (round(difference.low, 2), round(difference.high, 2)),
    }
    return {"verdict": difference.verdict.value, **(known if difference.is_known else dict.fromkeys(known))}
