"""The product by keyboard and by thumb: where the focus is, what opens, what is said, how large a target is."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from contacts.models import Company
from enrichment.models import Lookup, LookupStatus
from enrichment.providers.outcomes import Question
from enrichment.providers.records import CompanyRecord
from prm.organisations.scope import organisation_scope
from tests.browser.inspecting import PHONE, Inspection, inspecting
from tests.browser.stack import Stack
from tests.conftest import World
from tests.worldmaking import OWN, fill

# What has the focus, and how one sees that it has.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const shown = [one, ...(one.matches("input") ? [one.parentElement] : [])].some((shape) => {
    const style = getComputedStyle(shape);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5) || style.boxShadow !== "none";
  });
  const box = one.getBoundingClientRect();
  const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  window.numbers ??= new WeakMap();
  window.numbered ??= 0;
  if (!window.numbers.has(one)) window.numbers.set(one, ++window.numbered);
  return {number: window.numbers.get(one), html: one.outerHTML.slice(0, 140), shown, inside};
}"""
FOCUSABLE = """() => [
  ...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"),
].filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.disabled).length"""
# A link in running text may be as small as its line (WCAG 2.5.8); everything else answers a thumb 22 px off its middle.
SMALL = """() => [...document.querySelectorAll("main :is(a, button, input, select, textarea, summary), .tabbar > *")]
  .filter((one) => one.type !== "hidden" && one.checkVisibility({visibilityProperty: true}))
  .filter((one) => !one.closest("dialog:not([open]), svg") && getComputedStyle(one).display !== "inline")
  .filter((one) => {
    one.scrollIntoView({block: "center", inline: "center"});
    const box = one.getBoundingClientRect();
    const x = (box.left + box.right) / 2;
    const y = (box.top + box.bottom) / 2;
    const hits = (dx, dy) => {
      const hit = document.elementFromPoint(x + dx, y + dy);
      return one.contains(hit) || hit?.closest("label")?.control === one;
    };
    const wide = box.width >= 43.5 || (hits(-21, 0) && hits(21, 0));
    const high = box.height >= 43.5 || (hits(0, -21) && hits(0, 21));
    return box.width && !(wide && high);
  })
  .map((one) => [one, one.getBoundingClientRect()])
  .map(([one, box]) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${one.outerHTML.slice(0, 140)}`)"""
MOVING = """() => [...document.querySelectorAll("*")].filter((one) => {
  const style = getComputedStyle(one);
  return style.animationName !== "none" || style.transitionDuration.split(",").some((one) => parseFloat(one) > 0);
}).length"""


@pytest.fixture
def window(committed: None, world: World, site: Stack, browser: Browser) -> Iterator[Inspection]:
    """A window of the admin's, on rows of every kind."""
    fill(world)
    with inspecting(browser, site.url, user=world.admin, language="en") as opened:
        yield opened


def focused_in(page: Page, selector: str) -> bool:
    """Tell whether the focus is inside of what a selector finds."""
    return bool(page.evaluate("(at) => Boolean(document.activeElement?.closest(at))", selector))


def test_the_way_by_tab_is_whole_and_seen(window: Inspection, site: Stack, world: World) -> None:
    page = window.page
    for path in (world.path(), world.path("contacts/"), world.path(f"contacts/{OWN}/?panels=all")):
        window.open(site.url + path)
        expected = page.evaluate(FOCUSABLE)
        seen: dict[int, dict[str, Any]] = {}
        # Once around: a page that keeps the focus would never come back to its beginning.
        for _step in range(expected + 10):
            page.keyboard.press("Tab")
            if (now := page.evaluate(FOCUSED)) is None or now["number"] in seen:
                break
            seen[now["number"]] = now
        else:
            pytest.fail(f"{path} does not let the focus come around")
        assert len(seen) > 0.8 * expected, f"{path}: {len(seen)} of {expected} are reached by Tab"
        unseen = [now["html"] for now in seen.values() if not (now["shown"] and now["inside"])]
        assert not unseen, f"{path}: no focus to be seen on\n" + "\n".join(unseen)


def test_the_first_tab_skips_to_the_content(window: Inspection, site: Stack, world: World) -> None:
    page = window.page
    window.open(site.url + world.path("contacts/"))
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    assert skip.evaluate("(one) => getComputedStyle(one).clipPath") == "none"
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert focused_in(page, "main")


