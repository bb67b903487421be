"""The funnel, the period's figures and what needs somebody: exact values."""

from datetime import timedelta
from typing import Any

from django.db import connection

from contacts.models import Contact, Import, Stage, StageChange
from prm.organisations.scope import organisation_scope
from prm.work.sql import statement
from scoring.models import Handoff
from steering.queries import get_progress, measure_day, measure_funnel
from tests.conftest import World
from tests.steering.test_activation import NOW, ago, person
from touchpoints.kinds import ensure_kinds
from touchpoints.models import ConsumerCursor, Touchpoint

DAY = 86_400.0


def handed_over(world: World, number: int, **values: Any) -> Handoff:
    contact = Contact.objects.create(organisation=world.organisation, email=f"h{number}@b.example", stage="mql")
    given = {"intent": 30, "fit": 60, "total": 30, "model_number": 1, "due_at": NOW + timedelta(hours=1), **values}
    return Handoff.objects.create(organisation=world.organisation, contact=contact, **given)


def test_the_funnel_counts_stock_reach_and_median_time(scoped: World) -> None:
    organisation = scoped.organisation
    person(organisation, "s1", ("suspect", 100))
    person(organisation, "s2", ("suspect", 100))
    person(organisation, "p1", ("suspect", 100), ("prospect", 90))
    person(organisation, "p2", ("suspect", 100), ("prospect", 80))
    # Came as far as MQL and is back.
    person(organisation, "back", ("suspect", 100), ("prospect", 60), ("mql", 50), ("prospect", 10))
    person(organisation, "bought", ("prospect", 70), ("mql", 50), ("accepted", 49), ("customer", 29))
    person(organisation, "lost", ("suspect", 100), ("prospect", 90), ("lost", 1))
    Contact.objects.create(organisation=organisation, email="direct@b.example", stage="accepted")
    with organisation_scope(scoped.twin.pk):
        person(scoped.twin, "p1", ("suspect", 100), ("mql", 1))
    funnel = measure_funnel(organisation)
    assert [(step.stage.value, step.stock, step.reached) for step in funnel] == [
        ("suspect", 2, 8),
        ("prospect", 3, 6),
        ("mql", 0, 3),
        ("accepted", 1, 2),
        ("customer", 1, 1),
    ]
    # suspect -> prospect: 10, 10, 20, 40 days; prospect -> MQL: 10 and 20.
    assert [step.seconds_to_next for step in funnel] == [15 * DAY, 15 * DAY, DAY, 20 * DAY, None]


def test_an_empty_base_has_an_empty_funnel(scoped: World) -> None:
    assert [(step.stock, step.reached, step.seconds_to_next) for step in measure_funnel(scoped.organisation)] == [
        (0, 0, None)
    ] * 5


def test_the_period_compares_with_the_one_before(scoped: World) -> None:
    organisation = scoped.organisation
    ensure_kinds(organisation)
    person(organisation, "new1", ("suspect", 50), ("prospect", 3))
    person(organisation, "new2", ("prospect", 29))
    person(organisation, "before", ("suspect", 90), ("prospect", 45))
    # Recycled: no new prospect.
    person(organisation, "back", ("prospect", 90), ("mql", 40), ("prospect", 2))
    handed_over(scoped, 1)
    handed_over(scoped, 2, due_at=ago(0.2))
    handed_over(scoped, 3, status="claimed", due_at=ago(1))
    for number, (status, reason, days) in enumerate(
        [
            ("accepted", "", 1),
            ("accepted", "", 10),
            ("accepted", "", 29),
            ("recycled", "not_ready", 2),
            ("rejected", "no_budget", 2),
            ("rejected", "not_target", 3),
            ("rejected", "not_target", 4),
            ("withdrawn", "", 4),
            ("accepted", "", 35),
            ("rejected", "other", 36),
            ("accepted", "", 61),
        ],
        start=10,
    ):
        handed_over(scoped, number, status=status, reason=reason, answered_at=ago(days))
    period = measure_day(organisation, NOW).period
    assert (period.new_prospects, period.new_prospects_before, period.prospects_change_ratio) == (2, 1, 1.0)
    assert (period.waiting, period.late) == (2, 1)
    assert [(one.status, one.count, one.top_reason) for one in period.answers] == [
        ("accepted", 3, ""),
        ("recycled", 1, "not_ready"),
        ("rejected", 3, "not_target"),
    ]
    assert (round(period.accepted_ratio or 0, 3), period.accepted_ratio_before) == (0.429, 0.5)
    assert len(period.acts) == 10


