"""Several contacts made one: what follows, what stays, what answers."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from contacts.doubles.merging import merge_contacts, version_of
from contacts.doubles.models import Alias, Merge, Pair
from contacts.doubles.undoing import undo_merge
from contacts.models import Company, Contact, StageChange, Suppression
from contacts.people import upsert_contact
from contacts.qualification import recompute
from contacts.suppressions import record_opt_out
from nurturing.models import Delivery, Enrolment, Scenario
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from scoring.models import Handoff
from tests.conftest import World
from tests.test_walk import key_client
from tests.worldmaking import rows_of
from touchpoints.models import Interaction
from touchpoints.recording import NewInteraction, record

# What a merge and its undoing write about themselves, and what says that something has to be looked at.
ASIDE = {
    *(
        "organisations.AuditEntry",
        "work.Wakeup",
        "segments.TouchedContact",
        "standings.TouchedCompany",
        "doubles.Merge",
        "doubles.Pair",
    ),
    *("doubles.ChangedContact", "doubles.Key", "interests.Reconsidered"),
}


def make(world: World, **values: Any) -> Contact:
    return Contact.objects.create(organisation=world.organisation, **values)


def merge(world: World, *contacts: Contact, **options: Any) -> Merge:
    given = {"by": world.marketer, "survivor_id": contacts[0].pk, **options}
    return merge_contacts(world.organisation, contact_ids=[one.pk for one in contacts], **given)


def snapshot(world: World) -> dict[str, list[tuple[Any, ...]]]:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return {label: rows for label, rows in rows_of(world.organisation).items() if label not in ASIDE}


def fill(world: World) -> tuple[Contact, Contact]:
    """Two contacts of one person, with something in every table that matters, alike in what may be there once."""
    organisation = world.organisation
    company = Company.objects.create(organisation=organisation, name="Acme", name_key="acme")
    stays = make(world, first_name="Ada", last_name="Lovelace", email="ada@acme.fr", properties={"a": 1, "b": 2})
    goes = make(
        world,
        first_name="A.",
        last_name="Lovelace",
        phone="+33612345678",
        company=company,
        external_id="crm-7",
        stage="mql",
        properties={"b": 3, "c": 4},
        provenance={"*": {"source": "import", "at": "2026-01-01"}},
    )
    Contact.objects.filter(pk=stays.pk).update(provenance={"*": {"source": "declared", "at": "2026-01-01"}})
    scenarios = [Scenario.objects.create(organisation=organisation, name=n, trigger="form") for n in "ab"]
    step = scenarios[0].steps.create(organisation=organisation, position=1, kind="email")
    for contact in (stays, goes):
        Enrolment.objects.create(organisation=organisation, scenario=scenarios[0], contact=contact)
        Delivery.objects.create(organisation=organisation, contact=contact, step=step, address="x@x.fr", status="sent")
        record_opt_out(organisation, source="page", contact=contact)
        Handoff.objects.create(
            organisation=organisation,
            contact=contact,
            status="claimed" if contact is goes else "waiting",
            intent=1,
            fit=1,
            total=2,
            model_number=1,
            due_at=timezone.now(),
        )
        StageChange.objects.create(organisation=organisation, contact=contact, to_stage="suspect", cause="person")
        record(organisation, [NewInteraction("page_view", contact_id=contact.pk)])
    Enrolment.objects.create(organisation=organisation, scenario=scenarios[1], contact=goes)
    other = make(world, last_name="Other")
    recompute(organisation)
    low, high = sorted([goes.pk, other.pk])
    Pair.objects.create(organisation=organisation, low_id=low, high_id=high, score=50, status="distinct")
    return stays, goes


def test_everything_follows_to_the_survivor(scoped: World) -> None:
    stays, goes = fill(scoped)
    done = merge(scoped, stays, goes)
    person = Contact.objects.get(pk=stays.pk)
    assert not Contact.objects.filter(pk=goes.pk).exists()
    assert (person.first_name, person.email, person.phone, person.external_id) == (
        "Ada", "ada@acme.fr", "+33612345678", "crm-7",
    )  # fmt: skip
    assert person.company is not None
    assert (person.company.name, person.stage) == ("Acme", "mql")
    assert person.properties == {"a": 1, "b": 2, "c": 4}
    assert person.provenance["phone"]["source"] == "import"
    assert Interaction.objects.filter(contact=stays).count() == 2
    assert list(Enrolment.objects.values_list("contact", "scenario__name").order_by("scenario")) == [
        (stays.pk, "a"), (stays.pk, "b"),
    ]  # fmt: skip
    assert Delivery.objects.filter(contact=stays, status="sent").count() == 2
    assert sorted(Handoff.objects.values_list("contact", "status")) == [
        (stays.pk, "claimed"), (stays.pk, "withdrawn"),
    ]  # fmt: skip
    assert StageChange.objects.filter(contact=stays).count() == 3
    assert StageChange.objects.get(detail__merge=done.pk).to_stage == "mql"
    assert Suppression.objects.filter(contact=stays, reason="opt_out").count() == 1
    assert Pair.objects.get(status="distinct").high_id > Pair.objects.get(status="distinct").low_id
    assert stays.pk in Pair.objects.values_list("low_id", "high_id").get()
    entry = AuditEntry.objects.get(action="contact.merge")
    assert (entry.object_id, entry.after["contacts"]) == (stays.pk, ["A. Lovelace"])


def test_undoing_gives_the_same_rows_as_before(scoped: World) -> None:
    stays, goes = fill(scoped)
    before = snapshot(scoped)
    done = merge(scoped, stays, goes)
    assert snapshot(scoped) != before
    undone = undo_merge(scoped.organisation, merge_id=done.pk, by=scoped.marketer)
    assert undone.kept == []
    after = snapshot(scoped)
    for label, rows in before.items():
        assert after[label] == rows, label
    pair = Pair.objects.get(low=min(stays.pk, goes.pk), high=max(stays.pk, goes.pk))
    assert pair.status == "distinct"
    with pytest.raises(Conflict):
        undo_merge(scoped.organisation, merge_id=done.pk, by=scoped.marketer)


def test_two_known_addresses_want_a_persons_say(scoped: World) -> None:
    one, two = make(scoped, last_name="A", email="a@x.fr"), make(scoped, last_name="A", email="a@y.fr")
    before = snapshot(scoped)
    with pytest.raises(Invalid) as refusal:
        merge(scoped, one, two)
    assert set(refusal.value.fields) == {"email"}
    assert snapshot(scoped) == before
    record_opt_out(scoped.organisation, source="page", email="a@x.fr")
    merge(scoped, one, two, take={"email": two.pk})
    person = Contact.objects.get()
    assert (person.pk, person.email) == (one.pk, "a@y.fr")
    assert Suppression.objects.filter(contact=person).exists()
    assert set(Alias.objects.values_list("kind", "value")) == {("id", str(two.pk)), ("email", "a@x.fr")}


def test_old_names_find_the_survivor(scoped: World) -> None:
    one = make(scoped, last_name="A", email="a@x.fr", external_id="1")
    two = make(scoped, last_name="A", email="a@y.fr", external_id="2")
    merge(scoped, one, two, take={"email": one.pk, "external_id": one.pk})
    for values in ({"email": "a@y.fr"}, {"external_id": "2"}, {"external_id": "2", "email": "a@x.fr"}):
        found, created = upsert_contact(scoped.organisation, values={**values, "job_title": str(values)}, by="test")
        assert (found.pk, created, found.email, found.external_id) == (one.pk, False, "a@x.fr", "1")
    page = scoped.client(scoped.viewer).get(scoped.path(f"contacts/{two.pk}/"))
    assert (page.status_code, page.headers["Location"]) == (302, scoped.path(f"contacts/{one.pk}/"))
    client = key_client(scoped.organisation)
    assert client.get(f"/api/v1/contacts/{two.pk}").json()["id"] == one.pk
    item = {"kind": "page_view", "contact": {"id": two.pk}}
    answer = client.post("/api/v1/interactions", {"items": [item]}, content_type="application/json")
    assert answer.status_code < 300, answer.content
    assert Interaction.objects.get().contact_id == one.pk


def test_a_cluster_becomes_one_and_a_merged_survivor_is_followed(scoped: World) -> None:
    people = [make(scoped, last_name=f"N{number}") for number in range(4)]
    first = merge(scoped, *people[:3])
    merge(scoped, people[3], people[0])
    assert Contact.objects.get().pk == people[3].pk
    assert set(Alias.objects.values_list("value", "contact_id")) == {(str(one.pk), people[3].pk) for one in people[:3]}
    with pytest.raises(Conflict):
        undo_merge(scoped.organisation, merge_id=first.pk, by=None)


def test_what_changed_since_is_kept_and_said(scoped: World) -> None:
    one, two = make(scoped, last_name="A"), make(scoped, last_name="A", phone="+33612345678", external_id="2")
    done = merge(scoped, one, two)
    Contact.objects.filter(pk=one.pk).update(phone="+33699999999")
    undone = undo_merge(scoped.organisation, merge_id=done.pk, by=scoped.marketer)
    assert undone.kept == [{"field": "phone", "why": "changed"}]
    assert dict(Contact.objects.values_list("pk", "phone")) == {one.pk: "+33699999999", two.pk: "+33612345678"}
    assert dict(Contact.objects.values_list("pk", "external_id")) == {one.pk: None, two.pk: "2"}


def test_a_merge_is_refused_and_changes_nothing(scoped: World) -> None:
    one, two = make(scoped, last_name="A"), make(scoped, last_name="A")
    with organisation_scope(scoped.twin.pk):
        foreign = Contact.objects.create(organisation=scoped.twin, last_name="A")
    seen = version_of([one, two])
    Contact.objects.filter(pk=two.pk).update(updated_at=timezone.now() + timedelta(seconds=1))
    before = snapshot(scoped)
    with pytest.raises(Conflict):
        merge(scoped, one, two, seen=seen)
    with pytest.raises(NotFound):
        merge(scoped, one, foreign)
    with pytest.raises(Invalid):
        merge(scoped, one)
    with pytest.raises(Invalid):
        merge(scoped, one, two, take={"phone": two.pk})
    assert snapshot(scoped) == before
    merge(scoped, one, two)
    with pytest.raises(Conflict):
        merge(scoped, one, two)


def test_a_merge_older_than_thirty_days_stays(scoped: World) -> None:
    one, two = make(scoped, last_name="A"), make(scoped, last_name="A")
    done = merge(scoped, one, two)
    Merge.objects.update(created_at=timezone.now() - timedelta(days=31))
    with pytest.raises(Conflict):
        undo_merge(scoped.organisation, merge_id=done.pk, by=None)
    assert Contact.objects.count() == 1
