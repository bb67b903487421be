"""The API's contract, as somebody outside relies on it: names, statuses, shapes."""

import io
import json
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.organisations.services import create_organisation
from prm.reactions import CONSUMERS
from prm.work.jobs import run_jobs
from scoring.models import Handoff
from tests.conftest import World
from touchpoints.consuming import consume
from touchpoints.starting_set import add_starting_set

Call = Callable[..., Any]


@pytest.fixture
def acme(committed: None, world: World) -> Organisation:
    organisation = create_organisation(name="Acme", slug="acme", admin=world.admin, language="en")
    with organisation_scope(organisation.pk):
        add_starting_set(organisation, by=world.admin)
    return organisation


@pytest.fixture
def call(acme: Organisation) -> Call:
    """Call the API with a key of Acme's; returns the answer after checking its status."""
    printed = io.StringIO()
    call_command("create_api_key", "--organisation", "acme", "--scopes", "all", stdout=printed)
    key = printed.getvalue().strip()
    assert "\n" not in key
    client = Client(headers={"authorization": f"Bearer {key}", "accept-language": "en"})

    def send(method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        answer = getattr(client, method)(f"/api/v1{path}", **data)
        assert answer.status_code == status, (answer.status_code, answer.content)
        return answer.json()

    send.client = client  # type: ignore[attr-defined]
    return send


def test_without_a_key_the_api_answers_401_in_its_own_shape(acme: Organisation) -> None:
    answer = Client().get("/api/v1/contacts")
    assert answer.status_code == 401
    assert set(answer.json()) >= {"code", "message", "fields"}


def test_openapi_names_every_route_of_the_contract(acme: Organisation) -> None:
    paths = Client().get("/api/v1/openapi.json").json()["paths"]
    wanted = {
        "/api/v1/contacts": {"get", "post"},
        "/api/v1/interactions": {"post"},
        "/api/v1/touchpoints": {"get", "post"},
        "/api/v1/imports": {"post"},
        "/api/v1/handoffs": {"get"},
        "/api/v1/health": {"get"},
    }
    assert {path: set(paths.get(path, {})) for path in wanted} == wanted


def test_a_contact_is_created_once_and_updated_by_either_key(call: Call) -> None:
    body = {"external_id": "c-1", "email": "Jane@Acme.example", "first_name": "Jane", "company": {"name": "Acme"}}
    first = call("post", "/contacts", body, status=201)
    second = call("post", "/contacts", {"email": "jane@acme.example", "job_title": "Buyer"}, status=200)
    assert second["id"] == first["id"]
    assert (second["first_name"], second["job_title"], second["email"]) == ("Jane", "Buyer", "jane@acme.example")
    found = call("get", "/contacts?external_id=c-1")
    assert [item["id"] for item in found["items"]] == [first["id"]]
    assert found["next_cursor"] is None
    one = call("get", f"/contacts/{first['id']}")
    assert one["stage"] == "suspect"
    assert one["tier"] == "cold"
    assert {"score", "qualification", "company"} <= set(one)


def test_a_bad_address_is_refused_by_field_and_nothing_is_kept(call: Call) -> None:
    answer = call("post", "/contacts", {"email": "no address"}, status=422)
    assert answer["code"] == "invalid"
    assert "email" in answer["fields"]
    assert call("get", "/contacts")["items"] == []


def test_pages_follow_their_cursor_and_miss_nobody(call: Call) -> None:
    for number in range(7):
        call("post", "/contacts", {"external_id": f"c-{number}"}, status=201)
    seen: list[str] = []
    cursor = ""
    while True:
        page = call("get", f"/contacts?limit=3&cursor={cursor}")
        seen += [item["external_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert sorted(seen) == [f"c-{number}" for number in range(7)]


def test_interactions_are_taken_once_and_bad_ones_are_named(call: Call) -> None:
    call("post", "/contacts", {"external_id": "c-1", "email": "jane@acme.example"}, status=201)
    items = [
        {"kind": "webinar", "contact": {"external_id": "c-1"}, "key": "w-1"},
        {"kind": "webinar", "contact": {"email": "jane@acme.example"}, "key": "w-1"},
        {"kind": "webinar", "contact": {"email": "nobody@acme.example"}},
        {"kind": "Not a kind!", "contact": {"external_id": "c-1"}},
        {"kind": "webinar", "contact": {"external_id": "c-1"}, "occurred_at": "2099-01-01T00:00:00Z"},
    ]
    answer = call("post", "/interactions", {"items": items}, status=202)
    assert (answer["accepted"], answer["duplicate"], answer["rejected"]) == (1, 1, 3)
    assert [item["status"] for item in answer["items"]] == ["accepted", "duplicate", "rejected", "rejected", "rejected"]
    assert all(item["reason"] for item in answer["items"] if item["status"] == "rejected")
    one = call("post", "/interactions", {"kind": "call", "contact": {"external_id": "c-1"}}, status=202)
    assert one["accepted"] == 1
    call("post", "/interactions", {"items": items * 201}, status=422)


def test_from_interactions_to_the_queue_to_an_accepted_handoff(call: Call, acme: Organisation) -> None:
    contact = call("post", "/contacts", {"email": "hot@acme.example", "first_name": "Hélène"}, status=201)
    acts = [
        {"kind": "form_sent", "touchpoint": "contact-form", "contact": {"id": contact["id"]}, "key": "f"},
        {"kind": "webinar", "contact": {"id": contact["id"]}, "key": "w"},
        {"kind": "page_view", "touchpoint": "pricing", "contact": {"id": contact["id"]}, "key": "p"},
    ]
    call("post", "/interactions", {"items": acts}, status=202)
    consume(acme, CONSUMERS)
    score = call("get", f"/contacts/{contact['id']}/score")
    assert score["tier"] == "hot"
    assert {round(row["points"], 1) for row in score["contributions"] if row["points"]} >= {10.0, 6.0, 3.0}
    assert all({"rule", "points", "occurrences", "last_at"} <= set(row) for row in score["contributions"])
    assert call("get", f"/contacts/{contact['id']}")["stage"] == "mql"
    kinds = [row["kind"] for row in call("get", f"/contacts/{contact['id']}/interactions")["items"]]
    assert {"form_sent", "webinar", "page_view"} <= set(kinds)
    waiting = call("get", "/handoffs?status=waiting")["items"]
    assert len(waiting) == 1
    handoff = waiting[0]["id"]
    call("post", f"/handoffs/{handoff}/claim")
    call("post", f"/handoffs/{handoff}/accept")
    taken = call("post", f"/handoffs/{handoff}/claim", status=409)
    assert taken["code"] == "conflict"
    assert call("get", f"/contacts/{contact['id']}")["stage"] == "accepted"


UNREADABLE: list[tuple[str, str, set[str]]] = [
    ("/touchpoints", '{"name": "A", "channel": "website", "code": "a\\u0000"}', {"code"}),
    ("/touchpoints", '{"name": "   ", "channel": "website"}', {"name"}),
    ("/touchpoints", '{"name": "A", "channel": "website", "importance": 6}', {"importance"}),
    ("/handoffs/{handoff}/accept", '{"note": "a\\u0000"}', {"note"}),
    ("/handoffs/{handoff}/accept", "[1]", {"note"}),
    ("/handoffs/{handoff}/reject", '{"reason": "other", "note": "a\\u0000"}', {"note"}),
    ("/handoffs/{handoff}/recycle", '{"until": "2020-01-01"}', {"until"}),
    ("/handoffs/{handoff}/recycle", '{"until": "9999-12-31T23:59:59-14:00"}', {"until"}),
    ("/handoffs/{handoff}/recycle", '{"until": "0000-01-01"}', {"until"}),
]


@pytest.fixture
def handoff(call: Call, acme: Organisation) -> int:
    """A handoff that the key has claimed."""
    contact = call("post", "/contacts", {"email": "hot@acme.example"}, status=201)
    with organisation_scope(acme.pk):
        opened = Handoff.objects.create(
            organisation=acme,
            contact_id=contact["id"],
            total=60,
            intent=60,
            fit=0,
            due_at=timezone.now(),
            model_number=1,
        )
    call("post", f"/handoffs/{opened.pk}/claim")
    return opened.pk


@pytest.mark.parametrize(("path", "body", "fields"), UNREADABLE)
def test_what_cannot_be_kept_is_refused_by_field_in_the_callers_words(
    call: Call, handoff: int, path: str, body: str, fields: set[str]
) -> None:
    client: Client = call.client  # type: ignore[attr-defined]
    answer = client.post(
        "/api/v1" + path.format(handoff=handoff), body, "application/json", headers={"accept-language": "fr"}
    )
    assert (answer.status_code, set(answer.json()["fields"])) == (422, fields)
    assert not {"Input", "should", "String", "field"} & set(" ".join(answer.json()["fields"].values()).split())
    assert [item["status"] for item in call("get", "/handoffs")["items"]] == ["claimed"]


def test_a_stage_or_tier_nobody_can_have_is_named_with_those_there_are(call: Call) -> None:
    refused = call("get", "/contacts?stage=zork&tier=tepid", status=422)
    assert refused["fields"]["tier"] == "cold, warm, hot"
    assert "mql" in refused["fields"]["stage"]


def test_a_body_that_is_no_object_is_refused(call: Call, handoff: int) -> None:
    client: Client = call.client  # type: ignore[attr-defined]
    for path in ("/contacts", "/touchpoints", f"/handoffs/{handoff}/recycle"):
        answer = client.post(f"/api/v1{path}", "[1]", "application/json", headers={"accept-language": "fr"})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
        assert answer.json()["message"].startswith("Le corps de la requête")
    assert call("get", "/handoffs")["items"][0]["status"] == "claimed"


def test_a_key_that_claims_twice_reads_that_it_is_taken(call: Call, handoff: int) -> None:
    again = call("post", f"/handoffs/{handoff}/claim", status=409)
    assert (again["code"], again["holder"]["name"]) == ("conflict", "API")


def test_a_day_without_a_zone_is_the_organisations(call: Call, handoff: int) -> None:
    day = (timezone.now() + timedelta(days=30)).date()
    answer = call("post", f"/handoffs/{handoff}/recycle", {"reason": "not_ready", "until": day.isoformat()})
    midnight = datetime.combine(day, time(), ZoneInfo("Europe/Paris"))
    assert datetime.fromisoformat(answer["not_before"]) == midnight


def test_a_file_is_imported_and_its_rejects_can_be_fetched(call: Call, acme: Organisation) -> None:
    rows = "Email;Prénom;Nom\nun@acme.example;Un;Premier\nnot an address;Deux;Second\n"
    file = SimpleUploadedFile("people.csv", rows.encode(), content_type="text/csv")
    answer = call.client.post("/api/v1/imports", {"file": file})  # type: ignore[attr-defined]
    assert answer.status_code in {201, 202}, answer.content
    run_jobs(acme)
    state = call("get", f"/imports/{answer.json()['id']}")
    assert (state["status"], state["rows"], state["created"], state["rejected"]) == ("done", 2, 1, 1)
    rejects = call.client.get(state["rejects_url"])  # type: ignore[attr-defined]
    body = b"".join(rejects.streaming_content) if rejects.streaming else rejects.content
    assert b"not an address" in body


def test_touchpoints_are_listed_and_added(call: Call) -> None:
    added = call("post", "/touchpoints", {"code": "fair", "name": "Fair", "channel": "event"}, status=201)
    assert added["code"] == "fair"
    assert "fair" in {row["code"] for row in call("get", "/touchpoints")["items"]}


def test_health_needs_no_key(acme: Organisation) -> None:
    answer = Client().get("/api/v1/health")
    assert answer.status_code in {200, 503}
    assert {"database", "cache", "worker", "consumer_lag_seconds"} <= set(answer.json())
