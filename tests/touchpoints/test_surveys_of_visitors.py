"""Surveys within a page: whose answer it is, before and after it is known who the visitor is."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from contacts.models import Contact
from contacts.rights.erasing import erase_contact
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.touchpoints.test_inventory import add
from tests.touchpoints.test_surveys import ask, person
from tests.touchpoints.tracking.sending import CHROME, event, make_site, new_browser, page, read, send
from touchpoints.kinds import ensure_kinds
from touchpoints.models import Interaction
from touchpoints.surveys import tokens
from touchpoints.surveys.models import Answer, Scale, Survey
from touchpoints.tracking.identity import click_token, identify
from touchpoints.tracking.models import Mode, Visitor

_TOKEN = re.compile(r'name="token" value="([^"]+)"')
Answering = Callable[..., Any]


@pytest.fixture
def client() -> Client:
    """A person's browser: programs do not count."""
    return Client(headers={"user-agent": CHROME})


@pytest.fixture
def answer(client: Client) -> Answering:
    """Press a score within the page, as one who read for two seconds, in a browser the tracker calls so."""

    def press(survey: Survey, score: int, browser: str = "") -> Any:
        where = f"/q/{tokens.address_of(survey)}/frame/"
        shown = _TOKEN.search(client.get(where).text)
        assert shown is not None
        number, nonce, at = signing.loads(shown[1], salt="surveys.page")
        token = signing.dumps([number, nonce, at - 2], salt="surveys.page")
        return client.post(where, {"token": token, "score": str(score), "visitor": browser})

    return press


def visited(world: World, browser: str, **more: Any) -> None:
    ensure_kinds(world.organisation)
    send(make_site(world.organisation, **more), page("/tarifs"), browser=browser, mode="a" if more else "")
    read(world.organisation)


def scores(**of: Any) -> list[int]:
    return list(Answer.objects.filter(**of).order_by("answered_at", "pk").values_list("score", flat=True))


def test_a_visitors_answer_joins_the_contact_with_the_rest(scoped: World, answer: Answering) -> None:
    organisation, browser = scoped.organisation, new_browser()
    visited(scoped, browser)
    survey = ask(scoped, add(scoped, "Pricing"))
    assert answer(survey, 4, browser).status_code == 303
    given = Answer.objects.get()
    act = Interaction.objects.get(kind="survey_answer")
    assert (given.contact_id, given.visitor, act.contact_id, act.visitor_id) == (
        None,
        Visitor.objects.get(),
        None,
        Visitor.objects.get().uid,
    )
    who = person(scoped)
    identify(organisation, browser=browser, contact_id=who.pk)
    read(organisation)
    assert Answer.objects.get().contact_id == who.pk
    assert Interaction.objects.get(kind="survey_answer").contact_id == who.pk
    # From now on they are known as they answer.
    other = ask(scoped, add(scoped, "Blog"))
    answer(other, 2, browser)
    assert scores(contact=who) == [4, 2]
    erase_contact(organisation, contact_id=who.pk, by=scoped.admin)
    assert (scores(), scores(visitor=None, contact=None)) == ([4, 2], [4, 2])


def test_nobody_is_asked_twice_within_a_page(scoped: World, client: Client, answer: Answering) -> None:
    browser = new_browser()
    visited(scoped, browser)
    survey = ask(scoped, add(scoped, "Pricing"), period_days=30)
    where = f"/q/{tokens.address_of(survey)}/frame/?v={browser}"
    assert "your visits" in client.get(where).text
    answer(survey, 4, browser)
    thanks = client.get(where)
    assert "You answered already." in thanks.text
    assert 'name="score"' not in thanks.text
    # A press from a page that stood open takes its place; the act happened once.
    answer(survey, 5, browser)
    assert scores() == [5]
    assert Interaction.objects.filter(kind="survey_answer").count() == 1
    Answer.objects.update(answered_at=timezone.now() - timedelta(days=31))
    assert 'name="score"' in client.get(where).text
    answer(survey, 1, browser)
    assert scores() == [5, 1]


UNKNOWN, OLD = "7c9e6679-7425-40de-944b-e07fc1f90ae7", "00000000-0000-1000-8000-000000000000"


@pytest.mark.parametrize("browser", ["", "x", UNKNOWN, OLD, "é" * 36])
def test_whoever_is_not_known_answers_as_anybody(scoped: World, answer: Answering, browser: str) -> None:
    visited(scoped, new_browser())
    survey = ask(scoped, add(scoped, "Pricing"))
    assert answer(survey, 4, browser).status_code == 303
    assert scores(visitor=None, contact=None) == [4]
    assert Interaction.objects.get(kind="survey_answer").visitor_id is None


def test_whoever_only_lets_the_audience_be_measured_answers_as_anybody(scoped: World, answer: Answering) -> None:
    browser = new_browser()
    visited(scoped, browser, mode=Mode.AUDIENCE)
    assert Visitor.objects.get().is_audience
    answer(ask(scoped, add(scoped, "Pricing")), 4, browser)
    assert scores(visitor=None) == [4]


def test_a_browser_of_another_organisation_is_nobodys_here(world: World, client: Client, answer: Answering) -> None:
    browser = new_browser()
    with organisation_scope(world.twin.pk):
        ensure_kinds(world.twin)
        send(make_site(world.twin), page("/tarifs"), browser=browser)
        read(world.twin)
    with organisation_scope(world.organisation.pk):
        ensure_kinds(world.organisation)
        survey = ask(world, add(world, "Pricing"))
        answer(survey, 3, browser)
        assert scores(visitor=None) == [3]


def test_of_two_answers_of_one_person_the_later_counts(scoped: World, answer: Answering) -> None:
    organisation = scoped.organisation
    laptop, phone = new_browser(), new_browser()
    for browser in (laptop, phone):
        visited(scoped, browser)
    pricing = add(scoped, "Pricing")
    survey, likely = ask(scoped, pricing), ask(scoped, pricing, scale=Scale.RECOMMENDATION)
    answer(survey, 2, laptop)
    answer(likely, 9, laptop)
    answer(survey, 5, phone)
    who = person(scoped)
    for browser in (phone, laptop):
        identify(organisation, browser=browser, contact_id=who.pk)
        read(organisation)
    assert sorted(scores(contact=who)) == [5, 9]
    assert scores(contact=None) == []


def test_what_a_forwarded_mails_receiver_answered_goes_with_them(scoped: World, answer: Answering) -> None:
    organisation, browser = scoped.organisation, new_browser()
    site = make_site(organisation)
    ensure_kinds(organisation)
    anna, bruno = person(scoped, "anna@example.com"), person(scoped, "bruno@example.com")
    survey = ask(scoped, add(scoped, "Pricing"))
    Answer.objects.create(
        organisation=organisation, survey=survey, touchpoint=survey.touchpoint, contact=anna,
        score=3, quality=3, way="mail", nonce="hers", answered_at=timezone.now(),
    )  # fmt: skip
    send(site, page("/b"), browser=browser)
    read(organisation)
    answer(survey, 5, browser)
    send(site, page("/a"), event("click", token=click_token(organisation, anna.pk)), browser=browser)
    read(organisation)
    # A link alone takes the place of nothing she said.
    assert scores(contact=anna) == [3, 5]
    identify(organisation, browser=browser, contact_id=bruno.pk)
    read(organisation)
    assert (scores(contact=anna), scores(contact=bruno)) == ([3], [5])
    assert Contact.objects.count() == 2
