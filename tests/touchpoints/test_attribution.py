"""Observed importance: ways as they count, models against plain arithmetic, a known chain, and what is too few."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.models import Contact, Stage, StageChange
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict
from prm.work.jobs import JobRun, JobStopped, stop_job
from prm.work.models import Job, JobStatus, Wakeup
from tests.conftest import World
from tests.touchpoints.test_inventory import add
from touchpoints.attribution import queries, running, ways
from touchpoints.attribution.models import Goal, Observation
from touchpoints.models import Touchpoint, Verdict
from touchpoints.recording import NewInteraction, record

MODELS = ("first", "last", "linear", "position")


def walk(
    organisation: Organisation,
    places: Sequence[Touchpoint | None],
    *,
    converts_after: int | None = None,
    goal: str = Stage.MQL,
    kind: str = "page_view",
    verdict: str = Verdict.HUMAN,
    days_ago: float = 100,
) -> Contact:
    """Let somebody pass these places, a day each; after so many of them they reach the goal."""
    person = Contact.objects.create(organisation=organisation, last_name="Walker")
    begin = timezone.now() - timedelta(days=days_ago)
    record(
        organisation,
        [
            NewInteraction(
                kind,
                person.pk,
                touchpoint_id=place.pk if place else None,
                occurred_at=begin + timedelta(days=day),
                verdict=verdict,
            )
            for day, place in enumerate(places)
        ],
    )
    if converts_after is not None:
        at = begin + timedelta(days=converts_after) - timedelta(hours=1)
        StageChange.objects.create(
            organisation=organisation, contact=person, from_stage="prospect", to_stage=goal, cause="rule", at=at
        )
    return person


def observe(world: World, goal: str = Goal.MQL) -> Observation:
    job = running.start_observation(world.organisation, goal=goal, by=world.marketer)
    running.run_observation(JobRun(world.organisation, Job.objects.get(pk=job.pk)))
    Job.objects.filter(pk=job.pk).update(status=JobStatus.DONE)
    return Observation.objects.get(goal=goal)


def found(observation: Observation) -> dict[str, tuple[float, ...]]:
    rows = observation.touchpoints.select_related("touchpoint")
    return {
        one.touchpoint.name: (one.contacts, one.converted, *(round(getattr(one, name), 6) for name in MODELS))
        for one in rows
    }


def test_a_way_ends_at_the_conversion_and_counts_each_step_once(scoped: World) -> None:
    a, b, c = (add(scoped, name) for name in "ABC")
    walk(scoped.organisation, [a, a, b, None, a, c], converts_after=5)
    walk(scoped.organisation, [b, c])
    observation = observe(scoped)
    assert (observation.contacts, observation.converted) == (2, 1)
    # The way was A, B, A: what came after the conversion does not count.
    third = round(1 / 3, 6)
    assert found(observation) == {
        "A": (1, 1, 1, 1, round(2 / 3, 6), 0.8),
        "B": (2, 1, 0, 0, third, 0.2),
        "C": (1, 0, 0, 0, 0, 0),
    }


def test_what_is_no_act_of_the_period_is_no_step(scoped: World) -> None:
    a, b = add(scoped, "A"), add(scoped, "B")
    walk(scoped.organisation, [a], verdict=Verdict.BOT)
    walk(scoped.organisation, [a], kind="email_opened")
    walk(scoped.organisation, [a], days_ago=400)
    walk(scoped.organisation, [b], converts_after=1, goal=Stage.CUSTOMER)
    # Converted before the period began: they have no way to it.
    early = walk(scoped.organisation, [a])
    StageChange.objects.create(
        organisation=scoped.organisation,
        contact=early,
        from_stage="prospect",
        to_stage="mql",
        cause="rule",
        at=timezone.now() - timedelta(days=500),
    )
    assert found(observe(scoped)) == {"B": (1, 0, 0, 0, 0, 0)}
    assert found(observe(scoped, Goal.CUSTOMER)) == {"A": (1, 0, 0, 0, 0, 0), "B": (1, 1, 1, 1, 1, 1)}


def test_the_twins_ways_are_the_twins(world: World) -> None:
    with organisation_scope(world.twin.pk):
        theirs = Touchpoint.objects.create(organisation=world.twin, code="a", name="A", channel="website")
        walk(world.twin, [theirs], converts_after=1)
    with organisation_scope(world.organisation.pk):
        walk(world.organisation, [add(world, "A")])
        observation = observe(world)
        assert (observation.contacts, observation.converted) == (1, 0)


def by_hand(people: Sequence[tuple[list[int], bool]]) -> ways.Tally:
    """Count ways one by one, as the models are described."""
    tally = ways.Tally()
    for steps, converted in people:
        short = [step for place, step in enumerate(steps) if place == 0 or steps[place - 1] != step]
        tally.contacts += 1
        tally.converted += converted
        for step in set(short):
            place = tally.places.setdefault(step, ways.Place())
            place.contacts += 1
            place.converted += converted
        weights = {1: [1.0], 2: [0.5, 0.5]}.get(
            len(short), [0.4, *[0.2 / max(len(short) - 2, 1)] * (len(short) - 2), 0.4]
        )
        for index, step in enumerate(short):
            place = tally.places[step]
            if converted:
                place.first += index == 0
                place.last += index == len(short) - 1
                place.linear += 1 / len(short)
                place.position += weights[index]
            tally.steps[short[index - 1] if index else 0, step] += 1
        won, lost = tally.ends.get(short[-1], (0, 0))
        tally.ends[short[-1]] = (won + converted, lost + (not converted))
    return tally


def test_random_ways_add_up_as_by_hand_whatever_the_ranges(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "RANGE_SIZE", 7)
    chance = random.Random(11)
    places = [add(scoped, name) for name in "ABCDE"]
    people = []
    for _person in range(40):
        way = [chance.choice(places) for _step in range(chance.randint(1, 7))]
        converted = chance.random() < 0.5
        walk(scoped.organisation, way, converts_after=len(way) if converted else None)
        people.append(([one.pk for one in way], converted))
    expected = by_hand(people)
    kept: list[ways.Tally] = []
    real = ways.removal_effects

    def note(tally: ways.Tally) -> Any:
        kept.append(tally)
        return real(tally)

    monkeypatch.setattr(running, "removal_effects", note)
    observation = observe(scoped)
    assert (observation.contacts, observation.converted) == (expected.contacts, expected.converted)
    assert kept[0].steps == expected.steps
    assert {key: pair for key, pair in kept[0].ends.items() if any(pair)} == expected.ends
    for key, place in expected.places.items():
        assert vars(kept[0].places[key]) == pytest.approx(vars(place))
    totals = [sum(getattr(one, name) for one in observation.touchpoints.all()) for name in MODELS]
    assert totals == pytest.approx([observation.converted] * 4)


def test_a_known_chain_gives_its_known_removal_effects() -> None:
    # C1 > C2 > C3 > purchase; C1 > nothing; C2 > C3 > nothing: the example this model is usually taught with.
    tally = by_hand([([1, 2, 3], True), ([1], False), ([2, 3], False)])
    chance, effects = ways.removal_effects(tally)
    assert chance == pytest.approx(1 / 3)
    assert effects == pytest.approx({1: 0.5, 2: 1.0, 3: 1.0})


def test_chains_that_go_round_end_all_the_same() -> None:
    tally = by_hand([([1, 2, 1, 2, 1, 2], True), ([1, 2, 1], False), ([2, 1, 2], True)])
    chance, effects = ways.removal_effects(tally)
    assert 0 < chance < 1
    assert all(0 <= effect <= 1 for effect in effects.values())
    assert ways.removal_effects(by_hand([([1, 2], False)])) == (0.0, {1: 0.0, 2: 0.0})
    assert ways.removal_effects(ways.Tally()) == (0.0, {})


def test_a_tally_is_kept_and_read_again_without_loss() -> None:
    tally = by_hand([([1, 2, 3], True), ([2], False)])
    assert ways.Tally.from_json(tally.to_json()) == tally
    assert ways.Tally.from_json({}) == ways.Tally()


def test_a_run_that_was_stopped_goes_on_where_it_was(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "RANGE_SIZE", 2)
    a = add(scoped, "A")
    for _person in range(5):
        walk(scoped.organisation, [a], converts_after=1)
    job = running.start_observation(scoped.organisation, goal=Goal.MQL, by=scoped.marketer)
    Job.objects.filter(pk=job.pk).update(status=JobStatus.RUNNING)
    read: Counter[int] = Counter()
    real = running._read_range

    def read_and_stop(organisation: Organisation, goal: str, **bounds: object) -> list[tuple[object, ...]]:
        read[int(str(bounds["after"]))] += 1
        if len(read) == 1:
            stop_job(organisation, job_id=job.pk)
        return real(organisation, goal, **bounds)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "_read_range", read_and_stop)
    with pytest.raises(JobStopped):
        running.run_observation(JobRun(scoped.organisation, Job.objects.get(pk=job.pk)))
    assert not Observation.objects.exists()
    Job.objects.filter(pk=job.pk).update(status=JobStatus.RUNNING)
    running.run_observation(JobRun(scoped.organisation, Job.objects.get(pk=job.pk)))
    observation = Observation.objects.get()
    assert (observation.contacts, observation.converted) == (5, 5)
    assert set(read.values()) == {1}


def test_it_is_observed_anew_after_a_week_and_once_at_a_time(scoped: World) -> None:
    a = add(scoped, "A")
    walk(scoped.organisation, [a])
    observation = observe(scoped)
    assert Wakeup.objects.filter(queue=running.QUEUE).exists()
    running.observe_due(scoped.organisation)
    assert running.find_open_run(Goal.MQL) is None
    Observation.objects.filter(pk=observation.pk).update(upto=timezone.now() - timedelta(days=8))
    running.observe_due(scoped.organisation)
    running.observe_due(scoped.organisation)
    assert Job.objects.filter(kind=running.KIND, status=JobStatus.WAITING).count() == 1
    with pytest.raises(Conflict):
        running.start_observation(scoped.organisation, goal=Goal.MQL, by=scoped.marketer)
    running.start_observation(scoped.organisation, goal=Goal.CUSTOMER, by=scoped.marketer)


@pytest.mark.parametrize(
    ("removal", "importance"), [(0.0, 1), (0.034, 1), (0.035, 2), (0.076, 3), (0.124, 3), (0.125, 4), (0.2, 5), (1, 5)]
)
def test_the_scale_stands_beside_the_mean(removal: float, importance: int) -> None:
    assert ways.importance_of(removal, 0.1) == importance
    assert ways.importance_of(removal, 0) is None


def test_what_is_too_few_is_not_concluded_and_enough_is_said(world: World, client: Client) -> None:
    with organisation_scope(world.organisation.pk):
        demo, blog = add(world, "Demo", importance=1), add(world, "Blog", importance=5)
        for number in range(49):
            walk(world.organisation, [demo], converts_after=1)
            walk(world.organisation, [blog])
            if number % 5 == 0:
                walk(world.organisation, [blog, demo])
        observe(world)
        report = queries.find_report(world.organisation, Goal.MQL)
        assert report
        assert not report.is_conclusive
        assert [line.importance for line in report.lines] == [None, None]
    client.force_login(world.marketer)
    address = f"/o/{world.organisation.slug}/touchpoints/observed/"
    assert "49 conversions are too few" in client.get(address, headers={"accept-language": "en"}).content.decode()

    with organisation_scope(world.organisation.pk):
        walk(world.organisation, [blog, demo], converts_after=2)
        observe(world)
        report = queries.find_report(world.organisation, Goal.MQL)
        assert report
        assert report.is_conclusive
        first, second = report.lines
        assert (first.touchpoint, second.touchpoint) == (demo, blog)
        assert (first.lift.verdict, second.lift.verdict) == ("gain", "loss")
        assert [(line.touchpoint, line.gap) for line in report.disagreeing] == [(blog, -4), (demo, 3)]
    page = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert "it may matter more than you think" in page
    panel = client.get(
        f"/o/{world.organisation.slug}/touchpoints/{demo.pk}/?panels=all", headers={"accept-language": "en"}
    ).content.decode()
    assert "of the 50 people who became an MQL" in panel


def test_a_viewer_reads_and_a_marketer_starts(world: World, client: Client) -> None:
    address = f"/o/{world.organisation.slug}/touchpoints/observed/"
    client.force_login(world.viewer)
    assert "Nothing observed yet" in client.get(address, headers={"accept-language": "en"}).content.decode()
    assert client.post(f"{address}start/", {"goal": "mql"}).status_code == 403
    client.force_login(world.marketer)
    assert client.post(f"{address}start/", {"goal": "customer"})["location"].endswith("?goal=customer")
    with organisation_scope(world.organisation.pk):
        assert Job.objects.get(kind=running.KIND).params["goal"] == "customer"
