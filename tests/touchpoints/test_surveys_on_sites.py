"""Surveys within pages of other sites: from where answers are taken, robots, and what a browser's id does not show."""

import re
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.touchpoints.test_inventory import add
from tests.touchpoints.test_surveys import ask, person
from tests.touchpoints.tracking.sending import CHROME, event, make_site, new_browser, page, read, send
from touchpoints.embedding import allows
from touchpoints.kinds import ensure_kinds
from touchpoints.models import Verdict
from touchpoints.surveys import tokens
from touchpoints.surveys.models import Answer, Survey
from touchpoints.tracking.identity import click_token, identify
from touchpoints.tracking.models import Visit


@pytest.fixture
def client() -> Client:
    """A person's browser: programs do not count."""
    return Client(headers={"user-agent": CHROME})


def frame_of(survey: Survey) -> str:
    return f"/q/{tokens.address_of(survey)}/frame/"


def press(client: Client, survey: Survey, score: int, *, where: str = "", browser: str = "", **headers: str) -> Any:
    """Answer as one who read for two seconds."""
    where = where or frame_of(survey)
    shown = re.search(r'name="token" value="([^"]+)"', client.get(where).text)
    assert shown is not None
    number, nonce, at = signing.loads(shown[1], salt="surveys.page")
    token = signing.dumps([number, nonce, at - 2], salt="surveys.page")
    sent = {"token": token, "score": str(score), "visitor": browser}
    return client.post(where, sent, headers={name.replace("_", "-"): value for name, value in headers.items()})


def visit(world: World, browser: str) -> None:
    ensure_kinds(world.organisation)
    send(make_site(world.organisation), page("/tarifs"), browser=browser)
    read(world.organisation)


def scores() -> list[int]:
    return list(Answer.objects.order_by("answered_at", "pk").values_list("score", flat=True))


ELSEWHERE = ["https://evil.example", "null", "https://www.acme.example.evil.example", "http://[", "javascript:1", "é"]


@pytest.mark.parametrize("origin", ELSEWHERE)
def test_a_site_that_is_not_named_sends_no_answer(scoped: World, client: Client, origin: str) -> None:
    survey = ask(scoped, add(scoped, "Pricing"), hosts=["www.acme.example"])
    refused = press(client, survey, 4, origin=origin)
    assert (refused.status_code, scores()) == (403, [])
    assert "Answer here instead." in refused.text


@pytest.mark.parametrize("origin", ["http://testserver", "https://www.acme.example", ""])
def test_prms_own_pages_and_the_named_sites_send_answers(scoped: World, client: Client, origin: str) -> None:
    survey = ask(scoped, add(scoped, "Pricing"), hosts=["www.acme.example"])
    assert press(client, survey, 4, **({"origin": origin} if origin else {})).status_code == 303
    assert scores() == [4]


def test_the_surveys_own_page_takes_nothing_from_a_named_site(scoped: World, client: Client) -> None:
    survey = ask(scoped, add(scoped, "Pricing"), hosts=["www.acme.example"])
    where = f"/q/{tokens.address_of(survey)}/"
    assert press(client, survey, 4, where=where, origin="https://www.acme.example").status_code == 403
    assert scores() == []


def test_another_site_adds_no_words(scoped: World, client: Client) -> None:
    survey = ask(scoped, add(scoped, "Pricing"))
    after = press(client, survey, 4)["Location"]
    client.post(after, {"words": "theirs"}, headers={"origin": "https://evil.example"})
    assert Answer.objects.get().words == ""
    client.post(after, {"words": "mine"}, headers={"origin": "http://testserver"})
    client.post(after, {"words": "  "})
    assert Answer.objects.get().words == "mine"


def test_a_twins_list_of_sites_says_nothing_here(world: World, client: Client) -> None:
    with organisation_scope(world.organisation.pk):
        survey = ask(world, add(world, "Pricing"), hosts=["www.acme.example"])
        key = survey.key
    at_twin = f"/q/{world.twin.pk}-{key}/frame/"
    assert client.get(at_twin).status_code == 404
    assert client.post(at_twin, {"score": "4"}, headers={"origin": "https://www.acme.example"}).status_code == 404
    with organisation_scope(world.organisation.pk):
        assert scores() == []


@pytest.mark.parametrize("agent", ["Mozilla/5.0 (compatible; Googlebot/2.1)", "curl/8.1", ""])
def test_programs_do_not_count(scoped: World, client: Client, agent: str) -> None:
    survey = ask(scoped, add(scoped, "Pricing"))
    assert press(client, survey, 4, user_agent=agent).status_code == 409
    assert scores() == []


