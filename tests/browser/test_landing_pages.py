"""A marketer builds a landing page with the keyboard, gives it a variant; people see it, say yes, and send its form."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from contacts.consent.services import add_starting_purposes
from prm.organisations.scope import organisation_scope
from tests.browser.inspecting import inspecting
from tests.browser.stack import Stack
from tests.conftest import World
from tests.touchpoints.landing_pages.builders import counted, make_page, second_variant
from tests.touchpoints.lead_forms.builders import BROWSER, make_form
from touchpoints.kinds import ensure_kinds
from touchpoints.landing_pages.choosing import cookie_scope
from touchpoints.landing_pages.models import LandingPage
from touchpoints.lead_forms.models import LeadForm, Submission
from touchpoints.tracking.models import Hit
from touchpoints.tracking.sites import SiteInput, create_site

# No person is quicker.
READING = 2100


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Somebody's window, which does not say that a program drives it; any script error or refusal fails the test."""
    context = browser.new_context(viewport={"width": 1200, "height": 800}, locale="en-GB", user_agent=BROWSER)
    window = context.new_page()
    errors: list[str] = []
    window.on("pageerror", lambda error: errors.append(str(error)))
    window.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield window
    context.close()
    assert not errors, errors


def prepared(world: World) -> LeadForm:
    with organisation_scope(world.organisation.pk):
        ensure_kinds(world.organisation)
        add_starting_purposes(world.organisation)
        return make_form(world.organisation, name="White paper")


def test_a_page_is_built_with_the_keyboard_and_sent(
    committed: None, world: World, site: Stack, browser: Browser, visitor: Page
) -> None:
    form = prepared(world)
    with inspecting(browser, site.url, user=world.marketer, language="en") as inspection:
        page = inspection.page
        inspection.open(f"{site.url}/o/{world.organisation.slug}/pages/")
        page.get_by_role("link", name="New landing page").first.press("Enter")
        page.get_by_label("Name").fill("Guide 2026")
        page.get_by_label("Language of the page").select_option("en")
        page.get_by_role("button", name="Make the draft").press("Enter")
        preview = page.frame_locator("iframe[name=preview]")
        page.get_by_role("link", name="The guide to … in 2026").press("Enter")
        page.get_by_label("Title", exact=True).fill("Sell better")
        # While it is typed.
        expect(preview.get_by_role("heading", level=1)).to_have_text("Sell better")
        inspection.check_rules()
        page.get_by_label("Title", exact=True).press("Enter")
        expect(page.get_by_role("link", name="Sell better")).to_be_visible()
        page.get_by_role("button", name="Move Sell better down").press("Enter")
        expect(page.locator(".blocks > li").nth(1)).to_contain_text("Sell better")
        page.get_by_role("button", name="Move Sell better up").press("Enter")
        expect(page.locator(".blocks > li").first).to_contain_text("Sell better")
        page.get_by_role("radio", name="Phone").check(force=True)
        expect(preview.get_by_role("link", name="Get the white paper")).to_be_visible()
        page.get_by_role("button", name="Publish").press("Enter")
        expect(page.get_by_text("is published", exact=False).first).to_be_visible()
        inspection.check_rules()
        inspection.check_width()

    visitor.goto(f"{site.url}/l/{world.organisation.slug}/guide-2026/?utm_source=letter")
    expect(visitor).to_have_title(re.compile("Sell better"))
    visitor.get_by_label("E-mail").fill("ines@acme.example")
    visitor.wait_for_timeout(READING)
    visitor.get_by_role("button", name="Send").click()
    expect(visitor.get_by_text("Thank you.")).to_be_visible()
    assert visitor.context.cookies() == []
    with organisation_scope(world.organisation.pk):
        context = Submission.objects.get(form=form).context
        assert (context["landing_page"], context["variant"], context["utm_source"]) == ("guide-2026", "A", "letter")
        assert counted(LandingPage.objects.get()) == {"A": (1, 0)}


def test_a_yes_keeps_the_variant_and_a_no_keeps_nothing(
    committed: None, world: World, site: Stack, visitor: Page
) -> None:
    form = prepared(world)
    with organisation_scope(world.organisation.pk):
        page = make_page(world.organisation, form=form)
        second_variant(world.organisation, page, world.admin)
        create_site(world.organisation, values=SiteInput("Us", ("127.0.0.1",)), by=None)
    url = f"{site.url}/l/{world.organisation.slug}/{page.slug}/"

    visitor.goto(url)
    seen = visitor.get_by_role("heading", level=1).inner_text()
    visitor.get_by_role("button", name="No", exact=True).click()
    visitor.reload()
    expect(visitor.get_by_role("button", name="No", exact=True)).to_be_hidden()
    assert visitor.context.cookies() == []
    visitor.evaluate("localStorage.clear()")
    visitor.reload()
    bucket = visitor.locator("script[data-bucket]").get_attribute("data-bucket")
    visitor.get_by_role("button", name="Yes", exact=True).click()
    visitor.wait_for_timeout(500)
    (cookie,) = visitor.context.cookies()
    assert cookie["name"] == f"_prm{cookie_scope(world.organisation)}"
    assert cookie["value"][-4:] == bucket
    visitor.reload()

    assert visitor.get_by_role("heading", level=1).inner_text() == seen
    expect(visitor.get_by_role("button", name="Yes", exact=True)).to_be_hidden()
    with organisation_scope(world.organisation.pk):
        views = [one for hit in Hit.objects.all() for one in hit.events if one["n"] == "page_view"]
        assert {one["p"]["variant"] for one in views} <= {"A", "B"}
        assert any(hit.browser and str(hit.browser) == cookie["value"] for hit in Hit.objects.all())


def test_without_scripts_and_on_a_phone_it_works(committed: None, world: World, site: Stack, browser: Browser) -> None:
    form = prepared(world)
    with organisation_scope(world.organisation.pk):
        page = make_page(world.organisation, form=form, is_beside=True)
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="en-GB", user_agent=BROWSER, java_script_enabled=False
    )
    window = context.new_page()

    window.goto(f"{site.url}/l/{world.organisation.slug}/{page.slug}/")
    window.get_by_role("link", name="Get it").click()
    window.get_by_label("E-mail").fill("ines@acme.example")
    window.wait_for_timeout(READING)
    window.get_by_role("button", name="Send").click()
    expect(window.get_by_text("Thank you.")).to_be_visible()
    context.close()
    with organisation_scope(world.organisation.pk):
        assert Submission.objects.count() == 1
