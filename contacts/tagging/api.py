"""Routes of the API for tags; contacts carry their own (contacts/api.py)."""

from typing import Any

from ninja import Field, Query, Router, Schema

from contacts.tagging import queries
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut, PageOut
from prm.organisations.rights import Right
from prm.web.pagination import paginate

router = Router(tags=["contacts"])


class TagOut(Schema):
    """A tag and how many contacts bear it."""

    id: int
    name: str
    contacts: int


class TagsOut(PageOut):
    """A page of tags."""

    items: list[TagOut]


class TagsIn(Schema):
    """What narrows the list."""

    q: str = ""
    cursor: str = ""
    limit: int = Field(50, ge=1, le=200)


@router.get("/tags", response={200: TagsOut, 422: ErrorOut}, auth=key_for(Right.CONTACTS_VIEW))
def list_tags(request: ApiRequest, given: Query[TagsIn]) -> dict[str, Any]:
    """List the tags by name, page by page."""
    tags = queries.list_tags(request.organisation, given.q)
    page = paginate(tags, queries.ORDERS["name"], cursor=given.cursor or None, size=given.limit)
    items = [{"id": tag.pk, "name": tag.name, "contacts": tag.size} for tag in page.items]
    return {"items": items, "next_cursor": page.next_cursor}