def test_a_visitor_the_tracker_takes_for_a_robot_does_not_count(scoped: World, client: Client) -> None:
    browser = new_browser()
    visit(scoped, browser)
    survey = ask(scoped, add(scoped, "Pricing"))
    Visit.objects.update(verdict=Verdict.BOT)
    assert press(client, survey, 4, browser=browser).status_code == 409
    assert scores() == []
    Visit.objects.update(verdict=Verdict.SUSPECT)
    assert press(client, survey, 4, browser=browser).status_code == 303
    assert scores() == [4]


def test_who_is_on_their_first_page_is_known_by_the_time_they_answer(scoped: World, client: Client) -> None:
    browser = new_browser()
    survey = ask(scoped, add(scoped, "Pricing"))
    shown = client.get(f"{frame_of(survey)}?v={browser}").text
    visit(scoped, browser)
    field = re.search(r'name="visitor" value="([^"]*)"', shown)
    assert field is not None
    press(client, survey, 4, browser=field[1])
    given = Answer.objects.get()
    assert (field[1], given.visitor is not None) == (browser, True)


@pytest.mark.parametrize("said", ['"><script>', "x", "00000000-0000-1000-8000-000000000000", "%00"])
def test_what_is_no_id_is_not_said_back(scoped: World, client: Client, said: str) -> None:
    survey = ask(scoped, add(scoped, "Pricing"))
    shown = client.get(frame_of(survey), {"v": said}).text
    assert 'name="visitor" value=""' in shown
    assert "without your name" in shown


def test_a_forwarded_mails_receiver_neither_reads_nor_changes_what_was_said(scoped: World, client: Client) -> None:
    organisation, browser, anna = scoped.organisation, new_browser(), person(scoped, "anna@example.com")
    ensure_kinds(organisation)
    survey = ask(scoped, add(scoped, "Pricing"))
    Answer.objects.create(
        organisation=organisation, survey=survey, touchpoint=survey.touchpoint, contact=anna,
        score=3, quality=3, way="mail", nonce="hers", words="hers alone", answered_at=timezone.now(),
    )  # fmt: skip
    send(make_site(organisation), page("/a"), event("click", token=click_token(organisation, anna.pk)), browser=browser)
    read(organisation)
    shown = client.get(f"{frame_of(survey)}?v={browser}", follow=True).text
    assert "You answered already." in shown
    assert "hers alone" not in shown
    after = press(client, survey, 5, browser=browser)["Location"]
    assert (scores(), "hers alone" in client.get(after).text) == ([3, 5], False)


def test_whom_a_form_made_known_changes_the_answer_and_reads_no_words(scoped: World, client: Client) -> None:
    browser, anna = new_browser(), person(scoped, "anna@example.com")
    visit(scoped, browser)
    survey = ask(scoped, add(scoped, "Pricing"))
    press(client, survey, 2, browser=browser)
    Answer.objects.update(words="hers alone")
    identify(scoped.organisation, browser=browser, contact_id=anna.pk)
    read(scoped.organisation)
    after = press(client, survey, 5, browser=browser)["Location"]
    assert (scores(), Answer.objects.get().words) == ([5], "hers alone")
    assert "hers alone" not in client.get(after).text


def test_the_surveys_page_gives_both_snippets_whole(scoped: World, client: Client) -> None:
    survey = ask(scoped, add(scoped, "Pricing"), question='Was "this" </textarea><script> clear?')
    client.force_login(scoped.marketer)
    shown = client.get(f"/o/{scoped.organisation.slug}/touchpoints/surveys/{survey.pk}/").text
    for name in ("ask-script", "ask-frame"):
        assert f'data-copies="{name}"' in shown
    # As the browser reads it, an attribute that holds the whole question.
    title = "Was &amp;quot;this&amp;quot; &amp;lt;/textarea&amp;gt;&amp;lt;script&amp;gt; clear?"
    assert f'data-title="{title}"' in shown
    assert f'title="{title}" width' in shown


def test_a_site_below_a_named_one_counts_and_no_other(settings: Any) -> None:
    settings.BASE_URL = "https://prm.example"
    hosts = ["*.acme.example", "shop.example:8443"]
    yes = ["https://prm.example", "https://www.acme.example", "https://shop.example:8443"]
    no = ["https://acme.example", "https://shop.example", "https://xacme.example", "ftp://www.acme.example", ""]
    assert [allows(hosts, one) for one in (*yes, *no)] == [True] * 3 + [False] * 5
