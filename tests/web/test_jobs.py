"""Long work as people see it: how far it is, how to stop it, how to let it go on."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from prm.organisations.models import User
from prm.organisations.scope import organisation_scope
from prm.web.progress import progress_of
from prm.work.models import Job, JobStatus
from tests.conftest import World

HTMX = {"hx-request": "true"}


def make_job(world: World, by: User, **values: Any) -> Job:
    now = timezone.now()
    fields: dict[str, Any] = {
        "kind": "test",
        "title": "Trade show import",
        "status": JobStatus.RUNNING,
        "done": 300,
        "total": 1000,
        "started_at": now - timedelta(seconds=60),
        "heartbeat_at": now,
        **values,
    }
    with organisation_scope(world.organisation.pk):
        return Job.objects.create(organisation=world.organisation, created_by=by, **fields)


def status_of(world: World, job: Job) -> str:
    with organisation_scope(world.organisation.pk):
        return str(Job.objects.get(pk=job.pk).status)


def test_progress_gives_share_rate_and_time_left(world: World) -> None:
    progress = progress_of(make_job(world, world.marketer))
    assert progress.percent == 30
    assert progress.rate == pytest.approx(5, rel=0.02)
    assert progress.seconds_left == pytest.approx(140, rel=0.02)
    assert not progress.is_over
    assert not progress.is_stalled


def test_progress_without_a_total_or_a_start_says_nothing_it_does_not_know(world: World) -> None:
    progress = progress_of(make_job(world, world.marketer, total=0, done=0, started_at=None, status=JobStatus.WAITING))
    assert (progress.percent, progress.rate, progress.seconds_left, progress.seconds_taken) == (None, None, None, None)


def test_a_job_that_fell_silent_is_stalled(world: World) -> None:
    job = make_job(world, world.marketer, heartbeat_at=timezone.now() - timedelta(seconds=50))
    assert progress_of(job).is_stalled


def test_progress_is_a_page_and_for_htmx_the_bar_alone(world: World) -> None:
    job = make_job(world, world.marketer)
    client = world.client(world.viewer)
    page = client.get(world.path(f"jobs/{job.pk}/")).content.decode()
    assert "<title>Trade show import · Solvane</title>" in page
    part = client.get(world.path(f"jobs/{job.pk}/"), headers=HTMX).content.decode()
    assert part.lstrip().startswith('<div class="work"')
    assert "300 of 1,000, 5 per second" in part
    # Time goes on while the page is asked for.
    assert re.search("2\u00a0min\u00a0[2-5][0-9]\u00a0s left", part)
    assert 'hx-trigger="every 1s"' in part
    assert 'value="30.0"' in part


def test_the_end_is_announced_and_asking_stops(world: World) -> None:
    start = timezone.now() - timedelta(minutes=5)
    times = {"started_at": start, "finished_at": start + timedelta(seconds=60)}
    job = make_job(world, world.marketer, status=JobStatus.DONE, done=1000, **times)
    response = world.client(world.viewer).get(world.path(f"jobs/{job.pk}/"), headers=HTMX)
    assert json.loads(response.headers["HX-Trigger"]) == {"job-over": {"id": job.pk, "status": "done"}}
    html = response.content.decode()
    assert "hx-trigger" not in html
    assert "done in 1\u00a0min\u00a000\u00a0s" in html


def test_who_started_it_can_stop_it(world: World) -> None:
    job = make_job(world, world.marketer)
    response = world.client(world.marketer).post(world.path(f"jobs/{job.pk}/stop/"))
    assert response.status_code == 302
    assert status_of(world, job) == JobStatus.STOPPING


def test_an_admin_can_stop_it_and_htmx_gets_the_bar(world: World) -> None:
    job = make_job(world, world.marketer, status=JobStatus.WAITING, started_at=None)
    response = world.client(world.admin).post(world.path(f"jobs/{job.pk}/stop/"), headers=HTMX)
    assert "stopped; what was done is kept" in response.content.decode()
    assert status_of(world, job) == JobStatus.STOPPED


def test_nobody_else_can_stop_it_and_nothing_changes(world: World) -> None:
    job = make_job(world, world.marketer)
    for person in (world.sales, world.viewer):
        assert world.client(person).post(world.path(f"jobs/{job.pk}/stop/")).status_code == 403
    assert status_of(world, job) == JobStatus.RUNNING


def test_a_stopped_job_can_go_on(world: World) -> None:
    job = make_job(world, world.marketer, status=JobStatus.STOPPED, finished_at=timezone.now())
    world.client(world.marketer).post(world.path(f"jobs/{job.pk}/resume/"))
    assert status_of(world, job) == JobStatus.WAITING


def test_looking_never_stops(world: World) -> None:
    job = make_job(world, world.marketer)
    assert world.client(world.marketer).get(world.path(f"jobs/{job.pk}/stop/")).status_code == 405
    assert status_of(world, job) == JobStatus.RUNNING


def test_a_twins_job_does_not_exist(world: World) -> None:
    job = make_job(world, world.marketer)
    client = world.client(world.twin_admin)
    for rest in (f"jobs/{job.pk}/", f"jobs/{job.pk}/stop/"):
        assert client.get(f"/o/{world.twin.slug}/{rest}").status_code in {404, 405}
        assert client.post(f"/o/{world.twin.slug}/jobs/{job.pk}/stop/").status_code == 404
    assert status_of(world, job) == JobStatus.RUNNING


def test_the_list_shows_all_work_newest_first(world: World) -> None:
    make_job(world, world.marketer, title="First")
    make_job(world, world.marketer, title="Second", status=JobStatus.FAILED)
    html = world.client(world.viewer).get(world.path("jobs/")).content.decode()
    rows = html.split("<tbody>")[1]
    assert rows.index("Second") < rows.index("First")


def test_an_error_is_shown_in_the_readers_language(world: World) -> None:
    job = make_job(
        world,
        world.marketer,
        status=JobStatus.FAILED,
        error="The work failed for a technical reason; it can be resumed.",
    )
    client = world.client(world.viewer)
    html = client.get(world.path(f"jobs/{job.pk}/"), headers={"accept-language": "fr"}).content.decode()
    assert "Le travail a échoué pour une raison technique" in html


def test_the_side_shows_the_newest_running_work_only(world: World) -> None:
    make_job(world, world.marketer, title="Running")
    make_job(world, world.marketer, title="Over", status=JobStatus.DONE)
    client = world.client(world.viewer)
    side = client.get(world.path("find/")).content.decode()
    assert "Running" in side
    assert "Over" not in side
    assert client.get(world.path("jobs/card/"), headers=HTMX).content.decode().count("<progress") == 1
