"""Beacons become visits and interactions: sessions, sources, times, verdicts, and nothing lost or doubled."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from contacts import networks
from contacts.models import Company, Contact
from contacts.networks import Network
from prm.work.sql import statement
from tests.conftest import World
from tests.touchpoints.test_inventory import add
from tests.touchpoints.tracking.sending import GOOGLEBOT, event, make_site, new_browser, page, read, send
from touchpoints.models import Interaction, Verdict
from touchpoints.recognition.services import RuleInput, create_rule
from touchpoints.tracking.forgetting import forget_visitors
from touchpoints.tracking.models import Hit, SourceKind, Visit, Visitor


def test_a_visit_from_a_campaign(scoped: World) -> None:
    organisation = scoped.organisation
    place = add(scoped, "LinkedIn ad", channel="paid_media")
    create_rule(organisation, values=RuleInput(place.pk, (), {"utm_source": "linkedin"}), by=None)
    site, browser, view = make_site(organisation), new_browser(), str(uuid4())
    landing = page(
        "/offre?utm_source=linkedin&utm_medium=cpc&utm_campaign=printemps", ago=200, view=view, title="Offre"
    )
    send(site, landing, browser=browser)
    send(site, {"n": "leave", "a": 0, "w": view, "s": 75}, page("/tarifs", referrer="https://www.acme.fr/offre"),
         browser=browser)  # fmt: skip
    send(site, {"n": "leave", "a": 0, "w": view, "s": 5}, browser=browser)
    assert read(organisation) == 3
    visitor, visit = Visitor.objects.get(), Visit.objects.get()
    assert (visitor.visit_count, visitor.page_count, visitor.contact_id) == (1, 2, None)
    assert (visitor.entry_url, visitor.entry_kind, visitor.entry_source, visitor.entry_campaign) == (
        "https://www.acme.fr/offre",
        SourceKind.CAMPAIGN,
        "linkedin",
        "printemps",
    )
    assert visitor.entry_touchpoint_id == visit.touchpoint_id == place.pk
    assert str(visitor.browser) == browser != str(visitor.uid)
    assert (visit.pages, visit.seconds, visit.medium, visit.verdict) == (2, 80, "cpc", Verdict.HUMAN)
    first, second = Interaction.objects.order_by("occurred_at")
    assert (first.visitor_id, first.kind, first.touchpoint_id) == (visitor.uid, "page_view", place.pk)
    assert first.properties == {
        "url": "https://www.acme.fr/offre",
        "title": "Offre",
        "utm_source": "linkedin",
        "utm_medium": "cpc",
        "utm_campaign": "printemps",
        "source": "linkedin",
        "visit": visit.pk,
        "view": view,
        "seconds": 80,
    }
    assert (second.touchpoint_id, "source" in second.properties) == (None, False)
    assert not Hit.objects.exists()
    site.refresh_from_db()
    assert site.first_hit_at == site.last_hit_at is not None


def test_half_an_hour_ends_a_visit_and_the_entry_point_stays(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    send(site, page("/a", ago=7200, referrer="https://www.google.fr/"), browser=browser)
    send(site, page("/b", ago=7200 - 1790), browser=browser)
    send(site, page("/c", ago=7200 - 1790 - 1810, referrer="https://chatgpt.com/"), browser=browser)
    read(organisation)
    visitor = Visitor.objects.get()
    assert (visitor.visit_count, visitor.entry_source, visitor.entry_url) == (2, "Google", "https://www.acme.fr/a")
    found = Visit.objects.order_by("started_at").values_list("pages", "kind", "source", "landing_url", "last_url")
    assert list(found) == [
        (2, "search", "Google", "https://www.acme.fr/a", "https://www.acme.fr/b"),
        (1, "ai", "ChatGPT", "https://www.acme.fr/c", "https://www.acme.fr/c"),
    ]


def test_what_people_do_on_pages_is_kept_by_kind(scoped: World) -> None:
    organisation = scoped.organisation
    site = make_site(organisation)
    send(
        site,
        page("/"),
        event("site_search", words="vannes inox"),
        event("download", url="https://www.acme.fr/doc/guide.pdf?t=1", document="guide.pdf"),
        event("outgoing_click", link="https://partner.example/"),
        event("basket", step="added", amount=120),
        browser=new_browser(),
    )
    read(organisation)
    found = {one.kind: one.properties for one in Interaction.objects.all()}
    assert set(found) == {"page_view", "site_search", "download", "outgoing_click", "basket"}
    assert found["download"]["url"] == "https://www.acme.fr/doc/guide.pdf"
    assert found["basket"]["amount"] == 120
    assert Visit.objects.get().pages == 1


def test_a_batch_asks_the_same_however_many_it_holds(scoped: World, django_assert_max_num_queries: Any) -> None:
    organisation = scoped.organisation
    site = make_site(organisation)
    for number in range(30):
        send(site, page(f"/{number}"), event("download", url="https://www.acme.fr/x.pdf"), browser=new_browser(),
             address=f"192.0.2.{number}")  # fmt: skip
    with django_assert_max_num_queries(45):
        assert read(organisation) == 30
    assert (Visitor.objects.count(), Visit.objects.count(), Interaction.objects.count()) == (30, 30, 60)


def test_a_worker_that_dies_loses_and_doubles_nothing(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    send(site, page("/a"), page("/b"), browser=browser)
    monkeypatch.setattr("touchpoints.tracking.collecting.join_past", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        read(organisation)
    assert (Hit.objects.count(), Visitor.objects.count(), Interaction.objects.count()) == (1, 0, 0)
    monkeypatch.undo()
    assert (read(organisation), read(organisation)) == (1, 0)
    assert (Visit.objects.get().pages, Interaction.objects.count()) == (2, 2)


# --- Verdicts -----------------------------------------------------------------------------------


def verdict_of(organisation: Any) -> tuple[str, str, set[str]]:
    visit = Visit.objects.get()
    return visit.verdict, visit.reason, set(Interaction.objects.values_list("verdict", flat=True))


def test_a_declared_robot(scoped: World) -> None:
    send(make_site(scoped.organisation), page(), browser=new_browser(), agent=GOOGLEBOT)
    read(scoped.organisation)
    assert verdict_of(scoped.organisation) == (Verdict.BOT, "agent", {Verdict.BOT})


def test_a_robot_that_brings_somebodys_cookie_spoils_nothing(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    send(site, page("/a"), browser=browser)
    send(site, page("/b"), browser=browser, agent=GOOGLEBOT)
    read(organisation)
    assert Visit.objects.get().verdict == Verdict.HUMAN
    assert list(Interaction.objects.order_by("id").values_list("verdict", flat=True)) == [Verdict.HUMAN, Verdict.BOT]


def test_a_page_loaded_ahead(scoped: World) -> None:
    send(make_site(scoped.organisation), page(), browser=new_browser(), **{"sec-purpose": "prefetch;prerender"})
    read(scoped.organisation)
    assert verdict_of(scoped.organisation) == (Verdict.BOT, "prefetch", {Verdict.BOT})


def test_a_data_centre(scoped: World, tmp_path: Path, settings: Any) -> None:
    networks = tmp_path / "networks.txt"
    networks.write_text("# hosts\n198.51.100.0/25\n198.51.100.128/25\nno network\n2001:db8::/32\n")
    settings.DATA_CENTRES_FILE = str(networks)
    organisation = scoped.organisation
    site = make_site(organisation)
    send(site, page(), browser=new_browser(), address="198.51.100.200")
    send(site, page(), browser=new_browser(), address="2001:db8::7")
    send(site, page(), browser=new_browser(), address="198.51.101.1")
    read(organisation)
    found = Visit.objects.order_by("pk").values_list("verdict", "reason")
    assert list(found) == [("suspect", "data_centre"), ("suspect", "data_centre"), ("human", "")]


def test_faster_than_anybody_reads_also_backwards_over_the_visit(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    for number in range(5):
        send(site, page(f"/{number}", ago=2.5 - number / 10), browser=browser)
    read(organisation)
    assert verdict_of(organisation) == (Verdict.HUMAN, "", {Verdict.HUMAN})
    send(site, page("/6", ago=1), browser=browser)
    read(organisation)
    assert verdict_of(organisation) == (Verdict.SUSPECT, "speed", {Verdict.SUSPECT})


def test_a_link_that_nobody_sees(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    send(site, page(), browser=browser)
    read(organisation)
    send(site, event("trap"), browser=browser)
    read(organisation)
    assert verdict_of(organisation) == (Verdict.BOT, "trap", {Verdict.BOT})


# --- Plans --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("take_hits", {"most": 500}),
        ("add_seconds", {"visitors": [], "views": [], "seconds": [], "since": timezone.now(), "most": 1}),
        ("list_recent_pages", {"visitors": [], "since": timezone.now() - timedelta(days=1)}),
        ("join_interactions", {"contact_id": 1, "visitors": ["6f3a4a8e-7d2c-4c39-9a6e-0f0d2f2c9a11"]}),
        ("follow_verdicts", {"visitors": [], "visits": [], "verdicts": [], "since": timezone.now()}),
        ("date_last_acts_anew", {"contact_ids": []}),
        ("disengage_suspects", {"contact_ids": [], "gone_ids": []}),
        ("touch_recounted", {"contact_ids": []}),
    ],
)
def test_a_statement_can_be_planned(scoped: World, name: str, extra: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN " + statement(f"touchpoints/{name}"), {"organisation_id": scoped.organisation.pk, **extra}
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    if name in {"add_seconds", "list_recent_pages", "join_interactions", "follow_verdicts"}:
        assert "visitor_id" in plan


# --- Companies by their networks ----------------------------------------------------------------


def lookup(address: str) -> Network | None:
    return {
        "198.51.100.7": Network("FONDERIES MARTIN SAS", "organisation", "fonderies-martin.example"),
        "203.0.113.7": Network("Orange", "carrier"),
        "192.0.2.7": Network("OVH", "hoster"),
    }.get(address)


def test_companies_are_known_by_their_own_network_where_that_is_wanted(
    scoped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "_lookups", [lookup])
    organisation = scoped.organisation
    wanting, other = make_site(organisation, looks_up_networks=True), make_site(organisation)
    for address in ("198.51.100.7", "203.0.113.7", "192.0.2.7", "198.51.100.7"):
        send(wanting, page(), browser=new_browser(), address=address)
    send(other, page(), browser=new_browser(), address="198.51.100.7")
    send(wanting, page(), address="198.51.100.7")
    read(organisation)
    found = Visit.objects.order_by("pk").values_list("network", "network_kind")
    own, carrier, hoster = ("FONDERIES MARTIN SAS", "organisation"), ("Orange", "carrier"), ("OVH", "hoster")
    assert list(found) == [own, carrier, hoster, own, ("", "")]
    company = Company.objects.get()
    assert (company.name, company.domain, company.source) == (own[0], "fonderies-martin.example", "Visite du site")
    assert company.provenance["*"]["source"] == "inferred"


def test_robots_make_no_company_and_a_known_one_stays_as_it_is(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "_lookups", [lookup])
    organisation = scoped.organisation
    site = make_site(organisation, looks_up_networks=True)
    send(site, page(), browser=new_browser(), address="198.51.100.7", agent=GOOGLEBOT)
    read(organisation)
    assert not Company.objects.exists()
    known = Company.objects.create(
        organisation=organisation, name="Martin", name_key="martin", domain="fonderies-martin.example"
    )
    send(site, page(), browser=new_browser(), address="198.51.100.7")
    read(organisation)
    assert Company.objects.get() == known
    assert Company.objects.get().name == "Martin"


# --- Forgetting ---------------------------------------------------------------------------------


def test_visitors_nobody_knows_are_forgotten_and_stay_counted(scoped: World) -> None:
    organisation = scoped.organisation
    site, contact = make_site(organisation), Contact.objects.create(organisation=organisation, last_name="Known")
    for path in ("/old", "/known", "/new"):
        send(site, page(path), browser=new_browser())
    read(organisation)
    old, known, new = Visitor.objects.order_by("pk")
    Visitor.objects.exclude(pk=new.pk).update(last_at=timezone.now() - timedelta(days=800))
    Visitor.objects.filter(pk=known.pk).update(contact=contact)
    assert (forget_visitors(), forget_visitors()) == (1, 0)
    assert list(Visitor.objects.order_by("pk")) == [known, new]
    assert Visit.objects.count() == 2
    assert Interaction.objects.count() == 3
    assert Interaction.objects.get(visitor_id=None).properties == {"url": "https://www.acme.fr/old"}
    assert not Interaction.objects.filter(visitor_id=old.uid).exists()
