"""A marketer fills a hole with a gated file; somebody asks for it; what they read tells what they are interested in."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from contacts.consent.services import add_starting_purposes
from contacts.models import Contact
from prm.organisations.scope import organisation_scope
from prm.reactions import CONSUMERS
from prm.work.jobs import run_jobs
from tests.browser.inspecting import PHONE, Inspection, inspecting
from tests.browser.stack import Stack
from tests.conftest import World
from tests.touchpoints.lead_forms.builders import make_form
from touchpoints.consuming import consume
from touchpoints.contents.models import Content, Reading
from touchpoints.kinds import ensure_kinds

PDF = {"name": "guide.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 a guide"}


@pytest.fixture
def marketer(committed: None, world: World, site: Stack, browser: Browser) -> Iterator[Inspection]:
    """The marketer's window."""
    with organisation_scope(world.organisation.pk):
        ensure_kinds(world.organisation)
        add_starting_purposes(world.organisation)
    with inspecting(browser, site.url, user=world.marketer, language="en") as opened:
        yield opened


def test_from_a_hole_to_a_readers_interest(marketer: Inspection, world: World, site: Stack, browser: Browser) -> None:
    with organisation_scope(world.organisation.pk):
        make_form(world.organisation, name="White papers")
    page = marketer.page
    marketer.open(site.url + world.path("contents/coverage/"))
    expect(page.get_by_text("No theme yet")).to_be_visible()
    page.get_by_role("link", name="Add the first theme").click()
    page.get_by_label("Name").fill("Pumps")
    page.get_by_role("button", name="Add the theme").click()
    page.get_by_label("Address").fill("www.acme.fr/pumps/*")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_text("On the site acme.fr, on the page /pumps/*")).to_be_visible()
    run_jobs(world.organisation)
    page.reload()
    marketer.check_rules(state="a theme ")

    marketer.open(site.url + world.path("contents/coverage/"))
    expect(page.locator("td.hole")).to_have_count(4)
    marketer.check_rules(state="holes ")
    page.get_by_role("link", name="for Pumps, Prospects: add one").click()
    expect(page.get_by_label("Written for")).to_have_value("prospect")
    page.get_by_label("Title").fill("Choosing a pump")
    page.get_by_role("combobox", name="Language").select_option("en")
    page.get_by_label("or a file").set_input_files(PDF)  # type: ignore[arg-type]
    page.get_by_label("Form before it").select_option(label="White papers")
    marketer.check_rules(state="a new content ")
    page.get_by_role("button", name="Add the content").click()
    expect(page.get_by_text("Nobody read it yet.")).to_be_visible()
    address = page.locator("#public-address").inner_text().replace("http://localhost:8000", site.url)

    reader = browser.new_context(
        locale="en-GB", user_agent=page.evaluate("navigator.userAgent").replace("Headless", "")
    )
    window = reader.new_page()
    window.goto(address)
    expect(window.get_by_role("heading", name="Choosing a pump")).to_be_visible()
    window.get_by_label("E-mail").fill("ada@acme.example")
    # Nobody reads and writes so quickly: what is sent at once would be taken for a program's.
    window.wait_for_timeout(2500)
    window.locator(".lead-send").click()
    expect(window.get_by_text("It is ready for you.")).to_be_visible()
    with window.expect_download() as download:
        window.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "guide.pdf"
    reader.close()

    consume(world.organisation, CONSUMERS)
    with organisation_scope(world.organisation.pk):
        ada = Contact.objects.get(email="ada@acme.example")
        assert Reading.objects.get().contact_id == ada.pk
        content = Content.objects.get()
    marketer.open(site.url + world.path(f"contents/{content.pk}/"))
    expect(page.locator("#readers")).to_contain_text("ada@acme.example")
    marketer.check_rules(state="a content ")
    marketer.open(site.url + world.path(f"contacts/{ada.pk}/"))
    interests = page.locator("#interests")
    expect(interests).to_contain_text("Pumps")
    interests.get_by_text("Why").click()
    expect(interests).to_contain_text("Document downloaded, Choosing a pump")
    expect(page.locator("#next-content")).to_contain_text("Nothing left to propose")
    marketer.open(site.url + world.path("contents/"))
    expect(page.get_by_role("row", name="Choosing a pump")).to_contain_text("1 contact")
    marketer.look_as("dark", PHONE)
    for part in ("contents/", "contents/coverage/", f"contents/{content.pk}/", "contents/themes/"):
        marketer.open(site.url + world.path(part))
        marketer.check_rules(state=f"{part} on a phone ")
        marketer.check_width()
