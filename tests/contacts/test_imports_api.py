"""Imports and contacts through the API."""

import csv
import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contacts.models import Contact, Import
from prm.organisations.api_keys import create_key
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from tests.conftest import World
from tests.contacts.files import prepare


@pytest.fixture
def api(world: World) -> Client:
    """A program with a key for everything."""
    with organisation_scope(world.organisation.pk):
        _key, token = create_key(world.organisation, name="CRM", scopes=["all"], by=world.admin)
    return Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})


def post(api: Client, body: Any) -> Any:
    return api.post("/api/v1/contacts", json.dumps(body), content_type="application/json")


FILE = b"email,first_name\nmarie@solvane.example,Marie\n"


def send(api: Client, name: str = "leads.csv", content: bytes = FILE, **more: str) -> Any:
    return api.post("/api/v1/imports", {"file": SimpleUploadedFile(name, content), **more})


@pytest.mark.parametrize(
    "mapping",
    ['{"first_name": "properties.a\\u0000"}', '{"first_name": "properties.\\ud800"}', "[" * 5000],
)
def test_a_mapping_that_cannot_be_kept_is_refused_and_nothing_stays(world: World, api: Client, mapping: str) -> None:
    answer = send(api, mapping=mapping)
    assert (answer.status_code, set(answer.json()["fields"]) <= {"mapping", "first_name"}) == (422, True)
    with organisation_scope(world.organisation.pk):
        assert not Import.objects.exists()


def test_a_file_with_a_very_long_name_is_taken(api: Client) -> None:
    assert send(api, name="a" * 240 + ".csv").status_code == 202


