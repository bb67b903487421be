"""Reads about companies: the list of a filter with how each stands, one company, its people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from contacts.codes.words import NAF_SECTIONS, facts, naf_code, naf_nomenclature
from contacts.lots import narrow_to_lot, read_lot
from contacts.models import Company, Contact
from contacts.queries import CONTACTABLE, COUNTED_UP_TO, TIERS, ContactFilter, list_contacts, one_of
from contacts.searching import MOST_BY_INDEX, Matches, narrow_companies, search_companies
from contacts.standings.models import CompanyStanding
from prm.organisations.models import Organisation
from prm.web.pagination import Key
from prm.work.errors import NotFound

# The standing's own columns, as in contacts.queries.ORDERS.
ORDERS: dict[str, tuple[str | Key, ...]] = {
    "name": ("name_key", "pk"),
    "-name": ("-name_key", "-pk"),
    "heat": ("standing__tier", "standing__total", "standing__company_id"),
    "-heat": ("-standing__tier", "-standing__total", "-standing__company_id"),
    "people": ("standing__people", "standing__company_id"),
    "-people": ("-standing__people", "-standing__company_id"),
    "engaged": ("standing__engaged", "standing__company_id"),
    "-engaged": ("-standing__engaged", "-standing__company_id"),
    "act": (Key("standing__last_act_at", nullable=True), "standing__company_id"),
    "-act": (Key("standing__last_act_at", descending=True, nullable=True), "-standing__company_id"),
}
DEFAULT_ORDER = "-heat"
PEOPLE_BY_HEAT = ("-standing__tier", "-standing__total", "-standing__contact_id")
# People of one company up to here are found by the company and then ordered; more are met soon in any order.
MOST_BY_COMPANY = 2000


@dataclass(frozen=True)
class CompanyFilter:
    """What narrows a list of companies; an empty value does not."""

    words: str = ""
    # "cold", "warm" or "hot": the hottest of its people.
    tier: str = ""
    # "yes" or "no", each: somebody is engaged; somebody is a customer; has a SIREN.
    engaged: str = ""
    customer: str = ""
    known: str = ""
    department: str = ""
    # A section ("J") or division ("62") of NAF rev. 2, or a whole code of either nomenclature.
    naf: str = ""
    headcount: str = ""
    # Those that came in together: "import-12" (contacts/lots.py).
    lot: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is narrowed."""
        return self == CompanyFilter()


def read_company_filter(given: Mapping[str, Any]) -> CompanyFilter:
    """Return the filter an address asks for; what cannot be one is left out. A NAF code typed as a word is one."""
    words = str(given.get("q") or "").replace("\x00", "").strip()[:200]
    naf = _naf(str(given.get("naf") or ""))
    if not naf and naf_nomenclature(words) in {"naf2", "naf2025"}:
        words, naf = "", naf_code(words)
    return CompanyFilter(
        words=words,
        tier=one_of(given.get("tier"), TIERS),
        engaged=one_of(given.get("engaged"), CONTACTABLE),
        customer=one_of(given.get("customer"), CONTACTABLE),
        known=one_of(given.get("known"), CONTACTABLE),
        department=one_of(given.get("department"), facts("departments")),
        naf=naf,
        headcount=one_of(given.get("headcount"), facts("headcount_bands")),
        lot=read_lot(str(given.get("lot") or "")),
    )


def _naf(text: str) -> str:
    code = naf_code(text)
    is_known = code in NAF_SECTIONS or code in facts("naf_rev2_divisions")
    return code if is_known or naf_nomenclature(code) in {"naf2", "naf2025"} else ""


# Companies are counted up to here where their own columns are asked; where only their standing is, up to COUNTED_UP_TO.
COUNTED_BY_JOIN = 20_000


@dataclass(frozen=True)
class CountedCompanies:
    """How many companies there are (at least so many when it is not exact), with somebody hot, and engaged."""

    number: int
    is_exact: bool = True
    hot: int = 0
    engaged: int = 0


@dataclass(frozen=True)
class FoundCompanies:
    """The companies of a filter, the rows it is quickest to count them by, and up to how many."""

    rows: QuerySet[Company]
    counted: QuerySet[CompanyStanding]
    countable: int
    # How many there are, where that is known without counting.
    known: CountedCompanies | None = None
    # None is spelt as was searched for; these are spelt nearly so.
    is_near: bool = False


