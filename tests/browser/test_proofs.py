"""Where a value is from, by mouse, keyboard and thumb; what a source proposes, by one key."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from contacts.models import Company
from enrichment.proofs.models import Proposal
from prm.organisations.scope import organisation_scope
from tests.browser.inspecting import PHONE, inspecting
from tests.browser.stack import Stack
from tests.conftest import World
from tests.enrichment.proofs.builders import make_declared, tell


@pytest.fixture
def company(committed: None, world: World) -> Company:
    with organisation_scope(world.organisation.pk):
        one = make_declared(world, naf_code="62.01Z")
        tell(world, one, "sirene", headcount_band="12", city="NANTES")
        return one


@pytest.fixture
def shown(company: Company, world: World, site: Stack, browser: Browser) -> Iterator[Page]:
    with inspecting(browser, site.url, user=world.sales, language="en") as window:
        window.open(f"{site.url}{world.path('companies/')}{company.pk}/")
        yield window.page


def test_a_mark_tells_on_hover_and_on_focus_and_goes_again(shown: Page) -> None:
    mark = shown.locator("#company-facts .proof-mark").first
    card = shown.locator("#company-facts .proof-card").first
    expect(card).to_be_hidden()

    mark.hover()
    expect(card).to_be_visible()
    expect(card).to_contain_text("entered by hand, or by the person")
    shown.mouse.move(0, 0)
    expect(card).to_be_hidden()

    shown.keyboard.press("Tab")
    for _ in range(80):
        if mark.evaluate("(one) => one === document.activeElement"):
            break
        shown.keyboard.press("Tab")
    expect(card).to_be_visible()
    shown.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_a_tap_tells_on_a_phone(company: Company, world: World, site: Stack, browser: Browser) -> None:
    with inspecting(browser, site.url, user=world.sales, language="en") as window:
        window.open(f"{site.url}{world.path('companies/')}{company.pk}/")
        window.look_as("light", PHONE)
        page = window.page
        page.locator("#company-facts .proof-mark").first.click()
        card = page.locator("#company-facts .proof-card").first
        expect(card).to_be_visible()
        box = card.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_one_key_accepts_a_proposal_where_it_stands(shown: Page, company: Company, world: World) -> None:
    expect(shown.locator("[data-proposal]")).to_contain_text("20 to 49 employees")

    shown.keyboard.press("a")

    expect(shown.locator("[data-proposal]")).to_have_count(0)
    expect(shown.locator("#company-facts")).to_contain_text("20 to 49 employees")
    with organisation_scope(world.organisation.pk):
        assert Company.objects.get(pk=company.pk).headcount_band == "12"


def test_one_key_declines_a_proposal_of_the_list(shown: Page, world: World, site: Stack) -> None:
    shown.goto(site.url + world.path("enrichment/proposals/"))

    shown.keyboard.press("x")

    expect(shown.locator("tr[data-proposal]")).to_have_count(0)
    with organisation_scope(world.organisation.pk):
        assert Proposal.objects.get().status == "declined"
