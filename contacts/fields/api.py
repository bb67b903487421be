"""Routes of the API for fields of the organisation's own."""

from typing import Any

from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict, StrictInt

from contacts.fields.models import Subject
from contacts.fields.queries import list_fields as find_fields
from contacts.fields.weighing import find_recompute, set_weights, shares_of
from contacts.qualification import weighing_of
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut
from prm.organisations.rights import Right
from prm.work.errors import Invalid

router = Router(tags=["fields"])


class ChoiceOut(Schema):
    """One choice: its code is what values hold."""

    code: str
    label: str
    is_offered: bool = Field(description="False: it stays with those who have it, and is not proposed any more")


class FieldOut(Schema):
    """What a value of `custom` is."""

    subject: str = Field(description="contact or company")
    key: str = Field(description="Name of the value in `custom`; it never changes")
    label: str
    help_text: str
    type: str = Field(
        description="text; number; date (YYYY-MM-DD); choice (a code); choices (a list of codes); boolean"
    )
    choices: list[ChoiceOut]
    is_archived: bool = Field(description="True: its values are kept, and neither shown nor written")


class FieldsOut(Schema):
    """All fields of the organisation's own."""

    items: list[FieldOut]


class FieldsIn(Schema):
    """What narrows the list."""

    subject: str = ""


class ThingOut(Schema):
    """One thing worth knowing of a person."""

    code: str = Field(description="Such as email, custom.<key> or company.custom.<key>")
    label: str
    weight: int = Field(description="0 to 10; 0 does not count")
    share: int = Field(description="What knowing it brings, in percent of the degree, rounded")


class QualificationOut(Schema):
    """What the degree of qualification is made of."""

    things: list[ThingOut]
    is_recomputing: bool = Field(description="True: a worker is working everybody out after a change")


class WeightsIn(Schema):
    """Weights by code; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    weights: dict[str, StrictInt]


@router.get("/qualification", response={200: QualificationOut}, auth=key_for(Right.CONTACTS_VIEW))
def get_qualification(request: ApiRequest) -> dict[str, Any]:
    """Return what is worth knowing of a person, and what it weighs."""
    job = find_recompute(request.organisation)
    return {
        "things": shares_of(weighing_of(request.organisation)),
        "is_recomputing": job is not None and job.finished_at is None,
    }


@router.put("/qualification", response={200: QualificationOut, 422: ErrorOut}, auth=key_for(Right.FIELDS_EDIT))
def put_qualification(request: ApiRequest, payload: WeightsIn) -> dict[str, Any]:
    """Change weights; a worker then works out everybody's degree anew."""
    set_weights(request.organisation, weights=payload.weights, by=request.api_key.name)
    return get_qualification(request)


@router.get("/fields", response={200: FieldsOut, 422: ErrorOut}, auth=key_for(Right.CONTACTS_VIEW))
def list_fields(request: ApiRequest, given: Query[FieldsIn]) -> dict[str, Any]:
    """List the fields of the organisation's own in the order of its forms, contacts' before companies'."""
    if given.subject and given.subject not in Subject.values:
        raise Invalid(fields={"subject": ", ".join(Subject.values)})
    found = find_fields(request.organisation, given.subject or None, with_archived=True)
    return {
        "items": [
            {
                **{name: getattr(field, name) for name in ("subject", "key", "label", "help_text", "type", "choices")},
                "is_archived": field.archived_at is not None,
            }
            for field in found
        ]
    }
