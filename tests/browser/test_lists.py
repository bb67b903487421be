"""A member chooses columns by keyboard, keeps them with a filter as a view, and shares it; another one opens it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from contacts.models import Contact
from prm.lists.models import SavedView
from prm.organisations.scope import organisation_scope
from tests.browser.inspecting import PHONE, Inspection, inspecting
from tests.browser.stack import Stack
from tests.conftest import World
from tests.contacts.fields.making import make_field


@pytest.fixture
def marketer(committed: None, world: World, site: Stack, browser: Browser) -> Iterator[Inspection]:
    """The marketer's window, on two people and a field of the organisation's own."""
    with organisation_scope(world.organisation.pk):
        make_field(world.organisation, "number", "Budget")
        for name, stage, budget in (("Marchetti", "mql", 12500), ("Belhadj", "suspect", 900)):
            Contact.objects.create(
                organisation=world.organisation,
                last_name=name,
                email=f"{name.lower()}@acme.example",
                phone="+33639981241",
                stage=stage,
                custom={"budget": budget},
            )
    with inspecting(browser, site.url, user=world.marketer, language="en") as opened:
        yield opened


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def heads(page: Page) -> list[str]:
    cells = page.locator("table thead th")
    return [text for text in cells.all_inner_texts() if text]


def by_tab(page: Page, name: str, *, role: str = "checkbox") -> None:
    """Go on by Tab to a control of the open dialog; fail where the way does not lead there."""
    control = page.locator("#dialog").get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    for _step in range(120):
        if control.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {name}")


def test_columns_are_chosen_by_keyboard_and_kept_as_a_view_that_others_open(
    marketer: Inspection, world: World, site: Stack, browser: Browser
) -> None:
    page = marketer.page
    marketer.open(site.url + world.path("contacts/"))
    assert heads(page) == ["Name", "Company", "Stage", "Score", "Qualification", "Last act", "Source"]

    page.get_by_role("link", name="Columns").focus()
    press(page, "Enter")
    page.locator("#dialog[open]").wait_for()
    for name in ("Company", "Score", "Qualification", "Last act", "Source", "Telephone", "Budget"):
        by_tab(page, name)
        press(page, "Space")
    # Moved up past the telephone and the stage: the focus stays on its button, and the place is said.
    by_tab(page, "Move Budget up", role="button")
    press(page, "Enter", "Enter")
    expect(page.locator("#dialog").get_by_role("button", name="Move Budget up")).to_be_focused()
    expect(page.locator("#dialog [data-said]")).to_have_text("Budget: place 2")
    marketer.check_rules(within="#dialog", state="with columns to choose ")
    by_tab(page, "Apply", role="button")
    with page.expect_navigation():
        press(page, "Enter")
    assert heads(page) == ["Name", "Budget", "Stage", "Telephone"]

    # The choice is the member's, wherever they sign in.
    marketer.open(site.url + world.path("contacts/"))
    assert heads(page) == ["Name", "Budget", "Stage", "Telephone"]

    page.get_by_label("Stage", exact=True).select_option("mql")
    page.wait_for_url("**stage=mql**")
    save = page.get_by_role("link", name="Save as a view")
    save.focus()
    press(page, "Enter")
    page.locator("#dialog[open]").wait_for()
    expect(page.locator("#dialog input[name=name]")).to_be_focused()
    page.keyboard.type("MQLs to call")
    by_tab(page, "Everybody in the organisation sees it")
    press(page, "Space")
    by_tab(page, "Save the view", role="button")
    with page.expect_navigation():
        press(page, "Enter")
    expect(page.locator(".toast")).to_contain_text("The view “MQLs to call” is kept.")
    expect(page.locator(".views [aria-current]")).to_contain_text("MQLs to call")
    with organisation_scope(world.organisation.pk):
        view = SavedView.objects.get()
    assert page.url == f"{site.url}{world.path('contacts/')}?view={view.pk}"

    with inspecting(browser, site.url, user=world.sales, language="en") as sales:
        theirs = sales.page
        sales.open(site.url + world.path("contacts/"))
        assert len(heads(theirs)) == 7
        theirs.get_by_role("navigation", name="Views").get_by_role("link", name="MQLs to call").click()
        theirs.wait_for_url("**view=*")
        assert heads(theirs) == ["Name", "Budget", "Stage", "Telephone"]
        expect(theirs.locator("tbody tr")).to_have_count(1)
        expect(theirs.locator("tbody tr")).to_contain_text("12,500")
        # A search is a change of the view; only who may share keeps it there.
        theirs.get_by_role("searchbox").first.fill("nobody")
        theirs.wait_for_url("**q=nobody**")
        expect(theirs.get_by_role("link", name="Save as a new view")).to_be_visible()
        expect(theirs.get_by_role("button", name="Save the changes")).to_have_count(0)
        theirs.get_by_role("link", name="As it was").click()
        expect(theirs.locator("tbody tr")).to_have_count(1)
        sales.look_as("dark", PHONE)
        sales.check_rules(state="on a phone in the dark ")
        sales.check_width()
        card = theirs.locator("tbody tr").bounding_box()
        assert card is not None
        assert card["height"] < 200
        expect(theirs.locator("tbody tr td.also", has_text="12,500")).to_be_visible()

    # Deleted from its menu, and brought back by the notice.
    page.get_by_role("button", name="What to do with the view MQLs to call").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Delete the view").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    with page.expect_navigation():
        page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".views [aria-current]")).to_contain_text("MQLs to call")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_columns_are_chosen_without_scripts(
    committed: None, world: World, site: Stack, browser: Browser, marketer: Inspection
) -> None:
    cookies = marketer.page.context.cookies()
    plain = browser.new_context(locale="en", java_script_enabled=False)
    plain.add_cookies([{"name": one["name"], "value": one["value"], "url": site.url} for one in cookies])
    page = plain.new_page()
    page.goto(site.url + world.path("contacts/?stage=mql"))
    page.get_by_role("link", name="Columns").click()
    page.get_by_label("E-mail", exact=True).check()
    page.get_by_role("button", name="Move E-mail up").click()
    # Its place among the ticked ones: before the source.
    ticked = page.locator("input[name=columns]:checked")
    assert [one.get_attribute("value") for one in ticked.all()][-2:] == ["email", "source"]
    page.get_by_role("button", name="Apply").last.click()
    assert heads(page) == ["Name", "Company", "Stage", "Score", "Qualification", "Last act", "E-mail", "Source"]
    assert "stage=mql" in page.url
    expect(page.locator("tbody tr")).to_have_count(1)
    plain.close()
