"""A real browser walks a small site on loopback that carries the snippet; PRM knows what it did, and when not to."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from contacts.models import Contact, Standing
from prm.organisations.scope import organisation_scope
from prm.reactions import CONSUMERS
from scoring.starting_model import add_starting_model
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.inspecting import inspecting
from tests.browser.stack import Stack, wait_for
from tests.conftest import World
from tests.touchpoints.tracking.sending import CHROME
from touchpoints.consuming import consume
from touchpoints.kinds import ensure_kinds
from touchpoints.models import Interaction
from touchpoints.tracking.collecting import collect
from touchpoints.tracking.identity import click_token, identify
from touchpoints.tracking.models import Hit, Mode, Site, Visit, Visitor
from touchpoints.tracking.sites import SiteInput, create_site

PAGES = {
    "/": "<h1>Acme</h1><a href='/tarifs'>Tarifs</a> <a href='/guide.pdf' download>Guide</a>"
    " <a id=out href='http://localhost:9/'>Partner</a> <button data-prm-track=basket data-prm-step=added>Add</button>",
    "/tarifs": "<h1>Tarifs</h1><a href='/contact'>Contact</a>",
    "/contact": "<form method=post action=/sent><input name=email><input type=hidden name=prm_visitor>"
    "<button>Send</button></form>",
    "/sent": "<h1>Merci</h1>",
    "/app": "<h1>App</h1><button id=go onclick=\"history.pushState({}, '', '/app/step-2')\">Next</button>",
}


@dataclass
class Website:
    """A company's own site: a few pages, and a form that it receives itself."""

    url: str
    head: str = ""
    forms: list[dict[str, list[str]]] = field(default_factory=list)


