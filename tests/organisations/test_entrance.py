"""Signing up, in and out: accounts in the browser."""

import re
from time import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from prm.organisations.models import Membership, Organisation, Role, User
from prm.organisations.queries import list_organisations_of
from prm.organisations.scope import organisation_scope
from tests.conftest import World

NEW = {
    "full_name": "Léa Roux",
    "organisation_name": "Atelier Léa",
    "email": "Lea@Atelier.example",
    "password1": "long-enough-77",
}


@pytest.fixture(autouse=True)
def no_attempts_yet() -> None:
    cache.clear()


@pytest.fixture
def browser(db: None) -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def closed(settings: Settings) -> None:
    settings.SIGNUP_OPEN = False


PASSWORD = "secret-1234"


def sign_in(browser: Client, email: str = "admin@solvane.example", password: str = PASSWORD) -> int:
    return browser.post("/accounts/login/", {"login": email, "password": password}).status_code


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


# --- Signing up -------------------------------------------------------------------------------


def test_signing_up_creates_a_person_with_their_organisation(browser: Client) -> None:
    answer = browser.post("/accounts/signup/", NEW)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    lea = User.objects.get()
    assert (lea.email, lea.full_name, lea.language) == ("lea@atelier.example", "Léa Roux", "en")
    assert [(place.slug, place.role) for place in list_organisations_of(lea)] == [("atelier-lea", "admin")]
    assert Organisation.objects.get().language == "en"
    assert browser.get("/").headers["Location"] == "/o/atelier-lea/"
    assert [message.to for message in mail.outbox] == [["lea@atelier.example"]]


def test_a_form_with_mistakes_creates_nothing(browser: Client) -> None:
    for field, value in (("password1", "short"), ("organisation_name", ""), ("email", "nowhere"), ("full_name", " ")):
        answer = browser.post("/accounts/signup/", {**NEW, field: value})
        assert 'aria-invalid="true"' in answer.content.decode()
    assert (User.objects.count(), Organisation.objects.count()) == (0, 0)


def test_an_address_is_taken_once_whatever_its_case(world: World, browser: Client) -> None:
    browser.post("/accounts/signup/", {**NEW, "email": "ADMIN@Solvane.example"})
    assert not is_signed_in(browser)
    assert (User.objects.count(), Organisation.objects.count()) == (5, 2)


def test_when_sign_up_is_closed_nobody_comes_in_that_way(closed: None, browser: Client) -> None:
    assert "organisation_name" not in browser.get("/accounts/signup/").content.decode()
    browser.post("/accounts/signup/", NEW)
    assert (User.objects.count(), Organisation.objects.count()) == (0, 0)


def test_when_sign_up_is_closed_an_invented_invitation_does_not_open_it(closed: None, world: World) -> None:
    browser = Client()
    browser.post("/accounts/signup/", {**NEW, "next": f"/invitations/solvane/{'A' * 43}/"})
    assert not User.objects.filter(email="lea@atelier.example").exists()


# --- The first page ---------------------------------------------------------------------------


def test_the_first_page_of_a_stranger_is_signing_in(browser: Client) -> None:
    assert browser.get("/").headers["Location"] == "/accounts/login/?next=/"


def test_the_only_organisation_is_opened(world: World) -> None:
    assert world.client(world.viewer).get("/").headers["Location"] == "/o/solvane/"


def test_several_are_offered(world: World) -> None:
    with organisation_scope(world.twin.pk):
        Membership.objects.create(organisation=world.twin, user=world.viewer, role=Role.ADMIN)
    client = world.client(world.viewer)
    assert client.get("/").headers["Location"] == "/organisations/"
    page = client.get("/organisations/").content.decode()
    assert 'href="/o/solvane/"' in page
    assert 'href="/o/solvane-twin/"' in page
    assert "You belong to 2 organisations." in page


def test_without_one_a_person_creates_one(browser: Client) -> None:
    browser.force_login(User.objects.create_user("lea@atelier.example"))
    assert browser.get("/").headers["Location"] == "/organisations/new/"
    assert "Create your organisation" in browser.get("/organisations/new/").content.decode()
    assert browser.post("/organisations/new/", {"name": "", "language": "fr"}).status_code == 422
    answer = browser.post("/organisations/new/", {"name": "Atelier", "language": "fr"})
    assert answer.headers["Location"] == "/o/atelier/"


def test_without_one_and_closed_a_person_reads_what_to_do(closed: None, browser: Client) -> None:
    browser.force_login(User.objects.create_user("lea@atelier.example"))
    assert browser.get("/").headers["Location"] == "/organisations/"
    assert "Ask for an invitation" in browser.get("/organisations/").content.decode()
    assert browser.get("/organisations/new/").status_code == 403
    assert browser.post("/organisations/new/", {"name": "Atelier", "language": "fr"}).status_code == 403
    assert Organisation.objects.count() == 0


# --- Signing in -------------------------------------------------------------------------------


