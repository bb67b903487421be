"""Routes of the API for contacts and imports."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Field, File, Form, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import ConfigDict

from contacts import queries
from contacts.companies import CompanyInput, longest
from contacts.doubles.aliases import current_id
from contacts.fields.models import CustomField, Subject
from contacts.fields.queries import list_fields, of_subject
from contacts.fields.values import visible_values
from contacts.importing import queries as import_queries
from contacts.importing import services
from contacts.importing.reporting import stream_rejects
from contacts.models import Cause, Contact, Import, ImportMode, Stage
from contacts.normalising import UnusableValueError, clean_text, normalise_email
from contacts.people import upsert_contact
from contacts.rights.erasing import erase_contact
from contacts.tagging.queries import bearers_of, with_tags
from contacts.tagging.services import match_tags, tag_contacts, untag_contacts
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut, PageOut
from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.web.pagination import paginate
from prm.work.errors import Invalid

router = Router(tags=["contacts"])

MOST_A_PAGE = 200


class CompanyIn(Schema):
    """A company, found by SIREN, else by domain, else by name; created where it is new."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    siren: str = ""
    domain: str = ""
    custom: dict[str, Any] | None = Field(
        None, description="Values of own fields by key (see /fields); null takes one away"
    )


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
    tags: list[str] | None = Field(None, description="Added to those the contact bears; new ones are made")
    untag: list[str] | None = Field(None, description="Taken away")
    properties: dict[str, Any] | None = None
    custom: dict[str, Any] | None = Field(
        None, description="Values of own fields by key (see /fields); null takes one away"
    )


class ImportIn(Schema):
    """What is said about a file."""

    mapping: str = ""
    key: str = ""
    mode: str = ImportMode.OVERWRITE.value
    source: str = ""
    lawful_basis: str = ""


class ImportOut(Schema):
    """A file brought in: how far it is, and what came of its rows so far."""

    id: int
    status: str = Field(description="waiting, running, done, stopped or failed (draft: waits for a person)")
    filename: str
    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    rejects_url: str | None = Field(description="CSV of the rows set aside, with the reason; null when there is none")
    error: str = ""


class CompanyOut(Schema):
    """A company in short."""

    id: int
    name: str
    siren: str | None
    domain: str
    custom: dict[str, Any] = Field(description="Values of own fields by key; see /fields")


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
    tags: list[str]
    contactable: bool = Field(description="False: nothing may be sent to this person")
    properties: dict[str, Any]
    custom: dict[str, Any] = Field(description="Values of own fields by key; see /fields")
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
    tag: str = Field("", description="The name of a tag")
    q: str = ""
    cursor: str = ""
    limit: int = Field(50, ge=1, le=MOST_A_PAGE)


@router.post(
    "/contacts",
    response={200: ContactOut, 201: ContactOut, 403: ErrorOut, 409: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.CONTACTS_EDIT),
)
def put_contact(request: ApiRequest, payload: ContactIn) -> tuple[int, dict[str, Any]]:
    """Create (201) or update (200) a contact by external id or e-mail."""
    values = payload.model_dump(exclude_none=True, exclude={"company", "properties", "custom", "tags", "untag"})
    company = CompanyInput(**payload.company.model_dump()) if payload.company else None
    organisation, by = request.organisation, request.api_key.name
    with transaction.atomic():
        contact, created = upsert_contact(
            organisation, values=values, company=company, properties=payload.properties, custom=payload.custom, by=by
        )
        if payload.untag:
            untag_contacts(organisation, contact_ids=[contact.pk], names=payload.untag, by=by)
        if payload.tags:
            tag_contacts(organisation, contact_ids=[contact.pk], names=payload.tags, by=by)
    return (201 if created else 200), _describe(request, contact.pk)


@router.get("/contacts", response={200: ContactsOut, 422: ErrorOut}, auth=key_for(Right.CONTACTS_VIEW))
def list_contacts(request: ApiRequest, given: Query[ContactsIn]) -> dict[str, Any]:
    """List contacts in the order they came, page by page."""
    filters = queries.read_filter({"q": given.q, "stage": given.stage, "tier": given.tier})
    choices: dict[str, Iterable[str]] = {"stage": Stage.values, "tier": queries.TIERS}
    unknown = [name for name in choices if getattr(given, name) and not getattr(filters, name)]
    if unknown:
        raise Invalid(fields={name: ", ".join(choices[name]) for name in unknown})
    rows = with_tags(queries.list_contacts(request.organisation, filters, forgiving=False))
    if given.tag:
        tag_ids = list(match_tags(request.organisation, [given.tag.replace("\x00", "")]).values())
        rows = rows.filter(Exists(bearers_of(tag_ids[0]))) if tag_ids else rows.none()
    try:
        if given.email:
            rows = rows.filter(email=normalise_email(given.email))
        if given.external_id:
            rows = rows.filter(external_id=clean_text(given.external_id, longest(Contact, "external_id")))
    except UnusableValueError:
        # What no contact can have.
        rows = rows.none()
    page = paginate(rows, ["created_at", "pk"], cursor=given.cursor or None, size=given.limit)
    return {"items": describe_contacts(request.organisation, page.items), "next_cursor": page.next_cursor}


@router.get("/contacts/{int:contact_id}", response={200: ContactOut, 404: ErrorOut}, auth=key_for(Right.CONTACTS_VIEW))
def get_contact(request: ApiRequest, contact_id: int) -> dict[str, Any]:
    """Return one contact; an id that was merged gives the contact it is now, with that one's id."""
    return _describe(request, current_id(request.organisation, contact_id))


