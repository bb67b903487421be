"""The next content in messages: each person's own, and nothing in its place where nothing is left."""

import re

import pytest

from contacts.models import Contact
from nurturing.envelopes import Letter, Sender
from nurturing.personalising import Values, find_unknown_names, outline, personalise
from nurturing.writing import Recipient, write_letter
from tests.conftest import World
from tests.touchpoints.contents.library import make_content
from touchpoints.contents.tokens import Reader, Who, read_token

BODY = "Hello\n\n[{{ next_content.title }}]({{ next_content.link }})\n\nAbout {{ next_content.theme | default: 'us' }}."
PUMPS = {"title": "Pumps & valves", "link": "https://prm.example/c/1-x/?k=abc", "summary": "", "theme": "Pompes"}


def test_a_message_names_the_next_content() -> None:
    said = personalise("{{ next_content.title }}", BODY, Values(next_content=PUMPS))
    assert said.subject == "Pumps & valves"
    assert '<p class="button"><a href="https://prm.example/c/1-x/?k=abc">Pumps &amp; valves</a></p>' in said.html
    assert "Pumps & valves (https://prm.example/c/1-x/?k=abc)" in said.text
    assert "About Pompes." in said.text


@pytest.mark.parametrize("body", [BODY, "Read [{{ next_content.title }}]({{ next_content.link }}) now."])
def test_where_nothing_is_left_no_link_leads_to_nothing(body: str) -> None:
    said = personalise("s", body, Values())
    assert "<a" not in said.html
    assert "()" not in said.text
    assert "button" not in said.html


def test_a_message_may_say_something_else_instead() -> None:
    body = "{% if next_content %}Read {{ next_content.title }}{% else %}Call us{% endif %}"
    assert personalise("s", body, Values()).text == "Call us"
    assert personalise("s", body, Values(next_content=PUMPS)).text == "Read Pumps & valves"


def test_its_names_are_known_and_others_are_not() -> None:
    assert find_unknown_names(BODY, "{% if next_content %}x{% endif %}") == []
    assert find_unknown_names("{{ next_content.price }}") == ["next_content.price"]
    assert outline("{{ next_content.title }}") == "[title of the next content for the person]"


def letter_to(world: World, contact: Contact | None, body: str = BODY) -> Letter:
    recipient = Recipient(
        delivery_id=1,
        contact_id=contact.pk if contact else 0,
        step_id=1,
        subject="News",
        body=body,
        scenario_id=1,
        scenario_name="Welcome",
        email="a@b.example",
        first_name="",
        last_name="",
        job_title="",
        language="en",
        company="",
    )
    return write_letter(world.organisation, Sender("Solvane", "hello@solvane.example"), recipient)


def test_a_letter_carries_the_persons_own_address(scoped: World) -> None:
    ada = Contact.objects.create(organisation=scoped.organisation, email="a@b.example")
    content = make_content(scoped.organisation)
    letter = letter_to(scoped, ada)
    token = re.search(r'/c/[^"]*\?k=([^"&]+)"', letter.html)
    assert token is not None
    assert read_token(content, token[1].replace("%7E", "~")) == Reader(Who.CONTACT, ada.pk)
    assert "Choosing a pump" in letter.text


def test_a_test_message_is_nobodys(scoped: World) -> None:
    make_content(scoped.organisation)
    html = letter_to(scoped, None).html
    assert "/c/" in html
    assert "?k=" not in html


def test_a_message_that_names_none_asks_nothing(scoped: World, django_assert_max_num_queries: object) -> None:
    ada = Contact.objects.create(organisation=scoped.organisation, email="a@b.example")
    make_content(scoped.organisation)
    with django_assert_max_num_queries(0):  # type: ignore[operator]
        letter_to(scoped, ada, "Hello")
