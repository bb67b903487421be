"""Two touchpoints that are one: what moves, what goes on meaning the other, and what is refused."""

import pytest
from django.test import Client

from contacts.models import Contact
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import JobRun
from prm.work.models import Job
from tests.conftest import World
from tests.touchpoints.test_actions import plan
from tests.touchpoints.test_inventory import add
from tests.touchpoints.test_recognition import happen, place_of, rule_for
from touchpoints import merging, queries
from touchpoints.condition_fields import touchpoint_ids
from touchpoints.models import Touchpoint
from touchpoints.receiving import receive_interactions
from touchpoints.recognition import homes
from touchpoints.services import archive_touchpoint, restore_touchpoint


def merge(world: World, gone: Touchpoint, kept: Touchpoint) -> Touchpoint:
    return merging.merge_touchpoints(world.organisation, gone_id=gone.pk, kept_id=kept.pk, by=world.marketer)


def move(world: World) -> JobRun:
    run = JobRun(world.organisation, Job.objects.get(kind=merging.KIND))
    merging.run_merge(run)
    return run


def test_all_that_belongs_to_one_becomes_the_others(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    followed: list[str] = []
    monkeypatch.setattr(homes, "_followers", [lambda organisation: followed.append(organisation.slug)])
    monkeypatch.setattr(merging, "STRETCH", 2)
    prices, pricing, demo = add(scoped, "Prices"), add(scoped, "Pricing"), add(scoped, "Demo")
    numbers = [happen(scoped, touchpoint=prices) for _ in range(5)]
    elsewhere = happen(scoped, touchpoint=demo)
    rule, action = rule_for(scoped, prices, path="/prix"), plan(scoped, prices)
    assert merging.foresee(scoped.organisation, prices) == merging.Consequences(5, 1, 1)

    assert merge(scoped, prices, pricing) == pricing
    rule.refresh_from_db()
    action.refresh_from_db()
    assert (rule.touchpoint_id, action.touchpoint_id) == (pricing.pk, pricing.pk)
    inventory = queries.list_inventory(scoped.organisation, queries.Filters())
    assert ([row.touchpoint.name for row in inventory.rows], inventory.archived) == (["Demo", "Pricing"], 0)
    assert "prices" in inventory.codes
    # Before the worker has moved anything, conditions see both.
    assert set(touchpoint_ids("prices")) == set(touchpoint_ids("pricing")) == {prices.pk, pricing.pk}
    assert followed == []

    assert move(scoped).result["moved"] == 5
    assert {place_of(one) for one in numbers} == {"Pricing"}
    assert place_of(elsewhere) == "Demo"
    assert followed == [scoped.organisation.slug]
    assert AuditEntry.objects.filter(action="touchpoint.merge", object_id=str(pricing.pk)).exists()


def test_programs_go_on_with_the_name_they_know(scoped: World) -> None:
    prices, pricing = add(scoped, "Prices"), add(scoped, "Pricing")
    merge(scoped, prices, pricing)
    person = Contact.objects.create(organisation=scoped.organisation, email="a@b.example")
    for named in ("prices", prices.pk, str(prices.pk)):
        item = {"kind": "page_view", "contact": {"id": person.pk}, "touchpoint": named}
        (outcome,) = receive_interactions(scoped.organisation, items=[item])
        assert place_of(outcome.id or 0) == "Pricing"
    found = queries.find_touchpoint_by_code(scoped.organisation, "prices")
    assert found == pricing
    assert queries.get_touchpoint(scoped.organisation, prices.pk) == pricing


def test_one_that_others_became_part_of_takes_them_along(scoped: World) -> None:
    first, second, third = add(scoped, "One"), add(scoped, "Two"), add(scoped, "Three")
    merge(scoped, first, second)
    merge(scoped, second, third)
    assert queries.get_touchpoint(scoped.organisation, first.pk) == third
    assert set(touchpoint_ids("one")) == {first.pk, second.pk, third.pk}


def test_what_cannot_be_merged_is_refused_and_nothing_changes(world: World) -> None:
    with organisation_scope(world.twin.pk):
        theirs = Touchpoint.objects.create(organisation=world.twin, code="x", name="X", channel="website")
    with organisation_scope(world.organisation.pk):
        prices, pricing, gone = add(world, "Prices"), add(world, "Pricing"), add(world, "Gone")
        archive_touchpoint(world.organisation, touchpoint_id=gone.pk, by=world.marketer)
        for one, other, refusal in (
            (prices, prices, Invalid),
            (prices, gone, Conflict),
            (prices, theirs, NotFound),
            (theirs, prices, NotFound),
        ):
            with pytest.raises(refusal):
                merge(world, one, other)
        assert not Touchpoint.objects.exclude(merged_into=None).exists()
        assert not Job.objects.exists()
        merge(world, prices, pricing)
        for one, other in ((prices, pricing), (pricing, prices)):
            with pytest.raises(Conflict):
                merge(world, one, other)
        with pytest.raises(Conflict):
            restore_touchpoint(world.organisation, touchpoint_id=prices.pk, by=world.marketer)


def test_the_page_says_what_moves_and_old_addresses_lead_on(world: World, client: Client) -> None:
    with organisation_scope(world.organisation.pk):
        prices, pricing = add(world, "Prices"), add(world, "Pricing")
        happen(world, touchpoint=prices)
    client.force_login(world.marketer)
    base = f"/o/{world.organisation.slug}/touchpoints/"
    page = client.get(f"{base}{prices.pk}/merge/", headers={"accept-language": "en"}).content.decode()
    assert "1 interaction" in page
    assert client.post(f"{base}{prices.pk}/merge/", {"into": ""}).status_code == 422
    answer = client.post(f"{base}{prices.pk}/merge/", {"into": pricing.pk})
    assert (answer.status_code, answer["location"]) == (302, f"{base}{pricing.pk}/")
    for address in (f"{base}{prices.pk}/", f"{base}{prices.pk}/merge/"):
        assert client.get(address)["location"] == f"{base}{pricing.pk}/"
