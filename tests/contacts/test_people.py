"""Contacts one at a time."""

import threading
from typing import Any

import pytest
from django.db import connection

from contacts.lifecycle import change_stage
from contacts.models import Company, Contact, StageChange, Suppression
from contacts.people import create_contact, update_contact, upsert_contact
from contacts.services import CompanyInput, is_contactable, record_opt_out
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound, Refused
from tests.conftest import World


def create(world: World, **values: Any) -> Contact:
    return create_contact(world.organisation, values=values, by=world.marketer)


def test_a_new_contact_is_a_suspect_with_its_ledger_its_provenance_and_an_audit_entry(scoped: World) -> None:
    contact = create(scoped, email=" Marie@Solvane.Example", first_name="Marie", phone="06 39 98 12 41")
    assert (contact.email, contact.phone, contact.stage) == ("marie@solvane.example", "+33639981241", "suspect")
    change = StageChange.objects.get()
    assert (change.from_stage, change.to_stage, change.cause, change.by) == ("", "suspect", "person", scoped.marketer)
    assert contact.provenance["*"]["source"] == "declared"
    assert contact.qualification_percent == 25
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.after["email"]) == ("contact.create", scoped.marketer, contact.email)
    assert contact.standing.total == 0


def test_bad_values_are_named_together_and_nothing_is_written(scoped: World) -> None:
    with pytest.raises(Invalid) as error:
        create_contact(
            scoped.organisation,
            values={"email": "marie", "first_name": "x" * 121, "job_title": "a\x00"},
            by=scoped.marketer,
        )
    assert set(error.value.fields) == {"email", "first_name", "job_title"}
    assert (Contact.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_two_contacts_never_share_an_address(scoped: World) -> None:
    create(scoped, email="marie@solvane.example")
    with pytest.raises(Invalid) as error:
        create(scoped, email="MARIE@solvane.example", first_name="Other")
    assert set(error.value.fields) == {"email"}
    assert (Contact.objects.count(), StageChange.objects.count(), AuditEntry.objects.count()) == (1, 1, 1)


def test_two_organisations_may_know_the_same_person(scoped: World) -> None:
    create(scoped, email="marie@solvane.example")
    with organisation_scope(scoped.twin.pk):
        create_contact(scoped.twin, values={"email": "marie@solvane.example"}, by=scoped.twin_admin)
        assert Contact.objects.count() == 1
    assert Contact.objects.count() == 1


def test_a_change_notes_where_each_value_is_from_and_leaves_the_others(scoped: World) -> None:
    contact = create(scoped, email="a@b.example", first_name="Marie")
    changed = update_contact(
        scoped.organisation, contact_id=contact.pk, values={"first_name": "Marie", "phone": "0639981241"},
        by=scoped.sales, provenance="partner",
    )  # fmt: skip
    assert set(changed.provenance) == {"*", "phone"}
    assert changed.provenance["phone"]["source"] == "partner"
    entry = AuditEntry.objects.get(action="contact.update")
    assert (entry.before, entry.after["phone"]) == ({"phone": ""}, "+33639981241")


def test_a_change_that_changes_nothing_writes_nothing(scoped: World) -> None:
    contact = create(scoped, email="a@b.example", first_name="Marie")
    update_contact(scoped.organisation, contact_id=contact.pk, values={"first_name": " Marie "}, by=scoped.sales)
    assert AuditEntry.objects.count() == 1
    assert Contact.objects.get().updated_at == contact.updated_at


def test_a_contact_of_the_twin_does_not_exist_here(scoped: World) -> None:
    with organisation_scope(scoped.twin.pk):
        foreign = create_contact(scoped.twin, values={"email": "a@b.example"}, by=scoped.twin_admin)
    with pytest.raises(NotFound):
        update_contact(scoped.organisation, contact_id=foreign.pk, values={"first_name": "Mine"}, by=scoped.admin)


def test_an_owner_is_a_member(scoped: World) -> None:
    contact = create(scoped, email="a@b.example", owner_id=scoped.sales.pk)
    assert contact.owner == scoped.sales
    with pytest.raises(Invalid):
        update_contact(
            scoped.organisation, contact_id=contact.pk, values={"owner_id": scoped.twin_admin.pk}, by=scoped.admin
        )


def test_a_company_is_found_by_siren_then_domain_then_name_and_filled(scoped: World) -> None:
    def company(name: str = "", siren: str = "", domain: str = "") -> Company | None:
        contact, _created = upsert_contact(
            scoped.organisation,
            values={"external_id": f"{name}{siren}{domain}"},
            by="CRM",
            company=CompanyInput(name=name, siren=siren, domain=domain),
        )
        found: Company | None = contact.company
        return found

    first = company(name="Fonderies du Val SARL")
    assert first is not None
    assert company(name="FONDERIES DU VAL", domain="https://fonderies.example/") == first
    assert company(domain="fonderies.example", siren="552100554") == first
    assert company(siren="552 100 554") == first
    first.refresh_from_db()
    assert (first.name, first.siren, first.domain) == ("Fonderies du Val SARL", "552100554", "fonderies.example")
    assert company(name="Fonderies du Val", siren="303265045") != first
    assert Company.objects.count() == 2


def test_an_upsert_finds_by_external_id_then_by_address(scoped: World) -> None:
    created = upsert_contact(scoped.organisation, values={"email": "a@b.example", "first_name": "Marie"}, by="CRM")
    again = upsert_contact(scoped.organisation, values={"email": "A@b.example", "external_id": "X1"}, by="CRM")
    by_id = upsert_contact(scoped.organisation, values={"external_id": "X1", "email": "new@b.example"}, by="CRM")
    assert [created[1], again[1], by_id[1]] == [True, False, False]
    contact = Contact.objects.get()
    assert (contact.external_id, contact.email, contact.first_name) == ("X1", "new@b.example", "Marie")
    assert AuditEntry.objects.filter(actor_label="CRM").count() == 3


def test_an_upsert_whose_keys_belong_to_two_contacts_is_a_conflict(scoped: World) -> None:
    for values in ({"external_id": "X1"}, {"email": "a@b.example"}, {"external_id": "X3", "email": "c@b.example"}):
        upsert_contact(scoped.organisation, values=values, by="CRM")
    with pytest.raises(Conflict):
        upsert_contact(scoped.organisation, values={"external_id": "X1", "email": "a@b.example"}, by="CRM")
    with pytest.raises(Conflict):
        upsert_contact(scoped.organisation, values={"external_id": "X4", "email": "c@b.example"}, by="CRM")
    assert sorted(Contact.objects.values_list("external_id", "email"), key=str) == [
        ("X1", None), ("X3", "c@b.example"), (None, "a@b.example"),
    ]  # fmt: skip


def test_an_upsert_needs_a_key(scoped: World) -> None:
    with pytest.raises(Invalid):
        upsert_contact(scoped.organisation, values={"first_name": "Marie"}, by="CRM")


def test_properties_are_added_and_taken_away(scoped: World) -> None:
    values = {"external_id": "X1"}
    upsert_contact(scoped.organisation, values=values, by="CRM", properties={"a": 1, "b": {"c": [1]}})
    upsert_contact(scoped.organisation, values=values, by="CRM", properties={"a": None, "d": "x"})
    assert Contact.objects.get().properties == {"b": {"c": [1]}, "d": "x"}


def test_an_upsert_never_undoes_an_opt_out(scoped: World) -> None:
    record_opt_out(scoped.organisation, email="Marie@b.example", source="letter")
    contact, created = upsert_contact(scoped.organisation, values={"email": "marie@b.example"}, by="CRM")
    assert created
    assert not is_contactable(contact)
    upsert_contact(scoped.organisation, values={"email": "marie@b.example", "first_name": "M"}, by="CRM")
    assert not is_contactable(contact)
    moved, _ = upsert_contact(scoped.organisation, values={"external_id": "X", "email": "other@b.example"}, by="CRM")
    update_contact(scoped.organisation, contact_id=contact.pk, values={"email": "free@b.example"}, by=scoped.admin)
    update_contact(scoped.organisation, contact_id=moved.pk, values={"email": "marie@b.example"}, by=scoped.admin)
    assert not is_contactable(contact)
    assert not is_contactable(moved)


def test_whoever_was_erased_is_not_brought_back(scoped: World) -> None:
    record_opt_out(scoped.organisation, email="marie@b.example", source="right", reason="erased")
    with pytest.raises(Refused):
        upsert_contact(scoped.organisation, values={"email": "marie@b.example"}, by="CRM")
    assert Contact.objects.count() == 0


def test_an_opt_out_is_recorded_once_for_contact_and_address(scoped: World) -> None:
    contact = create(scoped, email="a@b.example")
    assert record_opt_out(scoped.organisation, contact=contact, source="page", by=scoped.sales)
    assert not record_opt_out(scoped.organisation, email="A@b.example", source="link")
    assert not record_opt_out(scoped.organisation, contact=contact, source="page", by=scoped.sales)
    row = Suppression.objects.get()
    assert (row.contact, row.email, row.reason, row.source) == (contact, "a@b.example", "opt_out", "page")
    assert AuditEntry.objects.filter(action="contact.suppress").count() == 1


def test_an_opt_out_without_address_gets_the_address_later(scoped: World) -> None:
    contact = create(scoped, external_id="X1")
    record_opt_out(scoped.organisation, contact=contact, source="telephone")
    contact = update_contact(
        scoped.organisation, contact_id=contact.pk, values={"email": "a@b.example"}, by=scoped.admin
    )
    assert record_opt_out(scoped.organisation, contact=contact, source="link")
    assert not is_contactable(contact)
    assert Suppression.objects.exclude(address_key="").get().email == "a@b.example"


def test_stages_follow_the_lifecycle_and_the_ledger_follows_the_stages(scoped: World) -> None:
    ids = [create(scoped, external_id=str(number)).pk for number in range(3)]
    assert (
        change_stage(scoped.organisation, ids, to="prospect", cause="person", by=scoped.sales, detail={"reason": "met"})
        == ids
    )
    assert change_stage(scoped.organisation, ids[:1], to="mql", cause="rule") == ids[:1]
    assert change_stage(scoped.organisation, ids, to="accepted", cause="person") == ids[:1]
    assert change_stage(scoped.organisation, Contact.objects.filter(pk__in=ids), to="accepted", cause="person") == []
    changes = (
        StageChange.objects.filter(contact_id=ids[0]).order_by("pk").values_list("from_stage", "to_stage", "cause")
    )
    assert list(changes) == [
        ("", "suspect", "person"),
        ("suspect", "prospect", "person"),
        ("prospect", "mql", "rule"),
        ("mql", "accepted", "person"),
    ]
    assert AuditEntry.objects.get(action="contact.change_stage").after == {
        "stage": "prospect",
        "contacts": 3,
        "reason": "met",
    }


def test_stages_of_the_twin_never_move(scoped: World) -> None:
    with organisation_scope(scoped.twin.pk):
        foreign = create_contact(scoped.twin, values={"external_id": "1"}, by=scoped.twin_admin)
    assert change_stage(scoped.organisation, [foreign.pk], to="prospect", cause="person") == []


def test_upserts_of_one_key_at_once_make_one_contact(committed: None, world: World) -> None:
    outcomes: list[bool | BaseException] = []
    start = threading.Barrier(8)

    def send(number: int) -> None:
        try:
            start.wait()
            with organisation_scope(world.organisation.pk):
                values = {"email": "race@b.example", "external_id": f"X{number % 2}" if number < 4 else "X0"}
                if number >= 4:
                    values = {"email": "race@b.example"}
                company = CompanyInput(name="Race SA")
                outcomes.append(upsert_contact(world.organisation, values=values, by="CRM", company=company)[1])
        except BaseException as error:  # noqa: BLE001
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcome is True for outcome in outcomes) == 1
    assert all(isinstance(outcome, bool | Conflict) for outcome in outcomes)
    with organisation_scope(world.organisation.pk):
        assert Contact.objects.count() == 1
        assert Company.objects.count() == 1
        assert StageChange.objects.count() == 1
