"""The API's frame: one shape for every error, documents that load nothing from elsewhere."""

import re
from typing import Any

import pytest
from django.http import Http404, HttpRequest
from django.test import Client
from django.urls import path
from ninja import NinjaAPI, Schema

from prm.api.api import api as product
from prm.organisations.api_keys import create_key
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound, Refused, Throttled
from tests.conftest import World

# --- Routes that go wrong, in the product's frame ---------------------------------------------

api = NinjaAPI(urls_namespace="frame_under_test", docs_url=None, openapi_url=None)
api._exception_handlers = product._exception_handlers

ERRORS: dict[str, Exception] = {
    "not_found": NotFound(),
    "conflict": Conflict("Zoé has it.", claimed_by="Zoé"),
    "refused": Refused(),
    "throttled": Throttled(retry_after=30),
    "invalid": Invalid(fields={"email": "Not an address."}),
    "missing": Http404(),
    "crash": ZeroDivisionError("a secret of ours"),
}


class Body(Schema):
    email: str
    points: int


@api.get("fail/{name}")
def fail(request: HttpRequest, name: str) -> None:
    raise ERRORS[name]


@api.post("read")
def read(request: HttpRequest, payload: Body) -> dict[str, str]:
    return {"email": payload.email}


urlpatterns = [path("frame/", api.urls)]
handler404 = "prm.web.errors.not_found"
here = pytest.mark.urls(__name__)


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"}, raise_request_exception=False)


@here
@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("not_found", 404, {"code": "not_found", "message": "This does not exist, or no longer.", "fields": {}}),
        ("conflict", 409, {"code": "conflict", "message": "Zoé has it.", "fields": {}, "claimed_by": "Zoé"}),
        ("refused", 403, {"code": "refused", "message": "You may not do this.", "fields": {}}),
        ("missing", 404, {"code": "not_found", "message": "This does not exist, or no longer.", "fields": {}}),
        (
            "invalid",
            422,
            {"code": "invalid", "message": "Some values cannot be used.", "fields": {"email": "Not an address."}},
        ),
        (
            "crash",
            500,
            {"code": "server_error", "message": "Something went wrong on our side; nothing was changed.", "fields": {}},
        ),
    ],
)
def test_an_error_has_one_shape(client: Client, name: str, status: int, body: dict[str, Any]) -> None:
    answer = client.get(f"/frame/fail/{name}")
    assert (answer.status_code, answer.json()) == (status, body)


@here
def test_who_is_throttled_reads_when_to_come_back(client: Client) -> None:
    answer = client.get("/frame/fail/throttled")
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["retry_after"]) == (429, "30", 30)


@here
def test_each_field_that_cannot_be_read_is_named(client: Client) -> None:
    answer = client.post("/frame/read", {"points": "many"}, content_type="application/json")
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"email", "points"}


@here
def test_a_body_that_is_no_json_is_said_to_be_none(client: Client) -> None:
    answer = client.post("/frame/read", "{no", content_type="application/json")
    assert (answer.status_code, set(answer.json())) == (400, {"code", "message", "fields"})


@here
def test_a_body_that_is_too_large_is_refused(client: Client) -> None:
    answer = client.post("/frame/read", "x" * (10 * 2**20 + 1), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "10 MB" in answer.json()["message"]


@here
def test_messages_are_in_the_callers_language() -> None:
    answer = Client(headers={"accept-language": "fr"}).get("/frame/fail/refused")
    assert answer.json()["message"] != "You may not do this."


# --- The product's API ------------------------------------------------------------------------


def test_an_address_without_a_route_answers_in_the_same_shape(db: None, client: Client) -> None:
    answer = client.get("/api/v1/nowhere")
    assert (answer.status_code, answer.json()["code"], answer.json()["fields"]) == (404, "not_found", {})


def test_a_method_without_a_route_answers_in_the_same_shape(db: None, client: Client) -> None:
    answer = client.delete("/api/v1/contacts")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}


def test_pages_keep_their_own_errors(db: None, client: Client) -> None:
    assert client.get("/nowhere").headers["Content-Type"].startswith("text/html")


def test_every_route_but_health_asks_for_a_key(db: None, client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    open_routes = {
        (route, method)
        for route, methods in paths.items()
        for method, one in methods.items()
        if not one.get("security")
    }
    assert open_routes == {("/api/v1/health", "get")}
    for route, methods in paths.items():
        for method in methods:
            if (route, method) in open_routes:
                continue
            answer = getattr(client, method)(re.sub(r"{\w+}", "1", route))
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), route
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_opens_what_it_is_for(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        _key, token = create_key(world.organisation, name="x", scopes=["touchpoints.view"], by=None)
    browser = Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})
    assert browser.get("/api/v1/touchpoints").status_code == 200
    refusal = browser.get("/api/v1/contacts")
    assert (refusal.status_code, refusal.json()["message"]) == (403, "This key lacks the scope contacts.view.")


def test_the_documents_load_nothing_from_elsewhere(db: None, client: Client) -> None:
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    text = page.content.decode()
    assert re.findall(r"(?:src|href)=['\"]https?://", text) == []
    # The content security policy lets no script run that stands in the page itself.
    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text) == []
    assert "unsafe" not in page.headers["Content-Security-Policy"]
