"""A real browser on a small site with two slots: variants, control group, what blocks or breaks, what is counted."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect, sync_playwright

from contacts.models import Contact
from prm.organisations.scope import organisation_scope
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.inspecting import inspecting
from tests.browser.stack import Stack, wait_for
from tests.conftest import World
from tests.touchpoints.slots.asking import SPRING, make_slot, variant
from tests.touchpoints.tracking.sending import CHROME
from touchpoints.kinds import ensure_kinds
from touchpoints.models import Interaction
from touchpoints.slots.document import read_document
from touchpoints.slots.models import Slot, SlotAsk
from touchpoints.slots.services import VariantInput
from touchpoints.tracking.collecting import collect
from touchpoints.tracking.identity import identify
from touchpoints.tracking.models import Hit, Site, Visitor
from touchpoints.tracking.sites import SiteInput, create_site

# A policy as careful sites have it: no inline script, no inline style.
POLICY = "default-src 'none'; script-src 'self' {stack}; connect-src {stack}; style-src 'self'; img-src 'self'"
BODY = """<!doctype html><title>Acme</title>{head}<h1>Acme</h1>
<div data-prm-slot="hero"><p>Welcome</p></div><p id="below">Below</p>
<div id="far"></div><div data-prm-slot="offer"><p>Our offers</p></div>
<button id="go">Go</button><script src="/app.js"></script>"""
APP = """document.getElementById("go").addEventListener("click", () => {
  history.pushState({}, "", "/step?utm_source=x&utm_campaign=printemps");
  const late = document.createElement("div");
  late.dataset.prmSlot = "offer";
  late.id = "late";
  late.textContent = "Late default";
  document.body.append(late);
});
document.getElementById("far").style.height = "3000px";"""


@dataclass
class Website:
    """A company's own site."""

    url: str
    head: str = ""
    policy: str = ""


@pytest.fixture
def website() -> Iterator[Website]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_app = self.path == "/app.js"
            text = APP if is_app else BODY.format(head=found.head)
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript" if is_app else "text/html; charset=utf-8")
            if found.policy:
                self.send_header("Content-Security-Policy", found.policy)
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
    """The site in PRM with two slots: the first has a variant for a campaign, the second one for whoever is known."""
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        ensure_kinds(organisation)
        found = create_site(organisation, values=SiteInput("Acme", ("127.0.0.1",)), by=None)
        spring = VariantInput("Spring", '<p class="big">Spring <a href="/x">offer</a></p>', condition=SPRING)
        make_slot(organisation, spring)
        known = {"field": "visit.known", "op": "is", "value": True}
        make_slot(organisation, variant("For you", known), key="offer")
    website.head = f'<script async src="{site.url}/t.js" data-site="{found.key}"></script>'
    website.policy = POLICY.format(stack=site.url)
    return found


@pytest.fixture
def visitor() -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--user-agent={CHROME}"]
        running = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=flags)
        context = running.new_context(locale="fr-FR", viewport={"width": 1000, "height": 700})
        errors: list[str] = []
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield context
        running.close()
        assert not errors, errors


CAMPAIGN = "/?utm_source=linkedin&utm_campaign=printemps"


def ready(page: Page) -> Page:
    page.wait_for_function("window.prm && prm.site")
    return page


def warm(visitor: BrowserContext, website: Website) -> None:
    """Let the server answer once: the first request of a process loads what it needs."""
    page = visitor.new_page()
    for _n in range(4):
        page.goto(website.url + CAMPAIGN)
        ready(page).wait_for_timeout(500)
    page.close()


def hero(page: Page) -> Any:
    return page.locator("[data-prm-slot=hero]")


def exposures(world: World) -> list[tuple[str, bool, bool]]:
    with organisation_scope(world.organisation.pk):
        collect(world.organisation)
        rows = Interaction.objects.filter(kind="slot_shown").order_by("id")
        return [(row.properties["slot"], row.properties["control"], row.visitor_id is not None) for row in rows]


def visitors(world: World) -> int:
    with organisation_scope(world.organisation.pk):
        return Visitor.objects.count()


