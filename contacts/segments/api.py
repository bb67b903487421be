"""Routes of the API for segments."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from ninja import Field, Query, Router, Schema

from contacts.api import MOST_A_PAGE, ContactsOut, describe_contacts
from contacts.models import Suppression
from contacts.segments import queries
from contacts.segments.matching import people_vocabulary
from contacts.tagging.queries import with_tags
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut, PageOut
from prm.conditions.schema import condition_schema
from prm.organisations.rights import Right
from prm.web.pagination import paginate

router = Router(tags=["segments"])


class SegmentOut(Schema):
    """A set of contacts under a name."""

    id: int
    name: str
    description: str
    kind: str = Field(description="living: follows its condition; fixed: stays as it was when it was filled")
    condition: dict[str, Any] = Field(description="As /segments/schema describes it; {} is everybody")
    size: int
    is_filled: bool = Field(description="False: it is new or was changed, and everybody is being looked at")
    is_stale: bool = Field(description="True: its condition asks about something that is gone, so nobody is in it")
    created_at: datetime
    updated_at: datetime


class SegmentsOut(PageOut):
    """A page of segments; `stale_since` is null where they are up to date, else since when changes wait."""

    items: list[SegmentOut]
    stale_since: datetime | None


class PageIn(Schema):
    """Which page."""

    cursor: str = ""
    limit: int = Field(50, ge=1, le=MOST_A_PAGE)


@router.get("/segments", response={200: SegmentsOut, 422: ErrorOut}, auth=key_for(Right.SEGMENTS_VIEW))
def list_segments(request: ApiRequest, given: Query[PageIn]) -> dict[str, Any]:
    """List the segments in use in the order they were created, page by page."""
    found = queries.list_segments(request.organisation)
    page = paginate(found, ["created_at", "pk"], cursor=given.cursor or None, size=given.limit)
    items = [
        {
            **{name: getattr(segment, name) for name in SegmentOut.model_fields if name != "is_filled"},
            "is_filled": not segment.needs_filling,
        }
        for segment in page.items
    ]
    return {
        "items": items,
        "next_cursor": page.next_cursor,
        "stale_since": queries.stale_since(request.organisation),
    }


@router.get("/segments/schema", auth=key_for(Right.SEGMENTS_VIEW))
def get_schema(request: ApiRequest) -> dict[str, Any]:
    """Return the JSON Schema of conditions over people: every field, its comparisons and its values."""
    return condition_schema(people_vocabulary())


@router.get(
    "/segments/{int:segment_id}/contacts",
    response={200: ContactsOut, 404: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.SEGMENTS_VIEW),
)
def list_segment_contacts(request: ApiRequest, segment_id: int, given: Query[PageIn]) -> dict[str, Any]:
    """List who is in a segment now, in the order of ids, page by page."""
    segment = queries.get_segment(request.organisation, segment_id)
    suppressed = Exists(Suppression.objects.filter(contact=OuterRef("pk")))
    members = with_tags(queries.list_members(segment).annotate(is_suppressed=suppressed))
    page = paginate(members, ["pk"], cursor=given.cursor or None, size=given.limit)
    return {"items": describe_contacts(request.organisation, page.items), "next_cursor": page.next_cursor}
