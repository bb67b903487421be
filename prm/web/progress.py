"""How far a long piece of work is: share, rate, time left, in figures for people."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations.models import Membership, User
from prm.organisations.rights import Right, may
from prm.work.errors import Refused
from prm.work.models import Job, JobStatus


@dataclass(frozen=True)
class Progress:
    """A job as its progress bar shows it."""

    job: Job
    # None while the total is not known.
    percent: float | None
    # Per second, since the start; None before anything was done.
    rate: float | None
    seconds_left: float | None
    seconds_taken: float | None
    is_over: bool
    is_stalled: bool

    @property
    def state(self) -> str:
        """How it is shown: "waiting", "running", "stopping", "done", "stopped" or "failed"."""
        return str(self.job.status)


# Said nothing for so long: its worker is probably gone, another one takes over.
STALLED_SECONDS = 45


def progress_of(job: Job) -> Progress:
    """Work out share, rate and time left of a job."""
    until = job.finished_at or timezone.now()
    taken = (until - job.started_at).total_seconds() if job.started_at else None
    rate = job.done / taken if taken and taken > 0 and job.done else None
    left = (job.total - job.done) / rate if rate and job.total > job.done else None
    quiet = (timezone.now() - job.heartbeat_at).total_seconds() if job.heartbeat_at else 0.0
    return Progress(
        job=job,
        percent=min(100 * job.done / job.total, 100.0) if job.total else None,
        rate=rate,
        seconds_left=left if job.status == JobStatus.RUNNING else None,
        seconds_taken=taken,
        is_over=job.is_over,
        is_stalled=job.status == JobStatus.RUNNING and quiet > STALLED_SECONDS,
    )


def check_may_steer(job: Job, user: User, membership: Membership) -> None:
    """Raise Refused unless the person started the job or is an admin."""
    if job.created_by_id == user.pk or may(membership.role, Right.SETTINGS_EDIT):
        return
    raise Refused(_("Only who started this work, or an admin, can stop it or let it go on."))