def test_signing_in_by_e_mail_leads_to_the_organisation(world: World, browser: Client) -> None:
    answer = browser.post("/accounts/login/", {"login": "Admin@SOLVANE.example", "password": "secret-1234"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/o/solvane/")
    world.admin.refresh_from_db()
    assert world.admin.last_login is not None


def test_wrong_passwords_and_unknown_people_are_told_the_same(world: World, browser: Client) -> None:
    pages = [
        browser.post("/accounts/login/", {"login": login, "password": "wrong"}).content.decode()
        for login in ("admin@solvane.example", "nobody@solvane.example")
    ]
    assert all("The email address and/or password you specified are not correct." in page for page in pages)
    assert not is_signed_in(browser)


def test_guessing_is_slowed_down(world: World, browser: Client) -> None:
    for _ in range(5):
        browser.post("/accounts/login/", {"login": "admin@solvane.example", "password": "wrong"})
    assert sign_in(browser) == 200
    assert not is_signed_in(browser)


def test_who_was_deactivated_stays_out(world: World, browser: Client) -> None:
    User.objects.filter(pk=world.admin.pk).update(is_active=False)
    sign_in(browser)
    assert not is_signed_in(browser)


def test_signing_out_ends_the_session(world: World) -> None:
    client = world.client(world.admin)
    client.post("/accounts/logout/")
    assert not is_signed_in(client)
    assert client.get(world.path("settings/")).status_code == 302


# --- A forgotten password ---------------------------------------------------------------------


def reset_link(browser: Client, email: str) -> tuple[int, str, str]:
    answer = browser.post("/accounts/password/reset/", {"email": email})
    body = str(mail.outbox[-1].body)
    found = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", body)
    return answer.status_code, answer.headers["Location"], found[1] if found else ""


def test_a_new_password_by_e_mail(world: World, browser: Client) -> None:
    _status, _location, path = reset_link(browser, "ADMIN@solvane.example")
    assert mail.outbox[0].to == ["admin@solvane.example"]
    form = browser.get(path, follow=True)
    browser.post(form.redirect_chain[-1][0], {"password1": "another-long-1", "password2": "another-long-1"})
    assert sign_in(browser, password="another-long-1") == 302
    assert is_signed_in(browser)


def test_resetting_does_not_tell_who_has_an_account(world: World, browser: Client) -> None:
    known, unknown = reset_link(browser, "admin@solvane.example"), reset_link(browser, "nobody@solvane.example")
    assert known[:2] == unknown[:2] == (302, "/accounts/password/reset/done/")
    assert (bool(known[2]), bool(unknown[2])) == (True, False)
    assert [message.to for message in mail.outbox] == [["admin@solvane.example"], ["nobody@solvane.example"]]


def test_messages_are_in_the_persons_language(world: World, browser: Client) -> None:
    User.objects.filter(pk=world.admin.pk).update(language="fr")
    reset_link(browser, "admin@solvane.example")
    assert "mot de passe" in str(mail.outbox[0].body)
    assert "mot de passe" in mail.outbox[0].subject


def test_a_mail_server_that_is_down_breaks_no_page(browser: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = browser.post("/accounts/signup/", NEW, follow=True)
    assert "The e-mail could not be sent." in answer.content.decode()
    assert (User.objects.count(), Organisation.objects.count()) == (1, 1)


# --- Two steps, and sessions ------------------------------------------------------------------


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time()) // 30)))


def test_with_two_step_sign_in_the_password_is_not_enough(world: World, browser: Client) -> None:
    secret = generate_totp_secret()
    Authenticator.objects.create(user=world.admin, type="totp", data={"secret": get_mfa_adapter().encrypt(secret)})
    answer = browser.post("/accounts/login/", {"login": "admin@solvane.example", "password": "secret-1234"})
    assert answer.headers["Location"] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(browser)
    assert browser.get(world.path("settings/")).status_code == 302
    wrong = "000000" if code(secret) != "000000" else "111111"
    assert browser.post("/accounts/2fa/authenticate/", {"code": wrong}).status_code == 200
    assert not is_signed_in(browser)
    answer = browser.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/o/solvane/")
    assert is_signed_in(browser)


def test_two_step_sign_in_is_set_up_with_an_app(world: World, browser: Client) -> None:
    sign_in(browser)
    EmailAddress.objects.update_or_create(user=world.admin, email=world.admin.email, defaults={"verified": True})
    # The password is asked once more before the account's locks are changed.
    asked = browser.get("/accounts/2fa/totp/activate/").headers["Location"]
    assert asked.startswith("/accounts/reauthenticate/")
    assert browser.post(asked, {"password": "secret-1234"}).status_code == 302
    page = browser.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    browser.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert set(Authenticator.objects.filter(user=world.admin).values_list("type", flat=True)) == {
        "totp",
        "recovery_codes",
    }


def test_sessions_are_listed_and_ended_from_another(world: World) -> None:
    phone, desk = Client(headers={"user-agent": "Phone"}), Client(headers={"user-agent": "Desk"})
    for browser in (phone, desk):
        sign_in(browser)
        assert browser.get(world.path("settings/")).status_code == 200
    page = desk.get("/accounts/sessions/").content.decode()
    assert "Phone" in page
    assert "Desk" in page
    desk.post("/accounts/sessions/")
    assert desk.get(world.path("settings/")).status_code == 200
    assert phone.get(world.path("settings/")).status_code == 302
    assert [session.user_agent for session in UserSession.objects.all()] == ["Desk"]


def test_the_counters_of_attempts_are_on() -> None:
    assert settings.ALLAUTH_TRUSTED_PROXY_COUNT == 0
    assert getattr(settings, "ACCOUNT_RATE_LIMITS", {}) is not False
