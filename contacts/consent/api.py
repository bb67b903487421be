"""Routes of the API for consent."""

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Router, Schema
from pydantic import ConfigDict

from contacts.consent.confirming import ask_one
from contacts.consent.models import Source
from contacts.consent.queries import Standing, list_entries, list_standings
from contacts.consent.services import record_by_member
from contacts.queries import get_contact
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut, Text
from prm.organisations.models import Organisation
from prm.organisations.rights import Right

router = Router(tags=["consent"])


class PurposeOut(Schema):
    """Something the organisation does with what it knows of people."""

    code: str
    label: str
    text: str
    channel: str
    basis: str = Field(description="consent: nothing before a yes; interest: nothing after a no")
    version: int | None


class StandingOut(Schema):
    """Where a contact stands with a purpose."""

    purpose: str
    state: str = Field(description="given, withdrawn, objected, or unknown")
    is_allowed: bool
    since: datetime | None


class EntryOut(Schema):
    """One act of the ledger."""

    purpose: str
    act: str
    version: int | None
    source: str
    at: datetime
    proof: dict[str, Any]


class ConsentsOut(Schema):
    """A contact's consents; the ledger has the latest act first."""

    purposes: list[StandingOut]
    ledger: list[EntryOut]


class ConsentIn(Schema):
    """What a person said. A yes never takes back a no: only the person's preference page does."""

    model_config = ConfigDict(extra="forbid")

    purpose: Text
    act: Literal["given", "withdrawn", "objected"]
    note: Text = ""


class AskIn(Schema):
    """What a person is asked to say yes to."""

    model_config = ConfigDict(extra="forbid")

    purpose: Text


@router.get("/purposes", response=list[PurposeOut], auth=key_for(Right.CONTACTS_VIEW))
def list_purposes(request: ApiRequest) -> list[dict[str, Any]]:
    """List the purposes in use with the current version of their texts."""
    return [
        {
            "code": one.purpose.code,
            "label": one.label,
            "text": one.text,
            "channel": one.purpose.channel,
            "basis": one.purpose.basis,
            "version": one.version,
        }
        for one in list_standings(request.organisation, None)
    ]


@router.get(
    "/contacts/{int:contact_id}/consents",
    response={200: ConsentsOut, 404: ErrorOut},
    auth=key_for(Right.CONTACTS_VIEW),
)
def list_consents(request: ApiRequest, contact_id: int) -> dict[str, Any]:
    """Return where a contact stands with each purpose, and the last fifty acts."""
    return _consents(request.organisation, contact_id)


@router.post(
    "/contacts/{int:contact_id}/consents",
    response={200: ConsentsOut, 404: ErrorOut, 409: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.CONTACTS_EDIT),
)
def record_consent(request: ApiRequest, contact_id: int, given: ConsentIn) -> dict[str, Any]:
    """Write what a person said into the ledger."""
    record_by_member(
        request.organisation,
        get_contact(request.organisation, contact_id),
        purpose=given.purpose,
        act=given.act,
        note=given.note,
        by=request.api_key.name,
        source=Source.API,
    )
    return _consents(request.organisation, contact_id)


@router.post(
    "/contacts/{int:contact_id}/consents/ask",
    response={200: ConsentsOut, 404: ErrorOut, 409: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.CONTACTS_EDIT),
)
def ask_consent(request: ApiRequest, contact_id: int, given: AskIn) -> dict[str, Any]:
    """Ask a person by e-mail to say yes themselves (double opt-in). Their answer comes into the ledger."""
    contact = get_contact(request.organisation, contact_id)
    ask_one(request.organisation, contact, purpose=given.purpose, by=request.api_key.name)
    return _consents(request.organisation, contact_id)


def _consents(organisation: Organisation, contact_id: int) -> dict[str, Any]:
    contact = get_contact(organisation, contact_id)
    return {
        "purposes": [_standing(one) for one in list_standings(organisation, contact)],
        "ledger": [
            {
                "purpose": one.purpose.code,
                **{name: getattr(one, name) for name in ("act", "version", "source", "at", "proof")},
            }
            for one in list_entries(organisation, contact)
        ],
    }


def _standing(one: Standing) -> dict[str, Any]:
    return {
        "purpose": one.purpose.code,
        "state": one.state.state if one.state else "unknown",
        "is_allowed": one.is_allowed,
        "since": one.state.since if one.state else None,
    }
