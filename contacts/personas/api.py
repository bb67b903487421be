"""Routes of the API for personas."""

from typing import Any

from django.db.models import Exists, OuterRef
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from contacts.api import ContactsOut, describe_contacts
from contacts.models import Suppression
from contacts.personas import queries, services
from contacts.personas.models import Persona
from contacts.personas.queries import Conversion, Figures, Step
from contacts.personas.services import PersonaInput
from contacts.personas.vocabulary import persona_vocabulary
from contacts.segments.api import PageIn
from contacts.tagging.queries import with_tags
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut, Text
from prm.conditions.schema import condition_schema
from prm.organisations.rights import Right
from prm.web.pagination import paginate

router = Router(tags=["personas"])


class StepOut(Schema):
    """One step of the way; the rate and its interval of 95 % are null where too few people were there to conclude."""

    number: int
    reached: int
    percent: float | None
    interval: tuple[float, float] | None


class PersonaOut(Schema):
    """A part of the target, and how it converts."""

    id: int
    name: str
    description: str
    position: int = Field(description="Whoever fits several personas is of the first")
    condition: dict[str, Any] = Field(description="As /personas/schema describes it")
    segment_id: int
    size: int = Field(description="How many fit it now")
    is_filled: bool = Field(description="False: it is new or was changed, and everybody is being looked at")
    to_prospect: StepOut
    to_mql: StepOut
    to_customer: StepOut
    shared: dict[str, int] = Field(description="How many of its people fit other personas too, by their ids")


class PersonasOut(Schema):
    """The personas in the organisation's order."""

    items: list[PersonaOut]


class PersonaIn(Schema):
    """What a persona is called and asks."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    condition: dict[str, Any]
    description: Text = ""


@router.get("/personas", response=PersonasOut, auth=key_for(Right.SEGMENTS_VIEW))
def list_personas(request: ApiRequest) -> dict[str, Any]:
    """List the personas in their order."""
    personas = list(queries.list_personas(request.organisation))
    figures = queries.get_figures(request.organisation).value
    return {"items": [_describe(persona, personas, figures) for persona in personas]}


@router.post("/personas", response={201: PersonaOut, 409: ErrorOut, 422: ErrorOut}, auth=key_for(Right.SEGMENTS_EDIT))
def create_persona(request: ApiRequest, payload: PersonaIn) -> tuple[int, dict[str, Any]]:
    """Create a persona, the last in the order."""
    persona = services.create_persona(
        request.organisation, values=PersonaInput(**payload.model_dump()), by=request.api_key.name
    )
    return 201, _describe_one(request, persona.pk)


@router.get("/personas/schema", auth=key_for(Right.SEGMENTS_VIEW))
def get_schema(request: ApiRequest) -> dict[str, Any]:
    """Return the JSON Schema of a persona's condition: every field, its comparisons and its values."""
    return condition_schema(persona_vocabulary())


@router.get("/personas/{int:persona_id}", response={200: PersonaOut, 404: ErrorOut}, auth=key_for(Right.SEGMENTS_VIEW))
def get_persona(request: ApiRequest, persona_id: int) -> dict[str, Any]:
    """Return one persona."""
    return _describe_one(request, persona_id)


@router.put(
    "/personas/{int:persona_id}",
    response={200: PersonaOut, 404: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.SEGMENTS_EDIT),
)
def update_persona(request: ApiRequest, persona_id: int, payload: PersonaIn) -> dict[str, Any]:
    """Replace what a persona is called and asks."""
    queries.get_persona(request.organisation, persona_id)
    services.update_persona(
        request.organisation,
        persona_id=persona_id,
        values=PersonaInput(**payload.model_dump()),
        by=request.api_key.name,
    )
    return _describe_one(request, persona_id)


@router.delete("/personas/{int:persona_id}", response={204: None, 404: ErrorOut}, auth=key_for(Right.SEGMENTS_EDIT))
def delete_persona(request: ApiRequest, persona_id: int) -> tuple[int, None]:
    """Remove a persona; its people stay."""
    services.delete_persona(request.organisation, persona_id=persona_id, by=request.api_key.name)
    return 204, None


@router.get(
    "/personas/{int:persona_id}/contacts",
    response={200: ContactsOut, 404: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.SEGMENTS_VIEW),
)
def list_persona_contacts(request: ApiRequest, persona_id: int, given: Query[PageIn]) -> dict[str, Any]:
    """List who fits a persona now, in the order of ids, page by page."""
    persona = queries.get_persona(request.organisation, persona_id)
    suppressed = Exists(Suppression.objects.filter(contact=OuterRef("pk")))
    people = with_tags(queries.list_people(persona)).annotate(is_suppressed=suppressed)
    page = paginate(people, ["pk"], cursor=given.cursor or None, size=given.limit)
    return {"items": describe_contacts(request.organisation, page.items), "next_cursor": page.next_cursor}


def _describe_one(request: ApiRequest, persona_id: int) -> dict[str, Any]:
    persona = queries.get_persona(request.organisation, persona_id)
    personas = list(queries.list_personas(request.organisation))
    return _describe(persona, personas, queries.get_figures(request.organisation).value)


def _describe(persona: Persona, personas: list[Persona], figures: Figures) -> dict[str, Any]:
    conversion: Conversion = figures.conversion(persona.pk)
    segment = persona.segment
    names = ("to_prospect", "to_mql", "to_customer")
    return {
        "id": persona.pk,
        "position": persona.position,
        "segment_id": segment.pk,
        **{name: getattr(segment, name) for name in ("name", "description", "condition", "size")},
        "is_filled": not segment.needs_filling,
        **{name: _step(step) for name, step in zip(names, conversion.steps, strict=True)},
        "shared": {str(one.pk): figures.overlap(persona.pk, one.pk) for one in personas if one.pk != persona.pk},
    }


def _step(step: Step) -> dict[str, Any]:
    low, high = step.interval
    known = {"percent": round(step.percent, 2), "interval": (round(low, 2), round(high, 2))}
    return {"number": step.number, "reached": step.reached, **(known if step.is_known else dict.fromkeys(known))}
