"""What pages are given: the first variant that fits, by what may be known of whoever looks, and nothing else."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.consent.models import Act, Source
from contacts.consent.services import add_starting_purposes, record_consents
from contacts.models import Company, Contact, Standing, Tier
from contacts.personas.models import Persona
from contacts.segments.models import SegmentMember
from contacts.segments.services import SegmentInput, archive_segment, create_segment
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.touchpoints.lead_forms.builders import make_form
from tests.touchpoints.slots.asking import SPRING, ask, ask_raw, html, make_slot, variant
from tests.touchpoints.tracking.sending import GOOGLEBOT, event, make_site, new_browser, page, post, read, send
from touchpoints.lead_forms.services import archive_form
from touchpoints.models import Touchpoint
from touchpoints.slots.document import read_document
from touchpoints.slots.models import Slot, SlotAsk
from touchpoints.slots.services import (
    VariantInput,
    archive_slot,
    pause_slot,
    publish_slot,
    restore_slot,
    update_variant,
)
from touchpoints.tracking.identity import identify
from touchpoints.tracking.models import Mode, Site, Visitor

CAMPAIGN = "/?utm_source=linkedin&utm_campaign=printemps"


def known(organisation: Organisation, site: Site, contact: Contact | None = None, **first: Any) -> str:
    """Return a browser that was here, and is somebody's."""
    browser = new_browser()
    send(site, page("/", ago=10, **first), browser=browser)
    if contact is not None:
        identify(organisation, browser=browser, contact_id=contact.pk)
    read(organisation)
    return browser


def person(organisation: Organisation, **values: Any) -> Contact:
    return Contact.objects.create(organisation=organisation, **{"email": "ines@acme.example", **values})


def when(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op} | ({"value": value} if value is not None else {})


def test_a_campaign_shows_its_variant_and_everybody_else_the_site(solvane: Organisation, site: Site) -> None:
    make_slot(solvane)
    found = ask(site, path=CAMPAIGN)
    assert found["hero"]["h"] == "<p>Spring</p>"
    assert ask(site) == {}


def test_the_first_that_fits_wins(solvane: Organisation, site: Site) -> None:
    make_slot(solvane, variant("one", SPRING), variant("two", when("visit.source", "is", "linkedin")), variant("rest"))
    assert html(site, CAMPAIGN) == "<p>one</p>"
    assert html(site, "/?utm_source=linkedin&utm_campaign=x") == "<p>two</p>"
    assert html(site) == "<p>rest</p>"


@pytest.mark.parametrize(
    ("condition", "asked", "fits"),
    [
        (when("visit.kind", "is", "search"), ("/", {"referrer": "https://www.google.fr/"}), True),
        (when("visit.kind", "is", "search"), ("/", {"referrer": "https://www.linkedin.com/"}), False),
        (when("visit.kind", "is", "ai"), ("/", {"referrer": "https://chatgpt.com/"}), True),
        (when("visit.kind", "is", "direct"), ("/", {"referrer": "https://acme.fr/tarifs"}), True),
        (when("visit.source", "is", "Google"), ("/", {"referrer": "https://www.google.com/search"}), True),
        (when("visit.medium", "is", "cpc"), ("/?utm_source=x&utm_medium=cpc", {}), True),
        (when("visit.content", "is", "b"), ("/?utm_source=x&utm_content=b", {}), True),
        (when("visit.path", "starts_with", "/tarifs"), ("/tarifs/2026", {}), True),
        (when("visit.path", "starts_with", "/tarifs"), ("/blog", {}), False),
        (when("visit.language", "is", "en"), ("/", {"language": "en-GB"}), True),
        (when("visit.language", "is", "en"), ("/", {"language": "fr"}), False),
        (when("visit.known", "is", False), ("/", {}), True),
        (when("visit.returning", "is", True), ("/", {}), False),
        (when("tier", "is", "hot"), ("/", {}), False),
        (when("segment", "is_set"), ("/", {}), False),
        (when("entry.kind", "is", "search"), ("/", {"referrer": "https://www.google.fr/"}), False),
    ],
)
def test_what_a_request_tells_by_itself(
    solvane: Organisation, site: Site, condition: dict[str, Any], asked: tuple[str, dict[str, Any]], fits: bool
) -> None:
    make_slot(solvane, variant("yes", condition))
    path, more = asked
    assert bool(html(site, path, **more)) is fits


