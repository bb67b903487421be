"""Pages by key: every row once, in order, forwards and backwards, with an index."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from prm.organisations.scope import organisation_scope
from prm.web.pagination import Key, Page, paginate
from prm.work.errors import Invalid
from prm.work.models import Job
from tests.conftest import World

START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def jobs(scoped: World) -> list[Job]:
    """Seven jobs: two share a title, three have not begun."""
    titles = ["Delta", "Alpha", "Bravo", "Bravo", "Echo", "Charlie", "Zulu"]
    begun = [3, None, 1, 1, None, 2, None]
    return [
        Job.objects.create(
            organisation=scoped.organisation,
            kind="test",
            title=title,
            done=number,
            started_at=START + timedelta(hours=hours) if hours is not None else None,
        )
        for number, (title, hours) in enumerate(zip(titles, begun, strict=True))
    ]


def walk(order: list[str | Key], size: int = 2) -> list[Page[Job]]:
    pages = [paginate(Job.objects.all(), order, size=size)]
    while pages[-1].next_cursor:
        pages.append(paginate(Job.objects.all(), order, cursor=pages[-1].next_cursor, size=size))
    return pages


def ids(pages: list[Page[Job]]) -> list[int]:
    return [job.done for page in pages for job in page.items]


def walk_back(order: list[str | Key], last: Page[Job], size: int = 2) -> list[Page[Job]]:
    pages = [last]
    while pages[0].previous_cursor:
        pages.insert(0, paginate(Job.objects.all(), order, cursor=pages[0].previous_cursor, size=size))
    return pages


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (["-pk"], [6, 5, 4, 3, 2, 1, 0]),
        (["title", "pk"], [1, 2, 3, 5, 0, 4, 6]),
        (["-title", "-pk"], [6, 4, 0, 5, 3, 2, 1]),
        (["title", "-pk"], [1, 3, 2, 5, 0, 4, 6]),
        ([Key("started_at", nullable=True), "pk"], [2, 3, 5, 0, 1, 4, 6]),
        ([Key("started_at", descending=True, nullable=True), Key("pk", descending=True)], [0, 5, 3, 2, 6, 4, 1]),
        (["kind", Key("started_at", nullable=True), "pk"], [2, 3, 5, 0, 1, 4, 6]),
        (["kind", Key("started_at", descending=True, nullable=True), "pk"], [0, 5, 2, 3, 1, 4, 6]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_hold_every_row_once_in_order_both_ways(
    jobs: list[Job], order: list[str | Key], wanted: list[int], size: int
) -> None:
    pages = walk(order, size)
    assert ids(pages) == wanted
    assert [page.first_number for page in pages] == list(range(1, 8, size))
    back = walk_back(order, pages[-1], size)
    assert ids(back) == wanted
    assert [page.first_number for page in back] == list(range(1, 8, size))


def test_a_list_that_fits_has_no_other_page(jobs: list[Job]) -> None:
    page = paginate(Job.objects.all(), ["pk"], size=7)
    assert page.is_alone
    assert (page.first_number, page.last_number) == (1, 7)


def test_an_empty_list_is_one_empty_page(scoped: World) -> None:
    page = paginate(Job.objects.all(), ["pk"])
    assert (page.items, page.is_alone, page.last_number) == ([], True, 0)


def test_a_row_that_comes_in_meanwhile_shifts_nothing(jobs: list[Job], scoped: World) -> None:
    first = paginate(Job.objects.all(), ["-pk"], size=3)
    Job.objects.create(organisation=scoped.organisation, kind="test", title="new", done=7)
    second = paginate(Job.objects.all(), ["-pk"], cursor=first.next_cursor, size=3)
    assert [job.done for job in second.items] == [3, 2, 1]


def test_a_filter_stays_in_force_on_every_page(jobs: list[Job]) -> None:
    begun = Job.objects.filter(started_at__isnull=False)
    first = paginate(begun, ["pk"], size=3)
    second = paginate(begun, ["pk"], cursor=first.next_cursor, size=3)
    assert [job.done for job in (*first.items, *second.items)] == [0, 2, 3, 5]


def test_columns_of_a_related_row_can_order(jobs: list[Job], scoped: World) -> None:
    with organisation_scope(scoped.organisation.pk):
        jobs[2].created_by, jobs[5].created_by = scoped.viewer, scoped.admin
        for job in (jobs[2], jobs[5]):
            job.save()
    order: list[str | Key] = [Key("created_by__full_name", nullable=True), "pk"]
    rows = Job.objects.select_related("created_by")
    found: list[int] = []
    cursor: str | None = None
    while True:
        page = paginate(rows, order, cursor=cursor, size=2)
        found += [job.done for job in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == [5, 2, 0, 1, 3, 4, 6]


def made(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        *("nonsense", "e30", "W10", "WyItcGsiLDAsLTEsMV0", "%", "é"),
        *(made(text) for text in ("[" * 2900, '["-pk",0,Infinity,1]', '["-pk",0,1,Infinity]', '["-pk",0,1,NaN]')),
    ],
)
def test_a_damaged_cursor_is_refused(jobs: list[Job], cursor: str) -> None:
    with pytest.raises(Invalid):
        paginate(Job.objects.all(), ["-pk"], cursor=cursor)


def test_a_cursor_of_another_order_is_refused(jobs: list[Job]) -> None:
    cursor = paginate(Job.objects.all(), ["title", "pk"], size=2).next_cursor
    with pytest.raises(Invalid):
        paginate(Job.objects.all(), ["-title", "-pk"], cursor=cursor)


def test_a_page_costs_one_query_and_reads_one_range_of_the_index(jobs: list[Job]) -> None:
    cursor = paginate(Job.objects.all(), ["-created_at", "-pk"], size=2).next_cursor
    with CaptureQueriesContext(
        connection,
    ) as queries:
        paginate(Job.objects.all(), ["-created_at", "-pk"], cursor=cursor, size=2)
    assert len(queries) == 1
    assert '("work_job"."created_at", "work_job"."id") < (' in queries[0]["sql"]


def test_the_seam_between_known_and_missing_values_costs_two_queries(
    jobs: list[Job], django_assert_num_queries: Any
) -> None:
    order: list[str | Key] = [Key("started_at", nullable=True), "pk"]
    first = paginate(Job.objects.all(), order, size=3)
    with django_assert_num_queries(2):
        second = paginate(Job.objects.all(), order, cursor=first.next_cursor, size=3)
    assert [job.done for job in second.items] == [0, 1, 4]
    with django_assert_num_queries(1):
        paginate(Job.objects.all(), order, cursor=second.next_cursor, size=3)
