"""What is old and matters, asked about anew: so many companies a night, the most pressing first."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, Max, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_noop

from contacts.models import Company, Contact, Stage, Tier
from contacts.segments.models import SegmentMember
from contacts.standings.models import CompanyStanding
from enrichment.automatic.models import AutomaticRule
from enrichment.bulk import KIND, Selection, Which
from enrichment.models import Lookup, LookupStatus
from enrichment.providers.registry import SOURCE
from prm.organisations import audit
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.jobs import start_job
from prm.work.models import Job, JobStatus, Wakeup
from prm.work.remembering import Remembered, remembered
from prm.work.wakeups import horizon, settle, wake

QUEUE = "refresh"
FIGURES = "enrichment.due"
# When nobody waits for anything, in the organisation's time zone.
NIGHT = time(3, 0)
TITLE = gettext_noop("Nightly refresh from SIRENE")
# Companies named as the next ones.
SHOWN = 5
# Beyond this, how many are due is no longer counted.
MOST_COUNTED = 10_000


class Press(IntEnum):
    """Why a company matters, the most pressing first."""

    # Sales are at it: a contact is an MQL, or accepted.
    WITH_SALES = 0
    # A contact is hot.
    HOT = 1
    # In a chosen segment.
    SEGMENT = 2


@dataclass(frozen=True)
class Due:
    """A company that is due, why it matters, and when the register last told of it (None: never)."""

    company: Company
    press: Press
    told_at: datetime | None


@dataclass(frozen=True)
class Dues:
    """How many companies are due, or that there are more than that, and the next ones."""

    number: int
    is_more: bool
    next: list[Due]


def list_due(organisation: Organisation, rule: AutomaticRule) -> "QuerySet[Company]":
    """Return the companies that matter and of which nothing fresh is known, the most pressing and oldest first.

    Annotated with `press` (Press) and `told_at`. Closed companies are past refreshing. The cost follows how many
    companies matter, not how many there are.
    """
    lookups = Lookup.objects.filter(organisation=organisation, company=OuterRef("pk"))
    old = timezone.now() - timedelta(days=rule.fresh_days)
    answered = lookups.filter(status__in=[LookupStatus.FOUND, LookupStatus.NOT_FOUND])
    at_sales = Contact.objects.filter(
        organisation=organisation, stage__in=[Stage.MQL, Stage.ACCEPTED], company__isnull=False
    )
    hot = CompanyStanding.objects.filter(organisation=organisation, tier=Tier.HOT)
    members = SegmentMember.objects.filter(
        organisation=organisation,
        segment_id__in=rule.segment_ids,
        segment__archived_at=None,
        left_at=None,
        contact__company__isnull=False,
    )
    matter = at_sales.values("company").union(hot.values("company"), members.values("contact__company"))
    latest = answered.values("company").order_by().annotate(at=Max("answered_at")).values("at")
    return (
        Company.objects.filter(pk__in=matter, organisation=organisation, siren__isnull=False, is_closed=False)
        .filter(~Exists(answered.filter(created_at__gte=old)))
        # Taken from the register as it is.
        .exclude(created_at__gte=old, provenance__contains={"*": {"source": SOURCE}})
        .filter(~Exists(lookups.filter(status__in=[LookupStatus.WAITING, LookupStatus.UNAVAILABLE])))
        .annotate(
            press=Case(
                When(Exists(at_sales.filter(company=OuterRef("pk"))), then=Value(int(Press.WITH_SALES))),
                When(standing__tier=Tier.HOT, then=Value(int(Press.HOT))),
                default=Value(int(Press.SEGMENT)),
                output_field=IntegerField(),
            ),
            told_at=Subquery(latest),
        )
        .order_by("press", F("told_at").asc(nulls_first=True), "pk")
    )


def refresh_nightly(organisation: Organisation) -> Job | None:
    """Start the night's job on what is due, where the organisation wants one; see that the next night is noted."""
    with organisation_scope(organisation.pk):
        below = horizon()
        with transaction.atomic():
            settle(organisation.pk, QUEUE, below=below)
            rule = AutomaticRule.objects.select_for_update().filter(organisation=organisation).first()
            if rule is None or not rule.calls_per_night:
                return None
            job = _start(organisation, rule)
            rule.looked_at, rule.last_job = timezone.now(), job or rule.last_job
            rule.save(update_fields=["looked_at", "last_job"])
            wake_nightly(organisation)
    return job


def wake_nightly(organisation: Organisation) -> None:
    """Make sure that the next night is noted, once."""
    if not Wakeup.objects.filter(queue=QUEUE, due_at__gt=Now()).exists():
        zone = ZoneInfo(organisation.time_zone)
        tonight = datetime.combine(timezone.now().astimezone(zone).date(), NIGHT, zone)
        wake(organisation.pk, QUEUE, due_at=tonight if tonight > timezone.now() else tonight + timedelta(days=1))


def get_dues(organisation: Organisation) -> Remembered[Dues]:
    """Return what is due: as it is now, or kept a while where that takes long. Three queries at most."""
    return remembered(organisation, FIGURES, lambda: look_what_is_due(organisation))


def look_what_is_due(organisation: Organisation) -> Dues:
    """Look what is due now."""
    found = AutomaticRule.objects.filter(organisation=organisation).first()
    rule = found or AutomaticRule(organisation=organisation)
    many = len(list_due(organisation, rule).order_by().values_list("pk", flat=True)[: MOST_COUNTED + 1])
    next_ones = [
        Due(company, Press(getattr(company, "press")), getattr(company, "told_at"))  # noqa: B009  (annotations)
        for company in (list_due(organisation, rule)[:SHOWN] if many else ())
    ]
    return Dues(min(many, MOST_COUNTED), is_more=many > MOST_COUNTED, next=next_ones)


def _start(organisation: Organisation, rule: AutomaticRule) -> Job | None:
    over = (JobStatus.DONE, JobStatus.FAILED, JobStatus.STOPPED)
    last = rule.last_job
    if last is not None and last.status not in over:
        # Last night's is still at it.
        return None
    ids = tuple(list_due(organisation, rule).values_list("pk", flat=True)[: rule.calls_per_night])
    if not ids:
        return None
    selection = Selection(Which.CHOSEN, ids)
    job = start_job(organisation, kind=KIND, title=TITLE, params=selection.to_json())
    audit.record(organisation, None, "company.enrich_nightly", job, after={"companies": len(ids)})
    return job
