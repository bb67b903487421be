"""Long work: progress, stop, failure, and what happens when its worker dies."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from prm.organisations.scope import organisation_scope
from prm.work import jobs
from prm.work.errors import NotFound, Refused
from prm.work.jobs import JobRun, resume_job, run_jobs, start_job, stop_job
from prm.work.models import Job, JobStatus, Wakeup
from tests.conftest import World


@pytest.fixture
def kind() -> Iterator[str]:
    yield "test"
    jobs._handlers.pop("test", None)


def run_with(world: World, kind: str, handler: jobs.Handler) -> Job:
    jobs.register(kind, handler)
    with organisation_scope(world.organisation.pk):
        job = start_job(world.organisation, kind=kind, title="Counting", by=world.admin)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        job.refresh_from_db()
    return job


def test_a_job_runs_once_and_its_wakeup_is_settled(committed: None, world: World, kind: str) -> None:
    def count(run: JobRun) -> None:
        for done in (50, 100):
            run.advance(done=done, total=100)
        run.result["sum"] = 5050

    job = run_with(world, kind, count)
    assert (job.status, job.done, job.total, job.result) == (JobStatus.DONE, 100, 100, {"sum": 5050})
    assert run_jobs(world.organisation) == 0
    with organisation_scope(world.organisation.pk):
        assert Wakeup.objects.count() == 0


def test_a_person_stops_a_job_between_two_steps_and_resumes_it(committed: None, world: World, kind: str) -> None:
    steps: list[int] = []

    def count(run: JobRun) -> None:
        for done in range(run.job.done + 1, 5):
            steps.append(done)
            if done == 2 and len(steps) == 2:
                stop_job(world.organisation, job_id=run.job.pk)
            run.advance(done=done, total=4)

    job = run_with(world, kind, count)
    assert (job.status, job.done) == (JobStatus.STOPPED, 2)
    with organisation_scope(world.organisation.pk):
        resume_job(world.organisation, job_id=job.pk)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        job.refresh_from_db()
    assert (job.status, steps) == (JobStatus.DONE, [1, 2, 3, 4])


def test_a_refusal_is_shown_in_its_own_words(committed: None, world: World, kind: str) -> None:
    def refuse(run: JobRun) -> None:
        raise Refused("The file is empty.")

    job = run_with(world, kind, refuse)
    assert (job.status, job.error) == (JobStatus.FAILED, "The file is empty.")


def test_a_fault_of_ours_fails_the_job_and_keeps_its_progress(committed: None, world: World, kind: str) -> None:
    def break_down(run: JobRun) -> None:
        run.advance(done=3, total=10)
        raise ZeroDivisionError

    job = run_with(world, kind, break_down)
    assert (job.status, job.done) == (JobStatus.FAILED, 3)
    assert "can be resumed" in job.error


def test_a_job_whose_worker_died_is_taken_over_and_given_up_after_five_deaths(
    committed: None, world: World, kind: str
) -> None:
    ran: list[int] = []
    jobs.register(kind, lambda run: ran.append(run.job.attempts))
    with organisation_scope(world.organisation.pk):
        job = start_job(world.organisation, kind=kind, title="Counting")
        long_ago = timezone.now() - timedelta(seconds=jobs.STALE_SECONDS + 1)
        Job.objects.filter(pk=job.pk).update(status=JobStatus.RUNNING, heartbeat_at=long_ago, attempts=1)
    run_jobs(world.organisation)
    assert ran == [2]
    with organisation_scope(world.organisation.pk):
        Job.objects.filter(pk=job.pk).update(
            status=JobStatus.RUNNING, heartbeat_at=long_ago, attempts=jobs.MAX_ATTEMPTS
        )
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        job.refresh_from_db()
    assert (job.status, ran) == (JobStatus.FAILED, [2])


def test_another_organisations_job_does_not_exist(committed: None, world: World) -> None:
    with organisation_scope(world.twin.pk):
        theirs = start_job(world.twin, kind="test", title="Theirs")
    with organisation_scope(world.organisation.pk), pytest.raises(NotFound):
        stop_job(world.organisation, job_id=theirs.pk)
    with organisation_scope(world.twin.pk):
        theirs.refresh_from_db()
        assert theirs.status == JobStatus.WAITING
