"""Scores change by time alone, and profiles change without a word in the log: both are seen to by wake-ups.

The queue "score" is woken by whoever changes profiles, and for every coming night.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.work.jobs import start_job
from prm.work.models import Job, JobStatus, Wakeup
from prm.work.wakeups import horizon, settle, wake
from scoring.published import find_published
from scoring.rescoring import JOB_KIND, job_title, rescore_changed

QUEUE = "score"
# When nobody waits for anything, in the organisation's time zone.
NIGHT = time(3)


def score_due(organisation: Organisation) -> None:
    """Score the profiles that changed; once a night, start the rescore that lets scores cool. In the scope."""
    below = horizon()
    rescore_changed(organisation)
    with transaction.atomic():
        settle(organisation.pk, QUEUE, below=below)
        if find_published() is None:
            return
        if not _has_run_since(_last_night(organisation, timezone.now())):
            start_job(organisation, kind=JOB_KIND, title=job_title(organisation))
        wake_nightly(organisation)


def rescore_moved(organisation: Organisation) -> None:
    """Start a rescore of everybody because past acts are at other touchpoints now; none where one waits already."""
    waits = Job.objects.filter(kind=JOB_KIND, status=JobStatus.WAITING).exists()
    if find_published() is not None and not waits:
        start_job(organisation, kind=JOB_KIND, title=job_title(organisation))


def wake_nightly(organisation: Organisation) -> None:
    """Make sure that the next night is noted, once."""
    if not Wakeup.objects.filter(queue=QUEUE, due_at__gt=Now()).exists():
        due_at = _last_night(organisation, timezone.now()) + timedelta(days=1)
        wake(organisation.pk, QUEUE, due_at=due_at)


def _last_night(organisation: Organisation, now: datetime) -> datetime:
    zone = ZoneInfo(organisation.time_zone)
    tonight = datetime.combine(now.astimezone(zone).date(), NIGHT, zone)
    return tonight if tonight <= now else tonight - timedelta(days=1)


def _has_run_since(moment: datetime) -> bool:
    return Job.objects.filter(kind=JOB_KIND, created_at__gte=moment).exclude(status=JobStatus.FAILED).exists()
