"""Due lookups, asked one by one: taken by a conditional change, asked outside any transaction, then recorded."""

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from contacts.models import Company
from enrichment.answering import QUEUE, SCORE_QUEUE, record_outcome
from enrichment.domains.folding import is_stand_in
from enrichment.domains.linking import mentions_of
from enrichment.merging import question_for, told_at
from enrichment.models import Lookup, LookupStatus
from enrichment.providers.outcomes import Found, NotFound, Outcome, Question, Unavailable
from enrichment.providers.registry import SOURCE, Answer, ask, most_at_once, warm
from enrichment.turns import Caller
from enrichment.websites.identifying import identify
from enrichment.websites.visiting import VISIT_SECONDS
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.wakeups import horizon, settle, wake

# One run of the task, so that organisations take turns.
RUN_SECONDS = 20.0
# Waited for a turn at the source.
PATIENCE_SECONDS = 5.0


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


def claim_lookup(*, job_id: int | None = None) -> Lookup | None:
    """Take the oldest due lookup (of one job, if given) for as long as one question may last; None if none is due.

    Two workers never hold the same one: the second skips the locked row, and later finds its lease.
    """
    now, lookups = timezone.now(), due_lookups()
    if job_id is not None:
        lookups = lookups.filter(job_id=job_id)
    with transaction.atomic():
        lookup = lookups.select_for_update(skip_locked=True).order_by(F("retry_at").asc(nulls_first=True), "pk").first()
        if lookup is not None:
            lookup.attempts += 1
            lookup.retry_at = now + timedelta(seconds=lease_seconds())
            lookup.save(update_fields=["attempts", "retry_at"])
    return lookup


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
        outcome: Outcome = NotFound()
    else:
        caller = Caller(organisation.pk, is_bulk=lookup.job_id is not None or lookup.asked_by_id is None)
        answer = _ask(question, company, caller)
        outcome = answer.outcome
        if answer.provider != lookup.provider or question != Question.from_json(lookup.question):
            lookup.provider, lookup.question = answer.provider, question.to_json()
            lookup.save(update_fields=["provider", "question"])
    record_outcome(organisation, lookup_id=lookup.pk, attempt=lookup.attempts, outcome=outcome)
    return outcome


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
