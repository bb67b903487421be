"""Segments through the browser and the API."""

from typing import Any

import pytest

from contacts.models import Contact
from contacts.segments import keeping, views
from contacts.segments.keeping import keep_segments
from contacts.segments.models import Segment
from contacts.segments.services import SegmentInput, create_segment
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.test_walk import key_client
from touchpoints.kinds import ensure_kinds

ROWS = {
    "condition-rows": "1",
    "condition-0-field": "job_title",
    "condition-0-op": "contains",
    "condition-0-value": "direct",
}
DIRECTORS = {"all": [{"field": "job_title", "op": "contains", "value": "direct"}]}


@pytest.fixture(autouse=True)
def people(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_open_transactions", lambda: None)
    for name, title in (("Ada", "Directrice"), ("Bob", "Directeur"), ("Cleo", "Acheteuse")):
        Contact.objects.create(organisation=scoped.organisation, last_name=name, job_title=title)


def make(world: World, **values: Any) -> Segment:
    given: dict[str, Any] = {"name": "Directors", "condition": DIRECTORS, **values}
    segment = create_segment(world.organisation, values=SegmentInput(**given), by=world.marketer)
    keep_segments(world.organisation)
    segment.refresh_from_db()
    return segment


def test_a_segment_is_created_filled_shown_changed_and_deleted(scoped: World) -> None:
    client = scoped.client(scoped.marketer)
    answer = client.post(scoped.path("segments/new/"), {"name": "Directors", "kind": "living", **ROWS})
    segment = Segment.objects.get()
    assert answer.headers["Location"] == scoped.path(f"segments/{segment.pk}/")
    assert segment.condition == DIRECTORS
    assert "the people show in a moment" in client.get(answer.headers["Location"]).content.decode()
    keep_segments(scoped.organisation)
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Ada" in page
    assert "Cleo" not in page
    assert "Job title contains “direct”" in page
    changed = {"name": "Buyers", "kind": "living", **ROWS, "condition-0-value": "achet"}
    client.post(scoped.path(f"segments/{segment.pk}/edit/"), changed)
    keep_segments(scoped.organisation)
    assert "Cleo" in client.get(answer.headers["Location"]).content.decode()
    assert "1 contact" in client.get(scoped.path(f"segments/{segment.pk}/delete/")).content.decode()
    client.post(scoped.path(f"segments/{segment.pk}/delete/"))
    assert (Segment.objects.count(), Contact.objects.count()) == (0, 3)
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["segment.create", "segment.update", "segment.delete"]


def test_what_cannot_be_kept_is_said_beside_its_field_and_nothing_is_stored(scoped: World) -> None:
    make(scoped)
    client = scoped.client(scoped.marketer)
    for given, said in (
        ({"name": "Directors", "kind": "living", **ROWS}, "Another segment has this name."),
        ({"name": "", "kind": "living", **ROWS}, "This field is required."),
        ({"name": "x", "kind": "living", **ROWS, "condition-0-value": ""}, "Give a text."),
    ):
        answer = client.post(scoped.path("segments/new/"), given)
        assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert Segment.objects.count() == 1


def test_a_step_of_the_editor_keeps_what_was_typed_and_stores_nothing(scoped: World) -> None:
    given = {"name": "Typed", "kind": "fixed", **ROWS, "condition-step": "group"}
    answer = scoped.client(scoped.marketer).post(scoped.path("segments/new/"), given)
    page = answer.content.decode()
    assert (answer.status_code, 'value="Typed"' in page, 'name="condition-1-0-field"' in page) == (200, True, True)
    assert Segment.objects.count() == 0


def test_the_count_follows_what_is_asked(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client, address = scoped.client(scoped.marketer), scoped.path("segments/count/")
    page = client.post(address, ROWS).content.decode()
    assert ">2<" in page
    assert "contacts match now" in page
    assert "Complete the conditions" in client.post(address, {**ROWS, "condition-0-value": ""}).content.decode()
    monkeypatch.setattr(views, "count_people", lambda *_given, **_more: None)
    assert "takes longer" in client.post(address, ROWS).content.decode()
    plain = client.post(scoped.path("segments/new/"), {**ROWS, "condition-step": "count"})
    assert "takes longer" in plain.content.decode()


def test_the_contact_list_is_narrowed_by_a_segment_and_its_filter_becomes_one(scoped: World) -> None:
    segment = make(scoped)
    client = scoped.client(scoped.marketer)
    page = client.get(scoped.path(f"contacts/?segment={segment.pk}")).content.decode()
    assert ("Ada" in page, "Cleo" in page, "<b>Directors</b>" in page) == (True, False, True)
    filtered = client.get(scoped.path("contacts/?stage=suspect&q=ada&contactable=yes")).content.decode()
    address = scoped.path("segments/new/?stage=suspect&amp;q=ada&amp;contactable=yes")
    assert address in filtered
    form = client.get(address.replace("&amp;", "&")).context["form"]
    assert form.editor.document == {
        "all": [
            {"field": "search", "op": "contains", "value": "ada"},
            {"field": "stage", "op": "is", "value": "suspect"},
            {"field": "contactable", "op": "is", "value": True},
        ]
    }


def test_a_search_kept_as_a_segment_finds_the_same_people(scoped: World) -> None:
    Contact.objects.create(organisation=scoped.organisation, last_name="Hélène")
    segment = make(scoped, name="H", condition={"field": "search", "op": "contains", "value": "HELE"})
    assert segment.size == 1


def test_the_palette_finds_segments_by_a_part_of_their_name(scoped: World) -> None:
    segment = make(scoped, name="Élus de Lyon")
    client = scoped.client(scoped.viewer)
    answer = client.get(scoped.path("find/?q=elus"), headers={"HX-Request": "true"}).content.decode()
    assert scoped.path(f"segments/{segment.pk}/") in answer
    assert "Élus" not in client.get(scoped.path("find/?q=nobody"), headers={"HX-Request": "true"}).content.decode()
    assert client.get(scoped.path("find/?q=elus")).status_code == 302


def test_pages_cost_the_same_however_many_segments_ask_what_people_did(
    scoped: World, django_assert_max_num_queries: Any
) -> None:
    ensure_kinds(scoped.organisation)
    acts = {"field": "acts", "op": "did_not", "value": {"kind": "webinar", "times": 2, "days": 30}}
    for n in range(5):
        make(scoped, name=f"Segment {n}", condition={"any": [acts, DIRECTORS, acts]}, description="")
    client = scoped.client(scoped.marketer)
    for path in ("segments/", f"segments/{Segment.objects.first().pk}/"):  # type: ignore[union-attr]
        client.get(scoped.path(path))
        with django_assert_max_num_queries(12):
            assert "did not: Webinar" in client.get(scoped.path(path)).content.decode().replace("Did not", "did not")


def test_a_copy_has_a_name_of_its_own(scoped: World) -> None:
    segment = make(scoped)
    client = scoped.client(scoped.marketer)
    for _time in range(2):
        client.post(scoped.path(f"segments/{segment.pk}/duplicate/"))
    names = Segment.objects.order_by("pk").values_list("name", flat=True)
    assert list(names) == ["Directors", "Directors (copy)", "Directors (copy 2)"]


def test_an_archived_segment_moves_to_its_tab_and_comes_back(scoped: World) -> None:
    segment = make(scoped)
    client = scoped.client(scoped.marketer)
    client.post(scoped.path(f"segments/{segment.pk}/archive/"))
    assert "No segment yet" in client.get(scoped.path("segments/")).content.decode()
    assert "Directors" in client.get(scoped.path("segments/?archived=1")).content.decode()
    client.post(scoped.path(f"segments/{segment.pk}/restore/"))
    assert "Directors" in client.get(scoped.path("segments/")).content.decode()


@pytest.mark.parametrize("role", ["sales", "viewer"])
def test_who_may_only_look_sees_no_way_to_change(scoped: World, role: str) -> None:
    segment = make(scoped)
    client = scoped.client(getattr(scoped, role))
    page = client.get(scoped.path(f"segments/{segment.pk}/")).content.decode()
    assert ("Ada" in page, f"segments/{segment.pk}/edit/" in page) == (True, False)
    assert client.post(scoped.path("segments/new/"), {"name": "x", "kind": "living"}).status_code == 403
    assert Segment.objects.count() == 1


def test_the_api_lists_segments_their_people_and_the_schema(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        segment = make(world)
    client = key_client(world.organisation, "segments.view")
    listed = client.get("/api/v1/segments").json()
    assert [(one["name"], one["size"], one["is_filled"]) for one in listed["items"]] == [("Directors", 2, True)]
    first = client.get(f"/api/v1/segments/{segment.pk}/contacts?limit=1").json()
    second = client.get(f"/api/v1/segments/{segment.pk}/contacts?limit=1&cursor={first['next_cursor']}").json()
    assert [one["last_name"] for one in first["items"] + second["items"]] == ["Ada", "Bob"]
    assert second["next_cursor"] is None
    schema = client.get("/api/v1/segments/schema").json()
    assert any(
        shape.get("properties", {}).get("field") == {"const": "acts"} for shape in schema["$defs"]["condition"]["anyOf"]
    )
