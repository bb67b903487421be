"""Long work with progress: started by a person, carried out by a worker, stopped or resumed at any step.

A handler works in chunks, each committed with its own effects, and says how far it is after each. When its
worker dies, another one calls the handler again: it goes on from what is committed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_noop

from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope
from prm.work.errors import DomainError, NotFound
from prm.work.models import Job, JobStatus
from prm.work.wakeups import horizon, settle, wake

log = structlog.get_logger()

# A running job that has not said anything for so long lost its worker.
STALE_SECONDS = 60
# After so many workers died on it, a job is given up.
MAX_ATTEMPTS = 5
LONGEST_TITLE = 200


class JobStopped(Exception):
    """A person stopped the job; raised out of `advance` between two chunks."""


@dataclass
class JobRun:
    """A handler's hold on its job."""

    organisation: Organisation
    job: Job
    result: dict[str, Any] = field(default_factory=dict)

    def advance(self, *, done: int, total: int | None = None) -> None:
        """Store progress and renew the heartbeat; raise JobStopped when a person asked to stop."""
        values: dict[str, Any] = {"done": done, "heartbeat_at": timezone.now()}
        if total is not None:
            values["total"] = total
        Job.objects.filter(pk=self.job.pk).update(**values)
        self.job.done = done
        if Job.objects.filter(pk=self.job.pk, status=JobStatus.STOPPING).exists():
            raise JobStopped


Handler = Callable[[JobRun], None]
_handlers: dict[str, Handler] = {}


def register(kind: str, handler: Handler) -> None:
    """Say who carries out jobs of a kind; called from AppConfig.ready."""
    _handlers[kind] = handler


def start_job(
    organisation: Organisation, *, kind: str, title: str, params: dict[str, Any] | None = None, by: User | None = None
) -> Job:
    """Create a job and wake a worker for it. A title too long for a line, such as a file's name, is cut."""
    title = Truncator(title).chars(LONGEST_TITLE)
    with transaction.atomic():
        job = Job.objects.create(organisation=organisation, kind=kind, title=title, params=params or {}, created_by=by)
        wake(organisation.pk, "job")
    return job


def stop_job(organisation: Organisation, *, job_id: int) -> Job:
    """Ask a job to stop after its current chunk; one that has not begun stops at once."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id).first()
        if job is None:
            raise NotFound
        if job.status == JobStatus.WAITING:
            job.status, job.finished_at = JobStatus.STOPPED, timezone.now()
        elif job.status == JobStatus.RUNNING:
            job.status = JobStatus.STOPPING
        job.save(update_fields=["status", "finished_at"])
    return job


def resume_job(organisation: Organisation, *, job_id: int) -> Job:
    """Let a stopped or failed job go on from where it was."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id).first()
        if job is None:
            raise NotFound
        if job.status in {JobStatus.STOPPED, JobStatus.FAILED}:
            job.status, job.attempts, job.error, job.finished_at = JobStatus.WAITING, 0, "", None
            job.save(update_fields=["status", "attempts", "error", "finished_at"])
            wake(organisation.pk, "job")
    return job


def run_jobs(organisation: Organisation) -> int:
    """Carry out the organisation's waiting jobs, and those whose worker died; return how many were run."""
    ran = 0
    with organisation_scope(organisation.pk):
        while True:
            below = horizon()
            job = _claim()
            if job is None:
                break
            _carry_out(organisation, job)
            ran += 1
        if not Job.objects.filter(status__in=[JobStatus.WAITING, JobStatus.RUNNING, JobStatus.STOPPING]).exists():
            settle(organisation.pk, "job", below=below)
    return ran


def _claim() -> Job | None:
    stale = Q(
        status__in=[JobStatus.RUNNING, JobStatus.STOPPING],
        heartbeat_at__lt=timezone.now() - timedelta(seconds=STALE_SECONDS),
    )
    with transaction.atomic():
        job = (
            Job.objects.select_for_update(skip_locked=True)
            .filter(Q(status=JobStatus.WAITING) | stale)
            .order_by("created_at", "pk")
            .first()
        )
        if job is None:
            return None
        now = timezone.now()
        if job.attempts >= MAX_ATTEMPTS:
            job.status, job.finished_at = JobStatus.FAILED, now
            job.error = gettext_noop("The work was interrupted several times and was given up.")
        elif job.status == JobStatus.STOPPING:
            job.status, job.finished_at = JobStatus.STOPPED, now
        else:
            job.status, job.heartbeat_at = JobStatus.RUNNING, now
            job.started_at = job.started_at or now
            job.attempts += 1
        job.save()
    return job


def _carry_out(organisation: Organisation, job: Job) -> None:
    if job.status != JobStatus.RUNNING:
        return
    run = JobRun(organisation, job)
    error = ""
    try:
        _handlers[job.kind](run)
        status = JobStatus.DONE
    except JobStopped:
        status = JobStatus.STOPPED
    except DomainError as refusal:
        status, error = JobStatus.FAILED, str(refusal.message)
    except Exception:
        # The job is the boundary: whatever a handler did not foresee is shown as failed, with its trace in the log.
        log.exception("job_failed", job=job.pk, kind=job.kind)
        status, error = JobStatus.FAILED, gettext_noop("The work failed for a technical reason; it can be resumed.")
    job.refresh_from_db(fields=["result", "done", "total"])
    Job.objects.filter(pk=job.pk).update(
        status=status,
        error=error,
        finished_at=timezone.now(),
        result={**job.result, **run.result},
        done=F("total") if status == JobStatus.DONE else F("done"),
    )
