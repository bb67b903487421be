"""What happened with a person, in words, and noting it by hand."""

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from contacts.models import Contact
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.web.figures import duration
from tests.conftest import World
from touchpoints.models import Interaction, InteractionKind, Touchpoint, Verdict
from touchpoints.recording import NewInteraction, record
from touchpoints.starting_set import add_starting_set
from touchpoints.timeline import count_contact_interactions, entry_of, get_timeline, list_contact_interactions


def add_contact(world: World) -> Contact:
    return Contact.objects.create(
        organisation=world.organisation, email="a@b.example", first_name="Anne", last_name="Petit"
    )


def at_noon(days_ago: int) -> datetime:
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)


def test_a_timeline_is_newest_first_by_day_and_goes_on_where_it_stopped(scoped: World) -> None:
    contact = add_contact(scoped)
    record(
        scoped.organisation,
        [NewInteraction("page_view", contact.pk, occurred_at=at_noon(number // 15 + 1)) for number in range(45)],
    )
    first = get_timeline(scoped.organisation, contact_id=contact.pk)
    assert [(day.day.isoformat(), len(day.entries)) for day in first.days] == [
        (at_noon(1).date().isoformat(), 15),
        (at_noon(2).date().isoformat(), 5),
    ]
    second = get_timeline(
        scoped.organisation, contact_id=contact.pk, cursor=first.next_cursor, after_day=first.last_day
    )
    assert [(len(day.entries), day.is_continued) for day in second.days] == [(10, True), (10, False)]
    third = get_timeline(scoped.organisation, contact_id=contact.pk, cursor=second.next_cursor)
    assert (sum(len(day.entries) for day in third.days), third.next_cursor) == (5, None)


def test_a_timeline_holds_one_persons_acts_of_one_organisation(world: World) -> None:
    with organisation_scope(world.twin.pk):
        twin_contact = Contact.objects.create(organisation=world.twin, email="a@b.example")
        record(world.twin, [NewInteraction("call", twin_contact.pk)] * 3)
    with organisation_scope(world.organisation.pk):
        contact = add_contact(world)
        record(world.organisation, [NewInteraction("call", contact.pk), NewInteraction("email_clicked", contact.pk)])
        assert count_contact_interactions(world.organisation, contact_id=contact.pk) == 2
        assert count_contact_interactions(world.organisation, contact_id=twin_contact.pk) == 0
        calls = get_timeline(world.organisation, contact_id=contact.pk, group="talk")
        assert [entry.interaction.kind for day in calls.days for entry in day.entries] == ["call"]


@pytest.mark.parametrize(
    ("kind", "properties", "summary", "details"),
    [
        (
            "page_view",
            {"path": "/tarifs", "seconds": 252},
            f"Page /tarifs, {duration(252)}",
            [],
        ),
        ("email_clicked", {"subject": "Guide", "url": "https://x.example/a"}, "“Guide”, https://x.example/a", []),
        ("form_sent", {"fields": {"message": "Call me", "siren": "1"}}, "", [("Message", "Call me"), ("Siren", "1")]),
        ("call", {"note": "Wants a quote", "noted_by": "Yanis"}, "Noted by Yanis", []),
        ("tier_changed", {"from": 1, "to": 2}, "From warm to hot", []),
        ("tier_changed", {"from": "cold", "to": "warm"}, "From cold to warm", []),
        ("plant_visited", {"plants": 3, "guided": True, "none": None}, "", [("Plants", "3"), ("Guided", "yes")]),
        ("download", {"document": "x" * 400}, "", [("Document", "x" * 279 + "…")]),
        ("webinar", {"attendees": ["A", "B"]}, "", [("Attendees", "A, B")]),
    ],
)
def test_properties_are_told_in_words(
    kind: str, properties: dict[str, Any], summary: str, details: list[tuple[str, str]]
) -> None:
    row = Interaction(kind=kind, verdict=Verdict.HUMAN, occurred_at=timezone.now(), properties=properties)
    with translation.override("en"):
        entry = entry_of(row, {})
    assert entry.summary == summary
    assert [(detail.label, detail.value) for detail in entry.details] == details


def test_what_a_member_wrote_stands_apart() -> None:
    row = Interaction(kind="call", verdict=Verdict.HUMAN, occurred_at=timezone.now(), properties={"note": " A\n b "})
    assert (entry_of(row, {}).note, entry_of(row, {}).summary) == ("A b", "")


def test_a_robot_is_named_as_one_and_own_kinds_have_their_name() -> None:
    kind = InteractionKind(code="plant_visited", name="Visit of the plant")
    row = Interaction(kind="plant_visited", verdict=Verdict.BOT, occurred_at=timezone.now(), properties={})
    with translation.override("en"):
        entry = entry_of(row, {"plant_visited": kind})
    assert (entry.name, entry.remark) == ("Visit of the plant", "robot, counts for nothing")


def test_older_entries_are_fetched_into_the_page(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = add_contact(world)
        record(world.organisation, [NewInteraction("call", contact.pk, occurred_at=at_noon(1))] * 25)
    client = world.client(world.viewer)
    url = world.path(f"contacts/{contact.pk}/timeline/")
    whole = client.get(url).text
    assert whole.count('<b class="strong">Telephone call</b>') == 20
    [older] = {html.unescape(url) for url in re.findall(r'hx-get="([^"]*cursor=[^"]*)"', whole)}
    part = client.get(older, headers={"hx-request": "true"}).text
    assert part.count("Telephone call") == 5
    assert "<html" not in part
    # The day goes on: it is not announced again.
    assert 'class="day"' not in part


def test_what_people_typed_is_never_taken_for_markup(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = add_contact(world)
        properties = {"fields": {"<b>": "<script>alert(1)</script>"}, "note": "<i>x</i>"}
        record(world.organisation, [NewInteraction("form_sent", contact.pk, properties=properties)])
    page = world.client(world.viewer).get(world.path(f"contacts/{contact.pk}/timeline/")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_rep_notes_a_call_from_the_contacts_page(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = add_contact(world)
        add_starting_set(world.organisation, by=None)
        place = Touchpoint.objects.get(code="outbound-call")
    client = world.client(world.sales)
    url = world.path(f"contacts/{contact.pk}/interactions/new/")
    assert "<html" not in client.get(url, headers={"hx-request": "true"}).text
    when = timezone.localtime() - timedelta(hours=2)
    values = {"kind": "call", "occurred_at": when.strftime("%Y-%m-%dT%H:%M"), "touchpoint": place.pk, "note": "Ok"}
    noted = client.post(url, values, headers={"hx-request": "true"})
    assert noted.headers["HX-Redirect"] == world.path(f"contacts/{contact.pk}/")
    with organisation_scope(world.organisation.pk):
        row = Interaction.objects.get()
        assert (row.kind, row.touchpoint_id) == ("call", place.pk)
        assert row.occurred_at == when.replace(second=0, microsecond=0)
        assert AuditEntry.objects.get(action="interaction.add").actor == world.sales


def test_a_moment_to_come_or_a_kind_of_the_product_is_shown_again(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = add_contact(world)
    client = world.client(world.sales)
    url = world.path(f"contacts/{contact.pk}/interactions/new/")
    tomorrow = (timezone.localtime() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    for values in ({"kind": "call", "occurred_at": tomorrow}, {"kind": "handoff_opened", "occurred_at": tomorrow}):
        assert client.post(url, values).status_code == 422
    with organisation_scope(world.organisation.pk):
        assert not Interaction.objects.exists()


def test_viewers_note_nothing_and_the_twins_contacts_do_not_exist(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = add_contact(world)
    with organisation_scope(world.twin.pk):
        foreign = Contact.objects.create(organisation=world.twin, email="x@y.example")
    values = {"kind": "call", "occurred_at": at_noon(1).strftime("%Y-%m-%dT%H:%M")}
    assert (
        world.client(world.viewer).post(world.path(f"contacts/{contact.pk}/interactions/new/"), values).status_code
        == 403
    )
    assert (
        world.client(world.sales).post(world.path(f"contacts/{foreign.pk}/interactions/new/"), values).status_code
        == 404
    )
    assert world.client(world.sales).get(world.path(f"contacts/{foreign.pk}/timeline/")).status_code == 404
    with organisation_scope(world.organisation.pk):
        assert not Interaction.objects.exists()
    with organisation_scope(world.twin.pk):
        assert not Interaction.objects.exists()


def test_a_page_of_a_timeline_is_read_by_its_index_in_every_partition(scoped: World) -> None:
    contact = add_contact(scoped)
    record(scoped.organisation, [NewInteraction("call", contact.pk, occurred_at=at_noon(n)) for n in range(0, 200, 20)])
    first = list_contact_interactions(scoped.organisation, contact_id=contact.pk, size=5)
    with CaptureQueriesContext(connection) as queries:
        list_contact_interactions(scoped.organisation, contact_id=contact.pk, cursor=first.next_cursor, size=5)
    with connection.cursor() as cursor:
        # What a large table makes the planner do by itself.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Merge Append" in plan
    assert "Seq Scan on touchpoints_interaction" not in plan
    assert f"(contact_id = {contact.pk}) AND (ROW(occurred_at, id) < ROW(" in plan
