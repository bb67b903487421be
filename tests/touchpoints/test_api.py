"""The API's touchpoints and interactions, as a program sees them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import Contact
from prm.organisations.api_keys import create_key
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from touchpoints.models import Interaction, InteractionKind, Touchpoint
from touchpoints.recording import NewInteraction, record
from touchpoints.starting_set import add_starting_set


class Program:
    """A program with a key."""

    def __init__(self, world: World, *scopes: str) -> None:
        with organisation_scope(world.organisation.pk):
            _key, self.token = create_key(world.organisation, name="ERP", scopes=scopes or ("all",), by=None)
        self.client = Client(headers={"authorization": f"Bearer {self.token}", "accept-language": "en"})

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=headers or None)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return self.client.post(f"/api/v1{path}", data, content_type="application/json", headers=headers or None)


def add_contact(world: World, **values: Any) -> Contact:
    with organisation_scope(world.organisation.pk):
        return Contact.objects.create(organisation=world.organisation, **values)


def count(world: World) -> int:
    with organisation_scope(world.organisation.pk):
        return Interaction.objects.filter(organisation=world.organisation).count()


def test_one_interaction_is_taken_for_a_contact_named_in_each_way(world: World) -> None:
    contact = add_contact(world, email="a@b.example", external_id="crm-1")
    program = Program(world)
    for named in ({"id": contact.pk}, {"id": str(contact.pk)}, {"email": " A@B.example"}, {"external_id": "crm-1"}):
        answer = program.post("/interactions", {"kind": "webinar", "contact": named})
        assert answer.status_code == 202
        body = answer.json()
        assert (body["accepted"], body["duplicate"], body["rejected"]) == (1, 0, 0)
        assert body["items"][0]["status"] == "accepted"
    assert count(world) == 4


def test_what_was_sent_is_what_is_kept(world: World) -> None:
    contact = add_contact(world, email="a@b.example")
    with organisation_scope(world.organisation.pk):
        add_starting_set(world.organisation, by=None)
        pricing = Touchpoint.objects.get(code="pricing")
    program = Program(world, "interactions.write")
    sent = {
        "kind": "page_view",
        "contact": {"email": "a@b.example"},
        "touchpoint": "pricing",
        "occurred_at": "2026-03-12T14:30:00",
        "properties": {"path": "/tarifs", "seconds": 252},
    }
    number = program.post("/interactions", sent).json()["items"][0]["id"]
    program.post("/interactions", {**sent, "touchpoint": pricing.pk})
    with organisation_scope(world.organisation.pk):
        row = Interaction.objects.get(pk=number)
        assert (row.contact_id, row.touchpoint_id, row.kind, row.verdict) == (
            contact.pk,
            pricing.pk,
            "page_view",
            "human",
        )
        # Without a zone it is the organisation's time, Paris.
        assert row.occurred_at.isoformat() == "2026-03-12T13:30:00+00:00"
        assert row.properties == {"path": "/tarifs", "seconds": 252}
        assert Interaction.objects.filter(touchpoint=pricing).count() == 2


def test_what_is_wrong_with_one_does_not_stop_the_others(world: World) -> None:
    add_contact(world, email="a@b.example")
    with organisation_scope(world.twin.pk):
        foreign = Contact.objects.create(organisation=world.twin, email="twin@b.example", external_id="x")
        add_starting_set(world.twin, by=None)
    good: dict[str, Any] = {"kind": "call", "contact": {"email": "a@b.example"}}
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    cases: list[tuple[Any, str]] = [
        (good, ""),
        ({**good, "contact": {"email": "nobody@b.example"}}, "No contact has this e-mail address."),
        ({**good, "contact": {"id": foreign.pk}}, "No contact has this id."),
        ({**good, "contact": {"external_id": "x"}}, "No contact has this external id."),
        ({**good, "contact": "a@b.example"}, "“contact” names nobody"),
        ({**good, "contact": {"id": 10**30}}, "“contact” names nobody"),
        ({**good, "kind": "Page View"}, "“kind” is missing or has another shape"),
        ({**good, "kind": None}, "“kind” is missing or has another shape"),
        ({**good, "kind": "handoff_opened"}, "Only PRM itself notes the kind “handoff_opened”."),
        ({**good, "touchpoint": "pricing"}, "There is no touchpoint “pricing”."),
        ({**good, "touchpoint": 10**30}, "There is no touchpoint"),
        ({**good, "occurred_at": "yesterday"}, "“occurred_at” cannot be read"),
        ({**good, "occurred_at": "2026-02-30"}, "“occurred_at” cannot be read"),
        ({**good, "occurred_at": 1700000000}, "“occurred_at” cannot be read"),
        ({**good, "occurred_at": later}, "“occurred_at” is still to come."),
        ({**good, "occurred_at": "0001-01-01T00:00:00+14:00"}, "“occurred_at”"),
        ({**good, "key": "k" * 101}, "“key” is a text of at most 100 characters."),
        ({**good, "properties": [1]}, "“properties” is an object."),
        ({**good, "properties": {"text": "x" * 30_000}}, "“properties” is too large."),
        ({**good, "properties": {"text": "a\x00b"}}, "cannot be stored"),
        ({**good, "contact": {"email": "a\ud800@b.example"}}, "cannot be stored"),
        ({**good, "key": "a\x00"}, "cannot be stored"),
        ("call", "An interaction is an object."),
        (good, ""),
    ]
    body = Program(world).post("/interactions", {"items": [case for case, _reason in cases]}).json()
    assert (body["accepted"], body["duplicate"], body["rejected"]) == (2, 0, len(cases) - 2)
    for outcome, (case, reason) in zip(body["items"], cases, strict=True):
        assert reason in (outcome["reason"] or ""), case
        assert outcome["status"] == ("rejected" if reason else "accepted"), case
    assert count(world) == 2


def test_the_reason_is_in_the_callers_language(world: World) -> None:
    answer = Program(world).post(
        "/interactions", {"kind": "call", "contact": {"email": "nobody@b.example"}}, accept_language="fr"
    )
    assert answer.json()["items"][0]["reason"] == "Aucun contact n’a cette adresse e-mail."


def test_a_key_counts_once_in_one_call_and_over_calls(world: World) -> None:
    add_contact(world, email="a@b.example")
    program = Program(world)
    item = {"kind": "webinar", "contact": {"email": "a@b.example"}, "key": "w-1"}
    first = program.post("/interactions", {"items": [item, item, {**item, "key": "w-2"}]}).json()
    assert [one["status"] for one in first["items"]] == ["accepted", "duplicate", "accepted"]
    again = program.post("/interactions", item).json()
    assert (again["accepted"], again["duplicate"], again["items"][0]["id"]) == (0, 1, None)
    assert count(world) == 2


def test_a_rejected_item_does_not_use_up_its_key(world: World) -> None:
    program = Program(world)
    item = {"kind": "webinar", "contact": {"email": "late@b.example"}, "key": "w-1"}
    assert program.post("/interactions", item).json()["rejected"] == 1
    add_contact(world, email="late@b.example")
    assert program.post("/interactions", item).json()["accepted"] == 1


def test_a_programs_key_never_hides_what_the_product_records_itself(world: World) -> None:
    contact = add_contact(world, email="a@b.example")
    Program(world).post("/interactions", {"kind": "webinar", "contact": {"id": contact.pk}, "key": "delivery-1"})
    with organisation_scope(world.organisation.pk):
        own = record(world.organisation, [NewInteraction("email_delivered", contact.pk, key="delivery-1")])
    assert own[0] is not None


@pytest.mark.parametrize(
    "body",
    ["{", "", "[]", "3", "null", '{"items": 3}', '{"kind": NaN}', '"' + "[" * 5, b"\xff\xfe", "[" * 100_000],
    ids=["cut", "empty", "list", "number", "null", "items", "nan", "garbage", "bytes", "deep"],
)
def test_a_body_that_cannot_be_read_is_refused_in_the_shape_of_errors(world: World, body: str | bytes) -> None:
    answer = Program(world).post("/interactions", body)
    assert answer.status_code == 422
    assert set(answer.json()) == {"code", "message", "fields"}
    assert answer.json()["code"] == "invalid"
    assert count(world) == 0


def test_more_than_a_thousand_are_refused_whole(world: World) -> None:
    add_contact(world, email="a@b.example")
    item = {"kind": "call", "contact": {"email": "a@b.example"}}
    answer = Program(world).post("/interactions", {"items": [item] * 1001})
    assert answer.status_code == 422
    assert answer.json()["fields"] == {"items": "At most 1000 interactions at once."}
    assert count(world) == 0


def test_a_thousand_cost_as_many_queries_as_one(world: World) -> None:
    for number in range(30):
        add_contact(world, email=f"{number}@b.example", external_id=f"x{number}")
    with organisation_scope(world.organisation.pk):
        add_starting_set(world.organisation, by=None)
    program = Program(world)
    kinds = ["webinar", "call"]
    items = [
        {
            "kind": kinds[number % 2],
            "contact": {"email": f"{number % 30}@b.example"} if number % 3 else {"external_id": f"x{number % 30}"},
            "touchpoint": "pricing",
            "key": f"k{number}",
        }
        for number in range(1000)
    ]
    program.post("/interactions", {"items": items[:3]})
    with CaptureQueriesContext(
        connection,
    ) as few:
        program.post("/interactions", {"items": [{**item, "key": f"a{i}"} for i, item in enumerate(items[:3])]})
    with CaptureQueriesContext(connection) as many:
        answer = program.post("/interactions", {"items": items[3:]})
    assert answer.json()["accepted"] == 997
    assert len(many) == len(few)
    assert sum('FROM "contacts_contact"' in query["sql"] for query in many) == 2


def test_scopes_decide_what_a_key_may_do(world: World) -> None:
    reader = Program(world, "contacts.view", "touchpoints.view")
    contact = add_contact(world, email="a@b.example")
    assert reader.post("/interactions", {"kind": "call", "contact": {"id": contact.pk}}).status_code == 403
    assert reader.post("/touchpoints", {"name": "x", "channel": "event"}).status_code == 403
    assert reader.get("/touchpoints").status_code == 200
    assert reader.get(f"/contacts/{contact.pk}/interactions").status_code == 200
    assert Client().get("/api/v1/touchpoints").status_code == 401
    assert count(world) == 0


def test_the_interactions_of_a_contact_come_newest_first_in_pages(world: World) -> None:
    contact = add_contact(world, email="a@b.example")
    with organisation_scope(world.twin.pk):
        foreign = Contact.objects.create(organisation=world.twin, email="a@b.example")
    begin = timezone.now() - timedelta(days=200)
    with organisation_scope(world.organisation.pk):
        record(
            world.organisation,
            [
                # Two at each moment, over several partitions.
                NewInteraction("page_view", contact.pk, occurred_at=begin + timedelta(days=number // 2))
                for number in range(250)
            ],
        )
    program = Program(world)
    seen: list[tuple[str, int]] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        page = program.get(f"/contacts/{contact.pk}/interactions?cursor={cursor}").json()
        seen += [(one["occurred_at"], one["id"]) for one in page["items"]]
        cursor = page["next_cursor"]
        pages += 1
    assert (len(seen), pages) == (250, 3)
    assert seen == sorted(set(seen), reverse=True)
    assert program.get(f"/contacts/{foreign.pk}/interactions").status_code == 404
    assert program.get(f"/contacts/{contact.pk}/interactions?cursor=broken").status_code == 422


def test_an_interaction_is_shown_with_its_touchpoint(world: World) -> None:
    contact = add_contact(world, email="a@b.example")
    program = Program(world)
    program.post("/touchpoints", {"name": "Trade show", "channel": "event", "code": "show"})
    program.post("/interactions", {"kind": "event", "contact": {"id": contact.pk}, "touchpoint": "show"})
    item = program.get(f"/contacts/{contact.pk}/interactions").json()["items"][0]
    assert item["kind"] == "event"
    assert item["touchpoint"] == {"id": item["touchpoint"]["id"], "code": "show", "name": "Trade show"}


def test_touchpoints_are_created_then_changed_by_their_code(world: World) -> None:
    program = Program(world)
    created = program.post("/touchpoints", {"name": "Stand", "channel": "event", "code": "stand", "importance": 4})
    assert created.status_code == 201
    assert (created.json()["importance"], created.json()["quality"]) == (4, None)
    changed = program.post("/touchpoints", {"code": "stand", "perceived_quality": 2, "name": None})
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["importance"], changed.json()["quality"]) == ("Stand", 4, 2.0)
    page = program.get("/touchpoints").json()
    assert [one["code"] for one in page["items"]] == ["stand"]
    assert program.get("/touchpoints?channel=email").json()["items"] == []
    with organisation_scope(world.organisation.pk):
        assert [entry.actor_label for entry in AuditEntry.objects.filter(action__startswith="touchpoint.")] == [
            "ERP",
            "ERP",
        ]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name", "channel"}),
        ({"name": "x", "channel": "moon"}, {"channel"}),
        ({"name": "x", "channel": "event", "importance": 6}, {"importance"}),
        ({"name": "x", "channel": "event", "code": "no code"}, {"code"}),
        ({"name": "a\x00b", "channel": "event"}, {"name"}),
    ],
)
def test_a_touchpoint_that_cannot_be_is_refused_field_by_field(
    world: World, body: dict[str, Any], fields: set[str]
) -> None:
    answer = Program(world).post("/touchpoints", body)
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == fields
    with organisation_scope(world.organisation.pk):
        assert Touchpoint.objects.count() == 0


def test_kinds_met_for_the_first_time_are_listed_for_the_organisation(world: World) -> None:
    contact = add_contact(world, email="a@b.example")
    Program(world).post("/interactions", {"kind": "plant_visited", "contact": {"id": contact.pk}})
    with organisation_scope(world.organisation.pk):
        assert [kind.code for kind in InteractionKind.objects.all()] == ["plant_visited"]
