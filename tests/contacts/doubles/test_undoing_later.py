"""A merge undone after something was said, erased, taken or removed in between."""

from django.db import connection

from contacts.consent.models import Act, ConsentState, Source
from contacts.consent.services import add_starting_purposes, record_consents
from contacts.doubles.undoing import list_kept, undo_merge
from contacts.models import Company, Contact
from contacts.people import create_contact
from contacts.rights.erasing import erase_contact
from contacts.services import is_contactable, record_opt_out
from tests.conftest import World
from tests.contacts.doubles.test_merging import merge


def make_two(world: World) -> list[Contact]:
    values = [{"email": address, "first_name": "Ada"} for address in ("a@x.example", "b@x.example")]
    return [create_contact(world.organisation, values=one, by=world.marketer) for one in values]


def test_an_opt_out_of_the_address_that_goes_back_stays_with_it(scoped: World) -> None:
    ada, other = make_two(scoped)
    done = merge(scoped, ada, other, take={"email": other.pk})
    ada.refresh_from_db()
    record_opt_out(scoped.organisation, source="page", contact=ada)
    undo_merge(scoped.organisation, merge_id=done.pk, by=scoped.marketer)
    other.refresh_from_db()
    assert (other.email, is_contactable(other), is_contactable(ada)) == ("b@x.example", False, False)


def test_an_address_that_somebody_else_took_stays_with_them(scoped: World) -> None:
    ada, other = make_two(scoped)
    done = merge(scoped, ada, other, take={"email": other.pk})
    create_contact(scoped.organisation, values={"email": "a@x.example"}, by=scoped.marketer)
    undone = undo_merge(scoped.organisation, merge_id=done.pk, by=scoped.marketer)
    ada.refresh_from_db()
    other.refresh_from_db()
    assert [why for _field, why in list_kept(undone)] == ["somebody else has it now"]
    # What the survivor took goes back to whom it came from all the same.
    assert (ada.email, other.email) == (None, "b@x.example")


def test_an_address_of_somebody_erased_does_not_come_back(scoped: World) -> None:
    ada, other = make_two(scoped)
    done = merge(scoped, ada, other, take={"email": ada.pk})
    third = create_contact(scoped.organisation, values={"email": "b@x.example"}, by=scoped.marketer)
    erase_contact(scoped.organisation, contact_id=third.pk, by=scoped.admin)
    undone = undo_merge(scoped.organisation, merge_id=done.pk, by=scoped.marketer)
    other.refresh_from_db()
    assert other.email is None
    assert [why for _field, why in list_kept(undone)] == ["it belonged to somebody who was erased since"]


def test_a_company_that_is_gone_is_not_given_back(scoped: World) -> None:
    companies = [
        Company.objects.create(organisation=scoped.organisation, name=name, name_key=name) for name in ("x", "y")
    ]
    ada, other = make_two(scoped)
    for contact, company in zip((ada, other), companies, strict=True):
        Contact.objects.filter(pk=contact.pk).update(company=company)
    done = merge(scoped, ada, other, take={"email": ada.pk, "company": other.pk})
    companies[0].delete()
    undone = undo_merge(scoped.organisation, merge_id=done.pk, by=scoped.marketer)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    ada.refresh_from_db()
    assert ada.company_id is None
    assert list_kept(undone) == [("Company", "it does not exist any more")]


def test_a_no_said_while_they_were_one_holds_for_both(scoped: World) -> None:
    add_starting_purposes(scoped.organisation)
    people = make_two(scoped)
    for one in people:
        record_consents(scoped.organisation, [one.pk], purpose="phone", act=Act.GIVEN, source=Source.MEMBER)
    done = merge(scoped, *people, take={"email": people[0].pk})
    for purpose in ("phone", "email"):
        record_consents(scoped.organisation, [people[0].pk], purpose=purpose, act=Act.WITHDRAWN, source=Source.CENTRE)
    undo_merge(scoped.organisation, merge_id=done.pk, by=scoped.marketer)
    for one in people:
        states = ConsentState.objects.filter(contact=one, purpose__code__in=["phone", "email"])
        assert [state.state for state in states] == [Act.WITHDRAWN, Act.WITHDRAWN]
        assert not is_contactable(one)
