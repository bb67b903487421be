"""Language, time zone and theme: the person's choice, then the browser's."""

from typing import Any

import pytest
from django.test import Client

from prm.organisations.models import User
from prm.web.messages import compile_all
from prm.web.person import find_zone
from tests.conftest import World

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def french() -> None:
    compile_all()


def language_of(response: Any) -> str:
    return str(response.content.decode().split('<html lang="')[1][:2])


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [("en-GB,en;q=0.8", "en"), ("fr-FR", "fr"), ("de,en;q=0.5", "en")],
)
def test_the_browser_says_the_language(db: None, accept: str, wanted: str) -> None:
    response = Client(headers={"accept-language": accept}).get(LOGIN)
    assert language_of(response) == wanted
    assert response.headers["Content-Language"] == wanted
    assert "Accept-Language" in response.headers["Vary"]


def test_french_is_spoken_where_nothing_is_asked(db: None, settings: Any) -> None:
    settings.LANGUAGE_CODE = "fr"
    assert language_of(Client(headers={"accept-language": "de"}).get(LOGIN)) == "fr"


def test_a_choice_is_kept_without_scripts_and_without_an_account(db: None) -> None:
    client = Client(headers={"accept-language": "en"})
    response = client.post("/preferences/language/", {"language": "fr", "next": LOGIN})
    assert (response.status_code, response.headers["Location"]) == (302, LOGIN)
    assert language_of(client.get(LOGIN)) == "fr"


def test_a_persons_own_language_wins_over_the_browser(world: World) -> None:
    client = world.client(world.viewer)
    client.post("/preferences/language/", {"language": "fr"})
    assert User.objects.get(pk=world.viewer.pk).language == "fr"
    other_browser = world.client(world.viewer)
    assert language_of(other_browser.get("/preferences/")) == "fr"


def test_a_language_not_spoken_here_changes_nothing(world: World) -> None:
    client = world.client(world.viewer)
    client.post("/preferences/language/", {"language": "xx"})
    assert User.objects.get(pk=world.viewer.pk).language == ""
    assert language_of(client.get("/preferences/")) == "en"


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_a_choice_never_leads_elsewhere(db: None, target: str) -> None:
    response = Client().post("/preferences/theme/", {"next": target})
    assert response.headers["Location"] == "/"


def test_the_theme_follows_the_system_until_chosen(world: World) -> None:
    client = world.client(world.viewer)
    assert b"data-theme=" not in client.get("/preferences/").content
    client.post("/preferences/theme/")
    assert b'<html lang="en" data-theme="dark">' in client.get("/preferences/").content
    client.post("/preferences/theme/")
    assert b'<html lang="en" data-theme="light">' in client.get("/preferences/").content
    assert User.objects.get(pk=world.viewer.pk).theme == "light"


def test_a_script_keeps_the_theme_without_leaving_the_page(world: World) -> None:
    client = world.client(world.viewer)
    response = client.post("/preferences/theme/", {"theme": "dark"}, headers={"x-requested-with": "fetch"})
    assert response.status_code == 204
    assert User.objects.get(pk=world.viewer.pk).theme == "dark"


def test_preferences_are_kept_together(world: World) -> None:
    client = world.client(world.viewer)
    values = {"full_name": "Léo Martin", "language": "fr", "time_zone": "Europe/Paris", "theme": ""}
    response = client.post("/preferences/", values, follow=True)
    assert "Vos préférences sont enregistrées." in response.content.decode()
    person = User.objects.get(pk=world.viewer.pk)
    assert (person.full_name, person.language, person.time_zone) == ("Léo Martin", "fr", "Europe/Paris")


def test_wrong_preferences_are_refused_and_nothing_is_changed(world: World) -> None:
    response = world.client(world.viewer).post("/preferences/", {"full_name": "X", "time_zone": "Mars/Olympus"})
    assert response.status_code == 422
    assert User.objects.get(pk=world.viewer.pk).full_name == "Viewer"


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe", "a" * 300])
def test_a_zone_that_does_not_exist_is_none(name: str) -> None:
    assert find_zone(name) is None


def test_pages_without_a_session_cost_no_query(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        Client().get("/accounts/password/reset/done/")


def signed_in(email: str) -> Client:
    """Return a browser that went through the sign-in page, which is what records a session."""
    client = Client(headers={"accept-language": "en"})
    response = client.post(LOGIN, {"login": email, "password": "secret-1234"})
    assert response.status_code == 302
    return client


def test_a_persons_own_session_can_be_ended_and_nobody_elses(world: World) -> None:
    here, there, stranger = (signed_in(email) for email in (world.viewer.email, world.viewer.email, world.admin.email))
    page = here.get("/accounts/sessions/")
    assert "You are signed in on 2 devices." in page.content.decode()
    mine = here.session.session_key
    other = next(session for session in page.context["sessions"] if session.session_key != mine)
    stranger.post(f"/preferences/sessions/{other.pk}/end/")
    assert there.get("/preferences/").status_code == 200
    here.post(f"/preferences/sessions/{other.pk}/end/")
    assert there.get("/preferences/").status_code == 302
    assert here.get("/preferences/").status_code == 200
