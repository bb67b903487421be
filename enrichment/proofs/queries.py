"""What the pages of proofs read."""

from django.db.models import Max, QuerySet

from contacts.models import Company
from enrichment.models import Lookup, LookupStatus
from enrichment.proofs.models import Proposal, ProposalStatus, Revision
from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from prm.work.models import Job

# Of one company's page; the rest has a page of its own.
LATEST = 5


def count_waiting(organisation: Organisation) -> int:
    """Return how many names and proposals wait for a person. One query."""
    names = Lookup.objects.filter(status=LookupStatus.AMBIGUOUS).order_by().values("pk")
    proposals = Proposal.objects.filter(status=ProposalStatus.OPEN).order_by().values("pk")
    return names.union(proposals, all=True).count()


def list_proposals(
    organisation: Organisation, *, status: str = ProposalStatus.OPEN, field: str = "", source: str = ""
) -> QuerySet[Proposal]:
    """Return proposals with their company, to be paginated by "-pk"."""
    return _narrowed(organisation, status, field, source).select_related("company")


def count_proposals(organisation: Organisation, *, field: str = "", source: str = "") -> int:
    """Return how many proposals wait, without a look at their companies."""
    return _narrowed(organisation, ProposalStatus.OPEN, field, source).count()


def _narrowed(organisation: Organisation, status: str, field: str, source: str) -> QuerySet[Proposal]:
    found = Proposal.objects.filter(organisation=organisation, status=status)
    if field:
        found = found.filter(field=field)
    return found.filter(source=source) if source else found


def list_open_of(company: Company) -> list[Proposal]:
    """Return what waits of one company, the latest first. One query."""
    return list(Proposal.objects.filter(company=company, status=ProposalStatus.OPEN).order_by("-made_at", "-pk"))


def list_sources(organisation: Organisation) -> list[str]:
    """Return the sources that propose something. One query, over the proposals that wait."""
    found = Proposal.objects.filter(organisation=organisation, status=ProposalStatus.OPEN)
    return sorted(found.order_by().values_list("source", flat=True).distinct())


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
