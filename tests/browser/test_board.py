"""A marketer moves actions over the board by keyboard and with the mouse, and brings a deleted one back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from prm.organisations.scope import organisation_scope
from tests.browser.inspecting import PHONE, Inspection, inspecting
from tests.browser.stack import Stack
from tests.conftest import World
from tests.touchpoints.test_actions import days_from_today, plan
from tests.touchpoints.test_inventory import add
from touchpoints.actions.models import EnrichmentAction


@pytest.fixture
def marketer(committed: None, world: World, site: Stack, browser: Browser) -> Iterator[Inspection]:
    """The marketer's window, on two actions of two touchpoints."""
    with organisation_scope(world.organisation.pk):
        plan(world, add(world, "Form"), "Shorten the form", due_on=days_from_today(-2))
        plan(world, add(world, "Show", channel="event"), "Scan the badges", lever="outbound")
    with inspecting(browser, site.url, user=world.marketer, language="en") as opened:
        yield opened


def test_actions_are_moved_by_keyboard_and_by_mouse(marketer: Inspection, world: World, site: Stack) -> None:
    page = marketer.page

    def column(name: str) -> Locator:
        return page.get_by_role("region", name=name, exact=True)

    def cards(name: str) -> list[str]:
        return column(name).locator(".action > a").all_inner_texts()

    marketer.open(site.url + world.path("touchpoints/actions/"))
    assert cards("To do") == ["Shorten the form", "Scan the badges"]
    expect(page.locator("#answer")).to_contain_text("1 is late")

    page.get_by_role("button", name="Begin Shorten the form").focus()
    page.keyboard.press("Enter")
    expect(column("Doing").locator(".action")).to_have_count(1)
    expect(page.locator("#toasts")).to_contain_text("“Shorten the form” is under way.")
    # The keyboard goes on from the board.
    expect(page.locator("#board")).to_be_focused()
    page.get_by_role("button", name="It is done Shorten the form").focus()
    page.keyboard.press("Enter")
    expect(column("Done").locator(".action")).to_have_count(1)
    expect(page.locator("#answer")).to_have_text("1 action to do or under way.")

    column("To do").locator(".action").drag_to(column("Doing"))
    expect(column("Doing").locator(".action")).to_have_count(1)
    assert (cards("To do"), cards("Doing"), cards("Done")) == ([], ["Scan the badges"], ["Shorten the form"])
    # Dropped where it was: nothing happens.
    column("Doing").locator(".action").drag_to(column("Doing").get_by_role("heading"))
    marketer.check_rules()
    marketer.look_as("dark", PHONE)
    marketer.check_rules(state="on a phone ")
    marketer.check_width()
    with organisation_scope(world.organisation.pk):
        found = dict(EnrichmentAction.objects.values_list("title", "status"))
    assert found == {"Shorten the form": "done", "Scan the badges": "doing"}


def test_filters_narrow_the_board_and_a_deleted_action_comes_back(
    marketer: Inspection, world: World, site: Stack
) -> None:
    page = marketer.page
    marketer.open(site.url + world.path("touchpoints/actions/"))
    page.get_by_label("Channel", exact=True).select_option("event")
    page.wait_for_url("**channel=event**")
    expect(page.locator(".action")).to_have_count(1)
    # What is moved under a filter stays under it.
    page.get_by_role("button", name="Begin Scan the badges").click()
    expect(page.get_by_role("region", name="Doing", exact=True).locator(".action")).to_have_count(1)
    expect(page.locator(".action")).to_have_count(1)
    page.get_by_role("link", name="Scan the badges", exact=True).click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".action")).to_have_count(1)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Scan the badges")).to_be_visible()
    marketer.check_rules()
