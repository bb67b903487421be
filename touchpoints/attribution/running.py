"""Looking through everybody's ways as a job: contacts in ranges, each read in seconds; it goes on where it was left."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import override

from contacts.models import Contact
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict
from prm.work.jobs import JobRun, start_job
from prm.work.models import Job, JobStatus
from prm.work.sql import fetch
from prm.work.wakeups import horizon, settle, wake
from touchpoints.attribution.models import Goal, Observation, Observed
from touchpoints.attribution.queries import find_report
from touchpoints.attribution.ways import PARTS, Tally, removal_effects
from touchpoints.kinds import NEVER_ACTS
from touchpoints.models import Touchpoint
from touchpoints.ratings.history import note_change, read_values
from touchpoints.ratings.models import Aspect

KIND = "attribution"
QUEUE = "observe"
# How far back ways and conversions are looked at.
DAYS = 365
RANGE_SIZE = 50_000
# Who passed which touchpoint: human acts.
_ACTS = (
    "SELECT a.contact_id, a.touchpoint_id AS place_id, a.occurred_at, a.id FROM touchpoints_interaction a"
    " WHERE a.organisation_id = %(organisation_id)s AND a.touchpoint_id IS NOT NULL AND a.verdict = 'human'"
    " AND a.kind <> ALL (%(no_acts)s)"
)
# What was observed once is observed anew, until nobody asks any more.
FRESH_DAYS = 7


def start_observation(organisation: Organisation, *, goal: str, by: User | None) -> Job:
    """Let a worker observe the ways to a goal. Raises Conflict while that goal is being observed."""
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        if find_open_run(goal) is not None:
            raise Conflict(_("The touchpoints are being observed already; wait until that is done."))
        upto = timezone.now()
        with override(organisation.language):
            title = _("Observing the touchpoints: %(goal)s") % {"goal": Goal(goal).label}
        params = {"goal": goal, "since": (upto - timedelta(days=DAYS)).isoformat(), "upto": upto.isoformat()}
        job = start_job(organisation, kind=KIND, title=title, params=params, by=by)
        if by is not None:
            audit.record(organisation, by, "touchpoint.observe", job, after={"goal": goal})
    return job


def find_open_run(goal: str) -> Job | None:
    """Return the run of a goal that is not over yet, if there is one."""
    open_statuses = (JobStatus.WAITING, JobStatus.RUNNING, JobStatus.STOPPING)
    jobs = Job.objects.filter(kind=KIND, status__in=open_statuses, params__goal=goal)
    job: Job | None = jobs.order_by("-pk").first()
    return job


def run_observation(run: JobRun) -> None:
    """Carry out a job."""
    organisation, params = run.organisation, run.job.params
    run.result.update(run.job.result)
    since, upto = parse_datetime(params["since"]), parse_datetime(params["upto"])
    if since is None or upto is None:
        raise ValueError(params)
    total = Contact.objects.count()
    done = int(run.result.get("done", 0))
    run.advance(done=min(done, total), total=total)
    tally = Tally.from_json(run.result.get("tally", {}))
    after = int(run.result.get("after", 0))
    while (found := _end_of_range(organisation, after)) is not None:
        last, number = found
        tally.add(_read_range(organisation, params["goal"], after=after, last=last, since=since, upto=upto))
        after, done = last, done + number
        run.result.update(after=after, done=done, tally=tally.to_json())
        Job.objects.filter(pk=run.job.pk).update(result=run.result)
        run.advance(done=min(done, total))
    _keep(organisation, params["goal"], tally, since, upto)
    run.result.pop("tally", None)


def observe_due(organisation: Organisation) -> None:
    """Observe anew what was observed longer ago than FRESH_DAYS. In the scope, by a worker."""
    below, now = horizon(), timezone.now()
    with transaction.atomic():
        settle(organisation.pk, QUEUE, below=below)
        for one in Observation.objects.filter(upto__lte=now - timedelta(days=FRESH_DAYS)):
            if find_open_run(one.goal) is None:
                start_observation(organisation, goal=one.goal, by=None)


def _end_of_range(organisation: Organisation, after: int) -> tuple[int, int] | None:
    ids = Contact.objects.filter(organisation=organisation, pk__gt=after).order_by("pk").values_list("pk", flat=True)
    found = list(ids[:RANGE_SIZE])
    return (found[-1], len(found)) if found else None


def _read_range(
    organisation: Organisation, goal: str, *, after: int, last: int, since: datetime, upto: datetime
) -> list[tuple[object, ...]]:
    params = {
        "organisation_id": organisation.pk,
        "after_id": after,
        "upto_id": last,
        "since": since,
        "upto": upto,
        "goal": goal,
        "no_acts": sorted(NEVER_ACTS),
    }
    return fetch("touchpoints/attribute_range", params, acts=_ACTS)


def _keep(organisation: Organisation, goal: str, tally: Tally, since: datetime, upto: datetime) -> None:
    """Put what was observed in place of what was observed before."""
    chance, effects = removal_effects(tally)
    with transaction.atomic():
        known = set(Touchpoint.objects.filter(pk__in=tally.places, merged_into=None).values_list("pk", flat=True))
        Observation.objects.filter(goal=goal).delete()
        observation = Observation.objects.create(
            organisation=organisation,
            goal=goal,
            since=since,
            upto=upto,
            contacts=tally.contacts,
            converted=tally.converted,
            chance=chance,
        )
        Observed.objects.bulk_create(
            Observed(
                organisation=organisation,
                observation=observation,
                touchpoint_id=touchpoint_id,
                contacts=int(place.contacts),
                converted=int(place.converted),
                removal=effects.get(touchpoint_id, 0.0),
                **{name: getattr(place, name) for name in PARTS},
            )
            for touchpoint_id, place in sorted(tally.places.items())
            if touchpoint_id in known
        )
        _note_importance(organisation, goal, upto)
        wake(organisation.pk, QUEUE, due_at=upto + timedelta(days=FRESH_DAYS))


def _note_importance(organisation: Organisation, goal: str, at: datetime) -> None:
    """Write down where observed importance on the way to an MQL is another than the last time."""
    report = find_report(organisation, goal) if goal == Goal.MQL else None
    if report is not None:
        last = read_values(organisation, at)
        for line in report.lines:
            before = last[line.touchpoint.pk].observed if line.touchpoint.pk in last else None
            note_change(line.touchpoint, Aspect.OBSERVED, by=None, value=(before, line.importance), at=at)