def test_what_needs_somebody_is_listed_most_pressing_first(world: World) -> None:
    for organisation in (world.twin, world.organisation):
        with organisation_scope(organisation.pk):
            values = {"organisation": organisation, "channel": "website"}
            Touchpoint.objects.create(code="a", name="Quote request", importance=5, perceived_quality=2, **values)
    with organisation_scope(world.organisation.pk):
        values = {"organisation": world.organisation, "channel": "website"}
        Touchpoint.objects.create(
            code="b", name="Callback", importance=4, objective_quality=3, perceived_quality=1, **values
        )
        Touchpoint.objects.create(
            code="c", name="Fair", importance=5, objective_quality=3, perceived_quality=2, **values
        )
        Touchpoint.objects.create(code="d", name="Unimportant", importance=3, objective_quality=1, **values)
        Touchpoint.objects.create(code="e", name="Gone", importance=5, objective_quality=1, archived_at=NOW, **values)
        Touchpoint.objects.create(code="f", name="Unrated", importance=5, **values)
        for number, (status, days) in enumerate([("waiting", 0.5), ("waiting", 2), ("claimed", 3), ("accepted", 9)]):
            handed_over(world, number, status=status, due_at=ago(days))
        for name, rejected, days in (("salon.csv", 212, 1), ("clean.csv", 0, 1), ("old.csv", 9, 20)):
            one = Import.objects.create(
                organisation=world.organisation,
                filename=name,
                size_bytes=1,
                encoding="utf-8",
                delimiter=",",
                rejected=rejected,
            )
            Import.objects.filter(pk=one.pk).update(created_at=ago(days))
        ConsumerCursor.objects.create(organisation=world.organisation, consumer="scoring", failures=3, retry_at=NOW)
        ConsumerCursor.objects.create(organisation=world.organisation, consumer="lifecycle")
        concerns = measure_day(world.organisation, NOW).concerns
    assert [(one.what, one.label, one.count) for one in concerns] == [
        ("waiting", "", 2),
        ("consumer", "scoring", 3),
        ("touchpoint", "Quote request", 5),
        ("touchpoint", "Callback", 4),
        ("import", "salon.csv", 212),
    ]
    assert concerns[0].at == ago(2)


def test_a_new_organisation_has_done_nothing_yet(scoped: World) -> None:
    progress = get_progress(scoped.organisation)
    assert (progress.listed, progress.rated, progress.moments, progress.entries) == (0, 0, 0, 0)
    assert not any((progress.has_contacts, progress.has_interactions, progress.has_model, progress.has_handoff))
    assert progress.has_sales


def test_the_funnel_of_a_base_without_statistics_reads_each_part_once(scoped: World) -> None:
    organisation = scoped.organisation
    people = Contact.objects.bulk_create(
        Contact(organisation=organisation, email=f"n{number}@x.example", stage=Stage.MQL) for number in range(200)
    )
    StageChange.objects.bulk_create(
        StageChange(organisation=organisation, contact=one, to_stage=stage, at=NOW)
        for one in people
        for stage in (Stage.SUSPECT, Stage.PROSPECT, Stage.MQL)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement('steering/measure_funnel')}",
            {"organisation_id": organisation.pk},
        )
        plan = cursor.fetchone()[0][0]["Plan"]
    # 200 x 200 readings of what 200 did would be millions.
    assert plan["Shared Hit Blocks"] < 20_000
