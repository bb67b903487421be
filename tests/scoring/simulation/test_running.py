"""A draft tried on everybody: exact counts, nobody touched, killed and resumed, weeks and conversions behind us."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.models import Contact, Stage, StageChange, Standing
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from prm.work.jobs import run_jobs
from prm.work.models import Job, JobStatus
from scoring import versions
from scoring.models import Handoff
from scoring.rescoring import rescore_all
from scoring.simulation import backtesting, running, weeks
from scoring.simulation.models import SimulatedMove, Simulation
from scoring.simulation.services import start_simulation
from tests.conftest import World
from tests.scoring.reference import Act
from tests.scoring.worlds import add_contact, add_log, behaviour, publish
from touchpoints.models import Interaction

NOW = timezone.now()


def visitor(organisation: Organisation, name: str, acts: list[tuple[str, int]], **values: Any) -> Contact:
    person = add_contact(organisation, f"{name}@example.com", **values)
    add_log(organisation, person, [Act(kind, NOW - timedelta(days=days)) for kind, days in acts])
    Standing.objects.filter(pk=person.pk).update(last_act_at=NOW - timedelta(days=min(d for _kind, d in acts)))
    return person


def draft_with(world: World, points: float) -> None:
    """Draft the published model with other points for a webinar."""
    draft = versions.create_draft(world.organisation, by=world.admin)
    rule = draft.rules.get(kind="webinar")
    versions.save_rule(world.organisation, axis="intent", values={"points": points}, by=world.admin, rule_id=rule.pk)


def simulate(world: World) -> Simulation:
    started = start_simulation(world.organisation, by=world.admin)
    run_jobs(world.organisation)
    return Simulation.objects.get(pk=started.pk)


def two_cold_one_hot(world: World) -> tuple[Contact, Contact, Contact]:
    publish(world.organisation, behaviour("webinar", 8), behaviour("form_sent", 25))
    first = visitor(world.organisation, "first", [("webinar", 1)])
    second = visitor(world.organisation, "second", [("page_view", 1)])
    third = visitor(world.organisation, "third", [("form_sent", 2)])
    rescore_all(world.organisation)
    return first, second, third


def test_who_would_move_is_counted_and_kept(scoped: World) -> None:
    first, _second, _third = two_cold_one_hot(scoped)
    draft_with(scoped, 30)
    found = simulate(scoped)
    assert found.job is not None
    assert found.job.status == JobStatus.DONE
    assert found.result["cells"] == {"0.0": 1, "0.2": 1, "2.2": 1}
    assert found.result["ready"] == {"before": 1, "after": 2, "gained": 1, "lost": 0}
    assert [sum(found.result[name]) for name in ("before", "after")] == [3, 3]
    move = SimulatedMove.objects.get()
    assert (move.contact_id, move.was_tier, move.tier, move.was_intent, move.intent) == (first.pk, 0, 2, 8.0, 30.0)


def test_nobody_is_touched(scoped: World) -> None:
    two_cold_one_hot(scoped)
    draft_with(scoped, 30)
    before = [list(model.objects.order_by("pk").values()) for model in (Standing, Contact, Handoff, Interaction)]
    simulate(scoped)
    assert before == [
        list(model.objects.order_by("pk").values()) for model in (Standing, Contact, Handoff, Interaction)
    ]


def test_ranges_killed_half_way_count_everybody_once(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    two_cold_one_hot(scoped)
    draft_with(scoped, 30)
    monkeypatch.setattr(running, "RANGE_SIZE", 1)
    whole = running._count_range
    calls: list[int] = []

    def dies(*args: Any, **named: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        whole(*args, **named)

    started = start_simulation(scoped.organisation, by=scoped.admin)
    monkeypatch.setattr(running, "_count_range", dies)
    run_jobs(scoped.organisation)
    assert sum(Simulation.objects.get(pk=started.pk).result["cells"].values()) == 1
    Job.objects.filter(kind=running.JOB_KIND).update(status=JobStatus.WAITING)
    run_jobs(scoped.organisation)
    found = Simulation.objects.get(pk=started.pk)
    assert found.result["cells"] == {"0.0": 1, "0.2": 1, "2.2": 1}
    assert SimulatedMove.objects.count() == 1


def test_the_same_draft_is_simulated_once_and_a_changed_one_again(scoped: World) -> None:
    two_cold_one_hot(scoped)
    draft_with(scoped, 30)
    first = start_simulation(scoped.organisation, by=scoped.admin)
    assert start_simulation(scoped.organisation, by=scoped.admin) == first
    versions.set_thresholds(scoped.organisation, warm_from=5, hot_from=40, minimum_fit=0, by=scoped.admin)
    second = simulate(scoped)
    assert second != first
    assert second.result["cells"] == {"0.0": 1, "0.1": 1, "2.1": 1}
    assert list(Simulation.objects.all()) == [second]


def test_a_draft_that_changes_before_the_worker_comes_is_not_simulated(scoped: World) -> None:
    two_cold_one_hot(scoped)
    draft_with(scoped, 30)
    started = start_simulation(scoped.organisation, by=scoped.admin)
    versions.set_thresholds(scoped.organisation, warm_from=5, hot_from=40, minimum_fit=0, by=scoped.admin)
    run_jobs(scoped.organisation)
    job = Job.objects.get(kind=running.JOB_KIND)
    assert job.status == JobStatus.FAILED
    assert job.error == "The draft was changed meanwhile. Simulate it again."
    assert Simulation.objects.get(pk=started.pk).result == {}


def test_without_a_draft_or_with_a_broken_one_nothing_starts(scoped: World) -> None:
    two_cold_one_hot(scoped)
    with pytest.raises(Conflict):
        start_simulation(scoped.organisation, by=scoped.admin)
    draft = versions.create_draft(scoped.organisation, by=scoped.admin)
    draft.rules.update(is_enabled=False)
    with pytest.raises(Invalid):
        start_simulation(scoped.organisation, by=scoped.admin)
    assert not Simulation.objects.exists()


def test_the_twin_counts_its_own(scoped: World) -> None:
    two_cold_one_hot(scoped)
    draft_with(scoped, 30)
    with organisation_scope(scoped.twin.pk):
        publish(scoped.twin, behaviour("webinar", 8))
        visitor(scoped.twin, "first", [("webinar", 1)])
    assert sum(simulate(scoped).result["cells"].values()) == 3
    with organisation_scope(scoped.twin.pk):
        assert not Simulation.objects.exists()


def test_weeks_count_who_became_ready_in_each(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 8), behaviour("form_sent", 25))
    visitor(scoped.organisation, "recent", [("webinar", 1)])
    visitor(scoped.organisation, "older", [("form_sent", 10)])
    visitor(scoped.organisation, "long hot", [("form_sent", 200), ("page_view", 3)])
    visitor(scoped.organisation, "gone", [("form_sent", 300)])
    rescore_all(scoped.organisation)
    draft_with(scoped, 30)
    found = simulate(scoped).result["weeks"]
    assert (found["frame"], found["sample"], len(found["ends"])) == (3, 3, weeks.WEEKS)
    assert found["made"] == [[0] * 11 + [1, 0], [0] * 11 + [1, 1]]


def convert(organisation: Organisation, person: Contact, days: int, stage: str = Stage.CUSTOMER) -> None:
    StageChange.objects.create(
        organisation=organisation,
        contact=person,
        from_stage=Stage.PROSPECT,
        to_stage=stage,
        cause="person",
        at=NOW - timedelta(days=days),
    )


def known_for_long(organisation: Organisation) -> None:
    Contact.objects.filter(organisation=organisation).update(created_at=NOW - timedelta(days=300))


def test_what_was_done_after_the_moment_is_unknown_to_the_back_test(
    scoped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtesting, "FLOOR", 2)
    publish(scoped.organisation, behaviour("webinar", 8), behaviour("form_sent", 25))
    # Two converted who had sent a form before; one who sent it only afterwards; two who did nothing that counts.
    for number in range(2):
        convert(scoped.organisation, visitor(scoped.organisation, f"yes{number}", [("form_sent", 120)]), 10)
    convert(scoped.organisation, visitor(scoped.organisation, "late", [("form_sent", 30)]), 10)
    for number in range(2):
        visitor(scoped.organisation, f"no{number}", [("page_view", 120)])
    # Not judged: accepted before the moment, and came after it.
    before = visitor(scoped.organisation, "before", [("form_sent", 200)])
    convert(scoped.organisation, before, 150, Stage.ACCEPTED)
    known_for_long(scoped.organisation)
    new = visitor(scoped.organisation, "new", [("form_sent", 20)])
    convert(scoped.organisation, new, 5)
    draft_with(scoped, 9)
    found = simulate(scoped).result["backtest"]
    assert (found["outcome"], found["converted"], found["others"]) == ("customer", 3, 2)
    # Six pairs: four won, two ties (the late one knows nothing yet).
    assert found["auc"]["value"] == pytest.approx(5 / 6)
    assert found["hot"]["taken"] == 2
    assert found["hot"]["precision"]["value"] == 1.0
    assert found["hot"]["recall"]["value"] == pytest.approx(2 / 3)


def test_too_few_conclude_nothing(scoped: World) -> None:
    two_cold_one_hot(scoped)
    known_for_long(scoped.organisation)
    draft_with(scoped, 30)
    found = simulate(scoped).result["backtest"]
    assert (found["converted"], found["others"]) == (0, 3)
    assert "auc" not in found
