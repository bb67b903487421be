"""Reads for pages and the API of segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Min, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils import timezone

from contacts.models import Contact
from contacts.searching import holding
from contacts.segments.keeping import QUEUE
from contacts.segments.models import Segment, SegmentDue, SegmentMember
from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from prm.work.models import Wakeup

# What is lately.
DAYS = 7
HISTORY_DAYS = 30
MOST_MOVES = 8
# Work that may still move somebody: acts that are not read yet, and changes that are not looked at.
_QUEUES = ("react", QUEUE)


@dataclass(frozen=True)
class Row:
    """One segment of the list, with who came and went lately."""

    segment: Segment
    entered: int
    left: int


@dataclass(frozen=True)
class LatestMove:
    """A contact that entered or left."""

    contact: Contact
    has_entered: bool
    at: datetime


def list_rows(organisation: Organisation, *, is_archived: bool = False) -> list[Row]:
    """Return the segments by name with their moves of the last days. Two queries."""
    found = Segment.objects.filter(organisation=organisation, archived_at__isnull=not is_archived)
    segments = list(found.order_by("name", "pk"))
    since = timezone.now() - timedelta(days=DAYS)
    moves = _moves(organisation, [segment.pk for segment in segments], since)
    return [Row(segment, *moves.get(segment.pk, (0, 0))) for segment in segments]


def list_segments(organisation: Organisation) -> QuerySet[Segment]:
    """Return the segments in use, to be ordered and paged."""
    return Segment.objects.filter(organisation=organisation, archived_at__isnull=True)


def find_segments(organisation: Organisation, words: str) -> QuerySet[Segment, tuple[int, str]]:
    """Return (id, name) of segments in use by a part of their name, accents and case ignored."""
    return holding(list_segments(organisation), words, "name").order_by("name", "pk").values_list("pk", "name")


def count_archived(organisation: Organisation) -> int:
    """Return how many segments were put away."""
    return Segment.objects.filter(organisation=organisation, archived_at__isnull=False).count()


def get_segment(organisation: Organisation, segment_id: int) -> Segment:
    """Return one segment with `stale_since`, or raise NotFound. One query."""
    waiting = _waiting(organisation).order_by("due_at").values("due_at")[:1]
    found = Segment.objects.filter(organisation=organisation, pk=segment_id).annotate(stale_since=Subquery(waiting))
    segment: Segment | None = found.first()
    if segment is None:
        raise NotFound
    return segment


def list_members(segment: Segment) -> QuerySet[Contact]:
    """Return who is in a segment now, with company and standing, to be ordered and paged."""
    now = SegmentMember.objects.filter(segment=segment, left_at__isnull=True).values("contact_id")
    return Contact.objects.filter(organisation=segment.organisation_id, pk__in=now).select_related(
        "company", "standing"
    )


def list_latest_moves(segment: Segment) -> list[LatestMove]:
    """Return who entered and left last, newest first. One query. Who was there when it was filled did not enter."""
    contacts = Contact.objects.raw(
        "SELECT c.id, c.first_name, c.last_name, c.email, c.external_id, m.has_entered, m.at FROM ("
        " (SELECT contact_id, TRUE AS has_entered, entered_at AS at FROM segments_segmentmember"
        "  WHERE organisation_id = %(organisation_id)s AND segment_id = %(segment_id)s"
        "  AND entered_at IS DISTINCT FROM %(filled_at)s ORDER BY entered_at DESC LIMIT %(most)s)"
        " UNION ALL"
        " (SELECT contact_id, FALSE, left_at FROM segments_segmentmember"
        "  WHERE organisation_id = %(organisation_id)s AND segment_id = %(segment_id)s"
        "  AND left_at IS NOT NULL ORDER BY left_at DESC LIMIT %(most)s)"
        ") m JOIN contacts_contact c ON c.organisation_id = %(organisation_id)s AND c.id = m.contact_id"
        " ORDER BY m.at DESC, c.id LIMIT %(most)s",
        {
            "organisation_id": segment.organisation_id,
            "segment_id": segment.pk,
            "filled_at": segment.filled_at,
            "most": MOST_MOVES,
        },
    )
    return [LatestMove(contact, vars(contact)["has_entered"], vars(contact)["at"]) for contact in contacts]


@dataclass(frozen=True)
class History:
    """The size at the end of each of the last days, the last of them today, and how many moved lately.

    None before there was a segment. Who was there when it was filled did not enter.
    """

    sizes: list[tuple[date, int | None]]
    entered: int
    left: int


def get_history(organisation: Organisation, segment: Segment) -> History:
    """Return how a segment grew. One query over the moves of those days."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day, sum(come), sum(gone), sum(entered) FROM ("
            " SELECT (entered_at AT TIME ZONE %(zone)s)::date AS day, 1 AS come, 0 AS gone,"
            " (entered_at IS DISTINCT FROM %(filled_at)s)::int AS entered"
            " FROM segments_segmentmember"
            " WHERE organisation_id = %(organisation_id)s AND segment_id = %(segment_id)s AND entered_at >= %(since)s"
            " UNION ALL"
            " SELECT (left_at AT TIME ZONE %(zone)s)::date, 0, 1, 0 FROM segments_segmentmember"
            " WHERE organisation_id = %(organisation_id)s AND segment_id = %(segment_id)s AND left_at >= %(since)s"
            ") moves GROUP BY day",
            {
                "zone": organisation.time_zone,
                "organisation_id": organisation.pk,
                "segment_id": segment.pk,
                "filled_at": segment.filled_at,
                "since": timezone.now() - timedelta(days=HISTORY_DAYS + 1),
            },
        )
        changes = {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in cursor.fetchall()}
    zone = ZoneInfo(organisation.time_zone)
    today, born = timezone.localdate(timezone=zone), timezone.localdate(segment.created_at, zone)
    days = [today - timedelta(days=back) for back in range(HISTORY_DAYS)]
    sizes: list[tuple[date, int | None]] = []
    size = segment.size
    for day in days:
        sizes.append((day, size if day >= born else None))
        come, gone, _entered = changes.get(day, (0, 0, 0))
        size -= come - gone
    lately = [changes.get(day, (0, 0, 0)) for day in days[:DAYS]]
    return History(sizes[::-1], sum(one[2] for one in lately), sum(one[1] for one in lately))


