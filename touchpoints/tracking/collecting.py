"""Turning beacons into visits and interactions: in batches, each taken off the queue in the transaction that keeps it.

A worker may die anywhere: what it had not committed is still on the queue, what it had is off it. One worker at a time
reads an organisation's queue, so that a visit is never begun twice.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from contacts.networks import Network, find_network
from prm.organisations.models import Organisation
from prm.work.sql import fetch
from prm.work.wakeups import horizon, settle, wake
from touchpoints.kinds import BUILT_IN
from touchpoints.models import Interaction, InteractionKind, Verdict
from touchpoints.recording import NewInteraction, record
from touchpoints.tracking import verdicts
from touchpoints.tracking.companies import know_companies
from touchpoints.tracking.corrections import follow_verdicts
from touchpoints.tracking.identity import (
    Known,
    begins_anew,
    give_back,
    join_past,
    mark_joined,
    may_join,
    read_claim,
)
from touchpoints.tracking.intake import QUEUE
from touchpoints.tracking.models import Site, SourceKind, Visit, Visitor
from touchpoints.tracking.questions import find_proof
from touchpoints.tracking.reading import CLICK, IDENTIFY, KNOWN, LEAVE, LONGEST_SECONDS, PAGE_VIEW, TRAP, host_of
from touchpoints.tracking.sources import Source, name_source
from touchpoints.tracking.visitors import Visitors, try_hold_visitors

# Beacons in one transaction: well below a second.
BATCH_SIZE = 500
# Not every beacon notes that work is due (intake.TELL_SECONDS): after the last ones one looks once more.
LOOK_AGAIN = timedelta(seconds=2)
# A pause of so long ends a visit.
PAUSE = timedelta(minutes=30)
# Pages of a visitor that are looked at for speed.
SPEED_WINDOW = timedelta(seconds=60)
# How long a page left may still tell its time.
VIEW_LIVES = timedelta(days=2)
# Kinds an organisation has at most before its pages can make no new ones: a page's script may send any name.
MOST_KINDS = 200
# Events that are no acts: the script's own words, and who somebody is.
_CLAIMS = frozenset({CLICK, IDENTIFY, KNOWN})
_NO_ACTS = _CLAIMS | {LEAVE, TRAP}

# Called in the transaction that notes how long pages were looked at, with the ids of these page views.
Follower = Callable[[Organisation, Sequence[int]], None]
_followers: list[Follower] = []


def on_lengthened(follower: Follower) -> None:
    """Say what follows when it is known how long pages were looked at; called from AppConfig.ready. No heavy work."""
    if follower not in _followers:
        _followers.append(follower)


@dataclass
class _Hit:
    """One beacon as it stands on the queue."""

    site: Site | None
    received_at: datetime
    browser: UUID | None
    is_audience: bool
    address: str | None
    judged: verdicts.Judged
    events: list[dict[str, Any]]
    known: Known | None = None

    def at(self, event: dict[str, Any]) -> datetime:
        return self.received_at - timedelta(milliseconds=event.get("a", 0))


@dataclass
class _Seen:
    """One event of a beacon, with what is known of it."""

    event: dict[str, Any]
    at: datetime
    site: Site
    judged: verdicts.Judged
    address: str | None
    visitor: Visitor | None = None
    visit: Visit | None = None
    # Of the first page of a visit, or of one that belongs to none.
    source: Source | None = None

    @property
    def what(self) -> str:
        return str(self.event["n"])

    @property
    def properties(self) -> dict[str, Any]:
        found: dict[str, Any] = self.event.get("p") or {}
        return found


def collect(organisation: Organisation) -> int:
    """Read an organisation's queue to its end; return how many beacons that were. In the scope."""
    below, done = horizon(), 0
    while True:
        with transaction.atomic():
            if not try_hold_visitors(organisation):
                return done
            hits = fetch("touchpoints/take_hits", {"organisation_id": organisation.pk, "most": BATCH_SIZE})
            if hits:
                _Batch(organisation, sorted(hits)).keep()
        if not hits:
            break
        done += len(hits)
    if done:
        wake(organisation.pk, QUEUE, due_at=timezone.now() + LOOK_AGAIN)
    settle(organisation.pk, QUEUE, below=below)
    return done


# What another room knows of pages that it serves itself: by address, the touchpoint and what is told of a view of it.
OwnPages = dict[str, tuple[int | None, dict[str, Any]]]
PageFinder = Callable[[Organisation, set[str]], OwnPages]
_page_finders: list[PageFinder] = []


def register_page_finder(finder: PageFinder) -> None:
    """Say which addresses are pages of a room's own; called from AppConfig.ready. At most one query for a batch."""
    _page_finders.append(finder)


