"""A marketer builds a form with the keyboard; people fill it in on its page, in a frame and inside another site."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from contacts.consent.services import add_starting_purposes
from prm.organisations.scope import organisation_scope
from tests.browser.inspecting import PHONE, inspecting
from tests.browser.stack import Stack
from tests.conftest import World
from tests.touchpoints.lead_forms.builders import make_form
from touchpoints.kinds import ensure_kinds
from touchpoints.lead_forms.document import After, AfterKind, Condition, Element, ElementKind, QuestionType
from touchpoints.lead_forms.models import LeadForm, Submission
from touchpoints.lead_forms.tokens import address_of

REASON = Element("reason", ElementKind.QUESTION, label="Reason", type=QuestionType.CHOICE, choices=("Price", "Other"))
WHICH = Element(
    "which", ElementKind.QUESTION, label="Which one", is_required=True, when=Condition("reason", ("Other",))
)
# No person is quicker.
READING = 2100


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def other_site(folder: Path) -> Iterator[str]:
    """Serve somebody else's website on loopback, under another name."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Somebody's window; any script error or refusal of the browser's fails the test."""
    context = browser.new_context(viewport={"width": 900, "height": 800}, locale="en-GB")
    window = context.new_page()
    errors: list[str] = []
    window.on("pageerror", lambda error: errors.append(str(error)))
    window.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield window
    cookies = context.cookies()
    context.close()
    assert not [error for error in errors if "status of 4" not in error and "favicon" not in error], errors
    assert not cookies


def prepared(world: World, **more: Any) -> LeadForm:
    with organisation_scope(world.organisation.pk):
        ensure_kinds(world.organisation)
        add_starting_purposes(world.organisation)
        return make_form(world.organisation, REASON, WHICH, **more)


def answers(world: World) -> list[dict[str, Any]]:
    with organisation_scope(world.organisation.pk):
        return list(Submission.objects.order_by("pk").values_list("answers", flat=True))


def test_a_form_is_built_with_the_keyboard_and_filled_in(
    committed: None, world: World, site: Stack, browser: Browser, visitor: Page
) -> None:
    with organisation_scope(world.organisation.pk):
        ensure_kinds(world.organisation)
        add_starting_purposes(world.organisation)
    with inspecting(browser, site.url, user=world.marketer, language="en") as inspection:
        page = inspection.page
        inspection.open(site.url + world.path("forms/new/?start=empty"))
        page.get_by_label("Name").fill("Fair 2026")
        page.get_by_label("Language of the form").select_option("en")
        page.get_by_role("button", name="Make the draft").press("Enter")
        page.get_by_label("What to add").select_option("contact.phone")
        page.get_by_role("button", name="Add", exact=True).press("Enter")
        expect(page.get_by_role("link", name="Telephone")).to_be_visible()
        page.get_by_role("button", name="Move Telephone up").press("Enter")
        expect(page.locator(".elements > li").first).to_contain_text("Telephone")
        preview = page.frame_locator("iframe[name=preview]")
        expect(preview.locator(".lead-row label").first).to_have_text("Telephone")
        page.get_by_role("link", name="Telephone").press("Enter")
        page.get_by_label("What is asked").fill("Where may we call you?")
        # While it is typed.
        expect(preview.get_by_text("Where may we call you?")).to_be_visible()
        page.get_by_role("button", name="Keep").press("Enter")
        page.get_by_role("button", name="Publish").press("Enter")
        url = page.locator("#code-page").inner_text()
        inspection.check_rules()
        inspection.check_width()

    visitor.goto(url)
    visitor.get_by_label("Where may we call you?").fill("06 12 34 56 78")
    visitor.get_by_label("E-mail").fill("ines@acme.example")
    visitor.wait_for_timeout(READING)
    visitor.get_by_role("button", name="Send").click()
    expect(visitor.get_by_text("Thank you.")).to_be_visible()
    assert answers(world) == [{"phone": "+33612345678", "email": "ines@acme.example"}]


def test_a_question_shows_with_the_answer_it_depends_on(
    committed: None, world: World, site: Stack, browser: Browser, visitor: Page
) -> None:
    form = prepared(world)
    visitor.goto(f"{site.url}/f/{address_of(form)}/")
    expect(visitor.get_by_label("Which one")).to_be_hidden()
    visitor.get_by_label("Other").check()
    expect(visitor.get_by_label("Which one")).to_be_visible()
    visitor.get_by_label("E-mail").fill("ines@mailinator.com")
    visitor.get_by_label("Which one").fill("The blue one")
    visitor.wait_for_timeout(READING)
    visitor.get_by_role("button", name="Send").click()
    expect(visitor.get_by_role("alert")).to_be_visible()
    expect(visitor.get_by_label("E-mail")).to_be_focused()
    expect(visitor.get_by_label("Which one")).to_have_value("The blue one")
    visitor.get_by_label("E-mail").fill("ines@acme.example")
    visitor.wait_for_timeout(READING)
    visitor.get_by_role("button", name="Send").click()
    expect(visitor.get_by_text("Thank you.")).to_be_visible()

    # Without scripts all of it is there, and says when it is meant.
    plain = browser.new_context(java_script_enabled=False, locale="en-GB").new_page()
    plain.goto(f"{site.url}/f/{address_of(form)}/")
    expect(plain.get_by_text("Only if “Reason” is: Other")).to_be_visible()
    plain.get_by_label("E-mail").fill("jean@acme.example")
    plain.get_by_label("Price").check()
    plain.wait_for_timeout(READING)
    plain.get_by_role("button", name="Send").click()
    expect(plain.get_by_text("Thank you.")).to_be_visible()
    assert answers(world) == [
        {"email": "ines@acme.example", "reason": "Other", "which": "The blue one"},
        {"email": "jean@acme.example", "reason": "Price"},
    ]


