"""What a register's record does to companies: values with their proofs, news, establishments. For many at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from contacts.models import Company
from contacts.structure.establishments import (
    MOST_KEPT,
    PlacesTold,
    drop_establishments,
    keep_own_establishments,
    record_establishments,
)
from enrichment.directory.searching import list_establishments
from enrichment.domains.folding import fold, is_stand_in
from enrichment.merging import Declined, Merge, merge
from enrichment.models import Lookup, LookupStatus
from enrichment.proofs.following import Told, follow_companies
from enrichment.proofs.models import Cause, Proposal, Revision
from enrichment.proofs.policy import Policy
from enrichment.proofs.proposals import list_declined
from enrichment.proofs.rules import get_policy
from enrichment.proofs.stamps import Method, make_stamp
from enrichment.proofs.writing import Merged, write_merges
from enrichment.providers.records import CompanyRecord
from enrichment.providers.registry import DEFAULT, LOCAL, SOURCE
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User

# Codes of Lookup.detail; enrichment/wording.py says them.
UNCHANGED = "unchanged"
SIREN_TAKEN = "siren_taken"
CHOSEN = "chosen"


@dataclass(frozen=True)
class Proof:
    """How it is known that a record is this company's; `score` of a match by name, 0-1; `by`: who chose it."""

    method: Method
    score: float | None = None
    by: Actor | None = None

    @property
    def is_choice(self) -> bool:
        """Tell whether a person said so."""
        return self.method == Method.CHOSEN

    @property
    def chooser_id(self) -> int | None:
        """Whoever chose, when that is a member."""
        return self.by.pk if isinstance(self.by, User) else None


@dataclass(frozen=True)
class Answer:
    """A record that answers a lookup about a company; both are locked by the caller."""

    lookup: Lookup
    company: Company
    record: CompanyRecord
    proof: Proof


@dataclass(frozen=True)
class _Applied:
    """An answer with what it changes; `other`: another company that has its SIREN."""

    answer: Answer
    stamp: dict[str, Any]
    merge: Merge
    other: int | None


def apply_answers(organisation: Organisation, answers: Sequence[Answer]) -> None:
    """Write records to companies, each company once, in this order; the lookups are filled in, not saved.

    Every value written carries its provenance; `lookup.changes` has [before, after] of each. A company known by its
    domain alone becomes the one that has this SIREN, if there is one: `lookup.company` is that then, and such an answer
    comes by itself. Raises IntegrityError when another company takes the same SIREN at the same time. About twenty
    statements, whatever the number.
    """
    if not answers:
        return
    answers = [_unfolded(organisation, one) if is_stand_in(one.company) else one for one in answers]
    applied = _work_out(organisation, answers)
    _forget_what_is_private([one.company.pk for one in answers if one.record.partial_diffusion])
    write_merges(
        organisation,
        [
            Merged(
                one.answer.company,
                one.merge,
                one.stamp,
                Cause.CHOICE if one.answer.proof.is_choice else Cause.ANSWER,
                lookup=one.answer.lookup,
                by_id=one.answer.proof.chooser_id or one.answer.lookup.asked_by_id,
            )
            for one in applied
        ],
    )
    told = [Told(one.company, one.record, is_seat="siret" not in one.lookup.question) for one in answers]
    follow_companies(organisation, told)
    _keep_establishments(organisation, answers)
    for one in applied:
        _fill_in(one)


def close(lookup: Lookup, status: LookupStatus, detail: str) -> None:
    """Note how a lookup ended; it is not saved."""
    lookup.status, lookup.detail = status, detail
    lookup.answered_at, lookup.retry_at = timezone.now(), None


def _unfolded(organisation: Organisation, answer: Answer) -> Answer:
    """Let a company known by its domain become the company of the base it turned out to be, where there is one."""
    bearers = Company.objects.select_for_update().filter(siren=answer.record.siren)
    known = bearers.exclude(pk=answer.company.pk).first()
    if known is None:
        return answer
    fold(organisation, stand_in=answer.company, known=known)
    answer.lookup.company = known
    return replace(answer, company=known)


