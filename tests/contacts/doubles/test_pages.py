"""Doubles through the browser and the API."""

from typing import Any

import pytest

from contacts.doubles.merging import merge_contacts
from contacts.doubles.models import Merge, Pair
from contacts.models import Contact
from tests.conftest import World
from tests.test_walk import key_client


@pytest.fixture
def two(scoped: World) -> list[Contact]:
    values: dict[str, Any] = {"organisation": scoped.organisation, "last_name": "Martin"}
    people = [Contact.objects.create(**values, email=f"{name}@acme.fr") for name in ("ada", "eve")]
    Pair.objects.create(
        organisation=scoped.organisation, low=people[0], high=people[1], score=85, reasons=["name_company"]
    )
    return people


def test_a_pair_is_shown_merged_and_taken_apart(scoped: World, two: list[Contact]) -> None:
    client = scoped.client(scoped.marketer)
    page = client.get(scoped.path("doubles/")).content.decode()
    assert "1 pair" in page
    assert "Same name, same company" in page
    assert (
        "Martin"
        not in client.get(scoped.path("doubles/?reason=phone"), headers={"hx-request": "true"}).content.decode()
    )
    address = scoped.path(f"doubles/merge/?ids={two[0].pk}&ids={two[1].pk}")
    preview = client.get(address).content.decode()
    assert "Which one" in preview or "which one" in preview
    seen = preview.split('name="seen" value="')[1].split('"')[0]
    given = {"ids": [one.pk for one in two], "survivor": two[0].pk, "seen": seen}
    refused = client.post(scoped.path("doubles/merge/"), given)
    assert (refused.status_code, Contact.objects.count()) == (422, 2)
    assert (
        client.post(scoped.path("doubles/merge/"), {**given, "seen": "x", "take-email": two[1].pk}).status_code == 422
    )
    answer = client.post(scoped.path("doubles/merge/"), {**given, "take-email": two[1].pk})
    merge = Merge.objects.get()
    assert answer.headers["Location"] == scoped.path(f"doubles/merges/{merge.pk}/")
    assert Contact.objects.get().email == "eve@acme.fr"
    assert "30 days" in client.get(answer.headers["Location"]).content.decode()
    client.post(scoped.path(f"doubles/merges/{merge.pk}/undo/"))
    assert Contact.objects.count() == 2


def test_pairs_are_set_aside_in_bulk(scoped: World, two: list[Contact]) -> None:
    client = scoped.client(scoped.marketer)
    client.post(scoped.path("doubles/not-the-same/"), {"pairs": [Pair.objects.get().pk]})
    assert Pair.objects.get().status == "distinct"
    assert "Nothing to decide" in client.get(scoped.path("doubles/")).content.decode()


def test_programs_read_merge_and_undo(scoped: World, two: list[Contact]) -> None:
    client = key_client(scoped.organisation)
    listed = client.get("/api/v1/doubles").json()
    assert [(one["contacts"], one["score"]) for one in listed["items"]] == [([two[0].pk, two[1].pk], 85)]
    path, kind = f"/api/v1/contacts/{two[0].pk}/merge", "application/json"
    assert client.post(path, {"contacts": [two[1].pk]}, content_type=kind).status_code == 422
    body = {"contacts": [two[1].pk], "take": {"email": two[0].pk}}
    done = client.post(path, body, content_type=kind).json()
    assert (done["contact"], done["merged"]) == (two[0].pk, [two[1].pk])
    assert client.post(path, body, content_type=kind).status_code == 409
    assert client.post(f"/api/v1/merges/{done['id']}/undo").json()["undone_at"]
    assert Contact.objects.count() == 2


def test_what_undoing_left_and_where_values_come_from_is_said_in_words(scoped: World, two: list[Contact]) -> None:
    client, ids = scoped.client(scoped.marketer), [one.pk for one in two]
    Contact.objects.filter(pk=ids[0]).update(job_title="CEO", provenance={"job_title": {"source": "inferred"}})
    Contact.objects.filter(pk=ids[1]).update(job_title="CTO")
    preview = client.get(scoped.path(f"doubles/merge/?ids={ids[0]}&ids={ids[1]}")).content.decode()
    assert ", inferred from behaviour</small>" in preview
    merge = merge_contacts(scoped.organisation, contact_ids=ids, take={"email": ids[1]}, by=scoped.marketer)
    Contact.objects.update(job_title="CFO")

    client.post(scoped.path(f"doubles/merges/{merge.pk}/undo/"))

    page = client.get(scoped.path(f"doubles/merges/{merge.pk}/")).content.decode()
    assert "<li>Job title: it was changed since</li>" in page
    assert "job_title" not in page
