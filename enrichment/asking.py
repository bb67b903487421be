"""Due lookups: taken by a conditional change, asked outside any transaction, then recorded.

One by one where a source is outside, as it limits how often it is asked; many at once where the local directory knows.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from contacts.models import Company
from enrichment.answering import QUEUE, SCORE_QUEUE, Attempt, record_outcome, record_outcomes
from enrichment.domains.folding import is_stand_in
from enrichment.domains.linking import mentions_of
from enrichment.merging import question_for, told_at
from enrichment.models import Lookup, LookupStatus
from enrichment.providers.outcomes import Found, NotFound, Outcome, Question, Unavailable
from enrichment.providers.registry import SOURCE, Answer, Asked, ask, ask_locally, most_at_once, warm
from enrichment.turns import Caller
from enrichment.websites.identifying import identify, is_open, reads_sites
from enrichment.websites.visiting import VISIT_SECONDS
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.rows import update_rows
from prm.work.wakeups import horizon, settle, wake

# One run of the task, so that organisations take turns.
RUN_SECONDS = 20.0
# Waited for a turn at the source.
PATIENCE_SECONDS = 5.0
# As long as the local directory may take for a batch: a hundred times what it needs.
LOCAL_LEASE_SECONDS = 60.0


def ask_due_lookups(organisation: Organisation, *, seconds: float = RUN_SECONDS) -> int:
    """Ask the organisation's due lookups for so long at most; return how many were asked.

    What is left is found again: at once when there is more, at the hour the source wished, or, after kill -9, when
    the lease of the one in flight is over.
    """
    with organisation_scope(organisation.pk):
        asked, has_found, due_at = _ask_for(organisation, seconds)
        with transaction.atomic():
            if due_at is not None:
                wake(organisation.pk, QUEUE, due_at=due_at if due_at > timezone.now() else None)
            if has_found:
                wake(organisation.pk, SCORE_QUEUE)
    return asked


def _ask_for(organisation: Organisation, seconds: float) -> tuple[int, bool, datetime | None]:
    """Ask for so long; return how many were asked, whether any was found, and when to go on (None: all done)."""
    asked, has_found, end = 0, False, time.monotonic() + seconds
    guard = 0.0
    while True:
        if time.monotonic() > guard:
            guard = _settle_and_guard(organisation)
            warm_up(organisation, due_lookups().filter(job=None, asked_by=None))
        lookup = claim_lookup()
        if lookup is None:
            return asked, has_found, None
        outcome = ask_claimed(organisation, lookup)
        asked += 1
        has_found = has_found or isinstance(outcome, Found)
        if isinstance(outcome, Unavailable) and not outcome.asked:
            # Nobody is let through for the moment: the others wait as well.
            return asked, has_found, timezone.now() + timedelta(seconds=max(outcome.retry_after or 0.0, 1.0))
        if time.monotonic() > end:
            return asked, has_found, timezone.now()


def claim_lookup(*, job_id: int | None = None, only_waiting: bool = False) -> Lookup | None:
    """Take the oldest due lookup (of one job, if given) for as long as one question may last; None if none is due.

    `only_waiting`: none that got no answer before, which have their hour in the queue.
    """
    lookups = due_lookups()
    if job_id is not None:
        lookups = lookups.filter(job_id=job_id)
    if only_waiting:
        lookups = lookups.filter(status=LookupStatus.WAITING)
    return next(iter(_claim(lookups, most=1, seconds=lease_seconds())), None)


def _claim(lookups: QuerySet[Lookup], *, most: int, seconds: float) -> list[Lookup]:
    """Take lookups, the oldest first, for so long.

    Two workers never hold the same one: the second skips the locked row, and later finds its lease.
    """
    with transaction.atomic():
        due = lookups.select_for_update(skip_locked=True).order_by(F("retry_at").asc(nulls_first=True), "pk")
        claimed, until = list(due[:most]), timezone.now() + timedelta(seconds=seconds)
        for lookup in claimed:
            lookup.attempts, lookup.retry_at = lookup.attempts + 1, until
        update_rows(claimed, ["attempts", "retry_at"])
    return claimed


def ask_directory(organisation: Organisation, *, job_id: int, most: int) -> int:
    """Let the local directory answer what it can of a job's lookups, many at once; return how many at their first try.

    What somebody else has to be asked about as well is given back as it was, for `claim_lookup`. Killed anywhere, what
    was taken and not recorded is due again a minute later. About forty statements, whatever the number.
    """
    waiting = due_lookups().filter(job_id=job_id, status=LookupStatus.WAITING)
    lookups = _claim(waiting, most=most, seconds=LOCAL_LEASE_SECONDS)
    if not lookups:
        return 0
    attempts = _answer_locally(organisation, lookups)
    record_outcomes(organisation, attempts)
    left = {one.pk for one in lookups} - {one.lookup_id for one in attempts}
    # Those another worker has taken over since, as this one was too slow, are its own.
    ours = Lookup.objects.filter(pk__in=left, status=LookupStatus.WAITING, retry_at=lookups[0].retry_at)
    ours.update(attempts=F("attempts") - 1, retry_at=None)
    return sum(one.number == 1 for one in attempts)


def _answer_locally(organisation: Organisation, lookups: Sequence[Lookup]) -> list[Attempt]:
    """Return the attempts that need nobody outside."""
    companies = Company.objects.in_bulk([one.company_id for one in lookups])
    reads = reads_sites(organisation.pk)
    asked: list[tuple[Lookup, Question]] = []
    attempts: list[Attempt] = []
    for lookup in lookups:
        company = companies.get(lookup.company_id)
        question = question_for(company) if company else None
        if question is None:
            attempts.append(Attempt(lookup.pk, lookup.attempts, NotFound()))
        else:
            asked.append((lookup, question))
    known = {pk: told_at(company, SOURCE) for pk, company in companies.items()}
    answers = ask_locally(
        [Asked(question, known[lookup.company_id]) for lookup, question in asked], organisation_id=organisation.pk
    )
    for (lookup, question), answer in zip(asked, answers, strict=True):
        # Where nobody reads websites, a domain still leads to where its people work: as `identify` does it.
        if answer is not None and not (is_open(question, answer.outcome) and (reads or not question.name)):
            attempts.append(Attempt(lookup.pk, lookup.attempts, answer.outcome, answer.provider, question))
    return attempts


def due_lookups() -> QuerySet[Lookup]:
    """Return the lookups that were never asked, and those whose hour has come."""
    never = Q(status=LookupStatus.WAITING, retry_at=None)
    due = Q(status__in=[LookupStatus.WAITING, LookupStatus.UNAVAILABLE], retry_at__lte=timezone.now())
    return Lookup.objects.filter(never | due)


def warm_up(organisation: Organisation, lookups: QuerySet[Lookup]) -> None:
    """Ask about those that have a SIREN in one request, where a source can: each is answered from that afterwards."""
    many = most_at_once(organisation.pk)
    if many < 2:
        return
    questions = lookups.order_by("pk").values_list("question", flat=True)[:many]
    sirens = list(dict.fromkeys(one["siren"] for one in questions if "siren" in one))
    if len(sirens) > 1:
        warm(sirens, patience=PATIENCE_SECONDS, caller=Caller(organisation.pk, is_bulk=True))


def ask_claimed(organisation: Organisation, lookup: Lookup) -> Outcome:
    """Ask what a claimed lookup asks, where it can be answered, and record what came of it."""
    company = Company.objects.filter(pk=lookup.company_id).first()
    question = question_for(company) if company else None
    if company is None or question is None:
        attempt = Attempt(lookup.pk, lookup.attempts, NotFound())
    else:
        caller = Caller(organisation.pk, is_bulk=lookup.job_id is not None or lookup.asked_by_id is None)
        answer = _ask(question, company, caller)
        attempt = Attempt(lookup.pk, lookup.attempts, answer.outcome, answer.provider, question)
        # `_wait_for_source` asks how that source is.
        lookup.provider = answer.provider
    record_outcome(organisation, attempt)
    return attempt.outcome


def _ask(question: Question, company: Company, caller: Caller) -> Answer:
    """Ask the register, and the company's website where that could not tell it by its name."""
    answer = ask(question, patience=PATIENCE_SECONDS, known_at=told_at(company, SOURCE), caller=caller)
    return identify(
        question,
        answer,
        ask_register=lambda number: ask(number, patience=PATIENCE_SECONDS, caller=caller),
        known=mentions_of(company) if is_stand_in(company) else (),
        caller=caller,
    )


def lease_seconds() -> float:
    """Return how long a question may last at most: its requests at each register, each with its turn, sent twice.

    And a visit to a website, with the questions about the numbers it names.
    """
    requests = ((2, settings.RECHERCHE_ENTREPRISES_TIMEOUT), (3, settings.INSEE_TIMEOUT))
    registers = sum(many * (2 * (connect + read + PATIENCE_SECONDS) + 4) for many, (connect, read) in requests)
    return float(registers + VISIT_SECONDS + 30)


def _settle_and_guard(organisation: Organisation) -> float:
    """Take the due wake-ups away, and leave one behind for the case that this worker dies; return when to renew it.

    Otherwise the sweep would call in more workers for as long as this one is busy.
    """
    seconds = lease_seconds() + 1
    with transaction.atomic():
        settle(organisation.pk, QUEUE, below=horizon())
        wake(organisation.pk, QUEUE, due_at=timezone.now() + timedelta(seconds=2 * seconds))
    return time.monotonic() + seconds
