"""What people see when something cannot be done."""

import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from django.utils import translation

from prm.organisations.access import OrgRequest, requires
from prm.organisations.rights import Right
from prm.urls import handler403, handler404, handler500
from prm.urls import urlpatterns as product
from prm.web import errors
from prm.web.messages import compile_all
from prm.work.errors import Conflict, Invalid, NotFound, Throttled
from tests.conftest import World

ERRORS = {
    "conflict": Conflict("Karim took it a minute ago."),
    "gone": NotFound(),
    "busy": Throttled(retry_after=30),
    "wrong": Invalid(fields={"email": "This address has no domain."}),
}


def fail(request: HttpRequest, kind: str) -> HttpResponse:
    if kind == "bug":
        raise RuntimeError("a bug")
    raise ERRORS[kind]


@requires(Right.MEMBERS_EDIT)
def admins_only(request: OrgRequest) -> HttpResponse:
    return HttpResponse("in")


urlpatterns = [
    *product,
    path("o/<slug:organisation_slug>/fail/<str:kind>/", fail),
    path("o/<slug:organisation_slug>/admins/", admins_only),
]
pytestmark = pytest.mark.urls(__name__)
assert handler403
assert handler404
assert handler500


def toast_of(response: Any) -> dict[str, str]:
    toasts: list[dict[str, str]] = json.loads(response.headers["HX-Trigger"])["toasts"]
    assert len(toasts) == 1
    return toasts[0]


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("conflict", 409, ["Somebody was faster", "Karim took it a minute ago."]),
        ("gone", 404, ["There is nothing here", "This does not exist, or no longer."]),
        ("busy", 429, ["Too much at once", "Try again in a moment."]),
        ("wrong", 422, ["This could not be done", "This address has no domain."]),
    ],
)
def test_a_domain_error_is_a_page_in_the_organisations_frame(
    world: World, kind: str, status: int, words: list[str]
) -> None:
    response = world.client(world.viewer).get(world.path(f"fail/{kind}/"))
    assert response.status_code == status
    html = response.content.decode()
    assert all(word in html for word in words)
    assert '<nav class="side"' in html


def test_htmx_gets_a_notice_and_keeps_its_page(world: World) -> None:
    response = world.client(world.viewer).get(world.path("fail/conflict/"), headers={"hx-request": "true"})
    assert (response.status_code, response.content) == (409, b"")
    assert toast_of(response) == {"text": "Karim took it a minute ago.", "level": "error", "undo": ""}


def test_an_error_of_fields_names_them_in_the_notice(world: World) -> None:
    response = world.client(world.viewer).get(world.path("fail/wrong/"), headers={"hx-request": "true"})
    assert toast_of(response)["text"] == "Some values cannot be used. This address has no domain."


def test_too_much_at_once_says_when_to_come_back(world: World) -> None:
    assert world.client(world.viewer).get(world.path("fail/busy/")).headers["Retry-After"] == "30"


def test_a_refused_right_says_who_can_grant_it(world: World) -> None:
    response = world.client(world.viewer).get(world.path("admins/"))
    assert response.status_code == 403
    html = response.content.decode()
    assert "Your role, Viewer, does not include this." in html
    assert "mailto:admin@solvane.example" in html
    assert "twin_admin" not in html


def test_the_right_role_comes_in(world: World) -> None:
    assert world.client(world.admin).get(world.path("admins/")).content == b"in"


def test_a_page_that_does_not_exist_is_404_inside_and_outside(world: World) -> None:
    client = world.client(world.viewer)
    outside = client.get("/nowhere/")
    assert outside.status_code == 404
    assert "There is nothing here" in outside.content.decode()
    other = client.get("/o/solvane-twin/find/")
    assert other.status_code == 404
    assert 'class="side"' not in other.content.decode()


def test_a_bug_is_a_page_that_needs_no_database(world: World, django_assert_num_queries: Any) -> None:
    client = world.client(world.viewer)
    client.raise_request_exception = False
    response = client.get(world.path("fail/bug/"))
    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
    request = RequestFactory().get("/")
    with django_assert_num_queries(0):
        assert errors.server_error(request).status_code == 500


def test_a_bug_is_a_notice_for_htmx(world: World) -> None:
    client = world.client(world.viewer)
    client.raise_request_exception = False
    response = client.get(world.path("fail/bug/"), headers={"hx-request": "true"})
    assert (response.status_code, response.content) == (500, b"")
    assert toast_of(response)["level"] == "error"


def test_a_form_without_its_token_is_refused_with_a_way_on(db: None) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    response = client.post("/preferences/theme/")
    assert response.status_code == 403
    assert "This form is out of date" in response.content.decode()
    assert client.cookies.get("prm_theme") is None


def test_a_form_without_its_token_is_a_notice_for_htmx(db: None) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en", "hx-request": "true"})
    response = client.post("/preferences/theme/")
    assert response.status_code == 403
    assert "Reload it" in toast_of(response)["text"]


def test_refusals_speak_french(world: World) -> None:
    compile_all()
    client = world.client(world.viewer)
    with translation.override("en"):
        response = client.get(world.path("admins/"), headers={"accept-language": "fr"})
    assert "Votre rôle, Lecteur, ne le permet pas." in response.content.decode()


def test_no_page_has_inline_styles_or_scripts(world: World) -> None:
    client = world.client(world.viewer)
    for address in (world.path("find/"), world.path("admins/"), "/preferences/", "/accounts/login/"):
        html = client.get(address).content.decode()
        assert " style=" not in html
        assert "<style" not in html
        assert "<script>" not in html
        assert "javascript:" not in html
        assert " onclick=" not in html
