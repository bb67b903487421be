"""Routes of the API for the model: the draft as a document, tried and published."""

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Router, Schema, Status

from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut, Text
from prm.organisations.rights import Right
from prm.work.errors import NotFound
from scoring import versions
from scoring.documents import MOST_RULES, document_of, replace_draft
from scoring.models import ModelVersion, VersionStatus
from scoring.simulation.models import Simulation
from scoring.simulation.services import find_newest, is_done, start_simulation

router = Router(tags=["scoring"])


class RuleDocument(Schema):
    """One rule: of intent with a kind, perhaps a touchpoint's API name and a property_condition; of fit a condition."""

    axis: Literal["intent", "fit"]
    name: Text = Field(max_length=120)
    points: float
    kind: Text = Field("", max_length=40)
    touchpoint: Text | None = None
    property_condition: dict[str, Any] = Field(default_factory=dict)
    condition: dict[str, Any] = Field(default_factory=dict)
    cap: float | None = None
    half_life_days: float | None = None
    window_days: int | None = None
    once_a_day: bool = False
    is_enabled: bool = True


class ModelDocument(Schema):
    """Thresholds and rules: the whole model, as it can be kept in a repository."""

    warm_from: float
    hot_from: float
    minimum_fit: float = 0
    rules: list[RuleDocument] = Field(max_length=MOST_RULES)


class ModelOut(Schema):
    """A version of the model. `document` is what PUT takes, `fingerprint` what publishing may be bound to."""

    number: int
    status: str
    fingerprint: str
    document: dict[str, Any]


class SimulationOut(Schema):
    """What a draft would change. `result` grows while `status` is "waiting" or "running", and is whole when "done"."""

    id: int
    number: int
    status: str
    done: int
    total: int | None
    at: datetime | None
    result: dict[str, Any]


class PublishIn(Schema):
    """What changed, in words; with a `fingerprint`, a draft that was changed since is refused (409)."""

    note: Text = Field("", max_length=250)
    fingerprint: str = ""


class PublishedOut(Schema):
    """The version that is in use now; everybody is being rescored."""

    number: int


ERRORS = {404: ErrorOut, 409: ErrorOut, 422: ErrorOut}


@router.get("/scoring/model", response={200: ModelOut, 404: ErrorOut}, auth=key_for(Right.SCORING_VIEW))
def get_model(request: ApiRequest) -> dict[str, Any]:
    """Return the published model as a document."""
    version = ModelVersion.objects.filter(status=VersionStatus.PUBLISHED).first()
    if version is None:
        raise NotFound
    return _out(version)


@router.get("/scoring/draft", response={200: ModelOut, 404: ErrorOut}, auth=key_for(Right.SCORING_VIEW))
def get_draft(request: ApiRequest) -> dict[str, Any]:
    """Return the draft as a document; 404 when there is none."""
    return _out(versions.get_draft())


@router.put("/scoring/draft", response={200: ModelOut, **ERRORS}, auth=key_for(Right.SCORING_EDIT))
def put_draft(request: ApiRequest, payload: ModelDocument) -> dict[str, Any]:
    """Make the draft say exactly this, starting one where there is none; nothing changes when a rule is wrong."""
    draft = replace_draft(
        request.organisation,
        thresholds={name: getattr(payload, name) for name in versions.THRESHOLDS},
        rules=[rule.dict() for rule in payload.rules],
        by=request.api_key.name,
    )
    return _out(draft)


@router.post("/scoring/draft/simulate", response={202: SimulationOut, **ERRORS}, auth=key_for(Right.SCORING_EDIT))
def simulate_draft(request: ApiRequest) -> Status[dict[str, Any]]:
    """Try the draft on everybody in the background; ask for what it found with GET."""
    return Status(202, _simulation(start_simulation(request.organisation, by=request.api_key.name)))


@router.get("/scoring/draft/simulate", response={200: SimulationOut, 404: ErrorOut}, auth=key_for(Right.SCORING_VIEW))
def get_simulation(request: ApiRequest) -> dict[str, Any]:
    """Return what the newest simulation of the draft has found so far."""
    found = find_newest(versions.get_draft())
    if found is None:
        raise NotFound
    return _simulation(found)


@router.post("/scoring/draft/publish", response={200: PublishedOut, **ERRORS}, auth=key_for(Right.SCORING_PUBLISH))
def publish_draft(request: ApiRequest, payload: PublishIn) -> dict[str, Any]:
    """Publish the draft and rescore everybody."""
    versions.publish_draft(request.organisation, by=request.api_key.name, note=payload.note, shown=payload.fingerprint)
    return {"number": ModelVersion.objects.get(status=VersionStatus.PUBLISHED).number}


def _out(version: ModelVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "status": version.status,
        "fingerprint": versions.fingerprint_of(version),
        "document": document_of(version),
    }


def _simulation(found: Simulation) -> dict[str, Any]:
    job = found.job
    status = "done" if is_done(found) else (job.status if job else "stopped")
    return {
        "id": found.pk,
        "number": found.version.number,
        "status": status,
        "done": job.done if job else 0,
        "total": job.total if job else None,
        "at": found.at,
        "result": found.result,
    }