def test_the_campaign_holds_for_the_whole_visit_of_who_consented(solvane: Organisation, site: Site) -> None:
    make_slot(solvane)
    browser = new_browser()
    send(site, page(CAMPAIGN, ago=60), browser=browser)
    read(solvane)
    assert html(site, "/tarifs", browser=browser) == "<p>Spring</p>"
    # Without consent, this very page alone.
    assert html(site, "/tarifs") == ""


def test_returning_and_new(solvane: Organisation, site: Site) -> None:
    make_slot(solvane, variant("back", when("visit.returning", "is", True)), variant("new"))
    browser = known(solvane, site)
    assert html(site, browser=new_browser()) == "<p>new</p>"
    assert html(site, browser=browser) == "<p>new</p>"
    Visitor.objects.update(visit_count=2)
    assert html(site, browser=browser) == "<p>back</p>"


def test_the_entry_point_is_the_first_and_stays(solvane: Organisation, site: Site) -> None:
    make_slot(solvane, variant("search", when("entry.kind", "is", "search")))
    browser = known(solvane, site, referrer="https://www.google.fr/")
    send(site, page("/?utm_source=mail&utm_campaign=x", ago=1), browser=browser)
    read(solvane)
    assert html(site, "/?utm_source=other", browser=browser) == "<p>search</p>"
    # A browser that begins with this very request begins so; one that may not be told from others does not.
    google = {"referrer": "https://www.google.fr/"}
    assert html(site, browser=new_browser(), **google) == "<p>search</p>"
    assert html(site, **google) == ""


def test_an_entry_point_is_a_touchpoint(solvane: Organisation, site: Site) -> None:
    touchpoint = Touchpoint.objects.create(organisation=solvane, name="Prices", code="prices")
    make_slot(solvane, variant("prices", when("entry.touchpoint", "is", "prices")))
    browser = known(solvane, site)
    assert html(site, browser=browser) == ""
    Visitor.objects.update(entry_touchpoint=touchpoint)
    assert html(site, browser=browser) == "<p>prices</p>"


def test_persona_segment_and_tier_of_a_known_person(solvane: Organisation, site: Site) -> None:
    ines = person(solvane, job_title="CTO")
    segment = create_segment(solvane, values=SegmentInput("Hot ones", {"field": "job_title", "op": "is_set"}), by="x")
    persona = Persona.objects.create(organisation=solvane, segment=segment, position=1)
    make_slot(
        solvane,
        variant("tier", when("tier", "is", "hot")),
        variant("segment", {"all": [when("segment", "is", str(segment.pk)), when("visit.campaign", "is", "s")]}),
        variant("persona", when("persona", "is", str(persona.pk))),
    )
    browser = known(solvane, site, ines)
    assert html(site, browser=browser) == ""
    SegmentMember.objects.create(organisation=solvane, segment=segment, contact=ines, entered_at=timezone.now())
    assert html(site, browser=browser) == "<p>persona</p>"
    assert html(site, "/?utm_source=x&utm_campaign=s", browser=browser) == "<p>segment</p>"
    Standing.objects.filter(contact=ines).update(tier=Tier.HOT)
    assert html(site, browser=browser) == "<p>tier</p>"
    # The same browser without consent is nobody's.
    assert html(site) == ""


def test_what_somebody_did_counts(solvane: Organisation, site: Site) -> None:
    ines = person(solvane)
    make_slot(solvane, variant("priced", when("acts", "did", {"kind": "page_view", "times": 2, "days": 30})))
    browser = known(solvane, site, ines)
    assert html(site, browser=browser) == ""
    send(site, page("/tarifs"), browser=browser)
    read(solvane)
    assert html(site, browser=browser) == "<p>priced</p>"


def test_who_said_no_to_it_is_not_told_from_others(solvane: Organisation, site: Site) -> None:
    add_starting_purposes(solvane)
    ines = person(solvane, job_title="CTO")
    make_slot(solvane, variant("cto", when("job_title", "is", "CTO")))
    browser = known(solvane, site, ines)
    assert html(site, browser=browser) == "<p>cto</p>"
    record_consents(solvane, [ines.pk], purpose="personalisation", act=Act.WITHDRAWN, source=Source.CENTRE)
    assert html(site, browser=browser) == ""


