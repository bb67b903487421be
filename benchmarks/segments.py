"""Segments: counting whom a condition matches, and following what changed."""

from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q

from benchmarks.timing import Result, median_seconds, seconds
from contacts.models import Contact
from contacts.segments.keeping import keep_segments
from contacts.segments.matching import ask, count_people
from contacts.segments.models import Segment, SegmentKind
from contacts.segments.services import SegmentInput, create_segment
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from touchpoints.kinds import ensure_kinds

CHANGED = 1000
# Five conditions, two of them over what people did.
CONDITION: dict[str, Any] = {
    "all": [
        {"field": "job_title", "op": "contains", "value": "direct"},
        {"field": "company.headcount_band", "op": "in", "value": ["11", "12", "21"]},
        {"field": "source", "op": "is", "value": "site"},
        {
            "field": "acts",
            "op": "did",
            "value": {
                "kind": "page_view",
                "days": 90,
                "property": {"name": "path", "op": "starts_with", "value": "/tarifs"},
            },
        },
        {"field": "acts", "op": "did_not", "value": {"kind": "webinar", "days": 30}},
    ]
}


def measure_segments(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Count a segment against a plain scan of the contacts; bring a living one up to date after 1,000 changed."""
    with organisation_scope(organisation.pk):
        ensure_kinds(organisation)
        question = ask(organisation, CONDITION)
        assert not question.problems, question.problems
        count_people(question)
        floor = median_seconds(lambda: _scan(organisation), 7)
        took = median_seconds(lambda: count_people(question), 7)
        found = count_people(question)
        counting = Result("segment, counted", size, took, floor, took / floor, 3.0, note=f"{found:,} of {size:,}")
        return [counting, _measure_change(organisation, size, floor)]


def _scan(organisation: Organisation) -> None:
    """Read every contact, as a count that no index can answer does."""
    with transaction.atomic(), connection.cursor() as cursor:
        for way in ("indexscan", "indexonlyscan", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute("SELECT count(*) FROM contacts_contact WHERE organisation_id = %s", [organisation.pk])
        cursor.fetchone()


def _measure_change(organisation: Organisation, size: int, floor: float) -> Result:
    segment = create_segment(
        organisation, values=SegmentInput(f"Bench {size}", CONDITION, SegmentKind.LIVING), by="benchmark"
    )
    filled = seconds(lambda: keep_segments(organisation))
    ids = list(Contact.objects.order_by("-pk").values_list("pk", flat=True)[:CHANGED])
    titles, times = ("Acheteuse", "Directrice des achats"), []
    for title in titles:
        noted = seconds(lambda title=title: Contact.objects.filter(pk__in=ids).update(job_title=title))  # type: ignore[misc]
        times.append(seconds(lambda: keep_segments(organisation)))
    segment.refresh_from_db()
    stays = segment.members.filter(contact__in=ids).aggregate(
        entered=Count("pk"), left=Count("pk", filter=Q(left_at__isnull=False))
    )
    Segment.objects.filter(pk=segment.pk).delete()
    worst = max(times)
    note = (
        f"seconds, goal: below 1; filled with {segment.size:,} in {filled:.2f} s;"
        f" {stays['entered']:,} stays, {stays['left']:,} over; noting the change {noted * 1000:.0f} ms"
    )
    return Result("segment, 1,000 changed", size, worst, floor, worst, 1.0, note=note)
