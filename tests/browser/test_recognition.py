"""A marketer gives a home to what has none, sees the past find it, and tries an address."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from tests.browser.inspecting import PHONE, Inspection, inspecting
from tests.browser.stack import Stack
from tests.conftest import World
from tests.touchpoints.test_inventory import add
from tests.touchpoints.test_recognition import happen, place_of


@pytest.fixture
def marketer(committed: None, world: World, site: Stack, browser: Browser) -> Iterator[Inspection]:
    """The marketer's window."""
    with inspecting(browser, site.url, user=world.marketer, language="en") as opened:
        yield opened


def test_what_has_no_place_gets_one(marketer: Inspection, world: World, site: Stack) -> None:
    with organisation_scope(world.organisation.pk):
        add(world, "Pricing")
        numbers = [happen(world, url="https://acme.fr/tarifs?utm_source=linkedin") for _ in range(3)]
        happen(world, "call")
    page = marketer.page
    marketer.open(site.url + world.path("touchpoints/recognition/"))
    expect(page.locator(".answer, .page-head").first).to_contain_text("4 interactions without a touchpoint")
    marketer.check_rules()

    page.get_by_role("link", name="Give it a home Page viewed").click()
    expect(page.locator("#fitting")).to_contain_text("3 interactions of the last 4 fit")
    page.get_by_label("Touchpoint", exact=True).select_option(label="Pricing")
    page.get_by_label("Address").fill("acme.fr/x")
    expect(page.locator("#fitting")).to_contain_text("None of the last 4 interactions fits.")
    page.get_by_label("Address").fill("acme.fr/tarifs*")
    expect(page.locator("#fitting")).to_contain_text("3 interactions of the last 4 fit")
    marketer.check_rules(state="a rule ")
    page.get_by_role("button", name="Keep the rule").click()
    expect(page.locator("#rules")).to_contain_text("“Page viewed”, on the site acme.fr, on the page /tarifs*")

    run_jobs(world.organisation)
    marketer.open(site.url + world.path("touchpoints/recognition/"))
    with organisation_scope(world.organisation.pk):
        assert {place_of(one) for one in numbers} == {"Pricing"}
    trial = page.locator("#trial")
    trial.get_by_label("Address").fill("https://www.acme.fr/tarifs-2026")
    trial.get_by_role("button", name="Try it").click()
    expect(trial.get_by_role("status")).to_contain_text("Pricing")
    page.locator("#trial").get_by_label("Address").fill("/elsewhere")
    page.locator("#trial").get_by_role("button", name="Try it").click()
    expect(page.locator("#trial").get_by_role("status")).to_contain_text("None: it would stay without a touchpoint.")
    marketer.look_as("dark", PHONE)
    marketer.check_rules(state="on a phone ")
    marketer.check_width()
