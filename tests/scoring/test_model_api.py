"""The model as a document: read, replaced as a whole or not at all, tried and published by a program."""

import json
from typing import Any

import pytest
from django.test import Client

from prm.organisations.api_keys import create_key
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from scoring.models import ModelVersion, Rule
from tests.conftest import World
from tests.scoring.worlds import add_touchpoint, behaviour, publish

CONDITION = {"field": "job_title", "op": "contains", "value": "direct"}
DOCUMENT: dict[str, Any] = {
    "warm_from": 5.0,
    "hot_from": 30.0,
    "minimum_fit": 2.0,
    "rules": [
        {"axis": "intent", "name": "Webinar", "points": 6.0, "kind": "webinar", "cap": 12.0, "half_life_days": 30.0},
        {"axis": "intent", "name": "Pricing", "points": -3.0, "kind": "page_view", "touchpoint": "pricing",
         "window_days": 90, "once_a_day": True, "is_enabled": False},
        {"axis": "fit", "name": "Decides", "points": 4.0, "condition": CONDITION},
    ],
}  # fmt: skip


def client(world: World, *scopes: str) -> Client:
    with organisation_scope(world.organisation.pk):
        _key, token = create_key(world.organisation, name="CI", scopes=list(scopes), by=world.admin)
    return Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})


@pytest.fixture
def api(scoped: World) -> Client:
    add_touchpoint(scoped.organisation)
    return client(scoped, "all")


def put(api: Client, document: dict[str, Any]) -> Any:
    return api.put("/api/v1/scoring/draft", json.dumps(document), content_type="application/json")


def post(api: Client, what: str, body: dict[str, Any] | None = None) -> Any:
    return api.post(f"/api/v1/scoring/draft/{what}", json.dumps(body or {}), content_type="application/json")


def test_what_is_put_is_what_is_read(api: Client) -> None:
    answer = put(api, DOCUMENT)
    assert answer.status_code == 200, answer.content
    assert answer.json()["document"] == DOCUMENT
    assert api.get("/api/v1/scoring/draft").json() == answer.json()
    assert put(api, answer.json()["document"]).json()["document"] == DOCUMENT
    assert Rule.objects.count() == 3


def test_a_wrong_rule_changes_nothing_and_every_problem_is_said(api: Client) -> None:
    put(api, DOCUMENT)
    before = list(Rule.objects.order_by("pk").values())
    broken = {
        **DOCUMENT,
        "hot_from": 1.0,
        "rules": [
            {"axis": "intent", "name": "", "points": 1.0, "kind": "webinar"},
            {"axis": "intent", "name": "Nowhere", "points": 1.0, "kind": "webinar", "touchpoint": "nowhere"},
            {"axis": "fit", "name": "Nobody", "points": 1.0},
        ],
    }
    answer = put(api, broken)
    assert answer.status_code == 422
    assert answer.json()["fields"] == {
        "hot_from": "Hot begins above warm.",
        "rules.0.name": "Give the rule a name.",
        "rules.1.touchpoint": "This touchpoint does not exist, or no longer.",
        "rules.2.condition": "Say whom the rule is for: give at least one condition.",
    }
    assert list(Rule.objects.order_by("pk").values()) == before


def test_a_broken_document_begins_no_draft(api: Client) -> None:
    assert put(api, {**DOCUMENT, "hot_from": 1.0}).status_code == 422
    assert not ModelVersion.objects.exists()


def test_simulated_and_published(scoped: World, api: Client) -> None:
    publish(scoped.organisation, behaviour("webinar", 8))
    assert api.get("/api/v1/scoring/model").json()["number"] == 1
    draft = put(api, DOCUMENT).json()
    assert api.get("/api/v1/scoring/draft/simulate").status_code == 404
    assert post(api, "simulate").json()["status"] == "waiting"
    run_jobs(scoped.organisation)
    assert api.get("/api/v1/scoring/draft/simulate").json()["status"] == "done"
    put(api, {**DOCUMENT, "warm_from": 6.0})
    assert post(api, "publish", {"fingerprint": draft["fingerprint"]}).status_code == 409
    assert post(api, "publish", {"note": "by CI"}).json() == {"number": 2}
    assert api.get("/api/v1/scoring/model").json()["document"]["warm_from"] == 6.0
    assert api.get("/api/v1/scoring/draft").status_code == 404


def test_a_key_that_reads_may_not_write(scoped: World) -> None:
    reader = client(scoped, "scoring.view")
    assert put(reader, DOCUMENT).status_code == 403
    assert post(reader, "publish").status_code == 403
    assert not ModelVersion.objects.exists()