@pytest.mark.parametrize("header", [{"sec-gpc": "1"}, {"dnt": "1"}])
def test_a_browser_that_says_no_is_nobodys(solvane: Organisation, site: Site, header: dict[str, str]) -> None:
    ines = person(solvane, job_title="CTO")
    make_slot(solvane, variant("cto", when("job_title", "is", "CTO")), variant("spring", SPRING), control_percent=90)
    browser = known(solvane, site, ines)
    assert html(site, browser=browser, **header) == ""
    assert html(site, CAMPAIGN, browser=browser, **header) == "<p>spring</p>"


def test_audience_measurement_gives_the_entry_point_and_no_person(solvane: Organisation) -> None:
    site = make_site(solvane, mode=Mode.AUDIENCE)
    make_slot(
        solvane,
        variant("search", when("entry.kind", "is", "search")),
        variant("known", when("visit.known", "is", True)),
    )
    browser = new_browser()
    send(site, page(referrer="https://www.google.fr/"), browser=browser, mode="a")
    read(solvane)
    assert html(site, browser=browser, mode="a") == "<p>search</p>"
    # On a site that asks for consent, nobody is measured so.
    Site.objects.update(mode=Mode.CONSENT)
    assert html(site, browser=browser, mode="a") == ""


def test_days(solvane: Organisation, site: Site) -> None:
    today = timezone.localdate()
    make_slot(
        solvane,
        variant("over", ends_on=today - timedelta(days=2)),
        variant("later", starts_on=today + timedelta(days=2)),
        variant("now", starts_on=today - timedelta(days=1), ends_on=today + timedelta(days=1)),
    )
    assert html(site) == "<p>now</p>"


def test_what_is_published_holds_at_once_and_a_pause_too(solvane: Organisation, site: Site) -> None:
    slot = make_slot(solvane, variant("one"))
    assert html(site) == "<p>one</p>"
    (first,) = read_document(slot.draft).variants
    update_variant(solvane, slot_id=slot.pk, key=first.key, values=variant("two"), by=None)
    assert html(site) == "<p>one</p>"
    publish_slot(solvane, slot_id=slot.pk, by=None)
    assert html(site) == "<p>two</p>"
    pause_slot(solvane, slot_id=slot.pk, by=None)
    assert ask(site) == {}
    publish_slot(solvane, slot_id=slot.pk, by=None)
    assert html(site) == "<p>two</p>"
    archive_slot(solvane, slot_id=slot.pk, by=None)
    assert ask(site) == {}
    restore_slot(solvane, slot_id=slot.pk, by=None)
    assert ask(site) == {}


def test_a_condition_that_went_stale_fits_nobody(solvane: Organisation, site: Site) -> None:
    segment = create_segment(solvane, values=SegmentInput("S", {"field": "email", "op": "is_set"}), by="x")
    make_slot(solvane, variant("seg", {"not": when("segment", "is", str(segment.pk))}), variant("rest"))
    assert html(site) == "<p>seg</p>"
    archive_segment(solvane, segment_id=segment.pk, by="x")
    Slot.objects.get().save()
    assert html(site) == "<p>rest</p>"


def test_a_form_stands_below_and_one_that_is_gone_does_not(solvane: Organisation, site: Site) -> None:
    form = make_form(solvane, hosts=["www.acme.fr"])
    make_slot(solvane, variant("write", form_id=form.pk))
    assert f'/f/{solvane.pk}-{form.key}/frame/"' in html(site)
    archive_form(solvane, form_id=form.pk, by=None)
    Slot.objects.get().save()
    assert html(site) == "<p>write</p>"


def test_marks_say_what_thousands_share_and_never_more(solvane: Organisation, site: Site) -> None:
    company = Company.objects.create(
        organisation=solvane, name="Acme", name_key="acme", naf_code="62.01Z", department="56"
    )
    ines = person(solvane, first_name="Inès", company=company)
    text = "<p>{{ campaign|now }} {{ sector|your sector }} {{ department|near you }}</p>"
    make_slot(solvane, VariantInput("Marks", text))
    assert html(site) == "<p>now your sector near you</p>"
    browser = known(solvane, site, ines)
    found = html(site, CAMPAIGN, browser=browser)
    assert found == "<p>printemps Information et communication Morbihan</p>"
    assert "Inès" not in found
    evil = "/?utm_source=x&utm_campaign=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"
    assert html(site, evil) == "<p>now your sector near you</p>"


