"""Enrichment of many companies: which ones, how many, and the job that asks about each."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from contacts.company_queries import list_companies as list_listed_companies
from contacts.company_queries import read_company_filter
from contacts.models import Company, Contact
from contacts.queries import list_contacts, read_filter
from enrichment.answering import QUEUE, SCORE_QUEUE
from enrichment.asking import ask_claimed, ask_directory, claim_lookup, due_lookups, lease_seconds, warm_up
from enrichment.directory.searching import find_load
from enrichment.domains.linking import CHUNK, link_people, list_unlinked
from enrichment.merging import question_for
from enrichment.models import Lookup, LookupStatus
from enrichment.partners.models import PARTNER_FILE
from enrichment.providers.outcomes import Reason, Unavailable
from enrichment.providers.registry import DEFAULT, get_provider, most_at_once
from prm.organisations.models import Organisation
from prm.work.errors import Throttled
from prm.work.jobs import JobRun, JobStopped
from prm.work.models import Job
from prm.work.wakeups import wake

KIND = "enrich"
# Companies turned into lookups at a time: what a stopped job has to take back. As many as can be asked about at once,
# where that is more: by one request, or in the local directory, which takes a second for them.
BATCH = 20
LOCAL_BATCH = 200
# Companies found at a time: 0.2 s for 300 k companies and as many answers.
AHEAD = 1000
# People without a company whose domains are looked at together.
PEOPLE = 5000
# What the register said of a company is taken as it was for so long.
FRESH_DAYS = 180
# A company whose name led nowhere is not asked about again before.
FRUITLESS_DAYS = 30
# How often scores follow, not with each company: that takes a pass over all contacts.
SCORED_SECONDS = 60.0
# How long the job waits for a source that is down before it gives its worker free.
OUTAGE_SECONDS = 600.0
# With a local directory it only waits for one that is soon back: the next companies may be in the directory.
SHORT_OUTAGE_SECONDS = 30.0
STEP_SECONDS = 2.0

_ANSWERED = (LookupStatus.FOUND, LookupStatus.AMBIGUOUS, LookupStatus.NOT_FOUND)
_OPEN = (LookupStatus.WAITING, LookupStatus.UNAVAILABLE)


class Which(StrEnum):
    """What a selection is made by."""

    # No SIREN yet, and not looked for lately.
    MISSING = "missing"
    # A SIREN, but nothing fresh from the register.
    STALE = "stale"
    # Both.
    DUE = "due"
    # These companies.
    CHOSEN = "chosen"
    # Those a list of companies shows, and those of the people a list of contacts shows: whoever has none is first given
    # that of the domain they write from.
    LISTED = "listed"
    OF_PEOPLE = "of_people"


@dataclass(frozen=True)
class Selection:
    """Which companies to ask about."""

    which: Which
    company_ids: tuple[int, ...] = ()
    # Of a list: its filter, as the list's address says it.
    query: Mapping[str, str] = field(default_factory=dict)
    # Whoever was answered lately is left out.
    is_due_only: bool = False

    @property
    def is_of_people(self) -> bool:
        """Tell whether it is made by people."""
        return self.which == Which.OF_PEOPLE

    def people(self, organisation: Organisation) -> QuerySet[Contact]:
        """Return the people it is made by."""
        return list_contacts(organisation, read_filter(self.query)).order_by()

    def to_json(self) -> dict[str, Any]:
        """Return it for a job's parameters."""
        stored = {"company_ids": list(self.company_ids), "query": dict(self.query), "is_due_only": self.is_due_only}
        return {"which": self.which.value, **{name: value for name, value in stored.items() if value}}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Selection":
        """Read a job's parameters."""
        return cls(
            Which(stored["which"]),
            tuple(stored.get("company_ids", ())),
            stored.get("query", {}),
            bool(stored.get("is_due_only")),
        )