def find_companies(organisation: Organisation, filters: CompanyFilter, *, forgiving: bool = True) -> FoundCompanies:
    """Return the companies of a filter with their standing, to be ordered and paged.

    Forgiving, a search that no company answers is made again for those spelt nearly so.
    """
    stands, matches = _standing_of(filters), None
    if filters.words:
        matches = search_companies(organisation, filters.words, forgiving=forgiving)
    is_many = matches is not None and matches.ids is None
    counted = CompanyStanding.objects.filter(organisation=organisation, **stands)
    companies = Company.objects.filter(standing__organisation=organisation).select_related("standing")
    rows = companies.filter(**{f"standing__{name}": value for name, value in stands.items()})
    if not asks_company(filters):
        return FoundCompanies(rows, counted, COUNTED_UP_TO)
    own = _narrow(Company.objects.filter(organisation=organisation), filters, matches)
    countable = MOST_BY_INDEX if is_many else COUNTED_BY_JOIN
    is_near = matches is not None and matches.is_near
    known = None
    if is_many and filters == CompanyFilter(words=filters.words):
        known = CountedCompanies(MOST_BY_INDEX, is_exact=False)
    return FoundCompanies(_narrow(rows, filters, matches), counted.filter(company__in=own), countable, known, is_near)


def find_none() -> FoundCompanies:
    """Return what is found where a filter means nothing any more. No query."""
    return FoundCompanies(Company.objects.none(), CompanyStanding.objects.none(), COUNTED_UP_TO)


def asks_company(filters: CompanyFilter) -> bool:
    """Tell whether a filter asks more than how companies stand."""
    return any((filters.words, filters.known, filters.department, filters.headcount, filters.naf, filters.lot))


def _narrow(companies: QuerySet[Company], filters: CompanyFilter, matches: Matches | None) -> QuerySet[Company]:
    """Keep the companies whose own columns are as asked."""
    if matches is not None:
        companies = narrow_companies(companies, matches)
    if filters.known:
        companies = companies.filter(siren__isnull=filters.known == "no")
    if filters.department:
        companies = companies.filter(department=filters.department)
    if filters.headcount:
        companies = companies.filter(headcount_band=filters.headcount)
    if filters.lot:
        companies = narrow_to_lot(companies, filters.lot)
    return companies.filter(_of_activity(filters.naf)) if filters.naf else companies


def _standing_of(filters: CompanyFilter) -> dict[str, Any]:
    """Return what is asked of the standing, as lookups."""
    stands: dict[str, Any] = {"tier": TIERS[filters.tier]} if filters.tier else {}
    for column, value in (("engaged", filters.engaged), ("customers", filters.customer)):
        if value:
            stands[f"{column}__gt" if value == "yes" else column] = 0
    return stands


def _of_activity(naf: str) -> Q:
    """Return the test of an activity as ranges of the code, which an index can serve below a policy."""
    if naf_nomenclature(naf):
        return Q(naf_code=naf) | Q(naf2025_code=naf)
    first, last = NAF_SECTIONS.get(naf) or (int(naf), int(naf))
    # "/" comes right after "."; codes of the other nomenclatures mean something else.
    return Q(naf_nomenclature="naf2", naf_code__gte=f"{first:02}.", naf_code__lt=f"{last:02}/")


def list_companies(organisation: Organisation, filters: CompanyFilter, *, forgiving: bool = True) -> QuerySet[Company]:
    """Return the companies of a filter, where nobody counts them."""
    return find_companies(organisation, filters, forgiving=forgiving).rows


def count_companies(found: FoundCompanies) -> CountedCompanies:
    """Count companies; those with somebody hot or engaged where all are counted. At most one query."""
    if found.known is not None:
        return found.known
    first = found.counted.order_by().values("pk", "hot", "engaged")[: found.countable + 1]
    counts = first.aggregate(
        number=Count("pk"), hot=Count("pk", filter=Q(hot__gt=0)), engaged=Count("pk", filter=Q(engaged__gt=0))
    )
    if counts["number"] > found.countable:
        return CountedCompanies(found.countable, is_exact=False)
    return CountedCompanies(counts["number"], hot=counts["hot"], engaged=counts["engaged"])


def get_company(organisation: Organisation, company_id: int) -> Company:
    """Return one company with its standing, or raise NotFound."""
    found = Company.objects.filter(organisation=organisation, pk=company_id)
    company: Company | None = found.select_related("standing").first()
    if company is None:
        raise NotFound
    return company


def list_people(organisation: Organisation, company: Company) -> QuerySet[Contact]:
    """Return the people of a company, to be ordered and paged. One query where they are not many.

    The planner takes a company for an average one, and would walk the whole order of heat to meet its few people.
    """
    if company.standing.people <= MOST_BY_COMPANY:
        ids = list(Contact.objects.filter(company=company).values_list("pk", flat=True)[: 2 * MOST_BY_COMPANY])
        if len(ids) < 2 * MOST_BY_COMPANY:
            return list_contacts(organisation, ContactFilter()).filter(pk__in=ids)
    return list_contacts(organisation, ContactFilter(company_id=company.pk))


def has_companies(organisation: Organisation) -> bool:
    """Tell whether the base holds any company."""
    return Company.objects.filter(organisation=organisation).exists()
