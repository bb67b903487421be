"""Reads of tracking for pages: who is here, where visits come from, whose networks they come from, which sites send."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone

from contacts.models import Company, Contact
from contacts.networks import OWN
from prm.organisations.models import Organisation
from prm.web.pagination import Page, paginate
from prm.work.errors import NotFound
from touchpoints.models import Interaction, Touchpoint, Verdict
from touchpoints.tracking.models import Site, SourceKind, Visit, Visitor

LIVE = timedelta(minutes=30)
MOST_LIVE = 20
PAGE_SIZE = 30
MOST_SOURCES = 30
MOST_ENTRIES = 15
MOST_NETWORKS = 100
PERIODS = (7, 30, 90)
ORDER = ("-last_at", "-pk")
# Pages of one visit that a page shows.
MOST_PAGES = 50


@dataclass(frozen=True)
class Live:
    """Who was here in the last half hour: humans and doubtful ones, robots apart."""

    visits: Sequence[Visit]
    number: int
    robots: int


@dataclass(frozen=True)
class SourceLine:
    """One source in a period."""

    kind: str
    name: str
    visits: int
    visitors: int
    pages: int
    # Visitors of it who are contacts by now.
    known: int
    share_percent: float

    @property
    def kind_label(self) -> str:
        """What kind of source it is, in words."""
        return str(SourceKind(self.kind).label)

    @property
    def label(self) -> str:
        """The source's name; that of its kind for a direct visit."""
        return self.name or self.kind_label


@dataclass(frozen=True)
class EntryLine:
    """One page, or one touchpoint, through which visitors began."""

    url: str
    touchpoint: Touchpoint | None
    visitors: int
    known: int


@dataclass(frozen=True)
class Sources:
    """Where the visits of a period come from, and how new visitors began. Humans only."""

    visits: int
    visitors: int
    lines: Sequence[SourceLine]
    pages: Sequence[EntryLine]
    touchpoints: Sequence[EntryLine]


@dataclass(frozen=True)
class NetworkLine:
    """Visits from one network."""

    name: str
    domain: str
    kind: str
    visits: int
    visitors: int
    pages: int
    last_at: datetime
    company: Company | None = None

    @property
    def is_weak(self) -> bool:
        """Tell whether it says nothing of the company somebody works for."""
        return self.kind != OWN


def list_sites(organisation: Organisation) -> list[Site]:
    """Return the sites by name. One query."""
    return list(Site.objects.filter(organisation=organisation).order_by("name", "pk"))


def get_site(organisation: Organisation, site_id: int) -> Site:
    """Return a site; raise NotFound. One query."""
    site: Site | None = Site.objects.filter(organisation=organisation, pk=site_id).first()
    if site is None:
        raise NotFound
    return site


def list_live(organisation: Organisation) -> Live:
    """Return who was here in the last half hour, the latest first. Two queries, on tracking_visit_last."""
    found = Visit.objects.filter(organisation=organisation, last_at__gt=timezone.now() - LIVE)
    robots = Q(verdict=Verdict.BOT)
    counts = found.aggregate(number=Count("pk", filter=~robots), robots=Count("pk", filter=robots))
    visits = found.exclude(robots).select_related("visitor__contact", "site").order_by(*ORDER)[:MOST_LIVE]
    return Live(list(visits), counts["number"], counts["robots"])


def list_visits(
    organisation: Organisation, *, verdict: str = "", known: bool | None = None, cursor: str | None = None
) -> Page[Visit]:
    """Return a page of visits, the latest first; raises Invalid for a damaged cursor. One query."""
    found: QuerySet[Visit] = Visit.objects.filter(organisation=organisation)
    if verdict:
        found = found.filter(verdict=verdict)
    if known is not None:
        found = found.filter(visitor__contact__isnull=not known)
    rows = found.select_related("visitor__contact", "site", "touchpoint")
    return paginate(rows, ORDER, cursor=cursor, size=PAGE_SIZE)


