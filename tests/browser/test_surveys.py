"""Somebody answers a survey by its link, on a phone and by keyboard; its owner reads it and rates the touchpoint."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from contacts.models import Contact
from prm.organisations.scope import organisation_scope
from tests.browser.inspecting import PHONE, Inspection, inspecting
from tests.browser.stack import Stack, wait_for
from tests.browser.test_forms import other_site
from tests.conftest import World
from tests.touchpoints.test_inventory import add
from tests.touchpoints.test_surveys import ask
from tests.touchpoints.tracking.sending import CHROME
from touchpoints.kinds import ensure_kinds
from touchpoints.models import Touchpoint
from touchpoints.ratings.models import Rating
from touchpoints.surveys import tokens
from touchpoints.surveys.models import Answer, Scale
from touchpoints.tracking.collecting import collect
from touchpoints.tracking.models import Visitor
from touchpoints.tracking.sites import SiteInput, create_site


@pytest.fixture
def stranger(committed: None, world: World, site: Stack, browser: Browser) -> Iterator[Inspection]:
    """The window of somebody who is no member."""
    with inspecting(browser, site.url, user=None, language="en") as opened:
        # Chromium without a window says that it is a robot.
        opened.page.set_extra_http_headers({"User-Agent": CHROME})
        yield opened


def test_one_press_answers_and_words_are_added(stranger: Inspection, world: World, site: Stack) -> None:
    with organisation_scope(world.organisation.pk):
        survey = ask(world, add(world, "Blog"), question="Did the blog help?")
    page = stranger.page
    stranger.open(f"{site.url}/q/{tokens.address_of(survey)}/")
    stranger.check_rules()
    stranger.look_as("dark", PHONE)
    stranger.check_rules(state="on a phone ")
    stranger.check_width()
    page.wait_for_timeout(1100)
    page.get_by_role("button", name="4 out of 5").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your answer, 4, is kept.")
    stranger.check_rules(state="thanking ")
    page.get_by_label("What should we know about it?").fill("Two examples would help.")
    page.get_by_role("button", name="Send these words").click()
    expect(page.get_by_role("status")).to_contain_text("Your words are kept.")
    with organisation_scope(world.organisation.pk):
        assert list(Answer.objects.values_list("score", "words", "way")) == [(4, "Two examples would help.", "page")]


def test_the_link_of_a_message_answers_once_it_is_confirmed(stranger: Inspection, world: World, site: Stack) -> None:
    with organisation_scope(world.organisation.pk):
        who = Contact.objects.create(organisation=world.organisation, email="a@b.example")
        survey = ask(world, add(world, "Webinar", channel="event"), scale=Scale.RECOMMENDATION)
    url = tokens.personal_url(tokens.Person(world.organisation.pk, survey.pk, who.pk))
    page = stranger.page
    stranger.open(f"{site.url}/q/{url.partition('/q/')[2]}?s=9")
    stranger.check_rules()
    with organisation_scope(world.organisation.pk):
        assert Answer.objects.count() == 0
    page.wait_for_timeout(1100)
    page.get_by_role("button", name="Confirm: 9 out of 10").click()
    expect(page.get_by_role("status")).to_contain_text("Your answer, 9, is kept.")
    with organisation_scope(world.organisation.pk):
        assert list(Answer.objects.values_list("score", "contact_id", "way")) == [(9, who.pk, "mail")]


def test_a_sales_rep_rates_in_place_by_keyboard(committed: None, world: World, site: Stack, browser: Browser) -> None:
    with organisation_scope(world.organisation.pk):
        one = add(world, "Blog", importance=2)
    with inspecting(browser, site.url, user=world.sales, language="en") as rep:
        rep.open(site.url + world.path(f"touchpoints/{one.pk}/"))
        group = rep.page.get_by_role("group", name="Importance: your rating")
        group.get_by_role("button", name="5").focus()
        rep.page.keyboard.press("Enter")
        expect(group.get_by_role("button", name="5")).to_have_attribute("aria-pressed", "true")
        # The keyboard stays where it was.
        expect(group.get_by_role("button", name="5")).to_be_focused()
        expect(rep.page.locator("#ratings")).to_contain_text("One person’s view: Sales.")
        rep.check_rules()
        rep.open(site.url + world.path("touchpoints/matrix/?beside=year"))
        rep.check_rules()
        rep.look_as("dark", PHONE)
        rep.check_width()
    with organisation_scope(world.organisation.pk):
        assert (Rating.objects.get().value, Touchpoint.objects.get().importance) == (5, 5)


def test_a_survey_stands_within_another_sites_page(
    committed: None, world: World, site: Stack, browser: Browser, tmp_path: Path
) -> None:
    organisation = world.organisation
    with other_site(tmp_path) as host:
        with organisation_scope(organisation.pk):
            ensure_kinds(organisation)
            survey = ask(world, add(world, "Pricing"), question="Was the price clear?", hosts=[host])
            tracked = create_site(organisation, values=SiteInput("Acme", ("localhost",)), by=None)
        snippet = f'<script async src="{site.url}/t.js" data-site="{tracked.key}"></script>'
        part = f'<script src="{site.url}/q/{tokens.address_of(survey)}.js" data-title="A question" async></script>'
        (tmp_path / "index.html").write_text(f"<!doctype html><title>Acme</title>{snippet}<h1>Ours</h1>{part}")
        # Chromium without a window says that it is a robot.
        window = browser.new_context(locale="en-GB", user_agent=CHROME).new_page()
        window.goto(f"http://{host}/")
        window.wait_for_function("window.prm && prm.site")
        window.evaluate("prm.consent(true)")
        window.wait_for_timeout(600)
        with organisation_scope(organisation.pk):
            wait_for(lambda: collect(organisation) >= 0 and Visitor.objects.exists(), what="the visitor")
        window.goto(f"http://{host}/")
        inside = window.frame_locator("iframe[title='A question']")
        expect(inside.get_by_role("heading", name="Was the price clear?")).to_be_visible()
        expect(inside.get_by_text("with your visits")).to_be_visible()
        # As high as what it holds.
        window.wait_for_function("document.querySelector('.prm-survey').style.height !== ''")
        window.wait_for_timeout(1200)
        inside.get_by_role("button", name="4 out of 5").click()
        expect(inside.get_by_role("status")).to_contain_text("Your answer, 4, is kept.")
        with organisation_scope(organisation.pk):
            assert list(Answer.objects.values_list("score", "way", "visitor")) == [
                (4, "frame", Visitor.objects.get().pk)
            ]
        # Nobody is asked twice.
        window.goto(f"http://{host}/")
        expect(inside.get_by_role("status")).to_contain_text("You answered already.")
        assert window.evaluate("[...document.cookie.matchAll(/[^=; ]+(?==)/g)].join()") == "_prm"
        window.close()


def test_a_site_that_is_not_named_shows_no_survey(
    committed: None, world: World, site: Stack, browser: Browser, tmp_path: Path
) -> None:
    with organisation_scope(world.organisation.pk):
        survey = ask(world, add(world, "Pricing"), hosts=["www.acme.example"])
    with other_site(tmp_path) as host:
        part = f'<script src="{site.url}/q/{tokens.address_of(survey)}.js"></script>'
        (tmp_path / "index.html").write_text(f"<!doctype html><title>Ours</title>{part}")
        window = browser.new_context().new_page()
        refused: list[str] = []
        window.on("console", lambda said: refused.append(said.text))
        window.goto(f"http://{host}/")
        window.wait_for_timeout(800)
        assert [one for one in refused if "frame-ancestors" in one]
        window.close()
