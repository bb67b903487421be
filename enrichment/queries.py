"""What the pages of enrichment read."""

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from contacts.models import Company, Contact
from enrichment.bulk import KIND, Selection, Which, list_companies
from enrichment.models import Lookup, LookupStatus
from enrichment.partners.models import PARTNER_FILE
from enrichment.proofs.models import CompanyState
from enrichment.proofs.queries import MOST_ON_BADGE
from enrichment.providers.registry import get_provider
from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from prm.work.models import Job, JobStatus
from prm.work.remembering import Remembered, remembered
from prm.work.sql import fetch

# Shown with their count; the others are too many to count on a page.
COUNTED = (LookupStatus.AMBIGUOUS, LookupStatus.UNAVAILABLE, LookupStatus.WAITING)


@dataclass(frozen=True)
class Coverage:
    """How much is known of the organisation's companies."""

    total: int = 0
    with_siren: int = 0
    with_activity: int = 0
    with_headcount: int = 0
    closed: int = 0
    private: int = 0

    def share(self, number: int) -> float:
        """Return a number as percent of all companies."""
        return 100 * number / self.total if self.total else 0.0

    @property
    def siren_percent(self) -> float:
        """Companies with a SIREN."""
        return self.share(self.with_siren)

    @property
    def activity_percent(self) -> float:
        """Companies whose activity is known."""
        return self.share(self.with_activity)

    @property
    def headcount_percent(self) -> float:
        """Companies whose headcount is known."""
        return self.share(self.with_headcount)


@dataclass(frozen=True)
class Choice:
    """One selection for enrichment in bulk: how many companies, and how long the source needs for them."""

    which: str
    count: int
    seconds: float


@dataclass(frozen=True)
class Figures:
    """What the head of the page counts over all companies."""

    coverage: Coverage
    choices: list[Choice]


def get_figures(organisation: Organisation) -> Remembered[Figures]:
    """Return coverage and selections: as they are now, or kept a while where that takes long. Three queries."""
    return remembered(
        organisation,
        "enrichment.figures",
        lambda: Figures(get_coverage(organisation), list_choices(organisation)),
    )


def get_coverage(organisation: Organisation) -> Coverage:
    """Return what is known of the companies. One query, over all of them."""
    found = Company.objects.aggregate(
        total=Count("pk"),
        with_siren=Count("pk", filter=Q(siren__isnull=False)),
        with_activity=Count("pk", filter=~Q(naf_code="")),
        # "NN" is also written where nobody knows.
        with_headcount=Count("pk", filter=~Q(headcount_band__in=["", "NN"])),
        closed=Count("pk", filter=Q(is_closed=True)),
        private=Count("pk", filter=Q(partial_diffusion=True)),
    )
    return Coverage(**found)


def count_lookups(organisation: Organisation) -> dict[str, int]:
    """Return how many lookups wait, are doubtful or got no answer, and how many "proposals" wait (to `MOST_ON_BADGE`).

    One query, by the index of the states.
    """
    statuses = [status.value for status in COUNTED]
    params = {"organisation_id": organisation.pk, "statuses": statuses, "most": MOST_ON_BADGE}
    found = dict(fetch("enrichment/count_questions", params))
    return {name: int(found.get(name, 0)) for name in (*statuses, "proposals")}


def count_doubtful(organisation: Organisation) -> int:
    """Return how many names wait for a person's choice."""
    return Lookup.objects.filter(status=LookupStatus.AMBIGUOUS).count()


def list_lookups(organisation: Organisation, *, status: str = "", job_id: int | None = None) -> QuerySet[Lookup]:
    """Return lookups with their company and who asked, to be paginated by "-pk"."""
    lookups = Lookup.objects.select_related("company", "asked_by")
    if status:
        lookups = lookups.filter(status=status)
    return lookups.filter(job_id=job_id) if job_id is not None else lookups


def get_lookup(organisation: Organisation, lookup_id: int) -> Lookup:
    """Return one lookup with its company; raises NotFound."""
    lookup = Lookup.objects.select_related("company", "asked_by").filter(pk=lookup_id).first()
    if lookup is None:
        raise NotFound
    return lookup


def get_company(organisation: Organisation, company_id: int) -> Company:
    """Return one company; raises NotFound."""
    company = Company.objects.filter(pk=company_id).first()
    if company is None:
        raise NotFound
    return company


def get_contact(organisation: Organisation, contact_id: int) -> Contact:
    """Return one contact with its company; raises NotFound."""
    contact = Contact.objects.select_related("company").filter(pk=contact_id).first()
    if contact is None:
        raise NotFound
    return contact


def find_last_lookup(company: Company) -> Lookup | None:
    """Return the newest question to a register about a company, with the `directors` it told of (names and roles)."""
    told = CompanyState.objects.filter(company=OuterRef("company")).values("directors")[:1]
    lookups = Lookup.objects.filter(company=company).exclude(provider=PARTNER_FILE).annotate(directors=Subquery(told))
    return lookups.order_by("-created_at").first()


def find_next_doubtful(organisation: Organisation, *, after: Lookup) -> Lookup | None:
    """Return the next lookup to settle: the one before this in the list, else the newest."""
    doubtful = Lookup.objects.filter(status=LookupStatus.AMBIGUOUS).exclude(pk=after.pk).order_by("-pk")
    return doubtful.filter(pk__lt=after.pk).first() or doubtful.first()


def find_last_job(organisation: Organisation) -> Job | None:
    """Return the newest enrichment in bulk."""
    return Job.objects.filter(kind=KIND).order_by("-created_at").first()


def find_running_job(organisation: Organisation) -> Job | None:
    """Return an enrichment in bulk that waits or is at work."""
    at_work = (JobStatus.WAITING, JobStatus.RUNNING, JobStatus.STOPPING)
    return Job.objects.filter(kind=KIND, status__in=at_work).order_by("-created_at").first()


def list_choices(organisation: Organisation) -> list[Choice]:
    """Return the selections for enrichment in bulk that have companies, with their counts. Two queries."""
    missing, stale = (list_companies(organisation, Selection(which)).count() for which in (Which.MISSING, Which.STALE))
    counts = {Which.DUE: missing + stale, Which.MISSING: missing, Which.STALE: stale}
    interval = get_provider().pace.interval
    both = missing and stale
    return [
        Choice(which.value, count, count * interval)
        for which, count in counts.items()
        if count and (which != Which.DUE or both)
    ]
