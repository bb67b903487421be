"""What a company's page shows after an answer: the values written, where each is from, and the way back."""

from dataclasses import dataclass, replace
from datetime import timedelta
from random import uniform

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from contacts.models import Company
from contacts.structure.establishments import (
    MOST_KEPT,
    drop_establishments,
    keep_own_establishments,
    record_establishments,
)
from enrichment.directory.searching import list_establishments
from enrichment.domains.folding import fold, is_stand_in
from enrichment.merging import Merge, merge, question_for
from enrichment.models import Lookup, LookupStatus
from enrichment.partners.models import PARTNER_FILE
from enrichment.proofs.following import follow_company
from enrichment.proofs.models import Cause, Proposal, Revision
from enrichment.proofs.proposals import list_declined
from enrichment.proofs.rules import get_policy
from enrichment.proofs.stamps import Method, make_stamp
from enrichment.proofs.writing import Merged, write_merges
from enrichment.providers.outcomes import Ambiguous, Found, NotFound, Outcome, Question, Reason, Unavailable
from enrichment.providers.records import CompanyRecord
from enrichment.providers.registry import DEFAULT, LOCAL, get_provider
from enrichment.settling import get_automatic_percent, settle
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.wakeups import wake

QUEUE = "enrich"
# Woken when companies changed, so that their people are scored anew.
SCORE_QUEUE = "score"
# Seconds until the next try after the first, second ... failed one; then a person may try again.
BACK_OFF_SECONDS = (60, 300, 900, 3600, 4 * 3600, 12 * 3600)
JITTER = 0.2

# Codes of Lookup.detail beside the reasons of providers; enrichment/wording.py says them.
UNCHANGED = "unchanged"
SIREN_TAKEN = "siren_taken"
UNDONE = "undone"
CHOSEN = "chosen"
NONE_CHOSEN = "none_chosen"
NOT_ASKABLE = "not_askable"
OTHER_SIREN = "other_siren"
DUPLICATE = "duplicate"
SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Proof:
    """How it is known that a record is this company's; `score` of a match by name, 0-1; `by`: who chose it."""

    method: Method
    score: float | None = None
    by: Actor | None = None

    @property
    def chooser_id(self) -> int | None:
        """Whoever chose, when that is a member."""
        return self.by.pk if isinstance(self.by, User) else None


def record_outcome(organisation: Organisation, *, lookup_id: int, attempt: int, outcome: Outcome) -> Lookup | None:
    """Store what came of one attempt, and write what it brought to the company.

    Returns None, and changes nothing, when another worker has taken the lookup over since (`attempt` tells) or the
    company is gone. Locks the lookup, then the company.
    """
    try:
        return _record(organisation, lookup_id, attempt, outcome)
    except IntegrityError:
        # Another company took the same SIREN in this very moment; the second look sees it.
        return _record(organisation, lookup_id, attempt, outcome)


def _record(organisation: Organisation, lookup_id: int, attempt: int, outcome: Outcome) -> Lookup | None:
    with transaction.atomic():
        open_statuses = [LookupStatus.WAITING, LookupStatus.UNAVAILABLE]
        lookup = (
            Lookup.objects.select_for_update().filter(pk=lookup_id, attempts=attempt, status__in=open_statuses).first()
        )
        company = Company.objects.select_for_update().filter(pk=lookup.company_id).first() if lookup else None
        if lookup is None or company is None:
            return None
        question = question_for(company)
        if question is not None and question != Question.from_json(lookup.question):
            _ask_again(organisation, lookup, question)
        elif isinstance(outcome := _settled(organisation, lookup, outcome), Unavailable):
            _postpone(organisation, lookup, outcome)
        elif isinstance(outcome, Found) and company.siren and company.siren != outcome.record.siren:
            is_double = outcome.record.replaces == company.siren
            _set_candidates(lookup, (outcome.record,), DUPLICATE if is_double else OTHER_SIREN)
        elif isinstance(outcome, Found):
            proof = _proof_of(lookup, outcome)
            apply_answer(organisation, lookup=lookup, company=company, record=outcome.record, proof=proof)
            _keep_site(lookup, outcome)
        elif isinstance(outcome, Ambiguous):
            _set_candidates(lookup, outcome.candidates)
            _keep_site(lookup, outcome)
        else:
            why = outcome.why if isinstance(outcome, NotFound) else ""
            _close(lookup, LookupStatus.NOT_FOUND, why if question else NOT_ASKABLE)
        if lookup.answered_at is not None:
            _supersede(lookup)
        lookup.save()
    return lookup


def _keep_site(lookup: Lookup, outcome: Found | Ambiguous) -> None:
    """Keep what a website said, for whoever asks how we know."""
    if outcome.site is not None:
        lookup.answer["site"] = outcome.site.to_json()


def _proof_of(lookup: Lookup, outcome: Found) -> Proof:
    if not _is_by_name(lookup):
        return Proof(Method.NUMBER)
    return Proof(Method.NAME if outcome.site is None else Method.DOMAIN, outcome.score)