class _Batch:
    """Some beacons on their way into the log. About twenty statements, whatever their number."""

    def __init__(self, organisation: Organisation, rows: Sequence[tuple[Any, ...]]) -> None:
        self.organisation = organisation
        self.sites = Site.objects.in_bulk({row[1] for row in rows if row[1] is not None})
        self.hits = [self._hit(row) for row in rows]
        for hit in self.hits:
            hit.known = self._known(hit)
        self.visitors = Visitors(
            organisation,
            {hit.browser for hit in self.hits if hit.browser is not None},
            {hit.known.contact_id for hit in self.hits if hit.known is not None},
        )
        self.joined: list[Visitor] = []
        # Those who were taken for somebody else, and whom.
        self.mistaken: list[tuple[Visitor, int]] = []
        self.visits: dict[UUID, Visit] = {}
        self.begun: list[Visit] = []
        # Verdicts of visits as they were, where this batch makes them worse.
        self.judged_before: dict[int, str] = {}

    def keep(self) -> None:
        """Write everything the beacons say."""
        seen = sorted(self._read(), key=lambda one: one.at)
        self._open_visits(seen)
        self._watch_speed(seen)
        Visitor.objects.bulk_create(self.visitors.begun)
        for visit in self.begun:
            # Only now its visitor has a number; set again, it is taken over.
            visitor = visit.visitor
            visit.visitor = visitor
        Visit.objects.bulk_create(self.begun)
        acts = self._acts(seen)
        urls = {str(one.properties["url"]) for one in acts if one.what == PAGE_VIEW}
        self.own_pages: OwnPages = {}
        for find in _page_finders:
            self.own_pages |= find(self.organisation, urls)
        ids = record(self.organisation, [self._interaction(one) for one in acts])
        self._place_entries(acts, ids)
        self._add_seconds(seen)
        self._write_visits()
        self._note_sites()
        give_back(self.organisation, self.mistaken)
        join_past(self.organisation, self.joined)
        know_companies(self.organisation, self.begun)

    def _hit(self, row: tuple[Any, ...]) -> _Hit:
        _id, site_id, received_at, browser, is_audience, address, agent, is_prefetch, events = row
        site = self.sites.get(site_id)
        judged = verdicts.judge_hit(agent=agent, is_prefetch=is_prefetch, address=address) if site else verdicts.HUMAN
        return _Hit(site, received_at, browser, is_audience, address, judged, json.loads(events))

    def _known(self, hit: _Hit) -> Known | None:
        """Return who a beacon says its browser is. Robots follow links as well, and prove nothing by it."""
        if hit.browser is None or hit.is_audience or hit.judged[0] == Verdict.BOT:
            return None
        for event in hit.events:
            if event["n"] in _CLAIMS:
                found = read_claim(self.organisation, hit.site, event["n"], event.get("p", {}), hit.received_at)
                if found is not None:
                    return found
        return None

    def _read(self) -> list[_Seen]:
        found = []
        for hit in self.hits:
            visitor = self._visitor(hit)
            if hit.site is None or (visitor is None and hit.browser is not None):
                continue
            events = [known for one in hit.events if self._is_of(hit.site, one) and (known := self._proven(hit, one))]
            found += [_Seen(one, hit.at(one), hit.site, hit.judged, hit.address, visitor) for one in events]
        return found

    def _proven(self, hit: _Hit, event: dict[str, Any]) -> dict[str, Any] | None:
        """Return an event with what of it is believed; None where another room believes nothing of it."""
        proof = find_proof(event["n"])
        if proof is None:
            return event
        properties = proof(self.organisation, hit.browser, event.get("p") or {})
        return {**event, "p": properties} if properties is not None else None

    def _visitor(self, hit: _Hit) -> Visitor | None:
        """Return whose beacon it is, who may become somebody by it; None where nobody may be told from others."""
        if hit.browser is None or hit.browser in self.visitors.gone:
            return None
        began_at = min((hit.at(event) for event in hit.events), default=hit.received_at)
        site_id = hit.site.pk if hit.site else None
        visitor = self.visitors.find(hit.browser, hit.received_at) or self.visitors.begin(
            hit.browser, began_at, is_audience=hit.is_audience, site_id=site_id
        )
        known = hit.known
        if known is None or known.contact_id not in self.visitors.contact_ids:
            return visitor
        if begins_anew(visitor, known):
            # Later than who was here before, whatever the browser's clock says.
            began_at = max(began_at, visitor.since + timedelta(milliseconds=1))
            visitor = self.visitors.begin(hit.browser, began_at, site_id=site_id)
        if may_join(visitor, known):
            was = visitor.contact_id
            if mark_joined(self.organisation, visitor, known, hit.received_at) and visitor.contact_id != was:
                self.joined.append(visitor)
                if was is not None:
                    self.mistaken.append((visitor, was))
        return visitor

    def _is_of(self, site: Site, event: dict[str, Any]) -> bool:
        """Tell whether a page is the site's own: bodies may name any."""
        return event["n"] != PAGE_VIEW or self._is_own(site, str(event.get("p", {}).get("url", "")))

    def _is_own(self, site: Site, url: str) -> bool:
        host = host_of(url)
        return any(host == own or host.endswith(f".{own}") for own in site.hosts)

    # --- Visits ---------------------------------------------------------------------------------

    def _open_visits(self, seen: Sequence[_Seen]) -> None:
        known = [one for one in self.visitors.everybody() if one.pk is not None]
        latest = Visit.objects.filter(organisation=self.organisation, visitor__in=known)
        by_pk = {one.pk: one for one in known}
        for visit in latest.order_by("visitor", "-last_at", "-pk").distinct("visitor"):
            visit.visitor = by_pk[visit.visitor_id]
            self.visits[visit.visitor.uid] = visit
        for one in seen:
            if one.visitor is None:
                if one.what == PAGE_VIEW:
                    one.source = name_source(one.properties, one.site.hosts)
                continue
            self._put_into_visit(one, one.visitor)

    def _put_into_visit(self, one: _Seen, visitor: Visitor) -> None:
        visit = self.visits.get(visitor.uid)
        if visit is None or one.at - visit.last_at > PAUSE:
            if one.what in _NO_ACTS:
                # Of a page whose view never came, or of one left open over night.
                one.visit = visit
                return
            visit = self._begin_visit(one, visitor)
        one.visit = visit
        visit.last_at = max(visit.last_at, one.at)
        visitor.last_at = max(visitor.last_at, one.at)
        if one.what == PAGE_VIEW:
            visit.pages += 1
            visitor.page_count += 1
            visit.last_url = one.properties["url"]
        elif one.what == LEAVE:
            visit.seconds = min(visit.seconds + int(one.event.get("s", 0)), 7 * LONGEST_SECONDS)
        elif one.what == TRAP:
            self._judge(visit, (Verdict.BOT, verdicts.TRAP))

    def _begin_visit(self, one: _Seen, visitor: Visitor) -> Visit:
        source = name_source(one.properties, one.site.hosts)
        one.source = source
        url = str(one.properties.get("url", "")) if one.what == PAGE_VIEW else ""
        network = self._network(one, visitor)
        visit = Visit(
            organisation=self.organisation,
            visitor=visitor,
            site=one.site,
            started_at=one.at,
            last_at=one.at,
            landing_url=url,
            last_url=url,
            kind=source.kind,
            source=source.name,
            medium=source.medium,
            campaign=source.campaign,
            network=network.name if network else "",
            network_kind=network.kind if network else "",
            network_domain=network.domain if network else "",
        )
        # What its first request tells; of later ones, that holds for what they bring alone.
        visit.verdict, visit.reason = one.judged
        if visitor.visit_count == 0:
            visitor.first_at = min(visitor.first_at, one.at)
            visitor.entry_url, visitor.entry_kind = url, source.kind
            visitor.entry_source, visitor.entry_campaign = source.name, source.campaign
        visitor.visit_count += 1
        self.visits[visitor.uid] = visit
        self.begun.append(visit)
        return visit

    def _network(self, one: _Seen, visitor: Visitor) -> Network | None:
        """Return whose network a visit comes from, where the organisation wants to know and the visitor said yes."""
        if not one.site.looks_up_networks or visitor.is_audience or not one.address:
            return None
        return find_network(one.address)

    # --- Verdicts -------------------------------------------------------------------------------

    def _judge(self, visit: Visit, judged: verdicts.Judged) -> None:
        """Make a visit's verdict worse, unless a person said who acted."""
        now = (str(visit.verdict), visit.reason)
        found = verdicts.worse(now, judged)
        if visit.is_settled or found == now:
            return
        if visit.pk is not None:
            self.judged_before.setdefault(visit.pk, visit.verdict)
        visit.verdict, visit.reason = found

    def _watch_speed(self, seen: Sequence[_Seen]) -> None:
        pages: dict[UUID, list[datetime]] = defaultdict(list)
        for one in seen:
            if one.what == PAGE_VIEW and one.visitor is not None:
                pages[one.visitor.uid].append(one.at)
        if not pages:
            return
        params = {
            "organisation_id": self.organisation.pk,
            "visitors": [str(uid) for uid in pages],
            "since": min(one.at for one in seen) - SPEED_WINDOW,
        }
        for uid, before in fetch("touchpoints/list_recent_pages", params):
            pages[uid] = sorted([*before, *pages[uid]])
        for uid, pages_at in pages.items():
            if verdicts.is_too_fast(pages_at):
                self._judge(self.visits[uid], (Verdict.SUSPECT, verdicts.SPEED))

    # --- Interactions ---------------------------------------------------------------------------

    def _acts(self, seen: Sequence[_Seen]) -> list[_Seen]:
        """Return what becomes an interaction: what the script itself says does not, nor kinds beyond the most."""
        acts = [one for one in seen if one.what not in _NO_ACTS]
        unknown = {one.what for one in acts} - BUILT_IN.keys()
        if unknown:
            known = set(InteractionKind.objects.values_list("code", flat=True))
            room = max(MOST_KINDS - len(known), 0)
            unknown = set(sorted(unknown - known)[room:])
        return [one for one in acts if one.what not in unknown]

    def _interaction(self, one: _Seen) -> NewInteraction:
        properties = dict(one.properties)
        # The page before on the same site stands in the log already.
        if self._is_own(one.site, str(properties.get("referrer", ""))):
            del properties["referrer"]
        touchpoint_id, told = self.own_pages.get(str(properties.get("url")), (None, {}))
        if one.what == PAGE_VIEW:
            properties |= told
            if not told:
                properties.pop("variant", None)
        if one.visit is not None:
            properties["visit"] = one.visit.pk
        if one.what == PAGE_VIEW and one.visitor is not None and "w" in one.event:
            properties["view"] = one.event["w"]
        source = one.source
        if source is not None and source.kind != SourceKind.DIRECT:
            properties["source"] = source.name
        judged = one.judged
        if one.visit is not None:
            visited = (str(one.visit.verdict), one.visit.reason)
            judged = visited if one.visit.is_settled else verdicts.worse(visited, one.judged)
        visitor = one.visitor
        return NewInteraction(
            one.what,
            contact_id=visitor.contact_id if visitor else None,
            visitor_id=str(visitor.uid) if visitor else None,
            touchpoint_id=touchpoint_id if one.what == PAGE_VIEW else None,
            occurred_at=one.at,
            verdict=judged[0],
            properties=properties,
        )

    def _place_entries(self, acts: Sequence[_Seen], ids: Sequence[int | None]) -> None:
        """Give visits, and visitors who are new, the touchpoint their first page was recognised as."""
        first = {
            number: one
            for one, number in zip(acts, ids, strict=True)
            if one.source is not None and one.visit is not None
        }
        rows = Interaction.objects.filter(
            organisation=self.organisation,
            pk__in=[number for number in first if number is not None],
            occurred_at__gte=min((one.at for one in first.values()), default=timezone.now()),
        )
        for number, touchpoint_id in rows.values_list("pk", "touchpoint_id") if first else ():
            visit = first[number].visit
            if touchpoint_id is None or visit is None:
                continue
            visit.touchpoint_id = touchpoint_id
            if visit.visitor.visit_count == 1:
                visit.visitor.entry_touchpoint_id = touchpoint_id

    def _add_seconds(self, seen: Sequence[_Seen]) -> None:
        spent: dict[tuple[str, str], int] = defaultdict(int)
        for one in seen:
            if one.what == LEAVE and one.visitor is not None and "w" in one.event:
                spent[str(one.visitor.uid), str(one.event["w"])] += int(one.event.get("s", 0))
        if not spent:
            return
        params = {
            "organisation_id": self.organisation.pk,
            "visitors": [uid for uid, _view in spent],
            "views": [view for _uid, view in spent],
            "seconds": list(spent.values()),
            "since": min(one.at for one in seen) - VIEW_LIVES,
            "most": LONGEST_SECONDS,
        }
        lengthened = [row[0] for row in fetch("touchpoints/add_seconds", params)]
        for follow in _followers if lengthened else ():
            follow(self.organisation, lengthened)

    def _write_visits(self) -> None:
        Visit.objects.bulk_update(
            list(self.visits.values()),
            ["last_at", "pages", "seconds", "last_url", "verdict", "reason", "touchpoint"],
        )
        everybody = self.visitors.everybody()
        fields = ["contact", "joined_at", "joined_how", "first_at", "last_at", "visit_count", "page_count"]
        Visitor.objects.bulk_update(
            everybody, [*fields, "entry_url", "entry_kind", "entry_source", "entry_campaign", "entry_touchpoint"]
        )
        worse = [one for one in self.visits.values() if one.pk in self.judged_before]
        if worse:
            follow_verdicts(self.organisation, worse)

    def _note_sites(self) -> None:
        last: dict[int, datetime] = {}
        for hit in self.hits:
            if hit.site is not None:
                last[hit.site.pk] = max(hit.received_at, last.get(hit.site.pk, hit.received_at))
        for site in self.sites.values():
            Site.objects.filter(pk=site.pk).update(last_hit_at=last[site.pk])
        Site.objects.filter(pk__in=self.sites, first_hit_at=None).update(first_hit_at=F("last_hit_at"))