def test_what_people_see_keeps_the_rules_of_everybody(
    committed: None, world: World, site: Stack, browser: Browser
) -> None:
    form = prepared(world, title="Contact us", intro="We answer within a day.", colour="#ffee00")
    with inspecting(browser, site.url, user=world.marketer, language="en") as inspection:
        inspection.open(f"{site.url}/f/{address_of(form)}/")
        inspection.check_rules()
        inspection.page.get_by_label("Other").check()
        inspection.page.evaluate("document.querySelector('form').noValidate = true")
        inspection.page.get_by_role("button", name="Send").click()
        expect(inspection.page.get_by_role("alert")).to_be_visible()
        inspection.look_as("dark", PHONE)
        inspection.check_rules(state="with mistakes ")
        inspection.check_width()


def test_a_form_stands_inside_another_sites_page(
    committed: None, world: World, site: Stack, visitor: Page, tmp_path: Path
) -> None:
    with other_site(tmp_path) as host:
        form = prepared(world, hosts=[host], colour="#7722aa")
        part = f'<script src="{site.url}/f/{address_of(form)}.js" async></script>'
        (tmp_path / "index.html").write_text(f"<!doctype html><style>* {{ color: red }}</style><h1>Ours</h1>{part}")
        visitor.goto(f"http://{host}/?utm_source=linkedin")
        button = visitor.get_by_role("button", name="Send")
        # Its own look, whatever the page's.
        expect(button).to_have_css("background-color", "rgb(119, 34, 170)")
        expect(visitor.get_by_label("Which one")).to_be_hidden()
        visitor.get_by_label("E-mail").fill("ines@")
        visitor.get_by_label("E-mail").evaluate("one => { one.type = 'text' }")
        visitor.wait_for_timeout(READING)
        button.click()
        expect(visitor.get_by_text("This is not an e-mail address.")).to_be_visible()
        visitor.get_by_label("E-mail").fill("ines@acme.example")
        visitor.wait_for_timeout(READING)
        visitor.get_by_role("button", name="Send").click()
        expect(visitor.get_by_text("Thank you.")).to_be_visible()
        assert visitor.url == f"http://{host}/?utm_source=linkedin"
    assert answers(world) == [{"email": "ines@acme.example"}]
    with organisation_scope(world.organisation.pk):
        context = Submission.objects.get().context
    assert (context["page"], context["utm_source"], context["way"]) == (visitor.url, "linkedin", "part")


def test_a_site_that_is_not_named_gets_a_link(
    committed: None, world: World, site: Stack, browser: Browser, tmp_path: Path
) -> None:
    with other_site(tmp_path) as host:
        form = prepared(world, hosts=["www.acme.example"])
        where = f"{site.url}/f/{address_of(form)}"
        (tmp_path / "index.html").write_text(
            f'<!doctype html><title>Ours</title><iframe src="{where}/frame/"></iframe>'
            f'<script src="{where}.js"></script>'
        )
        window = browser.new_context().new_page()
        refused: list[str] = []
        window.on("console", lambda said: refused.append(said.text))
        window.goto(f"http://{host}/")
        expect(window.get_by_role("link", name="Ours")).to_have_attribute("href", f"{where}/")
        assert [one for one in refused if "frame-ancestors" in one]
        window.close()


def test_a_frame_gets_its_height_and_leads_on_from_its_page(
    committed: None, world: World, site: Stack, visitor: Page, tmp_path: Path
) -> None:
    with other_site(tmp_path) as host:
        after = After(AfterKind.REDIRECT, url=f"http://{host}/thanks.html")
        form = prepared(world, hosts=[host], after=after)
        where = f"{site.url}/f/{address_of(form)}"
        frame = f'<iframe id="prm" src="{where}/frame/" height="50"></iframe>'
        script = f'<script src="{where}.js" data-for="prm" async></script>'
        (tmp_path / "index.html").write_text(f"<!doctype html>{frame}{script}")
        (tmp_path / "thanks.html").write_text("<!doctype html><h1>Our own thanks</h1>")
        visitor.goto(f"http://{host}/?utm_campaign=spring")
        inside = visitor.frame_locator("#prm")
        visitor.wait_for_function("document.getElementById('prm').offsetHeight > 250")
        inside.get_by_label("E-mail").fill("ines@acme.example")
        visitor.wait_for_timeout(READING)
        inside.get_by_role("button", name="Send").click()
        expect(visitor.get_by_role("heading", name="Our own thanks")).to_be_visible()
    with organisation_scope(world.organisation.pk):
        context = Submission.objects.get().context
    assert (context["utm_campaign"], context["way"]) == ("spring", "frame")