def test_a_variant_the_default_and_what_was_seen(
    tracked: Site, world: World, website: Website, visitor: BrowserContext
) -> None:
    warm(visitor, website)
    refused: list[str] = []
    page = visitor.new_page()
    page.on("console", lambda said: refused.append(said.text) if "Content Security" in said.text else None)
    page.goto(website.url + CAMPAIGN)
    expect(hero(page)).to_have_text("Spring offer")
    expect(page.locator("[data-prm-slot=offer]")).to_have_text("Our offers")
    assert visitor.cookies() == []
    page.evaluate("prm.consent(true)")
    page.wait_for_timeout(1500)
    page.goto(f"{website.url}/")
    ready(page).wait_for_timeout(700)
    # The visit goes on, and with it its campaign.
    expect(hero(page)).to_have_text("Welcome")
    page.close()
    wait_for(lambda: exposures(world) is not None and visitors(world) == 1, what="the visitor")
    page = visitor.new_page()
    page.goto(f"{website.url}/")
    expect(hero(page)).to_have_text("Spring offer")
    page.wait_for_timeout(1800)
    page.close()
    wait_for(lambda: ("hero", False, True) in exposures(world), what="an exposure")
    # Far below the window nothing was seen.
    assert {slot for slot, *_ in exposures(world)} == {"hero"}
    assert refused == []
    with organisation_scope(world.organisation.pk):
        assert set(SlotAsk.objects.values_list("key", "host")) == {("hero", "127.0.0.1"), ("offer", "127.0.0.1")}


def test_whoever_is_known_sees_what_is_for_them_until_they_take_it_back(
    tracked: Site, world: World, website: Website, visitor: BrowserContext
) -> None:
    warm(visitor, website)
    page = visitor.new_page()
    page.goto(website.url)
    ready(page).evaluate("prm.consent(true)")
    page.wait_for_timeout(500)
    browser = page.evaluate("prm.id()")
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        ines = Contact.objects.create(organisation=organisation, email="ines@example.com", first_name="Inès")
        identify(organisation, browser=browser, contact_id=ines.pk)
        wait_for(lambda: collect(organisation) >= 0 and Visitor.objects.filter(contact=ines).exists(), what="the join")
    page.goto(f"{website.url}/")
    expect(page.locator("[data-prm-slot=offer]")).to_have_text("For you")
    page.evaluate("prm.consent(false)")
    page.goto(f"{website.url}/")
    ready(page).wait_for_timeout(700)
    expect(page.locator("[data-prm-slot=offer]")).to_have_text("Our offers")
    page.evaluate("prm.optOut()")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/t") else None)
    page.goto(website.url + CAMPAIGN)
    ready(page).wait_for_timeout(700)
    expect(hero(page)).to_have_text("Welcome")
    assert asked == []


def test_global_privacy_control_leaves_the_campaign_and_counts_nothing(
    tracked: Site, world: World, website: Website, visitor: BrowserContext
) -> None:
    warm(visitor, website)
    with organisation_scope(world.organisation.pk):
        Hit.objects.all().delete()
    visitor.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page = visitor.new_page()
    page.goto(website.url + CAMPAIGN)
    expect(hero(page)).to_have_text("Spring offer")
    page.wait_for_timeout(1800)
    page.close()
    assert visitor.cookies() == []
    with organisation_scope(world.organisation.pk):
        assert not Hit.objects.exists()


def test_the_control_group_keeps_the_site_and_is_counted(
    tracked: Site, world: World, website: Website, visitor: BrowserContext
) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        make_slot(organisation, variant("Everybody"), key="all", control_percent=90)
    website.head += '<div data-prm-slot="all">Own</div>'
    warm(visitor, website)
    page = visitor.new_page()
    # Almost every browser is of the group: one of a few is.
    for _n in range(8):
        visitor.clear_cookies()
        page.goto(website.url)
        ready(page).evaluate("prm.consent(true)")
        page.goto(website.url)
        ready(page).wait_for_timeout(600)
        if page.locator("[data-prm-slot=all]").inner_text() == "Own":
            break
    expect(page.locator("[data-prm-slot=all]")).to_have_text("Own")
    page.reload()
    ready(page).wait_for_timeout(1800)
    expect(page.locator("[data-prm-slot=all]")).to_have_text("Own")
    page.close()
    wait_for(lambda: ("all", True, True) in exposures(world), what="the control group's exposure")