def _work_out(organisation: Organisation, answers: Sequence[Answer]) -> list[_Applied]:
    """Return what answers change, as if each were written before the next is looked at. Three queries."""
    policy = get_policy(organisation)
    declined = list_declined([one.company.pk for one in answers], SOURCE)
    sirens = {one.record.siren for one in answers}
    bearers = {
        str(siren): pk for siren, pk in Company.objects.filter(siren__in=sirens).values_list("siren", "pk") if siren
    }
    applied = []
    for one in answers:
        bearer = bearers.get(one.record.siren, one.company.pk)
        other = None if bearer == one.company.pk else bearer
        applied.append(_merged(one, policy, declined.get(one.company.pk), other))
        if "siren" in applied[-1].merge.after:
            bearers[one.record.siren] = one.company.pk
    return applied


def _merged(answer: Answer, policy: Policy, declined: Declined | None, other: int | None) -> _Applied:
    record, proof, provider = answer.record, answer.proof, answer.lookup.provider
    stamp = make_stamp(
        SOURCE,
        at=record.fetched_at,
        ref=record.siren,
        via="" if provider == DEFAULT else provider,
        method=proof.method,
        score=proof.score,
        by=str(proof.by or ""),
    )
    result = merge(
        answer.company,
        record,
        stamp=stamp,
        policy=policy,
        chosen=proof.is_choice,
        skip=frozenset({"siren", "siret"}) if other else frozenset(),
        declined=declined,
    )
    if record.partial_diffusion:
        result = replace(result, before={k: None if k in result.hidden else v for k, v in result.before.items()})
    return _Applied(answer, stamp, result, other)


def _keep_establishments(organisation: Organisation, answers: Sequence[Answer]) -> None:
    """Write the places of companies that bear the number that was answered and do not keep them private."""
    private = [one.company.pk for one in answers if one.record.partial_diffusion]
    shown = [one for one in answers if not one.record.partial_diffusion]
    if private:
        drop_establishments(private)
    if not shown:
        return
    keep_own_establishments([one.company.pk for one in shown])
    local = list_establishments([one.record.siren for one in shown if _is_local(one)], MOST_KEPT)
    record_establishments(
        organisation,
        [
            PlacesTold(
                one.company,
                local[one.record.siren] if _is_local(one) else one.record.establishments,
                SOURCE,
                parse_datetime(one.record.fetched_at or ""),
            )
            for one in shown
        ],
    )


def _is_local(answer: Answer) -> bool:
    return answer.lookup.provider == LOCAL.name


def _forget_what_is_private(company_ids: Iterable[int]) -> None:
    """Drop what earlier answers said of companies that keep their data private now. Three statements, or none."""
    if not (ids := list(company_ids)):
        return
    Lookup.objects.filter(company_id__in=ids).exclude(answer={}).update(answer={}, changes={})
    Revision.objects.filter(company_id__in=ids).update(changes={}, stamps={})
    Proposal.objects.filter(company_id__in=ids).delete()


def _fill_in(applied: _Applied) -> None:
    """Say in a lookup what its answer was and did."""
    lookup, proof, result = applied.answer.lookup, applied.answer.proof, applied.merge
    detail = SIREN_TAKEN if applied.other else CHOSEN if proof.is_choice else "" if result.after else UNCHANGED
    close(lookup, LookupStatus.FOUND, detail)
    lookup.changes = {name: [result.before[name], value] for name, value in result.after.items()}
    said = {"site": lookup.answer["site"]} if "site" in lookup.answer else {}
    lookup.answer = {
        **said,
        "record": applied.answer.record.without_people().to_json(),
        "kept": result.kept,
        "hidden": list(result.hidden),
        "proposed": sorted(result.proposed),
        **({} if proof.score is None else {"score": proof.score}),
        **({"other_company": applied.other} if applied.other else {}),
    }
