"""A stranger comes from a campaign, comes back, fills in the form, confirms by e-mail: the contact's page tells it all.

Everything is real: the site with the snippet, two slots and the form within its page, the worker, the mail sink.
"""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db.models import F
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from contacts.consent.services import add_starting_purposes
from contacts.models import Contact, Standing
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from scoring.starting_model import add_starting_model
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.inspecting import PHONE, inspecting
from tests.browser.stack import Stack, wait_for
from tests.conftest import World
from tests.touchpoints.lead_forms.builders import make_form
from tests.touchpoints.slots.asking import SPRING, make_slot, variant
from tests.touchpoints.tracking.sending import CHROME
from touchpoints.kinds import ensure_kinds
from touchpoints.lead_forms.starting import Start, email_consent
from touchpoints.lead_forms.tokens import address_of
from touchpoints.models import Interaction, Touchpoint
from touchpoints.slots.services import VariantInput
from touchpoints.starting_set import add_starting_set
from touchpoints.tracking.models import Visit, Visitor
from touchpoints.tracking.sites import SiteInput, create_site

NADIA = "nadia.benhaddou@fonderies.example"
# No person fills in a form quicker.
READING = 2300


@pytest.fixture
def website() -> Iterator[dict[str, str]]:
    """A company's own site: its pages by path, and its address under ""."""
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path.partition("?")[0], "")
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pages[""] = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield pages
    server.shutdown()
    server.server_close()


@pytest.fixture
def visitor() -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--user-agent={CHROME}"]
        running = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=flags)
        context = running.new_context(locale="en-GB", timezone_id="Europe/Paris")
        errors: list[str] = []
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield context
        running.close()
        assert not errors, errors


def build(organisation: Organisation, website: dict[str, str], product: Stack) -> None:
    """Put the snippet, two slots and the form on the site, as its settings say."""
    ensure_kinds(organisation)
    add_starting_purposes(organisation)
    add_starting_model(organisation)
    add_starting_set(organisation, by=None)
    site = create_site(organisation, values=SiteInput("Acme", ("127.0.0.1",)), by=None)
    make_slot(organisation, VariantInput("Spring", "<p>Ten per cent until May</p>", condition=SPRING))
    again = {"field": "visit.returning", "op": "is", "value": True}
    make_slot(organisation, variant("Good to see you again", again), key="offer")
    form = make_form(
        organisation,
        email_consent(is_confirmed=True),
        start=Start.EMPTY,
        touchpoint=Touchpoint.objects.get(code="contact-form"),
        hosts=[website[""].removeprefix("http://")],
    )
    head = f'<!doctype html><html lang="en"><script async src="{product.url}/t.js" data-site="{site.key}"></script>'
    slots = '<div data-prm-slot="hero"><p>Welcome</p></div><div data-prm-slot="offer"><p>Our offers</p></div>'
    menu = '<a href="/pricing">Pricing</a> <a href="/contact">Contact</a>'
    website["/"] = f"{head}<title>Acme</title><h1>Acme</h1>{slots}{menu}"
    website["/pricing"] = f"{head}<title>Pricing</title><h1>Pricing</h1>{menu}"
    part = f'<script src="{product.url}/f/{address_of(form)}.js" async></script>'
    website["/contact"] = f"{head}<title>Contact</title><h1>Contact</h1>{part}"


def ready(page: Page) -> Page:
    page.wait_for_function("window.prm && prm.site")
    return page


def warm(browser: Browser, website: dict[str, str]) -> None:
    """Let the server's processes answer once: until they have what they need, places show the site's own content."""
    context = browser.new_context()
    page = context.new_page()
    for _n in range(4):
        page.goto(f"{website['']}/?utm_campaign=printemps")
        ready(page).wait_for_timeout(600)
    context.close()


def visit_from_a_campaign(visitor: BrowserContext, website: dict[str, str]) -> None:
    page = visitor.new_page()
    page.goto(f"{website['']}/?utm_source=linkedin&utm_medium=cpc&utm_campaign=printemps")
    ready(page)
    expect(page.locator("[data-prm-slot=hero]")).to_have_text("Ten per cent until May")
    expect(page.locator("[data-prm-slot=offer]")).to_have_text("Our offers")
    page.evaluate("prm.consent(true)")
    page.wait_for_timeout(1200)
    page.get_by_role("link", name="Pricing").click()
    ready(page).wait_for_timeout(700)
    page.close()


def come_back_and_write(visitor: BrowserContext, website: dict[str, str]) -> None:
    page = visitor.new_page()
    page.goto(f"{website['']}/")
    ready(page)
    expect(page.locator("[data-prm-slot=hero]")).to_have_text("Welcome")
    expect(page.locator("[data-prm-slot=offer]")).to_have_text("Good to see you again")
    page.get_by_role("link", name="Contact").click()
    ready(page)
    page.get_by_role("textbox", name="E-mail").fill(NADIA)
    page.get_by_role("checkbox").check()
    page.wait_for_timeout(READING)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    page.close()


def test_a_stranger_becomes_a_scored_lead(
    committed: None, world: World, website: dict[str, str], product: Stack, visitor: BrowserContext
) -> None:
    organisation, browser = world.organisation, visitor.browser
    assert browser is not None
    with organisation_scope(organisation.pk):
        build(organisation, website, product)
        warm(browser, website)
        visit_from_a_campaign(visitor, website)
        wait_for(lambda: Visitor.objects.filter(page_count=2).exists(), what="the first visit")
        assert not Contact.objects.exists()
        # That was eight days ago.
        ago = timedelta(days=8)
        Visit.objects.update(started_at=F("started_at") - ago, last_at=F("last_at") - ago)
        Interaction.objects.update(occurred_at=F("occurred_at") - ago)
        Visitor.objects.update(first_at=F("first_at") - ago, last_at=F("last_at") - ago)
        come_back_and_write(visitor, website)
        contact = wait_for(lambda: Contact.objects.filter(email=NADIA).first(), what="the contact")
        message = product.wait_for_message(NADIA)
        body = message.get_body(("plain",))
        assert body is not None
        link = re.search(r"https?://\S+", body.get_content())
        assert link is not None

        # The mail asks; a press of the button says yes.
        page = visitor.new_page()
        page.goto(link[0])
        page.get_by_role("button").last.click()
        page.wait_for_load_state()
        page.close()

        def is_scored() -> bool:
            standing = Standing.objects.filter(contact=contact).first()
            # The form (10) and a look at the prices eight days ago (3, fading by half in thirty days).
            return standing is not None and standing.intent > 12

        wait_for(is_scored, what="the score")
        kinds = list(Interaction.objects.filter(contact=contact).values_list("kind", flat=True))
        assert kinds.count("page_view") == 4
        assert kinds.count("form_sent") == 1
        contact.refresh_from_db()
        assert contact.stage == "prospect"

    with inspecting(browser, product.url, user=world.marketer, language="en") as window:
        window.open(product.url + world.path(f"contacts/{contact.pk}/"))
        told = window.page.locator("main")
        expect(window.page.locator("#entry-point")).to_contain_text("linkedin · printemps")
        expect(window.page.locator("#timeline")).to_contain_text("Form sent")
        expect(window.page.locator("#timeline")).to_contain_text("from linkedin")
        expect(told).to_contain_text("Warm")
        expect(told).to_contain_text("Formulaire de contact envoyé")
        expect(told).to_contain_text("Page tarifs vue")
        expect(told).to_contain_text("confirmed by e-mail, text No. 1")
        window.check_rules()
        window.look_as("dark", PHONE)
        window.check_width()