def find_sources(organisation: Organisation, *, days: int) -> Sources:
    """Return where human visits of the last days came from. Four queries over the period's visits."""
    since = timezone.now() - timedelta(days=days)
    visits = Visit.objects.filter(organisation=organisation, started_at__gt=since, verdict=Verdict.HUMAN)
    rows = list(
        visits.values("kind", "source")
        .annotate(
            visits=Count("pk"),
            visitors=Count("visitor", distinct=True),
            pages=Sum("pages"),
            known=Count("visitor", filter=Q(visitor__contact__isnull=False), distinct=True),
        )
        .order_by("-visits", "kind", "source")
    )
    total = sum(row["visits"] for row in rows)
    lines = [
        SourceLine(
            row["kind"],
            row["source"],
            row["visits"],
            row["visitors"],
            row["pages"] or 0,
            row["known"],
            100 * row["visits"] / total,
        )
        for row in rows[:MOST_SOURCES]
    ]
    began = Visit.objects.filter(
        organisation=organisation, started_at__gt=since, verdict=Verdict.HUMAN, visitor__first_at__gt=since
    )
    visitors = Count("visitor", distinct=True)
    known = Count("visitor", filter=Q(visitor__contact__isnull=False), distinct=True)
    pages = (
        began.exclude(visitor__entry_url="")
        .values_list("visitor__entry_url")
        .annotate(n=visitors, known=known)
        .order_by("-n", "visitor__entry_url")
    )
    places = list(
        began.exclude(visitor__entry_touchpoint=None)
        .values_list("visitor__entry_touchpoint")
        .annotate(n=visitors, known=known)
        .order_by("-n", "visitor__entry_touchpoint")[:MOST_ENTRIES]
    )
    touchpoints = Touchpoint.objects.in_bulk([row[0] for row in places])
    return Sources(
        visits=total,
        visitors=visits.aggregate(number=visitors)["number"],
        lines=lines,
        pages=[EntryLine(url, None, number, joined) for url, number, joined in pages[:MOST_ENTRIES]],
        touchpoints=[
            EntryLine("", touchpoints[pk], number, joined) for pk, number, joined in places if pk in touchpoints
        ],
    )


def list_networks(organisation: Organisation, *, days: int) -> list[NetworkLine]:
    """Return whose networks human visits of the last days came from, companies first. Two queries."""
    since = timezone.now() - timedelta(days=days)
    rows = list(
        Visit.objects.filter(organisation=organisation, started_at__gt=since, verdict=Verdict.HUMAN)
        .exclude(network="")
        .values("network", "network_kind", "network_domain")
        .annotate(visits=Count("pk"), visitors=Count("visitor", distinct=True), pages=Sum("pages"), last=Max("last_at"))
        .order_by("-visits", "network")[:MOST_NETWORKS]
    )
    domains = {row["network_domain"] for row in rows if row["network_domain"]}
    names = {row["network"] for row in rows if row["network_kind"] == OWN}
    known = Company.objects.filter(Q(domain__in=domains) | Q(name__in=names), organisation=organisation)
    companies = {one.domain: one for one in known if one.domain} | {one.name: one for one in known}
    lines = [
        NetworkLine(
            row["network"],
            row["network_domain"],
            row["network_kind"],
            row["visits"],
            row["visitors"],
            row["pages"] or 0,
            row["last"],
            (companies.get(row["network_domain"]) or companies.get(row["network"]))
            if row["network_kind"] == OWN
            else None,
        )
        for row in rows
    ]
    return sorted(lines, key=lambda one: one.is_weak)


def get_visitor(organisation: Organisation, visitor_id: int) -> Visitor:
    """Return a visitor with its contact and entry point; raise NotFound. One query."""
    found = Visitor.objects.filter(organisation=organisation, pk=visitor_id)
    visitor: Visitor | None = found.select_related("contact", "entry_touchpoint", "site").first()
    if visitor is None:
        raise NotFound
    return visitor


def list_visits_of(visitor: Visitor, *, cursor: str | None = None) -> Page[Visit]:
    """Return a page of one visitor's visits, the latest first. One query."""
    rows = Visit.objects.filter(organisation=visitor.organisation_id, visitor=visitor)
    return paginate(rows.select_related("site", "touchpoint"), ORDER, cursor=cursor, size=10)


def list_acts_of(visitor: Visitor, visits: Sequence[Visit]) -> dict[int, list[Interaction]]:
    """Return what happened in some visits of one visitor, by visit, in order. One query."""
    if not visits:
        return {}
    rows = Interaction.objects.filter(
        organisation=visitor.organisation_id,
        visitor_id=visitor.uid,
        occurred_at__gte=min(one.started_at for one in visits),
        occurred_at__lte=max(one.last_at for one in visits),
    ).order_by("occurred_at", "pk")
    found: dict[int, list[Interaction]] = {one.pk: [] for one in visits}
    for row in rows[: MOST_PAGES * len(visits)]:
        visit = row.properties.get("visit")
        if visit in found:
            found[visit].append(row)
    return found


def list_visitors_of(contact: Contact) -> list[Visitor]:
    """Return the browsers a contact is known by, the first first. One query."""
    found = Visitor.objects.filter(organisation=contact.organisation_id, contact=contact)
    return list(found.select_related("entry_touchpoint", "site").order_by("first_at", "pk"))
