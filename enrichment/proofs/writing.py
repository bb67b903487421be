"""Writing what merges change: values with their provenance, proposals, the history. For many companies at once.

The one way in for every source: work out each company's Merge (enrichment/merging.py), then `write_merges`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from contacts.models import Company
from contacts.normalising import company_key
from contacts.qualification import recompute
from enrichment.merging import Merge
from enrichment.models import Lookup
from enrichment.proofs.models import Cause, Revision
from enrichment.proofs.policy import FIELDS
from enrichment.proofs.proposals import keep_proposals
from enrichment.proofs.stamps import renewed
from prm.organisations.models import Organisation
from prm.work.rows import update_rows

# Columns a merge may change, and those that follow.
_WRITTEN = (*FIELDS, "name_key", "provenance", "updated_at")


@dataclass(frozen=True)
class Merged:
    """What a source's word on one company comes to. `company` is locked by the caller, and as it was."""

    company: Company
    merge: Merge
    # The provenance of what is written.
    stamp: dict[str, Any]
    cause: Cause
    lookup: Lookup | None = None
    job_id: int | None = None
    by_id: int | None = None


def write_merges(organisation: Organisation, merged: Sequence[Merged]) -> list[Revision]:
    """Write merges to their companies, also in memory; return the revisions of those that changed something.

    What may not be written is kept as proposals. About seven statements, whatever the number. Raises IntegrityError
    where another company takes the same SIREN at the same time; the caller wakes the scoring.
    """
    revisions = [_revision_of(organisation, one) for one in merged if one.merge.after]
    changed, dated = [], []
    for one in merged:
        confirmed = {name: renewed(one.company.provenance[name], one.stamp) for name in one.merge.confirmed}
        set_values(one.company, one.merge.after, {**one.merge.provenance, **confirmed})
        if one.merge.after:
            one.company.updated_at = timezone.now()
            changed.append(one.company)
        elif confirmed:
            dated.append(one.company)
    if changed:
        update_rows(changed, _WRITTEN)
        recompute(organisation, company_ids=[company.pk for company in changed])
    if dated:
        # Only the dates of proofs moved: nobody's profile changed.
        update_rows(dated, ["provenance"])
    keep_proposals(organisation, [(one.company, one.merge, one.stamp) for one in merged])
    return Revision.objects.bulk_create(revisions)


def set_values(company: Company, values: dict[str, Any], provenance: dict[str, Any]) -> None:
    """Set fields of a company from their stored form, with their provenance; an empty one removes it."""
    for name, value in values.items():
        is_day = name == "founded_on" and value is not None
        setattr(company, name, date.fromisoformat(value) if is_day else value)
    kept = {**company.provenance, **provenance}
    company.provenance = {name: stamp for name, stamp in kept.items() if stamp}
    company.name_key = company_key(company.name)


def _revision_of(organisation: Organisation, one: Merged) -> Revision:
    merge = one.merge
    return Revision(
        organisation=organisation,
        company=one.company,
        cause=one.cause,
        stamp=one.stamp,
        changes={name: [merge.before[name], value] for name, value in merge.after.items()},
        stamps={name: one.company.provenance.get(name) for name in merge.after},
        lookup=one.lookup,
        job_id=one.job_id,
        by_id=one.by_id,
        at=timezone.now(),
    )
