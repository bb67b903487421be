"""Undoing an enrichment: what it wrote and still stands is put back, what was changed since stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.models import Company
from contacts.qualification import recompute
from contacts.structure.establishments import keep_own_establishments
from enrichment.answering import SCORE_QUEUE, UNDONE
from enrichment.merging import NUMBERS, stored
from enrichment.models import Lookup
from enrichment.proofs.accepting import reopen_accepted
from enrichment.proofs.models import CompanyState, Proposal, ProposalStatus, Revision
from enrichment.proofs.policy import FIELDS
from enrichment.proofs.writing import set_values
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, NotFound
from prm.work.rows import update_rows
from prm.work.wakeups import wake

_PUT_BACK = (*FIELDS, "name_key", "provenance", "updated_at")


@dataclass(frozen=True)
class Undone:
    """Which fields of a company were put back, and which stay as they were changed since."""

    company: Company
    back: tuple[str, ...]
    kept: tuple[str, ...]


def undo_revision(organisation: Organisation, *, revision_id: int, by: Actor | None) -> Undone:
    """Put back what an enrichment wrote. Raises NotFound; Conflict where nothing of it stands."""
    with transaction.atomic():
        found = Revision.objects.filter(pk=revision_id).values_list("lookup_id", "company_id").first()
        if found is None:
            raise NotFound
        # In the order in which an answer locks them.
        Lookup.objects.select_for_update().filter(pk=found[0]).first()
        Company.objects.select_for_update().filter(pk=found[1]).first()
        revision = Revision.objects.select_for_update(of=("self",)).select_related("company").get(pk=revision_id)
        undone = undo_revisions(organisation, [revision], by=by)
        if not undone:
            raise Conflict(_("There is nothing to put back: these values have changed since."))
        before = {name: revision.changes[name][1] for name in undone[0].back}
        after = {name: revision.changes[name][0] for name in undone[0].back}
        audit.record(organisation, by, "company.enrich_undo", undone[0].company, before=before, after=after)
    return undone[0]


def undo_revisions(organisation: Organisation, revisions: Sequence[Revision], *, by: Actor | None) -> list[Undone]:
    """Put back what enrichments wrote, one for each company, whose companies are locked; skip what no longer stands.

    Six statements at most.
    """
    done: list[Undone] = []
    now = timezone.now()
    over: list[Revision] = []
    taken = _taken_numbers(revisions)
    for revision in revisions:
        company, back = revision.company, standing_fields(revision, revision.company)
        if taken.get(_number_before(revision), company.pk) != company.pk:
            # Another company bears the former number by now.
            back = [name for name in back if name not in NUMBERS]
        if revision.undone_at is not None or not back:
            continue
        after = {name: revision.changes[name][0] for name in back}
        set_values(company, after, {name: revision.stamps.get(name) for name in back})
        company.updated_at = revision.undone_at = now
        revision.undone_by = by if isinstance(by, User) else None
        over.append(revision)
        done.append(Undone(company, tuple(back), tuple(name for name in revision.changes if name not in back)))
    if over:
        update_rows([one.company for one in done], _PUT_BACK)
        update_rows(over, ["undone_at", "undone_by"])
        Lookup.objects.filter(pk__in=[one.lookup_id for one in over if one.lookup_id]).update(changes={}, detail=UNDONE)
        if numbered := [one.company.pk for one in done if "siren" in one.back]:
            keep_own_establishments(numbered)
        reopen_accepted(over)
        _forget_other_companies(over, done)
        recompute(organisation, company_ids=[one.company.pk for one in done])
        wake(organisation.pk, SCORE_QUEUE)
    return done


def _forget_other_companies(over: Sequence[Revision], done: Sequence[Undone]) -> None:
    """Drop what else was told of companies under a number that was taken back: it is about somebody else.

    Two statements, or none.
    """
    lost = {
        one.company.pk: str(revision.changes["siren"][1])
        for one, revision in zip(done, over, strict=True)
        if "siren" in one.back
    }
    if not lost:
        return
    waiting = Proposal.objects.filter(company_id__in=lost).exclude(status=ProposalStatus.ACCEPTED)
    told = waiting.values_list("pk", "company_id", "stamp")
    wrong = [pk for pk, company_id, stamp in told if stamp.get("ref") == lost[company_id]]
    Proposal.objects.filter(pk__in=wrong).delete()
    CompanyState.objects.filter(company_id__in=lost, siren__in=lost.values()).delete()


def _taken_numbers(revisions: Sequence[Revision]) -> dict[str, int]:
    """Return who bears the SIRENs that enrichments replaced. One query, or none."""
    sirens = set(filter(None, map(_number_before, revisions)))
    found = Company.objects.filter(siren__in=sirens) if sirens else Company.objects.none()
    return {str(siren): pk for siren, pk in found.values_list("siren", "pk")}


def _number_before(revision: Revision) -> str:
    return str(revision.changes.get("siren", [None])[0] or "")


def standing_fields(revision: Revision, company: Company) -> list[str]:
    """Return the fields an enrichment wrote that still stand as it wrote them."""
    if revision.undone_at is not None:
        return []
    return still_standing(company, revision.changes, revision.stamp)


def still_standing(
    company: Company, changes: Mapping[str, Sequence[Any]], stamp: Mapping[str, Any], hidden: Sequence[str] = ()
) -> list[str]:
    """Return which of these changes [before, after] stand, by their value and by source and record of their stamp.

    Never what was removed because the company keeps it private: of that nothing is known to put back.
    """
    wrote = stamp.get("source"), stamp.get("ref")
    return [
        name
        for name, (before, after) in changes.items()
        if name not in hidden
        and not (before is None and after in ("", None))
        and stored(getattr(company, name)) == after
        and (not after or _stamp(company, name) == wrote)
    ]


def _stamp(company: Company, name: str) -> tuple[Any, Any]:
    stamp = company.provenance.get(name, {})
    return stamp.get("source"), stamp.get("ref")
