"""Whom somebody resembles among those who came to sales: exact, in words, refused where there are too few."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.doubles.merging import merge_contacts
from contacts.lifecycle import change_stage
from contacts.models import Company, Contact, Stage, StageChange
from prm.organisations.api_keys import create_key
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.models import Wakeup
from prm.work.sql import run
from scoring.models import Handoff
from scoring.twins.keeping import keep_due, keep_twins
from scoring.twins.models import TwinRow
from scoring.twins.queries import describe, find_twins, load_words, nearest_rows
from tests.conftest import World
from tests.scoring.learning.bases import NOW, add_people, convert, log_all, moment_of
from tests.scoring.reference import Act
from tests.scoring.worlds import add_contact, add_log, add_touchpoint
from touchpoints.interests.models import Theme, ThemedAct

FOUNDRY, SHOP = "24.51Z", "47.11F"


def add_company(organisation: Organisation, naf_code: str = FOUNDRY, **values: Any) -> Company:
    return Company.objects.create(
        organisation=organisation, name=f"Company {naf_code}", naf_code=naf_code, naf_nomenclature="naf2", **values
    )


def fill_base(organisation: Organisation, number: int, lost: int = 0) -> list[Contact]:
    """Add customers of all sorts, whom nobody resembles much, and people whom sales lost."""
    shop = add_company(organisation, SHOP, department="75", headcount_band="01")
    people = add_people(organisation, number, "base", company=shop, job_title="Vendeur", source="salon")
    log_all(organisation, "event", people, NOW - timedelta(days=300))
    convert(organisation, people, to=Stage.MQL, back=10)
    convert(organisation, people)
    gone = add_people(organisation, lost, "gone", company=shop, job_title="Vendeur", source="salon")
    convert(organisation, gone, to=Stage.MQL, back=10)
    Contact.objects.filter(pk__in=[one.pk for one in gone]).update(stage=Stage.LOST)
    return people


def add_buyer(organisation: Organisation, name: str, company: Company, *kinds: str, **values: Any) -> Contact:
    """Add a customer who did these things 300 days ago, came to sales 134 days ago and bought 34 days later."""
    person = add_contact(organisation, f"{name}@example.com", company=company, **values)
    add_log(organisation, person, [Act(kind, NOW - timedelta(days=300)) for kind in kinds])
    convert(organisation, [person], to=Stage.MQL, back=34)
    convert(organisation, [person])
    return person


def test_the_likest_customer_comes_first_with_what_is_shared_in_words(scoped: World) -> None:
    organisation = scoped.organisation
    fill_base(organisation, 49)
    foundry = add_company(organisation, department="21", headcount_band="12")
    pricing = add_touchpoint(organisation)
    buyer = add_buyer(organisation, "buyer", foundry, "webinar", job_title="Responsable achats", source="site")
    add_log(organisation, buyer, [Act("page_view", moment_of(0) - timedelta(days=2), pricing.pk)])
    other = add_company(organisation, department="69", headcount_band="12")
    person = add_contact(organisation, "new@example.com", company=other, job_title="Acheteuse")
    add_log(organisation, person, [Act("webinar", NOW - timedelta(days=3))])
    keep_twins(organisation)
    found = find_twins(organisation, person)
    assert (found.goal, found.reached, found.is_enough) == ("customer", 50, True)
    twin = found.twins[0]
    assert twin.contact == buyer
    assert twin.shared == (
        "same activity: Manufacture of basic metals (Fonderie de fonte)",
        "same function: Purchasing",
        "both did: Webinar attended",
        "same size: 20 to 49 employees",
    )
    assert twin.differences == ("Côte-d’Or, not Rhône",)
    assert (twin.days_to_customer, twin.stage) == (34, Stage.CUSTOMER)
    assert twin.last_acts == ("Page viewed (Pricing)", "Webinar attended")
    assert twin.likeness > 60 > found.twins[1].likeness
    assert found.nearest is None


def test_what_twins_did_after_they_came_to_sales_is_not_compared(scoped: World) -> None:
    buyer = add_buyer(scoped.organisation, "buyer", add_company(scoped.organisation), "webinar")
    add_log(scoped.organisation, buyer, [Act("call", moment_of(0) - timedelta(days=20)), Act("page_view", NOW)])
    keep_twins(scoped.organisation)
    assert TwinRow.objects.get().acts == ["k:webinar"]


def test_opens_and_robots_are_nobodys_act(scoped: World) -> None:
    buyer = add_buyer(scoped.organisation, "buyer", add_company(scoped.organisation), "email_opened")
    add_log(scoped.organisation, buyer, [Act("webinar", NOW - timedelta(days=300), verdict="bot")])
    keep_twins(scoped.organisation)
    assert TwinRow.objects.get().acts == []


@pytest.mark.parametrize(("customers", "is_enough"), [(49, False), (50, True)])
def test_below_fifty_it_says_what_is_missing(scoped: World, customers: int, *, is_enough: bool) -> None:
    fill_base(scoped.organisation, customers)
    keep_twins(scoped.organisation)
    person = add_contact(scoped.organisation, company=add_company(scoped.organisation))
    found = find_twins(scoped.organisation, person, goal="customer")
    assert found.is_enough == is_enough
    assert (len(found.twins) > 0, found.nearest) == (False, None)
    page = scoped.client(scoped.admin).get(scoped.path(f"contacts/{person.pk}/twins/")).content.decode()
    assert ("There are 49 of 50 (customers). 1 more is needed" in page) != is_enough


def test_a_share_is_said_only_with_fifty_of_either_outcome(scoped: World) -> None:
    organisation = scoped.organisation
    fill_base(organisation, 60, lost=49)
    foundry = add_company(organisation, department="21")
    for number in range(7):
        add_buyer(organisation, f"b{number}", foundry, "webinar")
    keep_twins(organisation)
    person = add_contact(organisation, company=foundry)
    add_log(organisation, person, [Act("webinar", NOW - timedelta(days=3))])
    assert find_twins(organisation, person).nearest is None
    lost = [add_contact(organisation, f"lost{number}@example.com", company=foundry) for number in range(2)]
    convert(organisation, lost, to=Stage.MQL, back=10)
    Contact.objects.filter(pk__in=[one.pk for one in lost]).update(stage=Stage.LOST)
    waiting = add_contact(organisation, "waiting@example.com", company=foundry)
    convert(organisation, [waiting], to=Stage.MQL)
    keep_twins(organisation)
    nearest = find_twins(organisation, person).nearest
    assert nearest is not None
    assert (nearest.number, nearest.reached, nearest.over, nearest.undecided, nearest.days) == (10, 7, 2, 1, 34)
    page = scoped.client(scoped.admin).get(scoped.path(f"contacts/{person.pk}/twins/")).content.decode()
    assert "Of the 10 nearest who came to sales, <b>7</b> are customers, after 34 days on median" in page
    assert "2 came to nothing, 1 is still with sales" in page


def test_a_rare_trait_weighs_more_than_a_common_one(scoped: World) -> None:
    organisation = scoped.organisation
    shop = add_company(organisation, SHOP)
    common = add_people(organisation, 60, "c", company=shop)
    log_all(organisation, "event", common, NOW - timedelta(days=300))
    convert(organisation, common)
    rare = add_contact(organisation, "rare@example.com", company=shop)
    add_log(organisation, rare, [Act("trial", NOW - timedelta(days=300))])
    convert(organisation, [rare])
    keep_twins(organisation)
    person = add_contact(organisation, company=shop)
    add_log(organisation, person, [Act(kind, NOW - timedelta(days=3)) for kind in ("event", "trial")])
    assert find_twins(organisation, person).twins[0].contact == rare


def test_what_is_unknown_is_not_compared_and_little_known_is_not_likest(scoped: World) -> None:
    organisation = scoped.organisation
    fill_base(organisation, 50)
    foundry = add_company(organisation, department="21", headcount_band="12")
    whole = add_buyer(organisation, "whole", foundry, "webinar", job_title="Achats")
    little = add_contact(organisation, "little@example.com", company=add_company(organisation, "", department="21"))
    convert(organisation, [little])
    keep_twins(organisation)
    person = add_contact(organisation, company=foundry, job_title="Achats")
    add_log(organisation, person, [Act("webinar", NOW - timedelta(days=3))])
    traits, _base = describe(organisation, person.pk)
    _names, counts = load_words(organisation, traits)
    found = nearest_rows(organisation, person.pk, traits, goal="customer", counts=counts, of=TwinRow.objects.count())
    rows = {row[0]: row[1] for row in found}
    assert rows[whole.pk] == pytest.approx(1.0)
    assert rows[little.pk] < 0.5


def test_themes_that_both_looked_at_are_told(scoped: World) -> None:
    organisation = scoped.organisation
    fill_base(organisation, 50)
    foundry = add_company(organisation)
    buyer = add_buyer(organisation, "buyer", foundry, "webinar")
    person = add_contact(organisation, company=foundry)
    theme = Theme.objects.create(organisation=organisation, name="Alloys")
    for number, (one, at) in enumerate(((buyer, NOW - timedelta(days=300)), (person, NOW - timedelta(days=3)))):
        ThemedAct.objects.create(
            organisation=organisation, interaction_id=number, theme=theme, contact=one, occurred_at=at, points=1
        )
    keep_twins(organisation)
    assert "both interested in: Alloys" in find_twins(organisation, person).twins[0].shared


def test_amounts_of_what_was_bought_are_told(scoped: World) -> None:
    organisation = scoped.organisation
    fill_base(organisation, 50)
    foundry = add_company(organisation)
    buyer = add_buyer(organisation, "buyer", foundry, "webinar")
    amounts: list[Any] = [1200, "350.50", "a lot", None, {}]
    bought = [Act("purchase", moment_of(0), properties={"amount": amount}) for amount in amounts]
    add_log(organisation, buyer, bought)
    keep_twins(organisation)
    person = add_contact(organisation, company=foundry)
    twin = find_twins(organisation, person).twins[0]
    assert (twin.contact, twin.amount_cents) == (buyer, 155_050)
    handoff = Handoff.objects.create(
        organisation=organisation,
        contact=buyer,
        intent=20,
        fit=0,
        total=20,
        model_number=1,
        due_at=NOW,
        outcome="customer",
    )
    assert find_twins(organisation, person).twins[0].amount_cents == 155_050
    Handoff.objects.filter(pk=handoff.pk).update(amount_cents=990_000, currency="CHF")
    twin = find_twins(organisation, person).twins[0]
    assert (twin.amount_cents, twin.currency) == (990_000, "CHF")


def test_a_row_is_due_as_soon_as_somebody_comes_to_sales(scoped: World) -> None:
    person = add_contact(scoped.organisation)
    Wakeup.objects.all().delete()
    change_stage(scoped.organisation, [person.pk], to=Stage.MQL, cause="rule")
    assert Wakeup.objects.filter(queue="twin").count() == 1
    keep_due(scoped.organisation)
    assert TwinRow.objects.get().contact == person
    change_stage(scoped.organisation, [person.pk], to=Stage.CUSTOMER, cause="person")
    keep_due(scoped.organisation)
    row = TwinRow.objects.get()
    assert row.stage == Stage.CUSTOMER
    assert row.customer_at is not None
    assert keep_twins(scoped.organisation) == 0


def test_other_moves_wake_nobody(scoped: World) -> None:
    person = add_contact(scoped.organisation, stage=Stage.SUSPECT)
    Wakeup.objects.all().delete()
    change_stage(scoped.organisation, [person.pk], to=Stage.PROSPECT, cause="person")
    assert not Wakeup.objects.filter(queue="twin").exists()


def test_a_row_follows_its_company_and_goes_with_a_conversion_taken_back(scoped: World) -> None:
    company = add_company(scoped.organisation)
    buyer = add_buyer(scoped.organisation, "buyer", company)
    keep_twins(scoped.organisation)
    company.naf_code = SHOP
    company.save()
    keep_due(scoped.organisation)
    assert TwinRow.objects.get().naf_division == "47"
    StageChange.objects.filter(contact=buyer).delete()
    keep_due(scoped.organisation)
    assert not TwinRow.objects.exists()


def test_the_twin_organisation_is_not_compared_with(scoped: World) -> None:
    with organisation_scope(scoped.twin.pk):
        fill_base(scoped.twin, 60)
        keep_twins(scoped.twin)
    fill_base(scoped.organisation, 50)
    keep_twins(scoped.organisation)
    _traits, base = describe(scoped.organisation, add_contact(scoped.organisation).pk)
    assert base.reached == {"mql": 50, "accepted": 50, "customer": 50}


def test_somebody_of_whom_nothing_is_known_has_no_twins(scoped: World) -> None:
    fill_base(scoped.organisation, 50)
    keep_twins(scoped.organisation)
    found = find_twins(scoped.organisation, add_contact(scoped.organisation))
    assert (found.is_known, found.twins) == (False, ())


def test_a_worker_killed_before_the_bits_are_written_leaves_nothing_out(
    scoped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation, foundry = scoped.organisation, add_company(scoped.organisation)
    for name in ("first", "second"):
        add_buyer(organisation, name, foundry, "webinar")

    def die(name: str, *arguments: Any, **named: Any) -> Any:
        if name == "scoring/mark_twins":
            raise ConnectionResetError
        return run(name, *arguments, **named)

    monkeypatch.setattr("scoring.twins.keeping.run", die)
    with pytest.raises(ConnectionResetError):
        keep_twins(organisation)
    assert ["1" in bits for bits in TwinRow.objects.values_list("bits", flat=True)] == [False, False]
    monkeypatch.undo()
    # In a test all of it is one transaction: here is what the clock does between two.
    TwinRow.objects.update(kept_at=timezone.now())
    assert keep_twins(organisation) == 0

    assert ["1" in bits for bits in TwinRow.objects.values_list("bits", flat=True)] == [True, True]


def test_merged_people_are_written_anew(scoped: World) -> None:
    company = add_company(scoped.organisation)
    stays = add_contact(scoped.organisation, "stays@example.com")
    goes = add_buyer(scoped.organisation, "goes", company, "webinar")
    keep_twins(scoped.organisation)
    merge_contacts(
        scoped.organisation,
        contact_ids=[stays.pk, goes.pk],
        survivor_id=stays.pk,
        take={"email": stays.pk},
        by=scoped.admin,
    )
    keep_due(scoped.organisation)
    assert [row.contact_id for row in TwinRow.objects.all()] == [stays.pk]


def test_the_page_the_panel_and_the_brief_say_it(scoped: World) -> None:
    organisation = scoped.organisation
    fill_base(organisation, 60, lost=60)
    foundry = add_company(organisation, department="21", headcount_band="12")
    add_buyer(organisation, "buyer", foundry, "webinar", first_name="Nadia", last_name="Lanvin", job_title="Achats")
    keep_twins(organisation)
    person = add_contact(organisation, company=foundry, job_title="Achats")
    client = scoped.client(scoped.sales)
    for address in ("twins/", "twins/brief/", "panels/scoring-twins-panel/"):
        answer = client.get(scoped.path(f"contacts/{person.pk}/{address}"))
        page = answer.content.decode()
        assert "Nadia Lanvin" in page, address
        assert "same activity: Manufacture of basic metals" in page.replace("Same activity", "same activity"), address
        assert "Customer 34 days after coming to sales" in page, address
    with CaptureQueriesContext(connection) as asked:
        client.get(scoped.path(f"contacts/{person.pk}/twins/"))
    assert len(asked) <= 12
    assert "Accepted by sales" in client.get(scoped.path(f"contacts/{person.pk}/twins/?goal=mql")).content.decode()


def test_programs_ask_for_twins(scoped: World) -> None:
    organisation = scoped.organisation
    fill_base(organisation, 60, lost=60)
    foundry = add_company(organisation)
    buyer = add_buyer(organisation, "buyer", foundry, "webinar")
    keep_twins(organisation)
    person = add_contact(organisation, company=foundry, job_title="Vendeuse")
    _key, narrow = create_key(organisation, name="scores", scopes=("scoring.view",), by=None)
    assert (
        Client(headers={"authorization": f"Bearer {narrow}"}).get(f"/api/v1/contacts/{person.pk}/twins").status_code
        == 403
    )
    _key, token = create_key(organisation, name="lab", scopes=("all",), by=None)
    client = Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})
    found = client.get(f"/api/v1/contacts/{person.pk}/twins").json()
    assert (found["goal"], found["reached"], found["over"], found["is_enough"]) == ("customer", 61, 60, True)
    assert found["twins"][0]["contact_id"] == buyer.pk
    assert found["twins"][0]["days_to_customer"] == 34
    assert found["nearest"]["number"] == 10
    assert client.get(f"/api/v1/contacts/{person.pk}/twins?goal=x").status_code == 422
