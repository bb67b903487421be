"""Somebody answers a survey by its link, on a phone and by keyboard; its owner reads it and rates the touchpoint."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from contacts.models import Contact
from prm.organisations.scope import organisation_scope
from tests.browser.inspecting import PHONE, Inspection, inspecting
from tests.browser.stack import Stack
from tests.conftest import World
from tests.touchpoints.test_inventory import add
from tests.touchpoints.test_surveys import ask
from touchpoints.models import Touchpoint
from touchpoints.ratings.models import Rating
from touchpoints.surveys import tokens
from touchpoints.surveys.models import Answer, Scale


@pytest.fixture
def stranger(committed: None, world: World, site: Stack, browser: Browser) -> Iterator[Inspection]:
    """The window of somebody who is no member."""
    with inspecting(browser, site.url, user=None, language="en") as opened:
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
