"""What a page is given for its slots: asked at a steady pace by browsers that are known, over HTTP."""

import json
import statistics
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from benchmarks.timing import Result, owner
from benchmarks.tracking import AGENT, server, walk
from contacts.models import Contact
from contacts.personas.models import Persona
from contacts.segments.keeping import keep_segments
from contacts.segments.models import Segment, SegmentKind
from contacts.segments.services import SegmentInput, create_segment
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from touchpoints.kinds import ensure_kinds
from touchpoints.slots.document import Goal
from touchpoints.slots.services import (
    SettingsInput,
    VariantInput,
    add_variant,
    create_slot,
    publish_slot,
    update_settings,
)
from touchpoints.tracking.models import Site, SourceKind, Visit, Visitor
from touchpoints.tracking.sites import SiteInput, create_site

BROWSERS = 2000
PACE = 100
PACE_SECONDS = 30.0
SLOWEST_SECONDS = 0.050


def measure_slots(organisation: Organisation, size: int, owner_url: str) -> Iterator[Result]:
    """Ask for two places with eight variants between them, of every kind of condition; most browsers are somebody's."""
    with organisation_scope(organisation.pk):
        ensure_kinds(organisation)
        site = create_site(organisation, values=SiteInput("Bench", ("acme.example",)), by=None)
        segment = create_segment(
            organisation,
            values=SegmentInput("Bench", {"field": "source", "op": "is", "value": "site"}, SegmentKind.LIVING),
            by="benchmark",
        )
        keep_segments(organisation)
        persona = Persona.objects.create(organisation=organisation, segment=segment, position=1)
        _publish(organisation, segment, persona)
        browsers = _let_them_come(organisation, site)
    with owner(owner_url) as plain:
        plain.execute("ANALYZE tracking_visitor, tracking_visit")
    requests = [_request(site.key, browser) for browser in browsers]
    with server() as port:
        # Processes put the question together once.
        walk(port, requests, pace=PACE, length=3.0, status=200)
        latencies = walk(port, requests, pace=PACE, length=PACE_SECONDS, status=200)
    p95, p99 = (statistics.quantiles(latencies, n=100)[place] for place in (94, 98))
    yield Result(
        "slots, fragments", size, p95, SLOWEST_SECONDS, p95 / SLOWEST_SECONDS, 1.0,
        note=f"p95 in seconds at {PACE} a second for {PACE_SECONDS:.0f} s ({len(latencies):,} pages of two places, "
        f"eight variants), median {statistics.median(latencies) * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms",
    )  # fmt: skip
    with owner(owner_url) as plain:
        for table in ("tracking_visitor", "slots_slot", "personas_persona", "segments_segment"):
            plain.execute(f"DELETE FROM {table} WHERE organisation_id = %s", [organisation.pk])


def _publish(organisation: Organisation, segment: Segment, persona: Persona) -> None:
    looked = {"kind": "page_view", "days": 90, "property": {"name": "path", "op": "starts_with", "value": "/tarifs"}}
    asked: dict[str, list[dict[str, Any]]] = {
        "hero": [
            {"field": "visit.campaign", "op": "is", "value": "printemps"},
            {"all": [_is("entry.kind", "search"), _is("visit.returning", True), _is("tier", "hot")]},
            {"field": "segment", "op": "in", "value": [str(segment.pk)]},
            {"field": "acts", "op": "did", "value": looked},
        ],
        "offer": [
            _is("persona", str(persona.pk)),
            {
                "all": [
                    _is("entry.campaign", "automne"),
                    {"field": "acts", "op": "did_not", "value": {"kind": "webinar"}},
                ]
            },
            {"field": "company.headcount_band", "op": "in", "value": ["11", "12", "21"]},
            {},
        ],
    }
    for key, conditions in asked.items():
        slot = create_slot(organisation, name=key, key=key, by=None)
        update_settings(organisation, slot_id=slot.pk, values=SettingsInput(key, 10, Goal()), by=None)
        for number, condition in enumerate(conditions):
            html = f'<section class="hero"><h2>{{{{ sector|{key} }}}} {number}</h2><p>{"Words. " * 60}</p></section>'
            add_variant(organisation, slot_id=slot.pk, values=VariantInput(f"{number}", html, None, condition), by=None)
        publish_slot(organisation, slot_id=slot.pk, by=None)


def _is(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": "is", "value": value}


def _let_them_come(organisation: Organisation, site: Site) -> list[UUID]:
    """Write visitors with a visit under way; four of five are contacts."""
    people = list(Contact.objects.order_by("pk").values_list("pk", flat=True)[:BROWSERS])
    now = timezone.now()
    visitors = Visitor.objects.bulk_create(
        Visitor(
            organisation=organisation,
            uid=uuid4(),
            browser=uuid4(),
            browser_key=uuid4().hex,
            site=site,
            contact_id=people[number % len(people)] if number % 5 else None,
            since=now - timedelta(days=40),
            first_at=now - timedelta(days=40),
            last_at=now,
            visit_count=1 + number % 4,
            page_count=5,
            entry_url="https://www.acme.example/",
            entry_kind=SourceKind.SEARCH if number % 2 else SourceKind.CAMPAIGN,
            entry_campaign="" if number % 2 else "automne",
        )
        for number in range(BROWSERS)
    )
    Visit.objects.bulk_create(
        Visit(
            organisation=organisation,
            visitor=one,
            site=site,
            started_at=now - timedelta(days=days),
            last_at=now - timedelta(days=days),
            pages=2,
            campaign="printemps" if one.pk % 3 == 0 else "",
        )
        for one in visitors
        for days in (0, 9, 21)
    )
    return [one.browser for one in visitors if one.browser is not None]


def _request(key: str, browser: UUID) -> bytes:
    url = "https://www.acme.example/?utm_source=linkedin" if browser.int % 3 else "https://www.acme.example/produit"
    said = {"k": key, "v": str(browser), "m": "", "s": ["hero", "offer"], "u": url, "r": "", "l": "fr-FR"}
    body = json.dumps(said)
    head = (
        f"POST /t HTTP/1.1\r\nHost: localhost\r\nOrigin: https://www.acme.example\r\nUser-Agent: {AGENT}\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()
