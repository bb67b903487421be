"""What browsers send is taken, or refused without a word; whatever a body says, nothing else happens."""

import gzip
import json
from datetime import timedelta
from typing import Any
from uuid import uuid1

import pytest
from django.test import Client
from django.utils import timezone

from prm.organisations.scope import organisation_scope
from prm.work.models import Wakeup
from tests.conftest import World
from tests.touchpoints.tracking.sending import GOOGLEBOT, event, make_site, new_browser, page, post, read, send
from touchpoints.models import Interaction, InteractionKind, Verdict
from touchpoints.tracking import intake, throttling
from touchpoints.tracking.models import Hit, Mode, Visitor
from touchpoints.tracking.public import SCRIPT


@pytest.fixture(autouse=True)
def fresh_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "_counts", throttling.Counts())
    intake._told_at.clear()


def test_the_script_is_small_and_any_page_may_load_it(db: None) -> None:
    answer = Client(headers={"accept-encoding": "gzip"}).get("/t.js")
    assert answer.status_code == 200
    assert len(answer.content) < 4096
    assert gzip.decompress(answer.content) == SCRIPT.read_bytes()
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers
    again = Client(headers={"if-none-match": answer.headers["ETag"]}).get("/t.js")
    assert (again.status_code, again.content) == (304, b"")


def test_a_hit_is_kept_with_its_wakeup(scoped: World) -> None:
    site, browser = make_site(scoped.organisation), new_browser()
    answer = send(site, page("/tarifs?utm_source=linkedin&jeton=secret"), browser=browser)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://www.acme.fr"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    hit = Hit.objects.get()
    assert (hit.site_id, str(hit.browser), hit.address, hit.is_audience) == (site.pk, browser, "203.0.113.7", False)
    assert [one["p"] for one in hit.events] == [{"url": "https://www.acme.fr/tarifs", "utm_source": "linkedin"}]
    assert Wakeup.objects.filter(queue="track").count() == 1


@pytest.mark.parametrize("origin", ["https://evil.example", "https://acme.fr.evil.example", "https://notacme.fr", ""])
def test_a_page_of_another_site_is_told_nothing(scoped: World, origin: str) -> None:
    answer = send(make_site(scoped.organisation), page(), browser=new_browser(), origin=origin)
    assert (answer.status_code, answer.content) == (404, b"")
    assert not Hit.objects.exists()


def test_an_unknown_key_is_answered_like_a_foreign_page(scoped: World) -> None:
    make_site(scoped.organisation)
    known = send(make_site(scoped.organisation), page(), origin="https://evil.example")
    unknown = send("abcdefghijklmnop", page())
    assert (unknown.status_code, unknown.content, dict(unknown.headers) | {"Access-Control-Allow-Origin": ""}) == (
        known.status_code,
        known.content,
        dict(known.headers) | {"Access-Control-Allow-Origin": ""},
    )


def test_a_key_leads_to_its_own_organisation_alone(world: World) -> None:
    with organisation_scope(world.twin.pk):
        foreign = make_site(world.twin)
    with organisation_scope(world.organisation.pk):
        make_site(world.organisation)
    assert send(foreign, page(), browser=new_browser()).status_code == 204
    read(world.organisation)
    read(world.twin)
    with organisation_scope(world.organisation.pk):
        assert (Hit.objects.count(), Visitor.objects.count(), Interaction.objects.count()) == (0, 0, 0)
    with organisation_scope(world.twin.pk):
        assert (Hit.objects.count(), Visitor.objects.count(), Interaction.objects.count()) == (0, 1, 1)


