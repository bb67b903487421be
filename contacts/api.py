"""Routes of the API for contacts and imports."""

from datetime import datetime
from typing import Any

from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from contacts import queries
from contacts.companies import CompanyInput
from contacts.models import Contact
from contacts.people import upsert_contact
from contacts.suppressions import is_contactable
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut, PageOut
from prm.organisations.rights import Right
from prm.web.pagination import paginate

router = Router(tags=["contacts"])

MOST_A_PAGE = 200


class CompanyIn(Schema):
    """A company, found by SIREN, else by domain, else by name; created where it is new."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    siren: str = ""
    domain: str = ""


class ContactIn(Schema):
    """A person, by `external_id` or `email`. What is left out stays as it is; properties are added to those known."""

    model_config = ConfigDict(extra="forbid")

    external_id: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: CompanyIn | None = None
    phone: str | None = None
    job_title: str | None = None
    source: str | None = None
    language: str | None = None
    properties: dict[str, Any] | None = None


class CompanyOut(Schema):
    """A company in short."""

    id: int
    name: str
    siren: str | None
    domain: str


class ScoreOut(Schema):
    """Points on the two axes and together."""

    intent: float
    fit: float
    total: float


class ContactOut(Schema):
    """A person as the base knows them."""

    id: int
    external_id: str | None
    email: str | None
    first_name: str
    last_name: str
    phone: str
    job_title: str
    source: str
    language: str
    company: CompanyOut | None
    stage: str
    tier: str = Field(description="cold, warm or hot")
    score: ScoreOut
    qualification: int = Field(description="Degree of qualification in percent")
    contactable: bool = Field(description="False: nothing may be sent to this person")
    properties: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class ContactsOut(PageOut):
    """A page of contacts."""

    items: list[ContactOut]


class ContactsIn(Schema):
    """What narrows the list."""

    email: str = ""
    external_id: str = ""
    stage: str = ""
    tier: str = ""
    q: str = ""
    cursor: str = ""
    limit: int = Field(50, ge=1, le=MOST_A_PAGE)


@router.post(
    "/contacts",
    response={200: ContactOut, 201: ContactOut, 409: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.CONTACTS_EDIT),
)
def put_contact(request: ApiRequest, payload: ContactIn) -> tuple[int, dict[str, Any]]:
    """Create (201) or update (200) a contact by external id or e-mail."""
    values = payload.model_dump(exclude_none=True, exclude={"company", "properties"})
    company = CompanyInput(**payload.company.model_dump()) if payload.company else None
    contact, created = upsert_contact(
        request.organisation,
        values=values,
        company=company,
        properties=payload.properties,
        by=request.api_key.name,
    )
    return (201 if created else 200), _out(queries.get_contact(request.organisation, contact.pk))


@router.get("/contacts", response={200: ContactsOut, 422: ErrorOut}, auth=key_for(Right.CONTACTS_VIEW))
def list_contacts(request: ApiRequest, given: Query[ContactsIn]) -> dict[str, Any]:
    """List contacts in the order they came, page by page."""
    filters = queries.read_filter({"q": given.q, "stage": given.stage, "tier": given.tier})
    rows = queries.list_contacts(request.organisation, filters)
    if (given.stage and not filters.stage) or (given.tier and not filters.tier):
        rows = rows.none()
    if given.email:
        rows = rows.filter(email=given.email.strip().lower())
    if given.external_id:
        rows = rows.filter(external_id=given.external_id)
    page = paginate(rows, ["created_at", "pk"], cursor=given.cursor or None, size=given.limit)
    return {"items": [_out(contact) for contact in page.items], "next_cursor": page.next_cursor}


@router.get("/contacts/{int:contact_id}", response={200: ContactOut, 404: ErrorOut}, auth=key_for(Right.CONTACTS_VIEW))
def get_contact(request: ApiRequest, contact_id: int) -> dict[str, Any]:
    """Return one contact."""
    return _out(queries.get_contact(request.organisation, contact_id))


def _out(contact: Contact) -> dict[str, Any]:
    company, standing = contact.company, contact.standing
    suppressed = getattr(contact, "is_suppressed", None)
    return {
        **{
            name: getattr(contact, name)
            for name in (
                *("id", "external_id", "email", "first_name", "last_name", "phone", "job_title", "source", "language"),
                *("stage", "properties", "created_at", "updated_at"),
            )
        },
        "company": company
        and {"id": company.pk, "name": company.name, "siren": company.siren, "domain": company.domain},
        "tier": standing.tier_code,
        "score": {"intent": standing.intent, "fit": standing.fit, "total": standing.total},
        "qualification": contact.qualification_percent,
        "contactable": is_contactable(contact) if suppressed is None else not suppressed,
    }