def stale_since(organisation: Organisation) -> datetime | None:
    """Return since when changes wait to be looked at; None when segments are up to date. One query."""
    first: datetime | None = _waiting(organisation).aggregate(first=Min("due_at"))["first"]
    return first


def _waiting(organisation: Organisation) -> QuerySet[Wakeup]:
    return Wakeup.objects.filter(organisation=organisation, queue__in=_QUEUES, due_at__lte=Now())


@dataclass(frozen=True)
class Use:
    """Something of the product that refers to a segment, and how often."""

    label: str
    number: int


def list_uses(segment: Segment) -> list[Use]:
    """Return what else refers to a segment, beside its own rows. One query for each table that can."""
    own = {SegmentMember, SegmentDue}
    uses = []
    for relation in Segment._meta.get_fields(include_hidden=True):
        model = relation.related_model if relation.one_to_many or relation.one_to_one else None
        if model is None or isinstance(model, str) or model in own:
            continue
        number = model._default_manager.filter(**{relation.field.name: segment.pk}).count()  # type: ignore[union-attr]
        if number:
            uses.append(Use(str(model._meta.verbose_name_plural), number))
    return uses


def _moves(organisation: Organisation, segment_ids: Sequence[int], since: datetime) -> dict[int, tuple[int, int]]:
    """Return (entered, left) of each segment since a moment. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.id,"
            " (SELECT count(*) FROM segments_segmentmember m WHERE m.organisation_id = %(organisation_id)s"
            "  AND m.segment_id = g.id AND m.entered_at >= %(since)s AND m.entered_at IS DISTINCT FROM g.filled_at),"
            " (SELECT count(*) FROM segments_segmentmember m WHERE m.organisation_id = %(organisation_id)s"
            "  AND m.segment_id = g.id AND m.left_at >= %(since)s)"
            " FROM segments_segment g WHERE g.organisation_id = %(organisation_id)s"
            " AND g.id = ANY (%(segment_ids)s::bigint[])",
            {"organisation_id": organisation.pk, "segment_ids": list(segment_ids), "since": since},
        )
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