def test_a_form_without_its_boundary_is_refused(api: Client) -> None:
    answer = api.post("/api/v1/imports", b"nonsense", content_type="multipart/form-data")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_contact_is_created_then_updated(world: World, api: Client) -> None:
    body = {
        "external_id": "42", "email": "Marie@Solvane.example", "first_name": "Marie", "last_name": "Martin",
        "company": {"name": "Solvane", "siren": "552100554", "domain": "solvane.example"}, "phone": "0639981241",
        "job_title": "CEO", "source": "Salon", "properties": {"budget": 12, "tags": ["a"]},
    }  # fmt: skip
    first = post(api, body)
    assert first.status_code == 201
    contact = first.json()
    assert contact["stage"] == "suspect"
    assert contact["tier"] == "cold"
    assert contact["score"] == {"intent": 0, "fit": 0, "total": 0}
    assert (contact["qualification"], contact["contactable"]) == (75, True)
    assert contact["company"]["siren"] == "552100554"
    again = post(api, {"email": "marie@solvane.example", "job_title": "CFO"})
    assert (again.status_code, again.json()["id"], again.json()["job_title"]) == (200, contact["id"], "CFO")
    assert again.json()["phone"] == "+33639981241"
    with organisation_scope(world.organisation.pk):
        actions = AuditEntry.objects.filter(actor_label="CRM").order_by("pk").values_list("action", flat=True)
        assert list(actions) == ["contact.create", "contact.update"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"first_name": "Marie"}, "email"),
        ({"email": "a@b.example", "company": {"siren": "123"}}, "company.siren"),
        ({"email": "a@b.example", "first_name": "a\x00b"}, "first_name"),
        ({"email": "a@b.example", "first_name": "\ud800"}, "first_name"),
        ({"email": "a@b.example", "properties": {"x": "\ud800"}}, "properties"),
        ({"email": "a@b.example", "properties": {"x": {"y": "\x00"}}}, "properties"),
        ({"external_id": "x" * 121}, "external_id"),
        ({"email": "a@b.example", "properties": [1]}, "properties"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_kept(world: World, api: Client, body: Any, field: str) -> None:
    answer = post(api, body)
    assert answer.status_code == 422
    assert field in answer.json()["fields"]
    assert answer.json()["code"] == "invalid"
    with organisation_scope(world.organisation.pk):
        assert not Contact.objects.exists()


def test_lists_are_filtered_and_paged_by_cursor(world: World, api: Client) -> None:
    for number in range(5):
        post(api, {"external_id": str(number), "email": f"p{number}@b.example", "last_name": f"Martin {number}"})
    first = api.get("/api/v1/contacts?limit=2").json()
    second = api.get("/api/v1/contacts", {"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [one["external_id"] for one in first["items"] + second["items"]] == ["0", "1", "2", "3", "4"]
    assert second["next_cursor"] is None
    for query, found in (
        ("email=P3@B.example", ["3"]), ("external_id=4", ["4"]), ("q=martin+2", ["2"]), ("stage=mql", []),
        ("tier=cold&external_id=1", ["1"]), ("tier=hot", []), ("email=nobody@b.example", []), ("email=%00", []),
        ("external_id=%00", []), ("q=%00", ["0", "1", "2", "3", "4"]),
    ):  # fmt: skip
        answer = api.get(f"/api/v1/contacts?{query}")
        assert answer.status_code == 200, query
        assert [one["external_id"] for one in answer.json()["items"]] == found, query
    assert api.get("/api/v1/contacts?cursor=nonsense").status_code == 422


def test_contacts_of_the_twin_do_not_exist(world: World, api: Client) -> None:
    with organisation_scope(world.twin.pk):
        foreign = Contact.objects.create(organisation=world.twin, external_id="1", email="a@b.example")
    assert api.get(f"/api/v1/contacts/{foreign.pk}").status_code == 404
    assert api.get("/api/v1/contacts?email=a@b.example").json()["items"] == []
    assert post(api, {"external_id": "1"}).status_code == 201
    assert api.get(f"/api/v1/contacts/{10**30}").status_code == 404


def test_a_file_is_imported_and_its_rejects_are_given_back(committed: None, world: World, api: Client) -> None:
    content = "Prospect ID,Mail,Stars\nA,a@b.example,3\nB,nobody,4\nC,c@b.example,5\n"
    answer = api.post(
        "/api/v1/imports",
        {
            "file": SimpleUploadedFile("p.csv", content.encode()),
            "mapping": json.dumps({"Stars": "properties.rating"}),
            "source": "Salon",
        },
    )
    assert answer.status_code == 202
    begun = answer.json()
    assert begun["status"] == "waiting"
    run_jobs(world.organisation)
    done = api.get(f"/api/v1/imports/{begun['id']}").json()
    assert (done["status"], done["rows"], done["created"], done["rejected"]) == ("done", 3, 2, 1)
    assert (done["updated"], done["unchanged"], done["error"]) == (0, 0, "")
    text = b"".join(api.get(done["rejects_url"]).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert [row["Prospect ID"] for row in csv.DictReader(io.StringIO(text))] == ["B"]
    with organisation_scope(world.organisation.pk):
        contact = Contact.objects.get(external_id="C")
        assert (contact.properties, contact.source) == ({"rating": "5"}, "Salon")


@pytest.mark.parametrize(
    ("fields", "bad"),
    [
        ({"file": b"<html>"}, "file"),
        ({"file": b""}, "file"),
        ({"file": b"a,b\n1,2\n", "mapping": "{"}, "mapping"),
        ({"file": b"a,b\n1,2\n", "mapping": "[1]"}, "mapping"),
        ({"file": b"a,b\n1,2\n", "mapping": '{"c": "email"}'}, "c"),
        ({"file": b"a,b\n1,2\n"}, "key_field"),
        ({"file": b"email\na@b.example\n", "lawful_basis": "because"}, "lawful_basis"),
    ],
)
def test_a_file_that_cannot_be_imported_says_why(world: World, api: Client, fields: dict[str, Any], bad: str) -> None:
    data = {**fields, "file": SimpleUploadedFile("p.csv", fields["file"])}
    answer = api.post("/api/v1/imports", data)
    assert answer.status_code == 422, answer.content
    assert bad in answer.json()["fields"]


def test_an_import_of_the_twin_does_not_exist(world: World, api: Client) -> None:
    with organisation_scope(world.twin.pk):
        foreign = prepare(world.twin, "email\na@b.example\n")
    assert api.get(f"/api/v1/imports/{foreign.pk}").status_code == 404
    assert api.get(f"/api/v1/imports/{foreign.pk}/rejects").status_code == 404
