"""What people ask for is noted, answered within a month, and kept as the proof of it."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from contacts.consent.models import ConsentState
from contacts.consent.services import add_starting_purposes
from contacts.models import Contact, Suppression
from contacts.rights.erasing import erase_contact
from contacts.rights.models import PersonRequest
from contacts.rights.requests import due_date, finish_request, note_request
from contacts.services import create_contact
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from tests.conftest import World
from tests.test_walk import key_client
from tests.worldmaking import rows_of


def make(world: World, email: str = "zoe@b.example") -> Contact:
    return create_contact(world.organisation, values={"email": email, "last_name": "Canari"}, by=None)


def note(world: World, kind: str, contact: Contact | None = None, **more: str) -> PersonRequest:
    return note_request(
        world.organisation,
        kind=kind,
        received_on=timezone.localdate(),
        contact_id=contact.pk if contact else None,
        by=world.sales,
        **more,
    )


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 12, 5), date(2027, 1, 5)),
        (date(2026, 8, 31), date(2026, 9, 30)),
    ],
)
def test_it_is_due_one_month_later(received: date, due: date) -> None:
    assert due_date(received) == due


def test_it_is_written_down_with_who_when_and_by_whom(scoped: World) -> None:
    contact = make(scoped)
    asked = note(scoped, "access", contact, note="By letter")
    assert (asked.contact, asked.noted_by, asked.done_at, asked.due_on) == (
        contact,
        scoped.sales,
        None,
        due_date(timezone.localdate()),
    )
    assert AuditEntry.objects.get(action="personrequest.create").object_label == str(asked.pk)


def test_what_cannot_be_is_refused_and_nothing_is_written(scoped: World) -> None:
    before = rows_of(scoped.organisation)
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(Invalid) as refused:
        note_request(scoped.organisation, kind="everything", received_on=tomorrow, by=scoped.sales)
    assert sorted(refused.value.fields) == ["asker", "kind", "received_on"]
    with pytest.raises(NotFound):
        note_request(
            scoped.organisation, kind="access", received_on=timezone.localdate(), contact_id=999_999, by=scoped.sales
        )
    assert rows_of(scoped.organisation) == before


def test_an_objection_that_is_carried_out_is_written_for_every_purpose(scoped: World) -> None:
    add_starting_purposes(scoped.organisation)
    contact, other = make(scoped), make(scoped, "other@b.example")
    asked = note(scoped, "objection", contact)
    assert not Suppression.objects.exists()
    finish_request(scoped.organisation, request_id=asked.pk, by=scoped.admin)
    states = dict(ConsentState.objects.filter(contact=contact).values_list("purpose__code", "state"))
    assert set(states.values()) == {"objected"}
    assert {"email", "phone", "personalisation"} <= set(states)
    assert Suppression.objects.filter(contact=contact).exists()
    assert not ConsentState.objects.filter(contact=other).exists()
    before = rows_of(scoped.organisation)
    with pytest.raises(Conflict):
        finish_request(scoped.organisation, request_id=asked.pk, by=scoped.admin)
    assert rows_of(scoped.organisation) == before


def test_a_refusal_says_why(scoped: World) -> None:
    asked = note(scoped, "access", make(scoped))
    with pytest.raises(Invalid):
        finish_request(scoped.organisation, request_id=asked.pk, by=scoped.admin, outcome="refused", answer="  ")
    assert PersonRequest.objects.get().done_at is None
    done = finish_request(
        scoped.organisation, request_id=asked.pk, by=scoped.admin, outcome="refused", answer="Not this person"
    )
    assert (done.outcome, done.answer, done.done_by) == ("refused", "Not this person", scoped.admin)


def test_an_erasure_is_answered_by_erasing_and_not_by_saying_so(scoped: World) -> None:
    contact = make(scoped)
    asked = note(scoped, "erasure", contact, asker="Zoé Canari", note="zoe@b.example writes")
    late = note(scoped, "access", contact)
    with pytest.raises(Invalid, match="not erased yet"):
        finish_request(scoped.organisation, request_id=asked.pk, by=scoped.admin)
    erase_contact(scoped.organisation, contact_id=contact.pk, by=scoped.admin)
    asked.refresh_from_db()
    late.refresh_from_db()
    assert (asked.outcome, asked.done_by, asked.asker, asked.note) == ("done", scoped.admin, "", "")
    assert late.outcome == "done"


def test_the_register_is_kept_through_its_pages(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = make(world)
        old = note_request(
            world.organisation, kind="access", received_on=date(2026, 1, 5), asker="<b>Jo", by=world.sales
        )
    sales, admin = world.client(world.sales), world.client(world.admin)
    wrong = sales.post(world.path("rights/new/"), {"kind": "access", "received_on": "2999-01-01"})
    assert wrong.status_code == 422
    noted = sales.post(
        world.path(f"rights/new/?contact={contact.pk}"), {"kind": "erasure", "received_on": "2026-11-02", "note": "n"}
    )
    assert noted.status_code == 302
    page = sales.get(world.path("rights/")).content.decode()
    assert "<b>2 requests</b> wait" in page
    assert "was due on" in page
    assert "&lt;b&gt;Jo" in page
    assert "Erasure" in sales.get(world.path(f"contacts/{contact.pk}/?panels=all")).content.decode()
    url = world.path(f"rights/{old.pk}/finish/")
    assert sales.post(url, {"outcome": "done"}).status_code == 403
    assert admin.post(url, {"outcome": "refused"}).status_code == 422
    assert admin.post(url, {"outcome": "done", "answer": "sent"}).status_code == 302
    assert "sent" in sales.get(world.path(f"rights/{old.pk}/")).content.decode()
    assert "<b>1 request</b> waits" in sales.get(world.path("rights/?answered=1")).content.decode()


def test_the_register_is_kept_through_the_api(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = make(world)
    client = key_client(world.organisation)
    noted = client.post(
        "/api/v1/person-requests",
        {"kind": "portability", "contact": contact.pk, "received_on": "2026-01-31"},
        content_type="application/json",
    )
    assert (noted.status_code, noted.json()["due_on"]) == (201, "2026-02-28")
    number = noted.json()["id"]
    assert [one["id"] for one in client.get("/api/v1/person-requests").json()["items"]] == [number]
    done = client.post(f"/api/v1/person-requests/{number}/finish", {}, content_type="application/json")
    assert (done.status_code, done.json()["outcome"]) == (200, "done")
    again = client.post(f"/api/v1/person-requests/{number}/finish", {}, content_type="application/json")
    assert again.status_code == 409
    assert client.get("/api/v1/person-requests").json()["items"] == []
    with organisation_scope(world.organisation.pk):
        assert PersonRequest.objects.get().done_by_label == "walk"