HOSTILE = [
    b"",
    b"\x00",
    b"[]",
    b"null",
    b'"x"',
    b"{",
    b"[" * 20_000,
    b'{"k":1,"e":[]}',
    b'{"k":"abcdefghijklmnop","e":[]}',
    b'{"k":"abcdefghijklmnop","e":"x"}',
    b'{"k":"' + b"a" * 300 + b'","e":[{"n":"page_view","p":{"url":"https://www.acme.fr/"}}]}',
    b'{"k":"abc\\u0000defghijkl","e":[{"n":"page_view"}]}',
    b"\xff\xfe",
    b'{"k":"abcdefghijklmnop","e":[{"n":"page_view","p":{"url":"javascript:alert(1)"}}]}',
    b'{"k":"abcdefghijklmnop","e":[{"n":"page_view","p":{"url":"http://[::1"}}]}',
    b'{"k":"abcdefghijklmnop","e":[{"n":"email_clicked"}]}',
    b'{"k":"abcdefghijklmnop","e":[{"n":"known","p":{"contact":1,"how":"form"}}]}',
    b'{"k":"abcdefghijklmnop","v":"1","e":[{"n":"x_y"}]}',
    b'{"k":"abcdefghijklmnop","e":[{"n":"x_y","a":' + b"9" * 5000 + b"}]}",
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_beacon_is_refused(scoped: World, body: bytes) -> None:
    answer = post(body)
    assert (answer.status_code, answer.content) == (400, b"")
    assert not Hit.objects.exists()


def test_a_large_body_is_refused_before_it_is_read(scoped: World) -> None:
    site = make_site(scoped.organisation)
    body = json.dumps({"k": site.key, "e": [page(title="x" * 40_000)]})
    assert post(body).status_code == 413
    assert not Hit.objects.exists()


def test_an_id_that_no_script_made_is_refused(scoped: World) -> None:
    site = make_site(scoped.organisation)
    assert send(site, page(), browser=str(uuid1())).status_code == 400
    assert not Hit.objects.exists()


def test_values_are_cut_and_odd_ones_left_out(scoped: World) -> None:
    site = make_site(scoped.organisation)
    said = {
        "long": "x" * 9000,
        "bad": "a\x00b",
        "half": "\ud800",
        "list": [1, 2],
        "deep": {"a": {"b": 1}},
        "yes": True,
        "number": 12.5,
        "huge": 10**30,
        "with space": "x",
        "<script>": "x",
    }
    assert send(site, event("configured", **said), browser=new_browser()).status_code == 204
    kept = Hit.objects.get().events[0]["p"]
    assert kept == {"long": "x" * 500, "yes": True, "number": 12.5}


def test_clocks_are_not_trusted(scoped: World) -> None:
    organisation = scoped.organisation
    site = make_site(organisation)
    for ago in (-500, 10**12, float("inf")):
        send(site, {**page(), "a": ago}, browser=new_browser())
    send(site, page(ago=3600), browser=new_browser())
    read(organisation)
    now = timezone.now()
    ages = sorted(round((now - one.occurred_at) / timedelta(hours=1), 1) for one in Interaction.objects.all())
    assert ages == [0, 0, 0, 1]


def test_a_page_of_elsewhere_in_the_body_is_left_out(scoped: World) -> None:
    organisation = scoped.organisation
    site = make_site(organisation)
    foreign = {"n": "page_view", "a": 0, "p": {"url": "https://evil.example/tarifs"}}
    send(site, foreign, page("/blog"), browser=new_browser())
    read(organisation)
    assert [one.properties["url"] for one in Interaction.objects.all()] == ["https://www.acme.fr/blog"]


def test_a_page_cannot_make_kinds_without_end(scoped: World) -> None:
    organisation = scoped.organisation
    site = make_site(organisation)
    for number in range(6):
        send(
            site,
            *(event(f"kind_{number}_{one}") for one in range(50)),
            browser=new_browser(),
            address=f"192.0.2.{number}",
        )
    read(organisation)
    assert InteractionKind.objects.count() == 200
    assert Interaction.objects.count() < 300


# --- Saying no ----------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["sec-gpc", "dnt"])
def test_a_browser_that_asks_not_to_be_followed_is_counted_as_nobody(scoped: World, header: str) -> None:
    site = make_site(scoped.organisation)
    send(site, page(), browser=new_browser(), **{header: "1"})
    hit = Hit.objects.get()
    assert (hit.browser, hit.address) == (None, "203.0.113.0")


def test_without_consent_nothing_is_kept_that_tells_one_from_the_other(scoped: World) -> None:
    organisation = scoped.organisation
    site = make_site(organisation)
    send(site, page("/tarifs", title="Tarifs"), address="2001:db8:1234:5678::1")
    assert (Hit.objects.get().browser, Hit.objects.get().address) == (None, "2001:db8:1234::")
    read(organisation)
    row = Interaction.objects.get()
    assert (row.visitor_id, row.contact_id, row.properties) == (
        None,
        None,
        {"url": "https://www.acme.fr/tarifs", "title": "Tarifs"},
    )
    assert not Visitor.objects.exists()
    assert not Hit.objects.exists()


def test_a_site_may_leave_out_those_who_refuse(scoped: World) -> None:
    site = make_site(scoped.organisation, counts_refused=False)
    assert send(site, page()).status_code == 204
    assert not Hit.objects.exists()


def test_measuring_without_consent_is_the_sites_choice_not_the_pages(scoped: World) -> None:
    organisation = scoped.organisation
    send(make_site(organisation), page(), browser=new_browser(), mode="a")
    assert Hit.objects.get().browser is None
    Hit.objects.all().delete()
    send(make_site(organisation, mode=Mode.AUDIENCE), page(), browser=new_browser(), mode="a")
    hit = Hit.objects.get()
    assert (hit.browser is not None, hit.is_audience, hit.address) == (True, True, "203.0.113.0")


# --- Limits -------------------------------------------------------------------------------------


def test_one_address_is_limited_and_the_others_go_on(scoped: World, settings: Any) -> None:
    settings.TRACKING_ADDRESS_PER_MINUTE = 5
    site = make_site(scoped.organisation)
    statuses = [send(site, page(), browser=new_browser()).status_code for _n in range(7)]
    assert statuses == [204] * 5 + [429] * 2
    assert send(site, page(), address="203.0.113.8").status_code == 204
    assert Hit.objects.count() == 6


def test_one_site_is_limited_and_the_others_go_on(scoped: World, settings: Any) -> None:
    settings.TRACKING_PER_MINUTE = 3
    site, other = make_site(scoped.organisation), make_site(scoped.organisation)
    statuses = [send(site, page(), address=f"192.0.2.{n}").status_code for n in range(5)]
    assert statuses == [204] * 3 + [429] * 2
    assert send(other, page()).status_code == 204


def test_processes_share_a_limit(db: None) -> None:
    one, other = throttling.Counts(), throttling.Counts()
    name = new_browser()
    for _n in range(30):
        one.add(name)
    assert max(other.add(name) for _n in range(25)) >= 20 + 25


def test_proxies_are_believed_only_where_they_are_trusted(scoped: World, settings: Any) -> None:
    site = make_site(scoped.organisation)
    said = {"x-forwarded-for": "6.6.6.6, 198.51.100.9"}
    send(site, page(), browser=new_browser(), **said)
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    send(site, page(), browser=new_browser(), **said)
    assert [one.address for one in Hit.objects.order_by("pk")] == ["203.0.113.7", "198.51.100.9"]


def test_a_robot_is_kept_and_counts_for_nothing(scoped: World) -> None:
    organisation = scoped.organisation
    send(make_site(organisation), page(), browser=new_browser(), agent=GOOGLEBOT)
    read(organisation)
    assert Interaction.objects.get().verdict == Verdict.BOT