@router.delete(
    "/contacts/{int:contact_id}",
    response={204: None, 404: ErrorOut, 409: ErrorOut},
    auth=key_for(Right.CONTACTS_ERASE),
)
def erase(request: ApiRequest, contact_id: int) -> tuple[int, None]:
    """Erase a person, everywhere and for good; an id that was merged erases whoever it is now.

    What was counted stays counted. A keyed hash of their addresses and external ids is kept: whoever sends one of
    them again is refused (403). 409 while a message to them is leaving: try again in a minute.
    """
    erase_contact(
        request.organisation,
        contact_id=current_id(request.organisation, contact_id),
        by=request.api_key.name,
        cause=Cause.API,
    )
    return 204, None


@router.post(
    "/imports", response={202: ImportOut, 422: ErrorOut}, auth=key_for(Right.CONTACTS_IMPORT), tags=["imports"]
)
def create_import(request: ApiRequest, file: File[UploadedFile], given: Form[ImportIn]) -> tuple[int, dict[str, Any]]:
    """Take a CSV or XLSX file in and begin its import.

    `mapping` is a JSON object {"Column": "field"} over what is guessed from names and values; fields are those of
    a contact, `custom.<key>` (see /fields; `custom_mdy.<key>` for a date that is written month first), `company`,
    `siren`, `siret`, `domain`, `full_name`, `opted_out`, `properties.<name>` and `ignore`.
    `number.<name>`, `date.<name>` (day first) and `date_mdy.<name>` read a property as what its values say. `key` is
    "external_id", "email", "siren_name" (SIREN with first and last name) or "properties.<name>"; without it, the first
    of the first two that a row has. `mode` says what may change of people who are known: "overwrite", "fill" (only
    what is empty) or "add" (nothing).
    """
    by = request.api_key.name
    mapping = _read_mapping(given.mapping)
    with transaction.atomic():
        source_import = services.create_import(
            request.organisation, filename=file.name or "", pieces=file.chunks(), by=by, source=given.source
        )
        services.map_import(
            request.organisation,
            import_id=source_import.pk,
            mapping=services.over_guess(source_import.mapping, mapping),
            key_field=given.key or ("" if mapping else source_import.key_field),
            source=given.source,
            lawful_basis=given.lawful_basis,
            mode=given.mode,
        )
        services.start_import(request.organisation, import_id=source_import.pk, by=by)
    return 202, _import_out(import_queries.get_import(request.organisation, source_import.pk))


@router.get(
    "/imports/{int:import_id}",
    response={200: ImportOut, 404: ErrorOut},
    auth=key_for(Right.CONTACTS_IMPORT),
    tags=["imports"],
)
def get_import(request: ApiRequest, import_id: int) -> dict[str, Any]:
    """Return how far an import is and what came of its rows."""
    return _import_out(import_queries.get_import(request.organisation, import_id))


@router.get("/imports/{int:import_id}/rejects", auth=key_for(Right.CONTACTS_IMPORT), tags=["imports"])
def get_rejects(request: ApiRequest, import_id: int) -> StreamingHttpResponse:
    """Return the rows that were set aside as CSV: their own columns, then line, reason and column."""
    source_import = import_queries.get_import(request.organisation, import_id)
    return stream_rejects(request.organisation, source_import)


def _read_mapping(text: str) -> dict[str, str]:
    try:
        mapping = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise Invalid(fields={"mapping": _("This is not JSON.")}) from error
    if not isinstance(mapping, dict) or not all(isinstance(field, str) for field in mapping.values()):
        raise Invalid(fields={"mapping": _("A mapping is an object of texts: a field for each column.")})
    return mapping


def _import_out(source_import: Import) -> dict[str, Any]:
    counts = {name: getattr(source_import, name) for name in ("rows", "created", "updated", "unchanged", "rejected")}
    return {
        "id": source_import.pk,
        "status": import_queries.status_of(source_import),
        "filename": source_import.filename,
        **counts,
        "rejects_url": f"/api/v1/imports/{source_import.pk}/rejects" if source_import.rejected else None,
        "error": str(_(source_import.job.error)) if source_import.job and source_import.job.error else "",
    }


def _describe(request: ApiRequest, contact_id: int) -> dict[str, Any]:
    contact = queries.get_listed_contact(request.organisation, contact_id)
    return describe_contacts(request.organisation, [contact])[0]


def describe_contacts(organisation: Organisation, contacts: Iterable[Contact]) -> list[dict[str, Any]]:
    """Return contacts (with `is_suppressed` and `tag_names`) as the API shows them. One query: their fields."""
    fields = list(list_fields(organisation))
    own, company_own = (of_subject(fields, subject) for subject in (Subject.CONTACT, Subject.COMPANY))
    return [_contact_out(contact, own, company_own) for contact in contacts]


def _contact_out(contact: Contact, own: Sequence[CustomField], company_own: Sequence[CustomField]) -> dict[str, Any]:
    company, standing = contact.company, contact.standing
    return {
        **{
            name: getattr(contact, name)
            for name in (
                *("id", "external_id", "email", "first_name", "last_name", "phone", "job_title", "source", "language"),
                *("stage", "properties", "created_at", "updated_at"),
            )
        },
        "company": company
        and {
            **{name: getattr(company, name) for name in ("id", "name", "siren", "domain")},
            "custom": visible_values(company_own, company),
        },
        "custom": visible_values(own, contact),
        "tier": standing.tier_code,
        "score": {"intent": standing.intent, "fit": standing.fit, "total": standing.total},
        "qualification": contact.qualification_percent,
        "tags": list(contact.tag_names),  # type: ignore[attr-defined]
        "contactable": not contact.is_suppressed,  # type: ignore[attr-defined]
    }