def list_selected(organisation: Organisation, selection: Selection) -> QuerySet[Company]:
    """Return the companies of a selection, those that are asked about or were lately among them."""
    companies = Company.objects.filter(organisation=organisation)
    if selection.which == Which.CHOSEN:
        return companies.filter(pk__in=selection.company_ids)
    if selection.which == Which.LISTED:
        listed = list_listed_companies(organisation, read_company_filter(selection.query))
        return companies.filter(pk__in=listed.order_by().values("pk"))
    if selection.is_of_people:
        people = Q(pk__in=selection.people(organisation).values("company_id"))
        return companies.filter(people | Q(pk__in=selection.company_ids))
    return companies.filter(_is_due(selection.which))


def list_companies(organisation: Organisation, selection: Selection) -> QuerySet[Company]:
    """Return the companies of a selection that will be asked about: not those that are being asked about already."""
    companies = list_selected(organisation, selection).filter(~_has(_OPEN))
    return companies.filter(_is_due(Which.DUE)) if selection.is_due_only else companies


def _is_due(which: Which) -> Q:
    missing = Q(siren=None) & ~Q(_has(_ANSWERED, FRUITLESS_DAYS))
    stale = Q(siren__isnull=False) & ~Q(_has((LookupStatus.FOUND, LookupStatus.NOT_FOUND), FRESH_DAYS))
    return {Which.MISSING: missing, Which.STALE: stale, Which.DUE: missing | stale}[which]


def _has(statuses: tuple[LookupStatus, ...], days: int | None = None) -> Exists:
    lookups = Lookup.objects.filter(company=OuterRef("pk"), status__in=statuses).exclude(provider=PARTNER_FILE)
    if days is not None:
        lookups = lookups.filter(created_at__gte=timezone.now() - timedelta(days=days))
    return Exists(lookups)


def run_enrichment(run: JobRun) -> None:
    """Carry out a job: companies in the order of their ids, a batch at a time, from where it was left.

    What the local directory knows is answered first, by sets; the rest is asked one by one. Stopped, the job takes back
    what was not asked yet. When the source stays away too long it fails with what it has, and going on resumes there;
    with a directory it goes on, and leaves what nobody answered to the queue, which asks again.
    """
    selection = _link_people(run, Selection.from_json(run.job.params))
    lookups = Lookup.objects.filter(job=run.job)
    left = lookups.filter(status=LookupStatus.WAITING, attempts=0)
    done = lookups.count() - left.count()
    after = int(run.job.result.get("after", 0))
    yet = list_companies(run.organisation, selection).filter(pk__gt=after).exclude(pk__in=lookups.values("company_id"))
    total = done + left.count() + yet.count()
    run.advance(done=done, total=total)
    ahead: list[int] = []
    scored_at = time.monotonic()
    try:
        while True:
            has_directory = find_load() is not None
            size = max(LOCAL_BATCH if has_directory else BATCH, most_at_once(run.organisation.pk))
            if has_directory:
                done += ask_directory(run.organisation, job_id=run.job.pk, most=size)
                run.advance(done=done)
            done = _ask_each(run, done, has_directory=has_directory)
            ahead = ahead or _look_ahead(run.organisation, selection, after)
            if not ahead:
                break
            after = _prepare(run, ahead[:size])
            ahead = ahead[size:]
            if time.monotonic() > scored_at + SCORED_SECONDS:
                _let_score(run)
                scored_at = time.monotonic()
    except JobStopped:
        _take_back(run, left)
        _sum_up(run)
        raise
    except Throttled:
        _sum_up(run)
        raise
    _sum_up(run)


def _link_people(run: JobRun, selection: Selection) -> Selection:
    """Give people without a company that of their domain, where it is a company's; return the selection with those."""
    if not selection.is_of_people or run.job.result.get("linked"):
        return selection
    linked = set(selection.company_ids)
    people = selection.people(run.organisation).filter(company=None).order_by("pk")
    ids = list(people.values_list("pk", flat=True))
    for start in range(0, len(ids), PEOPLE):
        some = ids[start : start + PEOPLE]
        domains = list_unlinked(run.organisation, some)
        for first in range(0, len(domains), CHUNK):
            found = link_people(
                run.organisation, domains=domains[first : first + CHUNK], contact_ids=some, by=run.job.created_by
            )
            linked |= found.known | found.made
        run.advance(done=0)
    selection = replace(selection, company_ids=tuple(sorted(linked)))
    run.job.params, run.job.result = selection.to_json(), {**run.job.result, "linked": True}
    Job.objects.filter(pk=run.job.pk).update(params=run.job.params, result=run.job.result)
    return selection