def test_whatever_fails_the_site_stays_whole(
    tracked: Site, world: World, website: Website, visitor: BrowserContext, site: Stack
) -> None:
    warm(visitor, website)

    def looks_whole(page: Page) -> None:
        page.goto(website.url + CAMPAIGN)
        page.wait_for_timeout(900)
        expect(hero(page)).to_have_text("Welcome")
        assert hero(page).evaluate("one => one.style.minHeight") == ""

    def slow(route: Route) -> None:
        answer = route.fetch()
        page.wait_for_timeout(600)
        route.fulfill(response=answer)

    page = visitor.new_page()
    page.route("**/t.js", lambda route: route.abort())
    looks_whole(page)
    page.unroute_all()
    page.route("**/t", lambda route: route.abort())
    looks_whole(page)
    page.unroute_all()
    page.route("**/t", lambda route: route.fulfill(status=503))
    looks_whole(page)
    page.unroute_all()
    anybody = {"access-control-allow-origin": "*"}
    page.route("**/t", lambda route: route.fulfill(status=200, body="<html>", headers=anybody))
    looks_whole(page)
    page.unroute_all()
    page.route("**/t", slow)
    looks_whole(page)
    page.unroute_all(behavior="ignoreErrors")
    page.close()
    without = visitor.browser.new_context(java_script_enabled=False) if visitor.browser else None
    assert without is not None
    page = without.new_page()
    page.goto(website.url + CAMPAIGN)
    expect(hero(page)).to_have_text("Welcome")
    without.close()


def test_a_single_page_site_and_a_place_that_comes_later(
    tracked: Site, world: World, website: Website, visitor: BrowserContext
) -> None:
    with organisation_scope(world.organisation.pk):
        make_slot(world.organisation, variant("Late spring", SPRING), key="late")
    warm(visitor, website)
    page = visitor.new_page()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.post_data or "") if '"s":' in (one.post_data or "") else None)
    page.goto(f"{website.url}/")
    ready(page).wait_for_timeout(600)
    expect(hero(page)).to_have_text("Welcome")
    assert len(asked) == 1
    page.locator("#go").click()
    expect(hero(page)).to_have_text("Spring offer")
    expect(page.locator("#late")).to_have_text("Late default")
    height = hero(page).evaluate("one => one.offsetHeight")
    page.evaluate("history.pushState({}, '', '/other')")
    expect(hero(page)).to_have_text("Welcome")
    assert hero(page).evaluate("one => one.offsetHeight") >= height
    page.close()


def test_members_build_a_variant_and_see_it(tracked: Site, world: World, visitor: BrowserContext, site: Stack) -> None:
    browser = visitor.browser
    assert browser is not None
    with organisation_scope(world.organisation.pk):
        slot = Slot.objects.get(key="hero")
    with inspecting(browser, site.url, user=world.marketer, language="en") as window:
        page = window.page
        window.open(site.url + world.path(f"slots/{slot.pk}/variants/new/"))
        page.get_by_label("Name").fill("Summer")
        page.get_by_label("What it says").fill("<h2>Summer</h2><script>alert(1)</script>")
        expect(page.frame_locator("iframe[name=preview]").locator("h2")).to_have_text("Summer")
        page.get_by_label("Field").first.select_option("visit.campaign")
        page.get_by_label("Value").first.fill("summer")
        page.get_by_role("button", name="Keep in the draft").click()
        expect(page.locator("#variants")).to_contain_text("Summer")
        window.check_rules()
        page.get_by_role("button", name="Move Summer up").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#variants li").first).to_contain_text("Summer")
        page.get_by_role("button", name="Publish").click()
        page.get_by_role("link", name="Who would see what?").click()
        page.get_by_label("Address of the page").fill("https://127.0.0.1/?utm_source=x&utm_campaign=summer")
        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_role("heading", name="They see “Summer”")).to_be_visible()
        window.check_rules()
    with organisation_scope(world.organisation.pk):
        slot.refresh_from_db()
        assert [one.name for one in read_document(slot.draft).variants] == ["Summer", "Spring"]
        assert slot.published_number == 2
