"""A whole partner file undone: what it wrote goes where it still stands as written; what changed since stays.

Works in batches, each one transaction that also crosses off what it did: killed anywhere, it goes on from there.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.importing.undoing import KEPT_FOR, can_be_undone
from contacts.models import Company, Import
from enrichment.answering import UNDONE
from enrichment.models import Lookup, LookupStatus
from enrichment.partners.forgetting import drop_words
from enrichment.partners.merging import restore, value_of
from enrichment.partners.models import PARTNER_FILE, PartnerChange, PartnerFile
from enrichment.partners.writing import save_companies
from enrichment.proofs.models import Cause, Proposal, ProposalStatus, Revision
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, NotFound
from prm.work.jobs import JobRun, start_job

UNDO = "partner_undo"
BATCH = 500


def start_undo(organisation: Organisation, *, file_id: int, by: User) -> PartnerFile:
    """Let a worker undo a file; raises NotFound, or Conflict where it cannot be undone (any more)."""
    with transaction.atomic():
        partner_file = PartnerFile.objects.filter(pk=file_id).first()
        if partner_file is None:
            raise NotFound
        imports = Import.objects.select_for_update(of=("self",)).select_related("job")
        source_import = imports.get(pk=partner_file.source_import_id)
        if not can_be_undone(source_import):
            raise Conflict(_("This file cannot be undone: it is not over, too old, or undone already."))
        source_import.undo_job = start_job(
            organisation,
            kind=UNDO,
            title=_("Undoing the file %(file)s") % {"file": source_import.filename},
            params={"file": partner_file.pk},
            by=by,
        )
        source_import.save(update_fields=["undo_job"])
        audit.record(organisation, by, "partnerfile.undo", partner_file, after=partner_file.counts)
    return partner_file


def run_undo(run: JobRun) -> None:
    """Carry the undoing out as a job: from the last line to the first, so that each finds what it wrote."""
    partner_file = PartnerFile.objects.select_related("source_import").get(pk=run.job.params["file"])
    _take_questions_back(partner_file)
    pending = PartnerChange.objects.filter(partner_file=partner_file, kept=False).order_by("-pk")
    done = run.job.done
    total = run.job.total or pending.count()
    run.advance(done=done, total=total)
    while batch := list(pending[:BATCH]):
        done += _give_back(run.organisation, partner_file, batch)
        run.advance(done=min(done, total), total=total)
    with transaction.atomic():
        revisions = Revision.objects.filter(job=partner_file.source_import.job_id, cause=Cause.FILE, undone_at=None)
        revisions.update(undone_at=timezone.now(), undone_by=run.job.created_by)
        imports = Import.objects.filter(pk=partner_file.source_import_id)
        counts = {"restored": 0, "left": 0, **imports.values_list("undone", flat=True).get()}
        imports.update(undone=counts)
        audit.record(run.organisation, run.job.created_by, "partnerfile.undone", partner_file, after=counts)
    run.result.update(counts)


def forget_changes(organisation: Organisation) -> int:
    """Drop what undoing files of more than thirty days ago would need; return how many rows went."""
    before = timezone.now() - KEPT_FOR
    old = PartnerChange.objects.filter(
        organisation=organisation, partner_file__source_import__merged_at__lt=before - timedelta(seconds=1)
    )
    return old.delete()[0]


def _give_back(organisation: Organisation, partner_file: PartnerFile, batch: Sequence[PartnerChange]) -> int:
    """Give back what lines changed; return of how many: those whose company became another come round again."""
    with transaction.atomic():
        rows = Company.objects.select_for_update().filter(pk__in={one.company_id for one in batch}).order_by("pk")
        companies = {one.pk: one for one in rows}
        # Read again under the lock: a company that became another took its changes along, which come round again.
        ids = [one.pk for one in batch]
        batch = list(PartnerChange.objects.filter(pk__in=ids, company__in=companies).order_by("-pk"))
        ref, whole, left = f"{PARTNER_FILE} {partner_file.pk}", list[int](), list[int]()
        changed: set[int] = set()
        numbered: set[int] = set()
        for one in batch:
            company = companies[one.company_id]
            names = [name for name, value in one.after.items() if _stands(company, name, value, ref)]
            restore(company, one.before, names)
            if names:
                changed.add(company.pk)
            if "siren" in names:
                numbered.add(company.pk)
            (whole if len(names) == len(one.after) else left).append(one.pk)
        save_companies(organisation, [companies[pk] for pk in sorted(changed)], numbered=numbered)
        PartnerChange.objects.filter(pk__in=whole).delete()
        PartnerChange.objects.filter(pk__in=left).update(kept=True)
        source_import = Import.objects.select_for_update().get(pk=partner_file.source_import_id)
        counts = source_import.undone
        source_import.undone = {
            "restored": counts.get("restored", 0) + len(whole),
            "left": counts.get("left", 0) + len(left),
        }
        source_import.save(update_fields=["undone"])
    return len(batch)


def _stands(company: Company, name: str, value: object, ref: str) -> bool:
    return bool(value_of(company, name) == value and company.provenance.get(name, {}).get("ref") == ref)


def _take_questions_back(partner_file: PartnerFile) -> None:
    """Nobody has to say any more whose a line of an undone file is."""
    waiting = Lookup.objects.filter(
        provider=PARTNER_FILE, job_id=partner_file.source_import.job_id, status=LookupStatus.AMBIGUOUS
    )
    drop_words(waiting, status=LookupStatus.NOT_FOUND, detail=UNDONE)
    # What it proposes, too, is no question any more.
    Proposal.objects.filter(status=ProposalStatus.OPEN, stamp__ref=f"{PARTNER_FILE} {partner_file.pk}").delete()