def test_the_control_group_sees_the_site_always_the_same(solvane: Organisation, site: Site) -> None:
    make_slot(solvane, variant("one"), control_percent=30)
    browsers = [new_browser() for _n in range(200)]
    given = {browser: ask(site, browser=browser)["hero"] for browser in browsers}
    left = [browser for browser, one in given.items() if "h" not in one]
    assert 35 <= len(left) <= 90
    assert all("x" in one for one in given.values())
    assert all("h" not in ask(site, browser=browser)["hero"] for browser in left[:10])
    # Whoever may not be told from others is in no group.
    assert all(html(site) for _n in range(20))


def test_robots_read_the_site(solvane: Organisation, site: Site) -> None:
    make_slot(solvane, variant("one"))
    assert ask(site, agent=GOOGLEBOT) == {}


def test_only_the_sites_own_pages_are_answered(solvane: Organisation, site: Site) -> None:
    make_slot(solvane, variant("one"))
    answer = ask_raw(site)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://www.acme.fr"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    for origin in ("https://evil.example", "https://acme.fr.evil.example", ""):
        refused = ask_raw(site, origin=origin)
        assert (refused.status_code, refused.content) == (404, b"")
        assert "Access-Control-Allow-Origin" not in refused.headers
    assert ask_raw("nosuchsite1").status_code == 404
    # The address of another site says nothing of this one's visits.
    make_slot(solvane, key="other")
    assert ask(site, ["other"], "https://evil.example/?utm_source=x&utm_campaign=printemps") == {}


def test_another_organisations_slots_are_not_found(scoped: World, solvane: Organisation, site: Site) -> None:
    with organisation_scope(scoped.twin.pk):
        make_slot(scoped.twin, variant("twin"))
    assert ask(site) == {}
    make_slot(solvane, variant("own"))
    assert html(site) == "<p>own</p>"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        json.dumps({"k": "x", "s": ["hero"]}).encode(),
        json.dumps({"k": "abcdefgh", "s": "hero"}).encode(),
        json.dumps({"k": "abcdefgh", "s": ["hero"], "v": "123"}).encode(),
        json.dumps({"k": "abcdefgh", "s": ["hero"], "v": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}).encode(),
    ],
)
def test_bodies_that_are_no_question(solvane: Organisation, site: Site, body: bytes) -> None:
    assert post(body).status_code == 400


def test_odd_names_and_sixty_places(solvane: Organisation, site: Site) -> None:
    for number in range(25):
        make_slot(solvane, variant(f"v{number}"), key=f"k{number}")
    found = ask(site, [f"k{number}" for number in range(25)] + [f"none{number}" for number in range(35)])
    assert len(found) == 20
    assert ask(site, [None, 7, "", "x" * 41, "a b", "<script>", "k1", "k1"]).keys() == {"k1"}
    assert ask(site, []) == {}
    assert ask(site, ["k1"], "javascript:alert(1)").keys() == {"k1"}


def test_a_forged_visitor_is_nobody(solvane: Organisation, site: Site) -> None:
    make_slot(solvane, variant("known", when("visit.known", "is", True)))
    ines = person(solvane)
    browser = known(solvane, site, ines)
    uid = str(Visitor.objects.get().uid)
    assert html(site, browser=browser) == "<p>known</p>"
    # The number that interactions carry is none of a browser's.
    assert html(site, browser=uid) == ""


def test_at_most_four_statements(solvane: Organisation, site: Site) -> None:
    ines = person(solvane)
    make_slot(solvane, variant("tier", when("tier", "is", "hot")), variant("rest"))
    make_slot(solvane, variant("acts", when("acts", "did", {"kind": "page_view"})), key="second")
    browser = known(solvane, site, ines)
    ask(site, ["hero", "second"], browser=browser)
    with CaptureQueriesContext(connection) as queries:
        found = ask(site, ["hero", "second"], browser=browser)
    assert found.keys() == {"hero", "second"}
    # Whose it is, the scope, the conditions, the scope's end.
    assert len(queries) == 4


def test_who_asks_is_noted_and_junk_makes_no_heap(solvane: Organisation, site: Site) -> None:
    make_slot(solvane)
    ask(site)
    (noted,) = SlotAsk.objects.all()
    assert (noted.key, noted.host, noted.site) == ("hero", "www.acme.fr", site)
    for start in range(0, 400, 20):
        ask(site, [f"junk{number}" for number in range(start, start + 20)])
    assert SlotAsk.objects.count() == 300
    assert SlotAsk.objects.filter(key="hero").exists()


def test_events_of_pages_are_no_questions(solvane: Organisation, site: Site) -> None:
    assert send(site, page(), event("basket", s="x")).status_code == 204
    assert read(solvane) == 1
