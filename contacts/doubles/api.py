"""Routes of the API for doubles."""

from datetime import datetime
from typing import Any

from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from contacts.api import MOST_A_PAGE
from contacts.doubles import queries
from contacts.doubles.merging import UNDONE_WITHIN, merge_contacts
from contacts.doubles.models import Merge
from contacts.doubles.undoing import undo_merge
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut, PageOut
from prm.organisations.rights import Right
from prm.web.pagination import paginate

router = Router(tags=["doubles"])


class PairOut(Schema):
    """Two contacts that are probably one person."""

    id: int
    contacts: list[int] = Field(description="Their ids, the lower first")
    score: int = Field(description="Percent")
    reasons: list[str]


class PairsOut(PageOut):
    """A page of pairs."""

    items: list[PairOut]


class PairsIn(Schema):
    """Which pairs."""

    reason: str = ""
    cursor: str = ""
    limit: int = Field(50, ge=1, le=MOST_A_PAGE)


class MergeIn(Schema):
    """Who is merged into the contact of the address, and whose value is kept where that is not to be guessed."""

    model_config = ConfigDict(extra="forbid")

    contacts: list[int] = Field(description="Ids of the contacts that become this one")
    take: dict[str, int] = Field(
        {}, description='{"field": id of the contact whose value stays}; "email" is needed where two are known'
    )


class MergeOut(Schema):
    """A merge."""

    id: int
    contact: int = Field(description="Who they are now")
    merged: list[int] = Field(description="Ids that now answer with that contact")
    created_at: datetime
    undo_until: datetime
    undone_at: datetime | None
    kept: list[dict[str, str]] = Field(description="What undoing left as it was, and why")


@router.get("/doubles", response={200: PairsOut, 422: ErrorOut}, auth=key_for(Right.CONTACTS_VIEW))
def list_doubles(request: ApiRequest, given: Query[PairsIn]) -> dict[str, Any]:
    """List the pairs nobody decided on, the surest first, page by page."""
    found = queries.list_pairs(request.organisation, reason=given.reason)
    page = paginate(found, queries.ORDER, cursor=given.cursor or None, size=given.limit)
    items = [
        {"id": pair.pk, "contacts": [pair.low_id, pair.high_id], "score": pair.score, "reasons": pair.reasons}
        for pair in page.items
    ]
    return {"items": items, "next_cursor": page.next_cursor}


@router.post(
    "/contacts/{int:contact_id}/merge",
    response={200: MergeOut, 404: ErrorOut, 409: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.CONTACTS_EDIT),
)
def merge(request: ApiRequest, contact_id: int, payload: MergeIn) -> dict[str, Any]:
    """Make other contacts this one; their ids, external ids and addresses go on answering with it."""
    done = merge_contacts(
        request.organisation,
        contact_ids=[contact_id, *payload.contacts],
        survivor_id=contact_id,
        take=payload.take,
        by=request.api_key.name,
    )
    return _merge_out(done)


@router.post(
    "/merges/{int:merge_id}/undo",
    response={200: MergeOut, 404: ErrorOut, 409: ErrorOut},
    auth=key_for(Right.CONTACTS_EDIT),
)
def undo(request: ApiRequest, merge_id: int) -> dict[str, Any]:
    """Take a merge back within thirty days."""
    return _merge_out(undo_merge(request.organisation, merge_id=merge_id, by=request.api_key.name))


def _merge_out(done: Merge) -> dict[str, Any]:
    done.refresh_from_db()
    return {
        "id": done.pk,
        "contact": done.contact_id,
        "merged": done.merged_ids,
        "created_at": done.created_at,
        "undo_until": done.created_at + UNDONE_WITHIN,
        "undone_at": done.undone_at,
        "kept": done.kept,
    }
