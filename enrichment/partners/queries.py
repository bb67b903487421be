"""Reads for the pages of partner files."""

from dataclasses import dataclass

from django.db.models import QuerySet

from contacts.models import ImportReject
from enrichment.models import Lookup, LookupStatus
from enrichment.partners.counting import Counts
from enrichment.partners.models import PARTNER_FILE, PartnerFile
from enrichment.partners.writing import source_of_partner
from enrichment.proofs.queries import MOST_ON_BADGE, count_proposals
from prm.organisations.models import Organisation
from prm.work.errors import NotFound


@dataclass(frozen=True)
class Undone:
    """What undoing a file did so far, in lines."""

    restored: int = 0
    # Lines of which something was changed since, or settled anew, and stays.
    left: int = 0


def list_files(organisation: Organisation) -> QuerySet[PartnerFile]:
    """Return the partner files with their imports and jobs, to be ordered and paged."""
    related = ("source_import__job", "source_import__undo_job", "source_import__created_by")
    return PartnerFile.objects.filter(organisation=organisation).select_related(*related)


def get_file(organisation: Organisation, file_id: int) -> PartnerFile:
    """Return one file with its import and jobs, or raise NotFound."""
    partner_file = list_files(organisation).filter(pk=file_id).first()
    if partner_file is None:
        raise NotFound
    return partner_file


def counts_of(partner_file: PartnerFile) -> Counts:
    """Return what became of the lines of a file so far."""
    return Counts.from_json(partner_file.counts)


def trial_of(partner_file: PartnerFile) -> Counts:
    """Return what the dry run found."""
    return Counts.from_json(partner_file.source_import.trial)


def undone_of(partner_file: PartnerFile) -> Undone | None:
    """Return what undoing did, or None where nobody asked for it."""
    one = partner_file.source_import
    return Undone(**one.undone) if one.undo_job_id or one.undone else None


def count_waiting(partner_file: PartnerFile) -> int:
    """Return how many of its lines wait for a person's choice."""
    job = partner_file.source_import.job_id
    if job is None:
        return 0
    return Lookup.objects.filter(provider=PARTNER_FILE, job_id=job, status=LookupStatus.AMBIGUOUS).count()


def count_proposed(partner_file: PartnerFile) -> int:
    """Return how many values of its partner wait as proposals, counted to `MOST_ON_BADGE`. One query."""
    found = count_proposals(
        partner_file.organisation, source=source_of_partner(partner_file.source_import.source), most=MOST_ON_BADGE
    )
    return found.number


def count_rejects(partner_file: PartnerFile) -> int:
    """Return how many of its lines are set aside."""
    return ImportReject.objects.filter(source_import=partner_file.source_import_id).count()


def find_partner_file(lookup: Lookup) -> PartnerFile | None:
    """Return the file of a doubtful line, if it is still there."""
    files = PartnerFile.objects.select_related("source_import")
    return files.filter(pk=lookup.answer.get("file")).first()
