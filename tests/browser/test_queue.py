"""A rep works the queue on a phone, with one thumb, while a colleague works it too."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from prm.organisations.scope import organisation_scope
from scoring.handoffs.claiming import claim_handoff
from scoring.models import Handoff
from tests.browser.inspecting import PHONE, Inspection, inspecting
from tests.browser.stack import Stack
from tests.conftest import World
from tests.scoring.handoffs.worlds import open_handoff

WHY = [
    {"rule": name, "kind": kind, "points": 5, "occurrences": 2, "last_at": "2026-11-20T10:00:00+00:00"}
    for name, kind in (("Webinar attended", "webinar"), ("Pricing read", "page_view"), ("Form sent", "form_sent"))
]
REACH = """(at) => { const box = document.querySelector(at).getBoundingClientRect();
  return [box.top / innerHeight, box.bottom <= innerHeight, box.height]; }"""


@pytest.fixture
def rep(committed: None, world: World, site: Stack, browser: Browser) -> Iterator[Inspection]:
    """The rep's phone, on two people who wait."""
    with organisation_scope(world.organisation.pk):
        open_handoff(world.organisation, email="ana@x.example", total=50, evidence=WHY)
        open_handoff(world.organisation, email="bob@x.example", total=40)
    with inspecting(browser, site.url, user=world.sales, language="en") as opened:
        yield opened


def test_a_rep_claims_calls_accepts_and_sells_with_one_thumb(rep: Inspection, world: World, site: Stack) -> None:
    page = rep.page
    rep.open(site.url + world.path("queue/"))
    rep.look_as("light", PHONE)
    # The main act is in the lower half, whole, and large enough.
    top, is_whole, height = page.evaluate(REACH, "#lead-acts .big")
    assert (top > 0.4, is_whole, height >= 44) == (True, True, True)
    page.get_by_role("button", name="Claim and call").click()
    expect(page.get_by_role("link", name="Call 06 12 34 56 78")).to_have_attribute("href", "tel:+33612345678")
    rep.check_rules(state="claimed ")
    rep.check_width()

    page.get_by_role("link", name="Log a call").click()
    dialog = page.locator("#dialog[open]")
    # Without saying how it went it is not noted, and what was written stays.
    dialog.get_by_label("Note").fill("Wants an offer")
    dialog.get_by_label("Reached").check()
    dialog.get_by_label("When").select_option(index=2)
    dialog.get_by_role("button", name="Note it").click()
    expect(dialog).to_contain_text("Say what is to be done then.")
    expect(dialog.get_by_label("Note")).to_have_value("Wants an offer")
    dialog.get_by_label("Next step").fill("Send the offer")
    rep.check_rules(within="#dialog", state="with a call to note ")
    dialog.get_by_role("button", name="Note it").click()
    expect(page.locator("main")).to_contain_text("Send the offer")

    page.get_by_role("button", name="Accept").click()
    page.get_by_role("link", name="Bought").click()
    dialog.get_by_label("Amount").fill("1250.50")
    dialog.get_by_role("button", name="Make a customer").click()
    expect(page.locator("#toasts")).to_contain_text("is a customer")
    with organisation_scope(world.organisation.pk):
        sold = Handoff.objects.get(contact__email="ana@x.example")
        assert (sold.outcome, sold.amount_cents, sold.currency) == ("customer", 125_050, "EUR")


def test_what_a_colleague_claims_says_so_within_seconds(rep: Inspection, world: World, site: Stack) -> None:
    page = rep.page
    rep.open(site.url + world.path("queue/"))
    rep.look_as("dark", PHONE)
    expect(page.locator("#next .rows > li")).to_have_count(2)
    with organisation_scope(world.organisation.pk):
        first = Handoff.objects.get(contact__email="ana@x.example")
        claim_handoff(world.organisation, handoff_id=first.pk, by=world.admin)
    expect(page.locator("#lead-acts")).to_contain_text("Admin has it", timeout=8_000)
    expect(page.locator("#next .rows > li")).to_have_count(1)
    expect(page.get_by_role("button", name="Claim and call")).to_have_count(0)
    rep.check_rules(state="with a lead that somebody else took ")
    page.get_by_role("link", name="To the next one").click()
    expect(page.locator("#lead")).to_contain_text("Bob")
