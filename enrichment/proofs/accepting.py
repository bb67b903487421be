"""Settling proposals: accepting and declining, one of them or many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.models import Company
from enrichment.answering import SCORE_QUEUE
from enrichment.merging import Merge, source_of, stored
from enrichment.proofs.models import Cause, Proposal, ProposalStatus, Revision
from enrichment.proofs.policy import DECLARED, Decision, Policy
from enrichment.proofs.proposals import held_values
from enrichment.proofs.rules import get_policy
from enrichment.proofs.stamps import Method
from enrichment.proofs.writing import Merged, write_merges
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, NotFound
from prm.work.wakeups import wake


@dataclass(frozen=True)
class Accepted:
    """How many proposals were accepted, and how many were left: settled by somebody else, or a number that is taken."""

    done: int
    left: int


def accept_proposal(organisation: Organisation, *, proposal_id: int, by: User) -> Proposal:
    """Write what a source says over what is held. Raises NotFound, Conflict when it is settled or cannot be written."""
    with transaction.atomic():
        proposal = _find(proposal_id)
        accepted = accept_proposals(organisation, proposal_ids=[proposal.pk], by=by)
        if not accepted.done:
            raise Conflict(_("Somebody has settled this in the meantime, or another company has this number."))
        audit.record(
            organisation,
            by,
            "company.proposal_accept",
            proposal.company,
            before=proposal.ours,
            after={**proposal.values, "source": proposal.source},
        )
    return _find(proposal_id)


def decline_proposal(organisation: Organisation, *, proposal_id: int, by: User) -> Proposal:
    """Let what is held stand; the proposal comes back only when the source says something else.

    Raises NotFound, Conflict when somebody settled it otherwise.
    """
    with transaction.atomic():
        proposal = _find(proposal_id)
        # An answer that is being written looks at what was declined, and holds the company.
        Company.objects.select_for_update().filter(pk=proposal.company_id).first()
        settled = {"status": ProposalStatus.DECLINED, "settled_at": timezone.now(), "settled_by": by}
        if not Proposal.objects.filter(pk=proposal_id, status=ProposalStatus.OPEN).update(**settled):
            raise Conflict(_("Somebody has settled this in the meantime."))
        audit.record(
            organisation,
            by,
            "company.proposal_decline",
            proposal.company,
            after={**proposal.values, "source": proposal.source},
        )
    return _find(proposal_id)


def accept_proposals(
    organisation: Organisation,
    *,
    proposal_ids: Sequence[int],
    by: User | None,
    job_id: int | None = None,
    waiting_only: bool = False,
) -> Accepted:
    """Accept proposals that are not accepted yet, each once. About ten statements, whatever the number.

    `waiting_only`: nor declined, which one person may think better of, and a job must not.
    Locks the companies, then the proposals. Of several for one group of a company, the one told last is written last.
    """
    with transaction.atomic():
        named = Proposal.objects.filter(pk__in=list(proposal_ids)).exclude(status=ProposalStatus.ACCEPTED)
        ids = list(named.values_list("company_id", flat=True))
        companies = {one.pk: one for one in Company.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
        if waiting_only:
            named = named.filter(status=ProposalStatus.OPEN)
        proposals = list(named.select_for_update().order_by("company_id", "made_at", "pk"))
        taken = _taken_numbers(proposals)
        able = [one for one in proposals if one.company_id in companies and not _is_taken(one, taken)]
        settled = {"status": ProposalStatus.ACCEPTED, "settled_at": timezone.now(), "settled_by": by}
        Proposal.objects.filter(pk__in=[one.pk for one in able]).update(**settled)
        policy, refused = get_policy(organisation), []
        for round_of in _rounds(able):
            refused += [held for one in round_of if (held := _outranked(companies[one.company_id], one, policy))]
            write_merges(organisation, [_merged(companies[one.company_id], one, by, job_id) for one in round_of])
        _decline_held(organisation, refused, by)
        if able:
            wake(organisation.pk, SCORE_QUEUE)
    return Accepted(len(able), len(proposal_ids) - len(able))


def reopen_accepted(revisions: Sequence[Revision]) -> None:
    """Let proposals wait again whose acceptance was undone, and what was given up for them stand. A few statements."""
    undone = [one for one in revisions if one.cause == Cause.PROPOSAL]
    _forget_given_up(undone)
    rows = Proposal.objects.filter(company_id__in={one.company_id for one in undone}, status=ProposalStatus.ACCEPTED)
    written = {(one.company_id, str(one.stamp.get("source")), name) for one in undone for name in one.changes}
    again = [row.pk for row in rows if any((row.company_id, row.source, name) in written for name in row.values)]
    if again:
        waiting = {"status": ProposalStatus.OPEN, "settled_at": None, "settled_by": None}
        Proposal.objects.filter(pk__in=again).update(**waiting)


def _find(proposal_id: int) -> Proposal:
    proposal = Proposal.objects.select_related("company").filter(pk=proposal_id).first()
    if proposal is None:
        raise NotFound
    return proposal


def _rounds(proposals: Sequence[Proposal]) -> list[list[Proposal]]:
    """Put proposals into rounds in which each company stands once: a merge begins from what the one before wrote."""
    rounds: list[list[Proposal]] = []
    number: dict[int, int] = {}
    for one in proposals:
        turn = number.get(one.company_id, 0)
        number[one.company_id] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(one)
    return rounds


def _merged(company: Company, proposal: Proposal, by: User | None, job_id: int | None) -> Merged:
    stamp = {
        "source": proposal.source,
        **proposal.stamp,
        "method": str(Method.ACCEPTED),
        **({"by": str(by)} if by else {}),
    }
    before = {name: stored(getattr(company, name)) for name in proposal.values}
    after = {name: value for name, value in proposal.values.items() if before[name] != value}
    merge = Merge({name: before[name] for name in after}, after, {name: dict(stamp) for name in proposal.values})
    return Merged(company, merge, stamp, Cause.PROPOSAL, job_id=job_id, by_id=by.pk if by else None)


def _outranked(
    company: Company, proposal: Proposal, policy: Policy
) -> tuple[int, str, str, dict[str, Any], Any] | None:
    """Return what is given up, where its source would overwrite the accepted value at its next word."""
    lead = proposal.field
    held, source = held_values(company, lead), source_of(company, lead)
    if not held or source in {DECLARED, proposal.source}:
        return None
    if policy.decide(lead, held=proposal.source, told=source) != Decision.WRITE:
        return None
    return company.pk, lead, source, held, company.provenance.get(lead) or {"source": source}


def _decline_held(organisation: Organisation, refused: Sequence[Any], by: User | None) -> None:
    """Note what a person gave up for an accepted value, so that a source that ranks higher does not bring it back."""
    now = timezone.now()
    rows = {
        (company_id, group, source): Proposal(
            organisation=organisation,
            company_id=company_id,
            field=group,
            source=source[:40],
            values=held,
            stamp=stamp,
            status=ProposalStatus.DECLINED,
            made_at=now,
            settled_at=now,
            settled_by=by,
        )
        for company_id, group, source, held, stamp in refused
    }
    if rows:
        Proposal.objects.bulk_create(
            rows.values(),
            update_conflicts=True,
            unique_fields=["organisation", "company", "field", "source"],
            update_fields=["values", "stamp", "status", "made_at", "settled_at", "settled_by"],
        )


def _forget_given_up(undone: Sequence[Revision]) -> None:
    """Forget that a value was declined where undoing put it back: the same source may bring it again."""
    back = {(one.company_id, name) for one in undone for name in one.changes}
    rows = Proposal.objects.filter(company_id__in={key[0] for key in back}, status=ProposalStatus.DECLINED)
    again = [
        row.pk
        for row in rows.select_related("company")
        if (row.company_id, row.field) in back
        and row.source == source_of(row.company, row.field)[:40]
        and row.values == held_values(row.company, row.field)
    ]
    if again:
        Proposal.objects.filter(pk__in=again).delete()


def _taken_numbers(proposals: Sequence[Proposal]) -> dict[str, int]:
    """Return which of the SIRENs proposed another company has, or is proposed as well. One query, or none."""
    sirens = [str(one.values["siren"]) for one in proposals if one.values.get("siren")]
    if not sirens:
        return {}
    held = {str(siren): pk for siren, pk in Company.objects.filter(siren__in=sirens).values_list("siren", "pk")}
    for one in proposals:
        siren = one.values.get("siren")
        if siren:
            held.setdefault(siren, one.company_id)
    return held


def _is_taken(proposal: Proposal, taken: dict[str, int]) -> bool:
    siren = proposal.values.get("siren")
    return bool(siren) and taken.get(str(siren)) != proposal.company_id