def test_dialogs_take_the_focus_and_give_it_back(window: Inspection, site: Stack, world: World) -> None:
    page = window.page
    window.open(site.url + world.path(f"contacts/{OWN}/"))
    for opener in ("[data-opens=stage-dialog]", "[hx-get][hx-target='#dialog']"):
        control = page.locator(opener).first
        control.focus()
        page.keyboard.press("Enter")
        page.locator("dialog[open]").wait_for()
        assert focused_in(page, "dialog[open]"), f"{opener} opens a dialog without the focus"
        for _step in range(12):
            page.keyboard.press("Tab")
            assert page.evaluate(FOCUSED) is None or focused_in(page, "dialog[open]"), f"{opener} lets the focus out"
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
        expect(control).to_be_focused()


def test_menus_open_by_enter_move_by_arrows_and_close_by_escape(window: Inspection, site: Stack, world: World) -> None:
    page = window.page
    window.open(site.url + world.path())
    button = page.locator("[popovertarget=me-menu]")
    button.focus()
    page.keyboard.press("Enter")
    items = page.locator("#me-menu:popover-open :is(a, button)")
    expect(items.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(items.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(items.last).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#me-menu:popover-open")).to_have_count(0)
    expect(button).to_be_focused()


def test_control_k_finds_a_page(window: Inspection, site: Stack, world: World) -> None:
    page = window.page
    window.open(site.url + world.path())
    title = page.title()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette input[type=search]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("contacts")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contacts/")
    assert page.title() != title
    assert page.title().startswith("Contacts")


def test_a_number_chooses_the_company_that_a_name_means(window: Inspection, site: Stack, world: World) -> None:
    candidate = CompanyRecord("813290012", name="SOLVANE", postcode="44000", city="NANTES")
    with organisation_scope(world.organisation.pk):
        company = Company.objects.create(organisation=world.organisation, name="Solvane Sud", name_key="solvane sud")
        lookup = Lookup.objects.create(
            organisation=world.organisation,
            company=company,
            provider="recherche_entreprises",
            status=LookupStatus.AMBIGUOUS,
            question=Question(name="Solvane Sud").to_json(),
            answer={"candidates": [candidate.to_json()]},
        )
    page = window.page
    page.goto(f"{site.url}{world.path('enrichment/')}{lookup.pk}/")
    expect(page.get_by_role("button", name="It is this one 1")).to_be_visible()

    with page.expect_navigation():
        page.keyboard.press("1")

    with organisation_scope(world.organisation.pk):
        lookup.refresh_from_db()
        assert (lookup.status, Company.objects.get(pk=company.pk).siren) == ("found", "813290012")


def test_a_list_that_changes_says_how_many_it_shows(window: Inspection, site: Stack, world: World) -> None:
    page = window.page
    window.open(site.url + world.path("contacts/"))
    region = page.locator("#answer").element_handle()
    assert region is not None
    # Only a region that was there before is read out: it must stay, and its words change.
    assert region.get_attribute("role") == "status"
    before = region.inner_text()
    page.get_by_role("searchbox").first.fill("nobody of this name")
    page.wait_for_url("**q=nobody*")
    expect(page.locator("#answer")).not_to_have_text(before)
    assert region.evaluate("(one) => one.isConnected"), "the region was replaced"
    assert focused_in(page, "input[type=search]")


def test_a_list_without_such_a_sentence_says_its_rows(window: Inspection, site: Stack, world: World) -> None:
    page = window.page
    window.open(site.url + world.path("contacts/tags/"))
    expect(page.locator("#said[role=status]")).to_have_text("")
    page.get_by_role("searchbox").first.fill("nobody of this name")
    page.wait_for_url("**q=nobody*")
    expect(page.locator("#said")).to_have_text("No tag like this")


def test_nothing_moves_for_those_who_asked_for_calm(window: Inspection, site: Stack, world: World) -> None:
    window.open(site.url + world.path(f"contacts/{OWN}/"))
    assert window.page.evaluate(MOVING) == 0
    window.page.emulate_media(reduced_motion="no-preference")
    assert window.page.evaluate(MOVING) > 0


@pytest.mark.parametrize("path", ["queue/", "contacts/", f"contacts/{OWN}/"])
def test_a_thumb_finds_its_targets(window: Inspection, site: Stack, world: World, path: str) -> None:
    window.open(site.url + world.path(path))
    window.look_as("light", PHONE)
    small = window.page.evaluate(SMALL)
    assert not small, f"{path}: less than 44 px\n" + "\n".join(small)
