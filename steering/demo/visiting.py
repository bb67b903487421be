"""Visits of the demo organisation's website: beacons as browsers send them, read by the product itself."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from contacts.models import Company, Contact
from prm.organisations.models import Organisation, User
from touchpoints.models import Touchpoint
from touchpoints.recognition.services import RuleInput, create_rule
from touchpoints.tracking.collecting import collect
from touchpoints.tracking.models import Hit, How, Site, Visit
from touchpoints.tracking.reading import read_beacon
from touchpoints.tracking.sites import SiteInput, create_site

HOST = "https://www.solvane.example"
VISITORS, ROBOTS, KNOWN = 140, 24, 18
DAYS = 30
# Who is here now.
LIVE = 9
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
# Where a first page leads from: (its query, the referring page), the likely ones several times.
FROM: tuple[tuple[str, str], ...] = (
    *(("", "https://www.google.com/"),) * 9,
    *(("", ""),) * 7,
    *(("?utm_source=linkedin&utm_medium=cpc&utm_campaign=arrets-de-ligne", "https://www.linkedin.com/"),) * 4,
    *(("?utm_source=lettre-juin&utm_medium=email", ""),) * 3,
    *(("", "https://www.linkedin.com/"),) * 2,
    *(("", "https://chatgpt.com/"),) * 2,
    ("", "https://www.perplexity.ai/"),
    ("", "https://www.qwant.com/"),
    ("", "https://www.bing.com/"),
    ("", "https://www.usinenouvelle.com/articles/maintenance"),
)
WAYS: tuple[tuple[str, ...], ...] = (
    ("/blog/arrets-non-planifies",),
    ("/blog/arrets-non-planifies", "/", "/tarifs"),
    ("/",),
    ("/", "/clients/fonderie", "/tarifs"),
    ("/", "/produit", "/tarifs", "/contact"),
    ("/clients/fonderie", "/produit"),
    ("/produit", "/tarifs"),
)
TITLES = {
    "/": "Solvane, moins d’arrêts de ligne",
    "/blog/arrets-non-planifies": "Ce que coûte un arrêt non planifié",
    "/tarifs": "Tarifs",
    "/produit": "Le produit",
    "/clients/fonderie": "Une fonderie gagne deux heures par semaine",
    "/contact": "Nous contacter",
}
RULES = (
    ("pricing", {"path": "/tarifs"}),
    ("case-studies", {"path": "/clients/*"}),
    ("blog", {"path": "/blog/*"}),
    ("website-home", {"path": "/"}),
)


def add_visits(
    organisation: Organisation,
    contacts: Sequence[Contact],
    touchpoints: dict[str, Touchpoint],
    chance: random.Random,
    by: User,
) -> None:
    """Track a site, let visitors come for a month and some of them be known, and read what they sent."""
    for code, patterns in RULES:
        create_rule(organisation, values=RuleInput(touchpoints[code].pk, ("page_view",), patterns), by=by)
    site = create_site(organisation, values=SiteInput("solvane.example", ("solvane.example",)), by=by)
    hits = sorted(_hits(site, contacts, chance), key=lambda one: one.received_at)
    Hit.objects.bulk_create(hits)
    collect(organisation)
    _name_networks(organisation)


def _hits(site: Site, contacts: Sequence[Contact], chance: random.Random) -> Iterator[Hit]:
    now = timezone.now()
    known = chance.sample(contacts, KNOWN)
    for number in range(VISITORS):
        browser = UUID(int=chance.getrandbits(128), version=4)
        ago = timedelta(days=chance.uniform(0.1, DAYS))
        if number < LIVE:
            ago = timedelta(minutes=chance.uniform(2, 25))
        visits = 1 + min(int(chance.expovariate(1.2)), 4)
        for one in range(visits):
            at = now - ago - timedelta(days=3.7 * (visits - 1 - one))
            yield from _visit(site, browser, at, chance)
        if number % (VISITORS // KNOWN) == 0 and known:
            yield _known(site, browser, known.pop(), now - ago + timedelta(minutes=1))
    for _number in range(ROBOTS):
        browser = UUID(int=chance.getrandbits(128), version=4)
        at = now - timedelta(days=chance.uniform(0, DAYS))
        page = _page("/", "", "")
        yield _hit(site, browser, at, [page], agent=ROBOT)


def _visit(site: Site, browser: UUID, at: datetime, chance: random.Random) -> Iterator[Hit]:
    query, referrer = chance.choice(FROM)
    for path in chance.choice(WAYS):
        view = str(UUID(int=chance.getrandbits(128), version=4))
        seconds = int(chance.lognormvariate(3.6, 0.7)) + 4
        yield _hit(site, browser, at, [_page(path, query, referrer, view)])
        at += timedelta(seconds=seconds)
        yield _hit(site, browser, at, [{"n": "leave", "a": 0, "w": view, "s": seconds}])
        query, referrer = "", f"{HOST}{path}"


def _page(path: str, query: str, referrer: str, view: str = "") -> dict[str, Any]:
    said = {"url": f"{HOST}{path}{query}", "title": TITLES[path], "referrer": referrer}
    return {"n": "page_view", "a": 0, "w": view, "p": said}


def _hit(site: Site, browser: UUID, at: datetime, events: list[dict[str, Any]], *, agent: str = CHROME) -> Hit:
    """Return a beacon as the intake keeps it."""
    beacon = read_beacon({"k": site.key, "v": str(browser), "e": events})
    return Hit(
        organisation_id=site.organisation_id,
        site=site,
        received_at=min(at, timezone.now()),
        browser=browser,
        agent=agent,
        events=beacon.events,
    )


def _known(site: Site, browser: UUID, contact: Contact, at: datetime) -> Hit:
    """Return what a form that a contact sent puts on the queue."""
    said = {"contact": contact.pk, "how": How.FORM.value}
    event = {"n": "known", "a": 0, "p": said}
    return Hit(
        organisation_id=site.organisation_id,
        browser=browser,
        received_at=min(at, timezone.now()),
        agent="",
        events=[event],
    )


def _name_networks(organisation: Organisation) -> None:
    """Say of some visits whose network they came from, as the operator's files would have."""
    companies = list(Company.objects.filter(organisation=organisation).order_by("pk")[:6])
    visits = list(Visit.objects.filter(visitor__contact=None, verdict="human").order_by("-last_at")[:60])
    for number, visit in enumerate(visits):
        if number % 4 == 0:
            company = companies[number // 4 % len(companies)]
            visit.network, visit.network_kind, visit.network_domain = company.name, "organisation", company.domain
        else:
            visit.network, visit.network_kind = ("Orange", "Bouygues Telecom", "Free")[number % 3], "carrier"
    Visit.objects.bulk_update(visits, ["network", "network_kind", "network_domain"])
    Site.objects.filter(organisation=organisation).update(looks_up_networks=True)
