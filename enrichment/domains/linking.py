"""People without a company, given that of the domain they write from: one of the base, else one made for the domain.

Sets of domains, never people one by one. Nothing is asked of the network here: whoever publishes the site of a new
domain is asked for afterwards, as about any other company.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from contacts import qualification
from contacts.arrivals import came_by, tell_of_companies
from contacts.companies import lock_companies
from contacts.models import Company
from contacts.normalising import company_key
from enrichment.domains.folding import STAND_IN, stamp_of
from enrichment.domains.kinds import DomainKind, kind_of, registrable_domain
from enrichment.providers.outcomes import Mention
from enrichment.settling import get_automatic_percent
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.sql import fetch

# Domains linked in one transaction.
CHUNK = 500
# How sure a company is the one behind a domain (0-1) when all people of the domain who have a company are at that one.
SEVERAL_AGREE, ONE_SAYS = 0.96, 0.88
# A site that names nobody leaves the companies of the domain's people: a person confirms.
SUGGESTED_RATIO = 0.85


@dataclass(frozen=True)
class UnlinkedDomain:
    """A registrable domain, the hosts below it, and how many people without a company write from them."""

    domain: str
    kind: DomainKind
    hosts: tuple[str, ...]
    people: int


@dataclass
class Linked:
    """What became of the people: how many have a company now, at how many of the base, and at which new ones."""

    contact_ids: list[int] = field(default_factory=list)
    known: set[int] = field(default_factory=set)
    made: set[int] = field(default_factory=set)


def list_unlinked(organisation: Organisation, contact_ids: Sequence[int] | None = None) -> list[UnlinkedDomain]:
    """Return the domains people without a company write from, those of most people first. One query."""
    params = {"organisation_id": organisation.pk, "ids": None if contact_ids is None else list(contact_ids)}
    hosts: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for host, people in fetch("enrichment/list_unlinked_hosts", params):
        hosts[registrable_domain(host)].append((host, int(people)))
    found = [
        UnlinkedDomain(domain, kind_of(rows[0][0]), tuple(host for host, _n in rows), sum(n for _host, n in rows))
        for domain, rows in hosts.items()
        if domain
    ]
    return sorted(found, key=lambda one: (-one.people, one.domain))


def link_people(
    organisation: Organisation,
    *,
    domains: Sequence[UnlinkedDomain],
    contact_ids: Sequence[int] | None,
    by: User | None,
    link: str = "",
) -> Linked:
    """Give the people of these domains (of these contacts, if given) a company; providers of mailboxes give none.

    In one transaction, which keeps others from making companies meanwhile: at most CHUNK domains at a time. `link`
    stands in the provenance of what it gave: by it all of it is taken back (enrichment/domains/unlinking.py).
    """
    wanted = [one for one in domains if one.kind == DomainKind.COMPANY]
    linked = Linked()
    if not wanted:
        return linked
    with transaction.atomic():
        lock_companies(organisation)
        known = _find_companies(organisation, wanted)
        made = _make_companies(organisation, [one.domain for one in wanted if one.domain not in known])
        company_of = {**known, **made}
        pairs = [(host, company_of[one.domain]) for one in wanted for host in one.hosts]
        rows = fetch(
            "enrichment/link_hosts",
            {
                "organisation_id": organisation.pk,
                "hosts": [host for host, _company in pairs],
                "company_ids": [company for _host, company in pairs],
                "ids": None if contact_ids is None else list(contact_ids),
                "stamp": json.dumps({**stamp_of(""), **({"link": link} if link else {})}),
            },
        )
        linked.contact_ids = [int(contact_id) for contact_id, _company in rows]
        reached = {int(company_id) for _contact, company_id in rows}
        linked.made = reached & set(made.values())
        linked.known = reached - linked.made
        if linked.made:
            tell_of_companies(organisation, sorted(linked.made), came_by(by))
        if reached:
            qualification.recompute(organisation, contact_ids=linked.contact_ids)
            qualification.profiles_changed(organisation)
            audit.record(organisation, by, "contact.link_domains", organisation, after=_told(linked))
    return linked


def mentions_of(company: Company) -> tuple[Mention, ...]:
    """Return the companies with a SIREN at which people of a company's domain work, as suggestions. Two queries."""
    hosts = [company.domain] if company.domain else []
    counts = _count_people(company.organisation_id, hosts).get(company.domain, {})
    counts.pop(company.pk, None)
    sirens = dict(Company.objects.filter(pk__in=counts, siren__isnull=False).values_list("pk", "siren"))
    total = sum(counts.values())
    found = [
        Mention(siren, round(SUGGESTED_RATIO * counts[pk] / total, 4), "", "")
        for pk, siren in sirens.items()
        if siren is not None
    ]
    return tuple(sorted(found, key=lambda one: -one.score))


def _told(linked: Linked) -> dict[str, int]:
    return {"people": len(linked.contact_ids), "companies": len(linked.known), "new_companies": len(linked.made)}


def _find_companies(organisation: Organisation, domains: Sequence[UnlinkedDomain]) -> dict[str, int]:
    """Return the companies of the base behind these domains, as sure as the organisation wants. Three queries.

    A company that alone has the domain as its web domain is the one, as everywhere else; what people of the domain
    say by where they work is weighed.
    """
    names = {name: one.domain for one in domains for name in (one.domain, *one.hosts)}
    by_web: dict[str, set[int]] = defaultdict(set)
    for domain, pk in Company.objects.filter(domain__in=names).values_list("domain", "pk"):
        by_web[names[domain]].add(pk)
    counts = _count_people(organisation.pk, list(names))
    least = get_automatic_percent(organisation)
    found: dict[str, int] = {}
    for one in domains:
        people: dict[int, int] = defaultdict(int)
        for name in {one.domain, *one.hosts}:
            for company_id, number in counts.get(name, {}).items():
                people[company_id] += number
        web = by_web.get(one.domain, set())
        if len(web) == 1:
            found[one.domain] = next(iter(web))
        elif people and (choice := _surest(people, least)) is not None:
            found[one.domain] = choice
    return found


def _surest(people: Mapping[int, int], least: int | None) -> int | None:
    """Return the company most people of a domain are at, if that is sure enough."""
    company_id = max(people, key=lambda pk: (people[pk], -pk))
    agreed = SEVERAL_AGREE if people[company_id] > 1 else ONE_SAYS
    score = agreed * people[company_id] / sum(people.values())
    return company_id if least is not None and round(score * 100, 2) >= least else None


def _count_people(organisation_id: int, hosts: list[str]) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = defaultdict(dict)
    rows = fetch("enrichment/count_companies_of_hosts", {"organisation_id": organisation_id, "hosts": hosts})
    for host, company_id, people in rows:
        found[host][int(company_id)] = int(people)
    return dict(found)


def _make_companies(organisation: Organisation, domains: Sequence[str]) -> dict[str, int]:
    """Make a company for each domain, known by it alone."""
    made = Company.objects.bulk_create(
        Company(
            organisation=organisation,
            name=domain,
            name_key=company_key(domain),
            domain=domain,
            source=STAND_IN,
            provenance=dict.fromkeys(("*", "name", "domain"), stamp_of(domain)),
        )
        for domain in domains
    )
    return {company.domain: company.pk for company in made}
