"""Pages of tracking: who is here, from where, which sites send; sites are added and changed with clear refusals."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.models import Contact
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.touchpoints.tracking.sending import GOOGLEBOT, event, make_site, new_browser, page, read, send
from touchpoints.timeline import get_timeline
from touchpoints.tracking.identity import identify
from touchpoints.tracking.models import Mode, Site, Visit, Visitor
from touchpoints.tracking.sites import read_host, secret_of


def site_values(**more: Any) -> dict[str, Any]:
    return {"name": "Acme", "hosts": "https://www.acme.fr/\nshop.acme.com", "mode": "consent", **more}


def test_a_site_is_added_and_its_snippet_shown(world: World) -> None:
    client = world.client(world.marketer)
    answer = client.post(world.path("tracking/sites/new/"), site_values(counts_refused="on"))
    with organisation_scope(world.organisation.pk):
        site = Site.objects.get()
        assert (site.hosts, site.mode, site.counts_refused, site.looks_up_networks) == (
            ["acme.fr", "shop.acme.com"],
            Mode.CONSENT,
            True,
            False,
        )
        assert AuditEntry.objects.filter(action="site.create").count() == 1
        secret = secret_of(site)
    assert answer.headers["Location"] == world.path(f"tracking/sites/{site.pk}/")
    shown = client.get(world.path(f"tracking/sites/{site.pk}/")).content.decode()
    assert f"data-site=&quot;{site.key}&quot;" in shown
    assert secret in shown
    assert "Nothing came yet" in shown
    # Whoever only looks does not get what signs.
    assert secret not in world.client(world.viewer).get(world.path(f"tracking/sites/{site.pk}/")).content.decode()
    assert secret not in str(site.secret)


def test_a_site_that_sends_says_so(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        site = make_site(world.organisation)
        send(site, page())
        read(world.organisation)
    shown = world.client(world.viewer).get(world.path(f"tracking/sites/{site.pk}/")).content.decode()
    assert "It sends" in shown


@pytest.mark.parametrize("hosts", ["", "   ", "not a host", "http://", "acme.fr\nex ample", "-acme.fr", "a" * 300])
def test_addresses_that_are_none_are_refused(world: World, hosts: str) -> None:
    answer = world.client(world.marketer).post(world.path("tracking/sites/new/"), site_values(hosts=hosts))
    assert answer.status_code == 422
    with organisation_scope(world.organisation.pk):
        assert not Site.objects.exists()


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("acme.fr", "acme.fr"),
        (" HTTPS://www.Acme.FR:8443/tarifs?x=1 ", "acme.fr"),
        ("*.acme.fr", "acme.fr"),
        ("société.fr", "xn--socit-esab.fr"),
        ("localhost:8000", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_an_address_is_read_in_any_writing(text: str, host: str) -> None:
    assert read_host(text) == host


def test_a_site_is_changed_and_removed(world: World) -> None:
    client = world.client(world.marketer)
    with organisation_scope(world.organisation.pk):
        site = make_site(world.organisation)
        send(site, page(), browser=new_browser())
        read(world.organisation)
        secret = secret_of(site)
    client.post(world.path(f"tracking/sites/{site.pk}/edit/"), site_values(mode="audience", looks_up_networks="on"))
    client.post(world.path(f"tracking/sites/{site.pk}/secret/"))
    with organisation_scope(world.organisation.pk):
        site.refresh_from_db()
        assert (site.mode, site.looks_up_networks, site.counts_refused) == (Mode.AUDIENCE, True, False)
        assert secret_of(site) not in {"", secret}
    client.post(world.path(f"tracking/sites/{site.pk}/delete/"))
    assert send(site, page()).status_code == 404
    with organisation_scope(world.organisation.pk):
        assert (Site.objects.count(), Visit.objects.count(), Visitor.objects.get().site_id) == (0, 1, None)


def test_the_pages_tell_what_happened(world: World) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        site, browser = make_site(organisation), new_browser()
        send(
            site,
            page("/tarifs", referrer="https://www.qwant.com/"),
            event("site_search", words="vannes"),
            browser=browser,
        )
        send(site, page("/x", referrer="https://claude.ai/"), browser=new_browser())
        send(site, page("/bot"), browser=new_browser(), agent=GOOGLEBOT)
        contact = Contact.objects.create(organisation=organisation, last_name="Lambert", email="l@example.com")
        identify(organisation, browser=browser, contact_id=contact.pk)
        read(organisation)
        visitor = Visitor.objects.get(contact=contact)
    client = world.client(world.viewer)
    overview = client.get(world.path("tracking/")).content.decode()
    assert "2 visitors</b> in the last half hour" in overview
    assert "and 1 visit of a robot" in overview
    assert "Lambert" in overview
    robots = client.get(world.path("tracking/?who=bot")).content.decode()
    assert robots.count('id="visit-') == 1
    sources = client.get(world.path("tracking/sources/?days=7")).content.decode()
    assert all(word in sources for word in ("<b>2 visits</b>", "Qwant", "Claude", "/tarifs"))
    told = client.get(world.path(f"tracking/visitors/{visitor.pk}/")).content.decode()
    assert all(word in told for word in ("Lambert", "Qwant", "/tarifs", "vannes", "sent a form"))
    panel = client.get(world.path(f"contacts/{contact.pk}/?panels=all")).content.decode()
    assert 'id="entry-point"' in panel
    assert "Qwant" in panel


def test_networks_are_named_and_carriers_are_weak(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with organisation_scope(world.organisation.pk):
        site = make_site(world.organisation)
        send(site, page(), browser=new_browser())
        send(site, page(), browser=new_browser())
        read(world.organisation)
        own, weak = Visit.objects.order_by("pk")
        Visit.objects.filter(pk=own.pk).update(network="Fonderies Martin", network_kind="organisation")
        Visit.objects.filter(pk=weak.pk).update(network="Orange", network_kind="carrier")
    shown = world.client(world.viewer).get(world.path("tracking/companies/")).content.decode()
    assert "<b>1 company</b> seen by its own network" in shown
    assert shown.index("Fonderies Martin") < shown.index("Orange")
    assert "carrier: weak" in shown


def test_a_visit_is_corrected_from_the_page(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        site = make_site(world.organisation)
        send(site, page(), browser=new_browser())
        read(world.organisation)
        visit = Visit.objects.get()
    path = world.path(f"tracking/visits/{visit.pk}/correct/")
    assert world.client(world.sales).post(path, {"verdict": "bot"}).status_code == 403
    answer = world.client(world.marketer).post(path, {"verdict": "bot", "who": "human"})
    assert answer.headers["Location"] == world.path("tracking/?who=human")
    with organisation_scope(world.organisation.pk):
        visit.refresh_from_db()
        assert visit.verdict == "bot"


def test_only_the_last_half_hour_is_live(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        site = make_site(world.organisation)
        send(site, page(), browser=new_browser())
        read(world.organisation)
        Visit.objects.update(last_at=timezone.now() - timedelta(minutes=31))
    assert "Nobody at the moment" in world.client(world.viewer).get(world.path("tracking/")).content.decode()


def test_a_visit_is_one_entry_of_the_timeline(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    contact = Contact.objects.create(organisation=organisation, last_name="Lambert")
    view = new_browser()
    send(site, page("/tarifs", ago=20, view=view, referrer="https://www.qwant.com/"), browser=browser)
    send(site, {"n": "leave", "a": 0, "w": view, "s": 75}, event("download", document="guide.pdf"), browser=browser)
    send(site, page("/demo"), browser=browser)
    identify(organisation, browser=browser, contact_id=contact.pk)
    read(organisation)
    (day,) = get_timeline(organisation, contact_id=contact.pk).days
    visit, download = day.entries
    assert (visit.name, visit.summary.replace("\xa0", " ")) == (
        "Visit of the website",
        "2 pages, 1 min 15 s, from Qwant",
    )
    assert [one.value for one in visit.details] == ["/tarifs", "/demo"]
    assert (download.name, [one.value for one in download.details]) == ("Document downloaded", ["guide.pdf"])