def _sum_up(run: JobRun) -> None:
    """Note how the lookups ended, and let the people of the companies that changed be scored anew."""
    counts = Lookup.objects.filter(job=run.job).values_list("status").annotate(number=Count("pk"))
    run.result["counts"] = dict(counts.order_by())
    run.job.refresh_from_db(fields=["result"])
    _let_score(run)


def _let_score(run: JobRun) -> None:
    with transaction.atomic():
        wake(run.organisation.pk, SCORE_QUEUE)


def _look_ahead(organisation: Organisation, selection: Selection, after: int) -> list[int]:
    """Return the next companies of the selection: many at once, as finding them looks at all that was answered."""
    companies = list_companies(organisation, selection).filter(pk__gt=after).order_by("pk")
    return list(companies.values_list("pk", flat=True)[:AHEAD])


def _prepare(run: JobRun, company_ids: list[int]) -> int:
    """Write one lookup for each company nobody asks about yet; return how far the job got with that."""
    after = company_ids[-1]
    with transaction.atomic():
        chosen = Selection(Which.CHOSEN, tuple(company_ids))
        # What was taken back from a stopped job may lie between others that were answered.
        known = Lookup.objects.filter(job=run.job, company_id__in=company_ids)
        batch = list_companies(run.organisation, chosen).exclude(pk__in=known.values("company_id")).order_by("pk")
        Lookup.objects.bulk_create(
            Lookup(
                organisation=run.organisation,
                company=company,
                job=run.job,
                provider=DEFAULT,
                question=question.to_json() if (question := question_for(company)) else {},
                asked_by_id=run.job.created_by_id,
            )
            for company in batch
        )
        Job.objects.filter(pk=run.job.pk).update(result={**run.job.result, "after": after})
        # Should this worker die for good, the queue finds what it leaves.
        wake(run.organisation.pk, QUEUE, due_at=timezone.now() + timedelta(seconds=2 * lease_seconds()))
    return after


def _ask_each(run: JobRun, done: int, *, has_directory: bool) -> int:
    """Ask the job's waiting lookups one by one; return how many were done in all."""
    warm_up(run.organisation, due_lookups().filter(job=run.job))
    while (lookup := claim_lookup(job_id=run.job.pk, only_waiting=has_directory)) is not None:
        first_time = lookup.status == LookupStatus.WAITING and lookup.attempts == 1
        outcome = ask_claimed(run.organisation, lookup)
        is_busy = isinstance(outcome, Unavailable) and outcome.reason == Reason.BUSY
        done += first_time and not is_busy
        run.advance(done=done)
        if isinstance(outcome, Unavailable) and not outcome.asked:
            if is_busy:
                time.sleep(min(outcome.retry_after or 0.0, STEP_SECONDS))
            elif not has_directory or (outcome.retry_after or 0.0) <= SHORT_OUTAGE_SECONDS:
                _wait_for_source(run, lookup.provider, done)
    return done


def _wait_for_source(run: JobRun, provider: str, done: int) -> None:
    """Wait until the source may be asked again; raise Throttled when it stays away too long."""
    end = time.monotonic() + OUTAGE_SECONDS
    while True:
        state = get_provider(provider).state(run.organisation.pk)
        if state.is_available or (state.until is not None and state.until <= timezone.now()):
            return
        if time.monotonic() > end:
            raise Throttled(
                gettext_noop("The source does not answer. What was found is kept; go on when the source is back.")
            )
        time.sleep(STEP_SECONDS)
        run.advance(done=done)


def _take_back(run: JobRun, left: QuerySet[Lookup]) -> None:
    """Remove the lookups nobody asked yet, and let a resumed job begin with their companies."""
    with transaction.atomic():
        first = left.select_for_update().order_by("company_id").values_list("company_id", flat=True).first()
        if first is not None:
            left.filter(company_id__gte=first).delete()
            Job.objects.filter(pk=run.job.pk).update(result={**run.job.result, "after": first - 1})
