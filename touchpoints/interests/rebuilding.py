"""Working all interests out anew, because themes or their rules changed: a job over the log, a stretch at a time."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from contacts.models import Contact
from prm.organisations.models import Organisation, User
from prm.work.jobs import JobRun, start_job
from prm.work.models import Job, JobStatus
from prm.work.sql import fetch
from touchpoints.consuming import IN_BATCH
from touchpoints.interests.keeping import give_themes, hold_cursor, keep_range

KIND = "interests"
# Interactions looked at in one transaction, and contacts.
STRETCH = 5000
RANGE_SIZE = 10_000
# Below every number a log can have.
_BEGINNING = -(2**62)


def rebuild(organisation: Organisation, *, by: User | None = None) -> Job | None:
    """Let a worker look through the whole log with the rules as they are now; None where one waits for that already."""
    if Job.objects.filter(kind=KIND, status=JobStatus.WAITING).exists():
        return None
    with override(organisation.language):
        title = _("Interests of past acts")
    return start_job(organisation, kind=KIND, title=title, by=by)


def find_open_run() -> Job | None:
    """Return the run that is not over yet, if there is one."""
    open_statuses = (JobStatus.WAITING, JobStatus.RUNNING, JobStatus.STOPPING)
    job: Job | None = Job.objects.filter(kind=KIND, status__in=open_statuses).order_by("-pk").first()
    return job


def run_rebuild(run: JobRun) -> None:
    """Carry out a job: the log in its own order, then everybody's interests; it goes on from where it was left."""
    organisation, result = run.organisation, run.result
    result.update(run.job.result)
    ((length,),) = fetch("touchpoints/count_log", {"organisation_id": organisation.pk})
    done = int(result.get("looked_at", 0))
    run.advance(done=done, total=max(int(length), done))
    while (read := _read_stretch(run)) > 0:
        done += read
        run.advance(done=done)
    while _keep_next(run):
        run.advance(done=done)


def _read_stretch(run: JobRun) -> int:
    """Give one stretch of the log its themes; return how many interactions it had."""
    organisation, result = run.organisation, run.result
    after = result.get("after", [_BEGINNING, 0])
    with transaction.atomic():
        hold_cursor(organisation)
        params = {
            "organisation_id": organisation.pk,
            "after_transaction": after[0],
            "after_id": after[1],
            "most": STRETCH,
        }
        rows = fetch("touchpoints/end_of_stretch", params)
        if not rows:
            return 0
        ((upto_transaction, upto_id, number),) = rows
        give_themes(organisation, IN_BATCH, {**params, "upto_transaction": upto_transaction, "upto_id": upto_id})
        result["after"] = [upto_transaction, upto_id]
        result["looked_at"] = int(result.get("looked_at", 0)) + number
        Job.objects.filter(pk=run.job.pk).update(result=result)
    return int(number)


def _keep_next(run: JobRun) -> bool:
    """Work out the interests of the next range of contacts; return whether there was one."""
    organisation, result = run.organisation, run.result
    after_id = int(result.get("after_contact", 0))
    ids = Contact.objects.filter(organisation=organisation, pk__gt=after_id).order_by("pk").values_list("pk", flat=True)
    last = list(ids[RANGE_SIZE - 1 : RANGE_SIZE]) or [ids.last() or 0]
    if not last[0] or last[0] <= after_id:
        return False
    with transaction.atomic():
        hold_cursor(organisation)
        keep_range(organisation, after_id=after_id, upto_id=last[0])
        result["after_contact"] = last[0]
        Job.objects.filter(pk=run.job.pk).update(result=result)
    return True


def rebuild_moved(organisation: Organisation) -> None:
    """Look through the log because past acts are at other touchpoints now (touchpoints.recognition.homes)."""
    rebuild(organisation)
