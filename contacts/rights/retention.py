"""How long people are kept: so many months after they were collected or last did something themselves.

What counts is a human act (`Standing.last_act_at`): a visit, a click, a form. That we wrote, or that a message was
opened, does not. Customers stay, and whoever an app above registers a reason for.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.models import Cause, Contact, Stage
from contacts.queries import Counted, count_up_to
from contacts.rights.erasing import erase_contacts
from contacts.rights.leftovers import DAYS, purge_leftovers
from contacts.rights.models import Retention
from contacts.rights.requests import months_later
from contacts.suppressions import hold_addresses
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid
from prm.work.jobs import JobRun, start_job
from prm.work.models import Job, JobStatus, Wakeup
from prm.work.wakeups import horizon, settle, wake

QUEUE = "retain"
ERASE = "retention_erase"
# People in one transaction: a second or two.
BATCH = 100
MONTHS = range(1, 121)
# When nobody waits for anything, in the organisation's time zone.
NIGHT = time(2, 30)

_keepers: list[Callable[[], Exists]] = []


def keep_while(keeper: Callable[[], Exists]) -> None:
    """Say who is kept however long ago they did something: an Exists over OuterRef("pk"). From AppConfig.ready."""
    if keeper not in _keepers:
        _keepers.append(keeper)


def get_retention(organisation: Organisation) -> Retention:
    """Return the setting; one that was never touched is not stored. One query."""
    found: Retention | None = Retention.objects.filter(organisation=organisation).first()
    return found or Retention(organisation=organisation)


def set_retention(
    organisation: Organisation, *, months: int, is_automatic: bool, by: User, raw_days: int | None = None
) -> Retention:
    """Change how long people are kept, and whether who is due is erased without being asked for. Raises Invalid.

    `raw_days` is how long what could not be taken in is kept; None leaves it.
    """
    fields: dict[str, str] = {}
    if months not in MONTHS:
        fields["months"] = _("Keep people from 1 to 120 months.")
    if raw_days is not None and raw_days not in DAYS:
        fields["raw_days"] = _("Keep what could not be taken in from 7 to 730 days.")
    if fields:
        raise Invalid(fields=fields)
    with transaction.atomic():
        retention, _is_new = Retention.objects.select_for_update().get_or_create(organisation=organisation)
        before = _settings(retention)
        retention.months, retention.is_automatic = months, is_automatic
        retention.raw_days = retention.raw_days if raw_days is None else raw_days
        retention.save(update_fields=["months", "is_automatic", "raw_days"])
        after = _settings(retention)
        audit.record(organisation, by, "retention.change", retention, before=before, after=after)
        wake(organisation.pk, QUEUE)
    return retention


def _settings(retention: Retention) -> dict[str, int | bool]:
    return {name: getattr(retention, name) for name in ("months", "is_automatic", "raw_days")}


def cutoff_of(retention: Retention, now: datetime | None = None) -> datetime:
    """Return the moment before which the last act has to be for somebody to be due."""
    now = now or timezone.now()
    return datetime.combine(months_later(now.date(), -retention.months), now.timetz())


def list_due(organisation: Organisation, cutoff: datetime) -> "QuerySet[Contact]":
    """Return who was collected and last did something before a moment, to be ordered and paged."""
    due = Contact.everybody.filter(
        Q(standing__last_act_at__isnull=True) | Q(standing__last_act_at__lt=cutoff),
        organisation=organisation,
        standing__organisation=organisation,
        created_at__lt=cutoff,
    ).exclude(stage=Stage.CUSTOMER)
    for keeper in _keepers:
        due = due.filter(~keeper())
    return due.select_related("company", "standing")


def count_due(organisation: Organisation, cutoff: datetime) -> Counted:
    """Count who is due, but not for longer than a page may take. One query."""
    return count_up_to(list_due(organisation, cutoff))


def find_running(organisation: Organisation) -> Job | None:
    """Return the erasing that is not over. One query."""
    over = (JobStatus.DONE, JobStatus.FAILED, JobStatus.STOPPED)
    found: Job | None = Job.objects.filter(organisation=organisation, kind=ERASE).exclude(status__in=over).first()
    return found


def start_erasing(organisation: Organisation, *, by: User | None, cutoff: datetime | None = None) -> Job:
    """Let a worker erase who is due as of now; Conflict while one does, or where nobody is."""
    with transaction.atomic():
        retention, _is_new = Retention.objects.get_or_create(organisation=organisation)
        retention = Retention.objects.select_for_update().get(pk=retention.pk)
        if find_running(organisation) is not None:
            raise Conflict(_("Who is due is being erased already."))
        cutoff = cutoff or cutoff_of(retention)
        if not list_due(organisation, cutoff).exists():
            raise Conflict(_("Nobody is due."))
        job = start_job(
            organisation,
            kind=ERASE,
            title=_("Erasing people kept long enough"),
            params={"cutoff": cutoff.isoformat()},
            by=by,
        )
        audit.record(
            organisation, by, "retention.erase", retention, after={"months": retention.months, "before": cutoff.date()}
        )
    return job


def run_erasing(work: JobRun) -> None:
    """Erase as a job, in sets of one transaction each; whoever did something meanwhile is not due any more.

    Killed anywhere, it goes on: who is erased is not found again. Who cannot be erased now is left for the next time.
    """
    organisation = work.organisation
    cutoff = datetime.fromisoformat(work.job.params["cutoff"])
    due, last, erased, left = list_due(organisation, cutoff), 0, work.job.done, 0
    total = work.job.total or due.count()
    work.advance(done=erased, total=total)
    while ids := list(due.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        done = _erase(organisation, ids, cutoff, work.job.created_by)
        erased, left, last = erased + done, left + len(ids) - done, ids[-1]
        work.advance(done=erased, total=max(total, erased))
    with transaction.atomic():
        _note(organisation)
    work.result.update(erased=erased, left=left)


def _erase(organisation: Organisation, ids: list[int], cutoff: datetime, by: User | None) -> int:
    """Erase these; where one of them stands in the way, each alone. Return how many."""
    try:
        with transaction.atomic():
            # In the order in which everybody takes these locks.
            hold_addresses(organisation)
            still = _still_due(organisation, ids, cutoff)
            if still:
                erase_contacts(organisation, contact_ids=still, by=by, cause=Cause.RULE)
            return len(still)
    except Conflict:
        return sum(_erase(organisation, [one], cutoff, by) for one in ids) if len(ids) > 1 else 0


def _still_due(organisation: Organisation, ids: list[int], cutoff: datetime) -> list[int]:
    """Lock them; return who of them is in the base and due still."""
    rows = Contact.objects.select_for_update(of=("self",)).filter(organisation=organisation, pk__in=ids)
    list(rows.order_by("pk").values_list("pk"))
    return sorted(list_due(organisation, cutoff).filter(pk__in=ids).values_list("pk", flat=True))


def retain(organisation: Organisation) -> None:
    """Look who is due, note how many, and have them erased where the organisation wants that. In the scope.

    What never became a contact is purged first, in transactions of its own.
    """
    below = horizon()
    purge_leftovers(organisation, get_retention(organisation))
    with transaction.atomic():
        settle(organisation.pk, QUEUE, below=below)
        retention = _note(organisation)
        if retention.is_automatic and retention.due and find_running(organisation) is None:
            start_erasing(organisation, by=None)
        wake_nightly(organisation)


def wake_nightly(organisation: Organisation) -> None:
    """Make sure that the next night is noted, once."""
    if not Wakeup.objects.filter(queue=QUEUE, due_at__gt=Now()).exists():
        zone = ZoneInfo(organisation.time_zone)
        tonight = datetime.combine(timezone.now().astimezone(zone).date(), NIGHT, zone)
        wake(organisation.pk, QUEUE, due_at=tonight if tonight > timezone.now() else tonight + timedelta(days=1))


def _note(organisation: Organisation) -> Retention:
    retention, _is_new = Retention.objects.get_or_create(organisation=organisation)
    retention.looked_at = timezone.now()
    retention.due = count_due(organisation, cutoff_of(retention)).number
    retention.save(update_fields=["looked_at", "due"])
    return retention
