"""Companies stand as their people do, moments after those change."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from contacts.models import Company, Contact, Stage, Standing
from contacts.standings import keeping
from contacts.standings.keeping import ENGAGED_FOR, keep_standings
from contacts.standings.models import CompanyStanding, TouchedCompany
from contacts.standings.tasks import keep_standings as keep_standings_task
from prm.organisations.scope import organisation_scope
from prm.work.models import Wakeup
from tests.conftest import World


def company(world: World, name: str = "Fonderies") -> Company:
    return Company.objects.create(organisation=world.organisation, name=name, name_key=name.lower())


def person(of: Company, *, tier: int = 0, total: float = 0, days: float | None = None, **values: Any) -> Contact:
    """Add somebody whose last act was so many days ago."""
    contact = Contact.objects.create(organisation=of.organisation, company=of, last_name="P", **values)
    at = None if days is None else timezone.now() - timedelta(days=days)
    Standing.objects.filter(contact=contact).update(tier=tier, total=total, last_act_at=at)
    return contact


def standing(of: Company) -> tuple[int, int, int, int, int, float]:
    one = CompanyStanding.objects.get(company=of)
    return one.people, one.hot, one.engaged, one.customers, one.tier, one.total


def test_a_company_stands_at_nothing_from_the_moment_it_exists(scoped: World) -> None:
    assert standing(company(scoped)) == (0, 0, 0, 0, 0, 0.0)
    assert not TouchedCompany.objects.exists()


def test_a_standing_is_the_sum_of_the_people_and_the_tier_of_the_hottest(scoped: World) -> None:
    fonderies, other = company(scoped), company(scoped, "Other")
    person(fonderies, tier=2, total=31.5, days=200, stage=Stage.CUSTOMER)
    # A score may be higher in a lower tier, where fit is missing: the hottest leads.
    person(fonderies, tier=1, total=40)
    person(fonderies, tier=0, total=3, days=29)
    person(fonderies, tier=0, total=2, days=31)
    person(fonderies)
    assert keep_standings(scoped.organisation) == 1
    assert standing(fonderies) == (5, 1, 3, 1, 2, 31.5)
    assert standing(other) == (0, 0, 0, 0, 0, 0.0)


def test_the_last_act_is_the_latest_of_the_people(scoped: World) -> None:
    fonderies = company(scoped)
    latest = person(fonderies, days=4)
    person(fonderies, days=9)
    keep_standings(scoped.organisation)
    at = Standing.objects.get(contact=latest).last_act_at
    assert CompanyStanding.objects.get(company=fonderies).last_act_at == at


def test_whoever_moves_counts_where_they_went(scoped: World) -> None:
    fonderies, other = company(scoped), company(scoped, "Other")
    contact = person(fonderies, tier=2, total=30)
    keep_standings(scoped.organisation)
    contact.company = other
    contact.save(update_fields=["company"])
    assert keep_standings(scoped.organisation) == 2
    assert (standing(fonderies), standing(other)) == ((0, 0, 0, 0, 0, 0.0), (1, 1, 1, 0, 2, 30.0))
    contact.delete()
    assert keep_standings(scoped.organisation) == 1
    assert standing(other) == (0, 0, 0, 0, 0, 0.0)


def test_a_change_of_stage_tier_or_score_is_noted_and_any_other_is_not(scoped: World) -> None:
    fonderies = company(scoped)
    contact = person(fonderies)
    keep_standings(scoped.organisation)
    Contact.objects.filter(pk=contact.pk).update(job_title="Acheteur", stage=contact.stage)
    Standing.objects.filter(contact=contact).update(scored_at=timezone.now(), total=0)
    assert not TouchedCompany.objects.exists()
    for change in ({"tier": 1}, {"total": 7}, {"last_act_at": timezone.now()}):
        Standing.objects.filter(contact=contact).update(**change)
        assert list(TouchedCompany.objects.values_list("company_id", flat=True)) == [fonderies.pk]
        keep_standings(scoped.organisation)
    Contact.objects.filter(pk=contact.pk).update(stage=Stage.CUSTOMER)
    keep_standings(scoped.organisation)
    assert standing(fonderies) == (1, 0, 1, 1, 1, 7.0)


def test_engagement_ends_by_time_alone(scoped: World) -> None:
    fonderies = company(scoped)
    contact = person(fonderies, days=10)
    keep_standings(scoped.organisation)
    assert standing(fonderies)[2] == 1
    ends = CompanyStanding.objects.get(company=fonderies).due_at
    last = Standing.objects.get(contact=contact).last_act_at
    assert ends is not None
    assert last is not None
    assert ends == last + ENGAGED_FOR
    assert list(Wakeup.objects.filter(queue="company", due_at__gt=timezone.now()).values_list("due_at", flat=True)) == [
        ends
    ]
    keep_standings(scoped.organisation)
    assert Wakeup.objects.filter(queue="company", due_at__gt=timezone.now()).count() == 1
    # As if it were three weeks later: nothing is noted, only the hour has come.
    Standing.objects.filter(contact=contact).update(last_act_at=last - timedelta(days=21))
    TouchedCompany.objects.all().delete()
    CompanyStanding.objects.filter(company=fonderies).update(due_at=timezone.now() - timedelta(seconds=1))
    assert keep_standings(scoped.organisation) == 1
    assert standing(fonderies)[2] == 0
    assert CompanyStanding.objects.get(company=fonderies).due_at is None


def test_many_companies_are_kept_batch_by_batch(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "BATCH_SIZE", 2)
    companies = [company(scoped, f"C{n}") for n in range(5)]
    for one in companies:
        person(one, tier=1, total=5)
    keep_standings(scoped.organisation)
    assert [standing(one)[:3] for one in companies] == [(1, 0, 1)] * 5
    assert not TouchedCompany.objects.exists()


def test_a_company_that_is_gone_is_left_alone(scoped: World) -> None:
    fonderies = company(scoped)
    person(fonderies)
    fonderies.delete()
    keep_standings(scoped.organisation)
    assert not CompanyStanding.objects.exists()
    assert not TouchedCompany.objects.exists()


def test_the_twin_is_never_counted(world: World) -> None:
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            one = Company.objects.create(organisation=organisation, name="F", name_key="f")
            for _n in range(2 if organisation == world.organisation else 3):
                person(one, tier=2, total=9)
    keep_standings_task(world.organisation.pk)
    with organisation_scope(world.organisation.pk):
        assert list(CompanyStanding.objects.values_list("people", "hot")) == [(2, 2)]
    with organisation_scope(world.twin.pk):
        assert list(CompanyStanding.objects.values_list("people", "hot")) == [(0, 0)]
        assert TouchedCompany.objects.count() == 6


@pytest.mark.usefixtures("committed")
def test_one_worker_at_a_time_keeps_an_organisation(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        one = Company.objects.create(organisation=world.organisation, name="F", name_key="f")
        person(one)
    answers: list[int] = []

    def keep() -> None:
        with organisation_scope(world.organisation.pk):
            answers.append(keep_standings(world.organisation))
        connection.close()

    with organisation_scope(world.organisation.pk), transaction.atomic():
        keeping._lock(world.organisation)
        other = threading.Thread(target=keep)
        other.start()
        other.join()
        assert answers == [0]
        assert TouchedCompany.objects.count() == 1
    keep()
    assert answers == [0, 1]