@pytest.fixture
def website() -> Iterator[Website]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = PAGES.get(path) or (PAGES["/app"] if path.startswith("/app") else "")
            self._answer(f"<!doctype html><title>Acme {path}</title>{found.head}{body}", 200 if body else 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.forms.append(parse_qs(body, keep_blank_values=True))
            self._answer(f"<!doctype html><title>Acme</title>{found.head}{PAGES['/sent']}", 200)

        def _answer(self, text: str, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Website(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def tracked(committed: None, world: World, site: Stack, website: Website) -> Site:
    """The site in PRM; its snippet stands on the website."""
    return track(world, site, website)


def track(world: World, stack: Stack, website: Website, **values: Any) -> Site:
    with organisation_scope(world.organisation.pk):
        ensure_kinds(world.organisation)
        add_starting_model(world.organisation)
        given = SiteInput("Acme", ("127.0.0.1",), **values)
        found = create_site(world.organisation, values=given, by=None)
    mode = ' data-mode="audience"' if found.mode == Mode.AUDIENCE else ""
    website.head = f'<script async src="{stack.url}/t.js" data-site="{found.key}"{mode}></script>'
    return found


@pytest.fixture
def visitor() -> Iterator[BrowserContext]:
    """Somebody's browser. Chromium without a window says that it is a robot, so it is told what to say."""
    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--user-agent={CHROME}"]
        running = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=flags)
        context = running.new_context(locale="fr-FR")
        errors: list[str] = []
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield context
        running.close()
        assert not errors, errors


def ready(page: Page) -> Page:
    page.wait_for_function("window.prm && prm.site")
    return page


def settle(world: World, *, hits: int) -> None:
    """Wait for so many beacons, and read them as a worker does."""
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        got = 0

        def look() -> bool:
            nonlocal got
            got += collect(organisation)
            return got >= hits

        wait_for(look, what=f"{hits} beacons")
        consume(organisation, CONSUMERS)


def test_from_a_campaign_to_a_person(
    tracked: Site, world: World, website: Website, visitor: BrowserContext, site: Stack
) -> None:
    organisation, browser = world.organisation, visitor.browser
    assert browser is not None
    page = visitor.new_page()
    # A first visit: yes is said, a page is read, a guide taken.
    page.goto(f"{website.url}/?utm_source=linkedin&utm_medium=cpc&utm_campaign=printemps")
    ready(page)
    assert visitor.cookies() == []
    page.evaluate("prm.consent(true)")
    page.get_by_role("button", name="Add").click()
    with page.expect_download():
        page.get_by_role("link", name="Guide").click()
    page.wait_for_timeout(1200)
    page.get_by_role("link", name="Tarifs").click()
    ready(page)
    (cookie,) = visitor.cookies()
    assert (cookie["name"], cookie["sameSite"]) == ("_prm", "Lax")
    page.wait_for_timeout(500)
    page.close()
    settle(world, hits=3)
    with organisation_scope(organisation.pk):
        known = Visitor.objects.get()
        assert str(known.browser) == cookie["value"]
        assert (known.entry_source, known.entry_campaign, known.entry_kind) == ("linkedin", "printemps", "campaign")
        acts = list(Interaction.objects.filter(visitor_id=known.uid).order_by("occurred_at", "id"))
        assert [one.kind for one in acts] == ["page_view", "basket", "download", "page_view"]
        assert acts[0].properties["seconds"] >= 1
        assert acts[1].properties["step"] == "added"
        assert acts[3].properties["url"] == f"{website.url}/tarifs"
        assert "referrer" not in acts[3].properties
        # The second visit is another day.
        Visit.objects.update(started_at="2026-11-20T10:00Z", last_at="2026-11-20T10:05Z")

    # A second visit, which ends with the form.
    page = visitor.new_page()
    page.goto(f"{website.url}/contact")
    ready(page)
    page.locator("input[name=email]").fill("nadia@example.com")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading")).to_have_text("Merci")
    ready(page)
    (form,) = website.forms
    assert form["prm_visitor"] == [cookie["value"]]
    with organisation_scope(organisation.pk):
        contact = Contact.objects.create(organisation=organisation, email="nadia@example.com", last_name="Nadia")
        assert identify(organisation, browser=form["prm_visitor"][0], contact_id=contact.pk)
    page.wait_for_timeout(500)
    page.close()
    settle(world, hits=3)
    with organisation_scope(organisation.pk):
        known.refresh_from_db()
        assert (known.contact_id, known.visit_count) == (contact.pk, 2)
        assert Interaction.objects.filter(contact=contact, kind="page_view").count() == 4

        def is_scored() -> bool:
            # Transactions of other tests hold the log's horizon back.
            consume(organisation, CONSUMERS)
            return Standing.objects.get(contact=contact).intent > 0

        wait_for(is_scored, what="the score")
        contact.refresh_from_db()
        assert contact.stage == "prospect"

    # Its page tells all of it.
    with inspecting(browser, site.url, user=world.marketer, language="en") as window:
        window.open(site.url + world.path(f"contacts/{contact.pk}/"))
        expect(window.page.locator("#entry-point")).to_contain_text("linkedin · printemps")
        expect(window.page.locator("#timeline")).to_contain_text("Document download")
        window.check_rules()
        window.open(site.url + world.path("tracking/"))
        expect(window.page.locator("#visits")).to_contain_text("Nadia")
        window.check_rules()
        window.open(site.url + world.path("tracking/sources/"))
        expect(window.page.locator("main")).to_contain_text("linkedin")
        window.check_rules()


def test_before_consent_nothing_identifies_and_no_means_no(
    tracked: Site, world: World, website: Website, visitor: BrowserContext
) -> None:
    page = visitor.new_page()
    page.goto(f"{website.url}/tarifs")
    ready(page)
    page.wait_for_timeout(1000)
    with organisation_scope(world.organisation.pk):
        # Not asked yet: it may still be a yes.
        assert not Hit.objects.exists()
    page.evaluate("prm.consent(false)")
    page.goto(f"{website.url}/")
    ready(page).evaluate("prm.consent(false)")
    page.wait_for_timeout(500)
    page.close()
    settle(world, hits=2)
    assert visitor.cookies() == []
    with organisation_scope(world.organisation.pk):
        assert not Visitor.objects.exists()
        assert set(Interaction.objects.values_list("visitor_id", flat=True)) == {None}
        assert Interaction.objects.filter(kind="page_view").count() == 2


def test_taking_a_yes_back(tracked: Site, world: World, website: Website, visitor: BrowserContext) -> None:
    page = visitor.new_page()
    page.goto(website.url)
    ready(page).evaluate("prm.consent(true)")
    assert [one["name"] for one in visitor.cookies()] == ["_prm"]
    page.evaluate("prm.consent(false)")
    assert visitor.cookies() == []
    page.evaluate("prm.optOut()")
    assert [one["name"] for one in visitor.cookies()] == ["_prmx"]
    page.goto(f"{website.url}/tarifs")
    ready(page).evaluate("prm.consent(true)")
    assert [one["name"] for one in visitor.cookies()] == ["_prmx"]
    assert page.evaluate("prm.id()") == ""


def test_global_privacy_control(tracked: Site, world: World, website: Website, visitor: BrowserContext) -> None:
    visitor.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page = visitor.new_page()
    page.goto(website.url)
    ready(page).evaluate("prm.consent(true)")
    page.wait_for_timeout(700)
    page.close()
    assert visitor.cookies() == []
    with organisation_scope(world.organisation.pk):
        assert not Hit.objects.exists()


def test_audience_measurement_ends_where_consent_begins(
    committed: None, world: World, site: Stack, website: Website, visitor: BrowserContext
) -> None:
    track(world, site, website, mode=Mode.AUDIENCE)
    page = visitor.new_page()
    page.goto(website.url)
    ready(page)
    page.wait_for_timeout(700)
    (measured,) = visitor.cookies()
    assert measured["name"] == "_prma"
    page.goto(f"{website.url}/tarifs")
    ready(page).evaluate("prm.consent(true)")
    (consented,) = visitor.cookies()
    assert consented["name"] == "_prm"
    assert consented["value"] != measured["value"]
    page.wait_for_timeout(700)
    page.close()
    settle(world, hits=2)
    with organisation_scope(world.organisation.pk):
        assert dict(Visitor.objects.values_list("is_audience", "page_count")) == {True: 1, False: 1}


def test_a_single_page_site_and_a_link_of_a_mail(
    tracked: Site, world: World, website: Website, visitor: BrowserContext
) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        contact = Contact.objects.create(organisation=organisation, email="lea@example.com")
        token = click_token(organisation, contact.pk)
    page = visitor.new_page()
    page.goto(f"{website.url}/app?prm_c={token}&q=vannes")
    ready(page)
    assert "prm_c" not in page.url
    page.evaluate("prm.consent(true)")
    page.locator("#go").click()
    page.wait_for_timeout(700)
    page.close()
    settle(world, hits=2)
    with organisation_scope(organisation.pk):
        rows = Interaction.objects.filter(contact=contact, verdict="human").order_by("occurred_at", "id")
        found = [(one.kind, one.properties.get("url", "").removeprefix(website.url)) for one in rows]
    assert found == [("page_view", "/app"), ("site_search", ""), ("page_view", "/app/step-2")]