def _is_by_name(lookup: Lookup) -> bool:
    return not {"siren", "siret"} & set(lookup.question)


def _settled(organisation: Organisation, lookup: Lookup, outcome: Outcome) -> Outcome:
    if not isinstance(outcome, Found) or not _is_by_name(lookup):
        return outcome
    return settle(Question.from_json(lookup.question), outcome, get_automatic_percent(organisation))


def apply_answer(
    organisation: Organisation, *, lookup: Lookup, company: Company, record: CompanyRecord, proof: Proof
) -> Merge:
    """Write a record to a company, both locked by the caller; the lookup is filled in, not saved.

    Every value written carries its provenance; `lookup.changes` has [before, after] of each. Raises IntegrityError
    when another company takes the same SIREN at the same time. A company known by its domain alone becomes the one
    that has this SIREN, if there is one: `lookup.company` is that then.
    """
    provider = get_provider(lookup.provider)
    if is_stand_in(company):
        company = _unfold(organisation, company, lookup, record)
    other = Company.objects.filter(siren=record.siren).exclude(pk=company.pk).values_list("pk", flat=True).first()
    skip = frozenset({"siren", "siret"}) if other else frozenset[str]()
    via, chosen = "" if provider.name == DEFAULT else provider.name, proof.method == Method.CHOSEN
    stamp = make_stamp(
        provider.source,
        at=record.fetched_at,
        ref=record.siren,
        via=via,
        method=proof.method,
        score=proof.score,
        by=str(proof.by or ""),
    )
    result = merge(
        company,
        record,
        stamp=stamp,
        policy=get_policy(organisation),
        chosen=chosen,
        skip=skip,
        declined=list_declined([company.pk], provider.source).get(company.pk),
    )
    if record.partial_diffusion:
        _forget_what_is_private(company)
        result = replace(result, before={k: None if k in result.hidden else v for k, v in result.before.items()})
    cause = Cause.CHOICE if chosen else Cause.ANSWER
    by_id = proof.chooser_id or lookup.asked_by_id
    write_merges(organisation, [Merged(company, result, stamp, cause, lookup=lookup, by_id=by_id)])
    follow_company(organisation, company=company, record=record, is_seat="siret" not in lookup.question)
    _keep_establishments(organisation, company, record, provider.source, is_local=provider is LOCAL)
    _close(
        lookup, LookupStatus.FOUND, SIREN_TAKEN if other else CHOSEN if chosen else "" if result.after else UNCHANGED
    )
    lookup.changes = {name: [result.before[name], value] for name, value in result.after.items()}
    said = {"site": lookup.answer["site"]} if "site" in lookup.answer else {}
    lookup.answer = {
        **said,
        "record": record.without_people().to_json(),
        "kept": result.kept,
        "hidden": list(result.hidden),
        "proposed": sorted(result.proposed),
        **({} if proof.score is None else {"score": proof.score}),
        **({"other_company": other} if other else {}),
    }
    return result


def _unfold(organisation: Organisation, company: Company, lookup: Lookup, record: CompanyRecord) -> Company:
    """Return the company of the base that a company known by its domain turned out to be; itself where none is."""
    known = Company.objects.select_for_update().filter(siren=record.siren).exclude(pk=company.pk).first()
    if known is None:
        return company
    fold(organisation, stand_in=company, known=known)
    lookup.company = known
    return known


def _keep_establishments(
    organisation: Organisation, company: Company, record: CompanyRecord, source: str, *, is_local: bool
) -> None:
    """Write the places of the company, where it bears the number that was answered and does not keep them private."""
    if record.partial_diffusion:
        drop_establishments(company)
        return
    keep_own_establishments(company)
    told = list_establishments(record.siren, MOST_KEPT) if is_local else record.establishments
    record_establishments(
        organisation, company=company, told=told, source=source, at=parse_datetime(record.fetched_at or "")
    )


def _forget_what_is_private(company: Company) -> None:
    """Drop what earlier answers said of a company that keeps its data private now."""
    Lookup.objects.filter(company=company).exclude(answer={}).update(answer={}, changes={})
    Revision.objects.filter(company=company).update(changes={}, stamps={})
    Proposal.objects.filter(company=company).delete()


def _supersede(lookup: Lookup) -> None:
    """Take earlier choices about the same company off the list: the newer answer counts."""
    earlier = Lookup.objects.filter(company_id=lookup.company_id, status=LookupStatus.AMBIGUOUS, pk__lt=lookup.pk)
    earlier.exclude(provider=PARTNER_FILE).update(status=LookupStatus.NOT_FOUND, detail=SUPERSEDED)


def _set_candidates(lookup: Lookup, candidates: tuple[CompanyRecord, ...], detail: str = "") -> None:
    _close(lookup, LookupStatus.AMBIGUOUS, detail)
    lookup.answer = {"candidates": [record.without_people().to_json() for record in candidates]}


def _close(lookup: Lookup, status: LookupStatus, detail: str) -> None:
    lookup.status, lookup.detail = status, detail
    lookup.answered_at, lookup.retry_at = timezone.now(), None


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
