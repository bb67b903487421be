"""What the pages of proofs read."""

from django.db.models import Max, QuerySet

from contacts.models import Company
from contacts.queries import COUNTED_UP_TO, Counted, count_up_to
from enrichment.models import Lookup, LookupStatus
from enrichment.proofs.models import Proposal, ProposalStatus, Revision
from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from prm.work.models import Job
from prm.work.sql import fetch

# Of one company's page; the rest has a page of its own.
LATEST = 5
# Beside the menu and on buttons counting ends here: "999+".
MOST_ON_BADGE = 1000


def count_waiting(organisation: Organisation) -> int:
    """Return how many names and proposals wait for a person, each counted to `MOST_ON_BADGE`. One query."""
    names = Lookup.objects.filter(status=LookupStatus.AMBIGUOUS).order_by().values("pk")[:MOST_ON_BADGE]
    proposals = Proposal.objects.filter(status=ProposalStatus.OPEN).order_by().values("pk")[:MOST_ON_BADGE]
    return names.union(proposals, all=True).count()


def list_proposals(
    organisation: Organisation, *, status: str = ProposalStatus.OPEN, field: str = "", source: str = ""
) -> QuerySet[Proposal]:
    """Return proposals with their company, to be paginated by "-pk"."""
    return _narrowed(organisation, status, field, source).select_related("company")


def count_proposals(
    organisation: Organisation, *, field: str = "", source: str = "", most: int = COUNTED_UP_TO
) -> Counted:
    """Return how many proposals wait, counted to `most`, without a look at their companies."""
    return count_up_to(_narrowed(organisation, ProposalStatus.OPEN, field, source), most)


def _narrowed(organisation: Organisation, status: str, field: str, source: str) -> QuerySet[Proposal]:
    found = Proposal.objects.filter(organisation=organisation, status=status)
    if field:
        found = found.filter(field=field)
    return found.filter(source=source) if source else found


def list_open_of(company: Company) -> list[Proposal]:
    """Return what waits of one company, the latest first. One query."""
    return list(Proposal.objects.filter(company=company, status=ProposalStatus.OPEN).order_by("-made_at", "-pk"))


def list_sources(organisation: Organisation) -> list[str]:
    """Return the sources that propose something. One query: a look into an index for each."""
    return [str(row[0]) for row in fetch("enrichment/list_proposal_sources", {"organisation_id": organisation.pk})]


def last_proposal_id(organisation: Organisation) -> int:
    """Return the newest proposal's id: what comes later is not meant by "all"."""
    found = Proposal.objects.filter(organisation=organisation).aggregate(last=Max("pk"))
    return int(found["last"] or 0)


def list_revisions(company: Company) -> QuerySet[Revision]:
    """Return what enrichments did to a company, the latest first, with who."""
    return Revision.objects.filter(company=company).select_related("by", "undone_by").order_by("-at", "-pk")


def find_last_job(organisation: Organisation, *kinds: str) -> Job | None:
    """Return the newest work of these kinds."""
    return Job.objects.filter(organisation=organisation, kind__in=kinds).order_by("-created_at").first()


def get_company(organisation: Organisation, company_id: int) -> Company:
    """Return one company; raises NotFound."""
    company = Company.objects.filter(organisation=organisation, pk=company_id).first()
    if company is None:
        raise NotFound
    return company
