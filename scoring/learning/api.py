"""Routes of the API for weights learned from conversions."""

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Router, Schema, Status

from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut
from prm.organisations.rights import Right
from prm.work.errors import NotFound
from scoring.documents import MOST_RULES
from scoring.learning.models import Learning
from scoring.learning.services import find_newest, start_learning, take_over
from scoring.versions import get_draft

router = Router(tags=["scoring"])


class LearnIn(Schema):
    """What counts as converted, who is compared, and the rules to take in though they look like leaks."""

    goal: Literal["customer", "accepted", "mql"] = "customer"
    among: Literal["active", "everybody"] = "active"
    taken_in: list[int] = Field(default_factory=list, max_length=MOST_RULES)


class LearningOut(Schema):
    """What was learned. `result` is empty until `status` is "done"; its rules are by the ids of the draft's."""

    id: int
    number: int
    goal: str
    among: str
    taken_in: list[int]
    status: str
    created_at: datetime
    rules: dict[str, str]
    result: dict[str, Any]


class TakeOverIn(Schema):
    """The rules of the draft that get their suggested points."""

    rules: list[int] = Field(max_length=MOST_RULES)


class TakenOverOut(Schema):
    """How many rules changed."""

    changed: int


ERRORS = {404: ErrorOut, 409: ErrorOut, 422: ErrorOut}


@router.post("/scoring/draft/learn", response={202: LearningOut, **ERRORS}, auth=key_for(Right.SCORING_EDIT))
def learn(request: ApiRequest, payload: LearnIn) -> Status[dict[str, Any]]:
    """Learn weights for the draft's rules in the background; ask for what was found with GET."""
    started = start_learning(
        request.organisation,
        goal=payload.goal,
        among=payload.among,
        taken_in=payload.taken_in,
        by=request.api_key.name,
    )
    return Status(202, _out(started))


@router.get("/scoring/draft/learn", response={200: LearningOut, 404: ErrorOut}, auth=key_for(Right.SCORING_VIEW))
def get_learned(request: ApiRequest) -> dict[str, Any]:
    """Return what was learned last for the draft."""
    return _out(_newest())


@router.post("/scoring/draft/learn/take-over", response={200: TakenOverOut, **ERRORS}, auth=key_for(Right.SCORING_EDIT))
def take_over_learned(request: ApiRequest, payload: TakeOverIn) -> dict[str, int]:
    """Give rules of the draft their suggested points; nothing is published."""
    changed = take_over(request.organisation, learning_id=_newest().pk, rule_ids=payload.rules, by=request.api_key.name)
    return {"changed": changed}


def _newest() -> Learning:
    found = find_newest(get_draft())
    if found is None:
        raise NotFound
    return found


def _out(found: Learning) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in ("id", "goal", "among", "taken_in", "created_at", "result")},
        "number": found.version.number,
        "status": "done" if found.result else (found.job.status if found.job else "stopped"),
        "rules": {str(rule.pk): rule.name for rule in found.version.list_rules()},
    }
