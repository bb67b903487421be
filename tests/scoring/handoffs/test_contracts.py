"""The contract: proposed, signed by both sides, and then what the clock counts by."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from contacts.models import Stage
from prm.organisations.models import AuditEntry
from prm.work.errors import Conflict, Invalid
from prm.work.models import Wakeup
from scoring.handoffs.business_hours import public_holidays
from scoring.handoffs.contracts import list_contracts, propose_contract, sign_contract, usual_values
from scoring.handoffs.models import Contract
from scoring.handoffs.opening import open_handoffs
from scoring.handoffs.terms import find_terms, forget_terms, get_terms
from scoring.models import Handoff
from scoring.rulesets import build_ruleset
from tests.conftest import World
from tests.scoring.worlds import add_contact, behaviour, publish

PARIS = ZoneInfo("Europe/Paris")


def propose(world: World, **values: Any) -> Contract:
    return propose_contract(world.organisation, values={**usual_values(), **values}, by=world.marketer)


def sign_both(world: World, number: int) -> Contract:
    sign_contract(world.organisation, number=number, side="marketing", by=world.marketer)
    signed = sign_contract(world.organisation, number=number, side="sales", by=world.sales)
    # What a commit would do.
    forget_terms(world.organisation)
    return signed


def test_only_what_both_signed_counts(scoped: World) -> None:
    propose(scoped, first_contact_hours=2.0)
    assert get_terms(scoped.organisation).number == 0
    sign_contract(scoped.organisation, number=1, side="sales", by=scoped.sales)
    assert get_terms(scoped.organisation).first_contact_hours == 4
    sign_contract(scoped.organisation, number=1, side="marketing", by=scoped.marketer)
    terms = get_terms(scoped.organisation)
    assert (terms.number, terms.first_contact_hours, terms.calendar.holidays) == (1, 2, "FR")


def test_a_change_of_what_is_signed_is_the_next_version_and_the_former_counts_until_then(scoped: World) -> None:
    propose(scoped)
    sign_both(scoped, 1)
    second = propose(scoped, first_contact_hours=8.0)
    assert (second.number, get_terms(scoped.organisation).number) == (2, 1)
    # A proposal that is changed loses the signature it had.
    sign_contract(scoped.organisation, number=2, side="marketing", by=scoped.marketer)
    again = propose(scoped, first_contact_hours=6.0)
    assert (again.pk, again.marketing_signed_at) == (second.pk, None)
    sign_both(scoped, 2)
    assert get_terms(scoped.organisation).first_contact_hours == 6
    first = list_contracts()[1]
    assert (first.first_contact_hours, first.sales_signed_label) == (4, "Sales")
    assert AuditEntry.objects.filter(action="contract.sign").count() == 5


def test_each_side_signs_for_itself_and_only_the_newest(scoped: World) -> None:
    propose(scoped)
    for person, side in ((scoped.sales, "marketing"), (scoped.marketer, "sales"), (scoped.viewer, "sales")):
        with pytest.raises(Invalid, match="for others"):
            sign_contract(scoped.organisation, number=1, side=side, by=person)
    with pytest.raises(Conflict):
        sign_contract(scoped.organisation, number=7, side="sales", by=scoped.sales)
    contract = Contract.objects.get()
    assert (contract.marketing_signed_at, contract.sales_signed_at) == (None, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("definition", " "),
        ("first_contact_hours", 0.0),
        ("week", [None] * 7),
        ("week", [["18:00", "09:00"], *[None] * 6]),
        ("holidays", "XX"),
        ("closed_days", ["2026-02-30"]),
        ("cool_down_days", -1),
        ("on_breach", "shout"),
    ],
)
def test_what_cannot_be_promised_is_refused(scoped: World, name: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        propose(scoped, **{name: value})
    assert list(refused.value.fields) == [name]
    assert not Contract.objects.exists()


def test_public_holidays_of_france_and_of_alsace() -> None:
    france, alsace = public_holidays("FR", 2027), public_holidays("FR-57", 2027)
    assert {date(2027, 1, 1), date(2027, 3, 29), date(2027, 5, 6), date(2027, 7, 14), date(2027, 12, 25)} <= france
    assert len(france) == 11
    assert alsace - france == {date(2027, 3, 26), date(2027, 12, 26)}


def test_whoever_is_handed_over_gets_the_delay_of_the_contract_and_the_clock_is_woken(scoped: World) -> None:
    propose(scoped, first_contact_hours=2.0, closed_days=["2026-12-24"])
    sign_both(scoped, 1)
    version = publish(scoped.organisation, behaviour("webinar", 30))
    contact = add_contact(scoped.organisation, stage=Stage.PROSPECT)
    at = datetime(2026, 12, 23, 17, tzinfo=PARIS)
    open_handoffs(build_ruleset(scoped.organisation, version), [(contact.pk, 30.0, 0.0, 30.0)], at=at)
    handoff = Handoff.objects.get()
    # Christmas Eve is a day off, then Christmas and a weekend.
    assert handoff.due_at == datetime(2026, 12, 28, 10, tzinfo=PARIS)
    assert handoff.warn_at == datetime(2026, 12, 28, 9, 30, tzinfo=PARIS)
    assert handoff.contract_number == 1
    woken = Wakeup.objects.filter(queue="handoff").order_by("due_at").values_list("due_at", flat=True)
    assert list(woken) == [handoff.warn_at, handoff.due_at]


def test_pages_read_it_without_a_query_and_anew_once_it_is_signed(scoped: World) -> None:
    assert find_terms(scoped.organisation).number == 0
    propose(scoped)
    sign_both(scoped, 1)
    assert find_terms(scoped.organisation).number == 1


def fields(**changed: str) -> dict[str, str]:
    hours = {f"{name}_{day}": text for day in range(5) for name, text in (("from", "08:30"), ("to", "17:00"))}
    return {
        "definition": "Hot and fitting",
        "brief": "All of it",
        "first_contact_hours": "3",
        "holidays": "FR",
        "closed_days": "2026-12-24",
        "cool_down_days": "30",
        "on_breach": "nothing",
        "escalates_to": "",
        **hours,
        **changed,
    }


def test_it_is_written_and_signed_on_its_page(scoped: World) -> None:
    marketing, sales = scoped.client(scoped.marketer), scoped.client(scoped.sales)

    def page(client: Client) -> str:
        return str(client.get(scoped.path("queue/contract/")).content.decode())

    assert "Write the contract" in page(marketing)
    refused = marketing.post(scoped.path("queue/contract/edit/"), fields(to_0=""))
    assert refused.status_code == 422
    assert "Both, or none for a day off." in refused.content.decode()
    assert marketing.post(scoped.path("queue/contract/edit/"), fields()).status_code == 302
    assert "Sign for Marketing" in page(marketing)
    assert "Sign for Sales" not in page(marketing)
    for client, side in ((marketing, "marketing"), (sales, "sales")):
        client.post(scoped.path("queue/contract/sign/"), {"number": "1", "side": side})
    assert "version 1 is in force" in page(sales)
    assert "08:30 – 17:00" in page(sales)
    viewer = scoped.client(scoped.viewer)
    assert "Propose a new version" not in page(viewer)
    assert viewer.post(scoped.path("queue/contract/edit/"), fields()).status_code == 302
    assert Contract.objects.count() == 1
    assert timezone.now() - Contract.objects.get().created_at < timedelta(minutes=5)
