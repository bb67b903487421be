"""Proposals: what a source says and may not overwrite waits here until a person settles it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from contacts.models import Company
from enrichment.merging import Merge, stored
from enrichment.proofs.models import Proposal, ProposalStatus
from enrichment.proofs.policy import GROUPS
from prm.organisations.models import Organisation

_MEMBERS = {group[0]: group for group in GROUPS}
# What a newer word of the source changes in a row that is there.
_RENEWED = ["values", "ours", "stamp", "status", "made_at", "settled_at", "settled_by"]


def list_declined(company_ids: Iterable[int], source: str) -> dict[int, dict[str, dict[str, Any]]]:
    """Return what people declined of a source: {company id: {group: values}}. One query; merges ask for it."""
    rows = Proposal.objects.filter(company_id__in=list(company_ids), source=source, status=ProposalStatus.DECLINED)
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for company_id, group, values in rows.values_list("company_id", "field", "values"):
        found.setdefault(company_id, {})[group] = values
    return found


def keep_proposals(organisation: Organisation, told: Sequence[tuple[Company, Merge, dict[str, Any]]]) -> None:
    """Keep what merges propose, by company with the stamp of the source; drop what is no question any more.

    Companies are as they are after the merge. Three statements at most.
    """
    companies = {company.pk: company for company, _merge, _stamp in told}
    known = {(row.company_id, row.field, row.source): row for row in Proposal.objects.filter(company_id__in=companies)}
    kept: dict[tuple[int, str, str], Proposal] = {}
    over = {row.pk for row in known.values() if row.status == ProposalStatus.OPEN and _is_held(row, companies)}
    for company, merge, stamp in told:
        source = str(stamp["source"])
        for group in merge.told.difference(merge.proposed):
            row = known.get((company.pk, group, source))
            if row is not None and row.status == ProposalStatus.OPEN:
                over.add(row.pk)
        for group, values in merge.proposed.items():
            row = known.get((company.pk, group, source))
            is_same = row is not None and row.status == ProposalStatus.OPEN and row.values == values
            # Of two words of a source in one call the later one counts.
            kept[company.pk, group, source] = Proposal(
                organisation=organisation,
                company=company,
                field=group,
                source=source,
                values=values,
                ours=held_values(company, group),
                stamp=stamp,
                made_at=row.made_at if row is not None and is_same else timezone.now(),
            )
    if kept:
        Proposal.objects.bulk_create(
            kept.values(),
            update_conflicts=True,
            unique_fields=["organisation", "company", "field", "source"],
            update_fields=_RENEWED,
        )
    if over:
        Proposal.objects.filter(pk__in=over).delete()


def held_values(company: Company, group: str) -> dict[str, Any]:
    """Return what a company holds in a group of fields, as stored; the empty left out."""
    values = {name: stored(getattr(company, name)) for name in _MEMBERS[group]}
    return {name: value for name, value in values.items() if value not in (None, "")}


def _is_held(row: Proposal, companies: dict[int, Company]) -> bool:
    company = companies[row.company_id]
    return all(stored(getattr(company, name)) == value for name, value in row.values.items())
