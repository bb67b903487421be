"""What came of questions: noted with each lookup, written to its company, or left for another try. For many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import uniform

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from contacts.models import Company
from enrichment.applying import Answer, Proof, apply_answers, close
from enrichment.domains.folding import is_stand_in
from enrichment.merging import question_for
from enrichment.models import Lookup, LookupStatus
from enrichment.partners.models import PARTNER_FILE
from enrichment.proofs.stamps import Method
from enrichment.providers.outcomes import Ambiguous, Found, Outcome, Question, Reason, Unavailable
from enrichment.providers.records import CompanyRecord
from enrichment.settling import get_automatic_percent, settle
from prm.organisations.models import Organisation
from prm.work.rows import update_rows
from prm.work.wakeups import wake

QUEUE = "enrich"
# Woken when companies changed, so that their people are scored anew.
SCORE_QUEUE = "score"
# Seconds until the next try after the first, second ... failed one; then a person may try again.
BACK_OFF_SECONDS = (60, 300, 900, 3600, 4 * 3600, 12 * 3600)
JITTER = 0.2

# Codes of Lookup.detail beside those of enrichment/applying.py and the reasons of providers; enrichment/wording.py says
# them.
UNDONE = "undone"
NONE_CHOSEN = "none_chosen"
NOT_ASKABLE = "not_askable"
OTHER_SIREN = "other_siren"
DUPLICATE = "duplicate"
SUPERSEDED = "superseded"

_OPEN = (LookupStatus.WAITING, LookupStatus.UNAVAILABLE)
# Columns of a lookup that an attempt may change.
_WRITTEN = (
    *("company", "provider", "question", "status", "answer", "detail", "changes"),
    *("attempts", "retry_at", "answered_at"),
)


@dataclass(frozen=True)
class Attempt:
    """What came of one attempt at a lookup. `number`: which attempt it was, as the lookup was claimed.

    `provider` and `question`: who was asked, and what, where the lookup does not say so already.
    """

    lookup_id: int
    number: int
    outcome: Outcome
    provider: str = ""
    question: Question | None = None


@dataclass(frozen=True)
class _Claim:
    """An attempt with its lookup and the company, both locked."""

    attempt: Attempt
    lookup: Lookup
    company: Company

    @property
    def is_by_name(self) -> bool:
        """Tell whether no number was asked for."""
        return not {"siren", "siret"} & set(self.lookup.question)


def record_outcome(organisation: Organisation, attempt: Attempt) -> Lookup | None:
    """Store what came of one attempt; None where that changes nothing. As `record_outcomes`."""
    return next(iter(record_outcomes(organisation, [attempt])), None)


def record_outcomes(organisation: Organisation, attempts: Sequence[Attempt]) -> list[Lookup]:
    """Store what came of attempts, and write what they brought to the companies; return the lookups.

    An attempt changes nothing when another worker has taken the lookup over since, or when the company is gone. All end
    as they would one after the other. About thirty statements, whatever the number. Locks the lookups, then the
    companies, each in the order of their ids.
    """
    try:
        done, apart = _record(organisation, attempts)
    except IntegrityError:
        # Another company took the same SIREN in this very moment; the second look sees it.
        if len(attempts) > 1:
            done, apart = [], list(attempts)
        else:
            done, apart = _record(organisation, attempts)
    for one in apart:
        done += record_outcomes(organisation, [one])
    return done


def _record(organisation: Organisation, attempts: Sequence[Attempt]) -> tuple[list[Lookup], list[Attempt]]:
    """Record attempts in one transaction; return their lookups, and the attempts that are to be recorded by themselves.

    Those are second questions about a company, and stand-ins, which may turn out to be another company of the batch.
    """
    done: list[Lookup] = []
    apart: list[Attempt] = []
    with transaction.atomic():
        claims = _lock(attempts)
        percent = get_automatic_percent(organisation) if any(one.is_by_name for one in claims) else None
        answers: list[Answer] = []
        seen: set[int] = set()
        for one in claims:
            if len(attempts) > 1 and (one.company.pk in seen or is_stand_in(one.company)):
                apart.append(one.attempt)
                continue
            seen.add(one.company.pk)
            done.append(one.lookup)
            answers += _decide(organisation, one, percent)
        apply_answers(organisation, answers)
        _supersede([lookup for lookup in done if lookup.answered_at is not None])
        update_rows(done, _WRITTEN)
    return done, apart


def _lock(attempts: Sequence[Attempt]) -> list[_Claim]:
    """Lock the lookups that are still in the hands of these attempts, and their companies. Two statements.

    Whoever bears a SIREN that was found is locked as well: a company may turn out to be that one.
    """
    rows = Lookup.objects.select_for_update().filter(pk__in=[one.lookup_id for one in attempts], status__in=_OPEN)
    lookups = {one.pk: one for one in rows.order_by("pk")}
    held = [one for one in attempts if one.lookup_id in lookups and lookups[one.lookup_id].attempts == one.number]
    sirens = {one.outcome.record.siren for one in held if isinstance(one.outcome, Found)}
    wanted = Q(pk__in={lookups[one.lookup_id].company_id for one in held}) | Q(siren__in=sirens)
    companies = {one.pk: one for one in Company.objects.select_for_update().filter(wanted).order_by("pk")}
    claims = []
    for one in held:
        lookup = lookups[one.lookup_id]
        lookup.provider = one.provider or lookup.provider
        lookup.question = one.question.to_json() if one.question is not None else lookup.question
        if lookup.company_id in companies:
            claims.append(_Claim(one, lookup, companies[lookup.company_id]))
    return claims


def _decide(organisation: Organisation, claim: _Claim, percent: int | None) -> list[Answer]:
    """Note in a lookup how its attempt ended; return the record that is to be applied, if it ended in one."""
    lookup, company, outcome = claim.lookup, claim.company, claim.attempt.outcome
    if claim.is_by_name:
        outcome = settle(Question.from_json(lookup.question), outcome, percent)
    question = question_for(company)
    if question is not None and question != Question.from_json(lookup.question):
        _ask_again(organisation, lookup, question)
    elif isinstance(outcome, Unavailable):
        _postpone(organisation, lookup, outcome)
    elif isinstance(outcome, Found) and company.siren and company.siren != outcome.record.siren:
        is_double = outcome.record.replaces == company.siren
        _set_candidates(lookup, (outcome.record,), DUPLICATE if is_double else OTHER_SIREN)
    elif isinstance(outcome, Found):
        _keep_site(lookup, outcome)
        return [Answer(lookup, company, outcome.record, _proof_of(claim, outcome))]
    elif isinstance(outcome, Ambiguous):
        _set_candidates(lookup, outcome.candidates)
        _keep_site(lookup, outcome)
    else:
        close(lookup, LookupStatus.NOT_FOUND, outcome.why if question else NOT_ASKABLE)
    return []


def _keep_site(lookup: Lookup, outcome: Found | Ambiguous) -> None:
    """Keep what a website said, for whoever asks how we know."""
    if outcome.site is not None:
        lookup.answer["site"] = outcome.site.to_json()


def _proof_of(claim: _Claim, outcome: Found) -> Proof:
    if not claim.is_by_name:
        return Proof(Method.NUMBER)
    return Proof(Method.NAME if outcome.site is None else Method.DOMAIN, outcome.score)


def _supersede(lookups: Sequence[Lookup]) -> None:
    """Take earlier choices about the same companies off the list: the newer answer counts. Two statements at most."""
    newest = {one.company_id: one.pk for one in lookups}
    waiting = Lookup.objects.filter(company_id__in=newest, status=LookupStatus.AMBIGUOUS).exclude(provider=PARTNER_FILE)
    earlier = [pk for pk, company_id in waiting.values_list("pk", "company_id") if pk < newest[company_id]]
    if earlier:
        still = Lookup.objects.filter(pk__in=earlier, status=LookupStatus.AMBIGUOUS)
        still.update(status=LookupStatus.NOT_FOUND, detail=SUPERSEDED)


def _set_candidates(lookup: Lookup, candidates: tuple[CompanyRecord, ...], detail: str = "") -> None:
    close(lookup, LookupStatus.AMBIGUOUS, detail)
    lookup.answer = {"candidates": [record.without_people().to_json() for record in candidates]}


def _ask_again(organisation: Organisation, lookup: Lookup, question: Question) -> None:
    """The company changed while it was asked for: the answer is about something else."""
    lookup.question, lookup.attempts, lookup.retry_at = question.to_json(), lookup.attempts - 1, None
    lookup.status = LookupStatus.WAITING
    wake(organisation.pk, QUEUE)


def _postpone(organisation: Organisation, lookup: Lookup, trouble: Unavailable) -> None:
    if not trouble.asked:
        # Nobody tried, so nothing failed.
        lookup.attempts -= 1
    busy = trouble.reason == Reason.BUSY
    lookup.status = LookupStatus.WAITING if busy else LookupStatus.UNAVAILABLE
    lookup.detail = "" if busy else trouble.reason.value
    lookup.answer = {"message": trouble.message} if trouble.message else {}
    seconds = _seconds_until_next(lookup.attempts, trouble)
    lookup.retry_at = None if seconds is None else timezone.now() + timedelta(seconds=seconds)
    if lookup.retry_at is not None:
        wake(organisation.pk, QUEUE, due_at=lookup.retry_at)


def _seconds_until_next(attempts: int, trouble: Unavailable) -> float | None:
    """Return when to try again; None when it would not help, or was tried often enough."""
    if trouble.final:
        return None
    if not trouble.asked:
        return max(trouble.retry_after or 0.0, 1.0)
    if attempts > len(BACK_OFF_SECONDS):
        return None
    seconds = max(float(BACK_OFF_SECONDS[attempts - 1]), trouble.retry_after or 0.0)
    return seconds * uniform(1, 1 + JITTER)  # noqa: S311  (jitter: thousands must not come back at once)
