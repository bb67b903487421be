"""Rescoring everybody: what changed is written, reactions are never undone, nights and newcomers are seen to."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from contacts.models import Contact, Stage, Standing
from prm.organisations.scope import organisation_scope
from prm.work.jobs import resume_job, run_jobs, stop_job
from prm.work.models import Job, JobStatus, Wakeup
from prm.work.wakeups import wake
from scoring import nightly, rescoring, versions
from scoring.models import Handoff
from scoring.rescoring import rescore_all, rescore_changed
from tests.conftest import World
from tests.scoring.reference import Act
from tests.scoring.worlds import add_contact, add_log, behaviour, profile, publish, standing
from touchpoints.models import Interaction


def hot_people(world: World, count: int) -> list[Contact]:
    now = timezone.now()
    people = [add_contact(world.organisation, f"p{n}@example.com") for n in range(count)]
    for person in people:
        add_log(world.organisation, person, [Act("webinar", now)])
    return people


def test_everybody_is_scored_noted_and_handed_over(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 25))
    people = hot_people(scoped, 3)
    idle = add_contact(scoped.organisation, "idle@example.com")
    assert rescore_all(scoped.organisation) == {"contacts": 4, "changed": 3, "tiers": 3, "handoffs": 3}
    assert [standing(person) for person in people] == [(25.0, 0.0, 25.0, 2)] * 3
    assert standing(idle) == (0.0, 0.0, 0.0, 0)
    assert Interaction.objects.filter(kind="tier_changed").count() == 3
    assert set(Contact.objects.filter(stage=Stage.MQL)) == set(people)


def test_a_second_time_nothing_is_written(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 25))
    (person,) = hot_people(scoped, 1)
    rescore_all(scoped.organisation)
    before = Standing.objects.values().get(pk=person.pk)
    assert rescore_all(scoped.organisation) == {"contacts": 1, "changed": 0, "tiers": 0, "handoffs": 0}
    assert Standing.objects.values().get(pk=person.pk) == before


def test_many_ranges_and_slices_give_the_same(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(scoped.organisation, behaviour("webinar", 25))
    people = hot_people(scoped, 7)
    monkeypatch.setattr(rescoring, "RANGE_SIZE", 3)
    monkeypatch.setattr(rescoring, "SLICE_SIZE", 2)
    seen: list[int] = []
    counts = rescore_all(scoped.organisation, advance=seen.append)
    assert counts == {"contacts": 7, "changed": 7, "tiers": 7, "handoffs": 7}
    assert [standing(person)[0] for person in people] == [25.0] * 7
    assert seen == sorted(seen)
    assert seen[-1] == 7


def test_scores_cool_and_the_tier_that_falls_is_noted(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 25, half_life_days=10))
    (person,) = hot_people(scoped, 1)
    rescore_all(scoped.organisation)
    rescore_all(scoped.organisation, at=timezone.now() + timedelta(days=10, minutes=1))
    assert standing(person) == (12.5, 0.0, 12.5, 1)
    changes = [row.properties for row in Interaction.objects.filter(kind="tier_changed").order_by("pk")]
    assert [(one["from"], one["to"]) for one in changes] == [("cold", "hot"), ("hot", "warm")]


def test_what_a_reaction_wrote_meanwhile_stays(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 25))
    (person,) = hot_people(scoped, 1)
    began = timezone.now()
    Standing.objects.filter(pk=person.pk).update(intent=99, scored_at=began + timedelta(seconds=1))
    rescore_all(scoped.organisation, at=began)
    assert standing(person)[0] == 99


def test_a_version_published_meanwhile_wins(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(scoped.organisation, behaviour("webinar", 25))
    (person,) = hot_people(scoped, 1)
    real = rescoring._collect
    calls: list[object] = []

    def collect(*args: Any) -> None:
        real(*args)
        if not calls:
            calls.append(publish(scoped.organisation, behaviour("webinar", 4), number=2))

    monkeypatch.setattr(rescoring, "_collect", collect)
    rescore_all(scoped.organisation)
    assert standing(person) == (4.0, 0.0, 4.0, 0)
    assert Standing.objects.get(pk=person.pk).model_number == 2


def test_the_twin_is_left_alone(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 25))
    hot_people(scoped, 1)
    with organisation_scope(scoped.twin.pk):
        publish(scoped.twin, behaviour("webinar", 25))
        theirs = add_contact(scoped.twin, "p0@example.com")
        add_log(scoped.twin, theirs, [Act("webinar", timezone.now())])
    rescore_all(scoped.organisation)
    with organisation_scope(scoped.twin.pk):
        assert standing(theirs)[0] == 0
        assert Handoff.objects.count() == 0


def test_no_table_is_left_on_the_connection(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 25))
    hot_people(scoped, 1)
    rescore_all(scoped.organisation)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.scoring_fresh')")
        assert cursor.fetchone()[0] is None


def test_newcomers_and_changed_profiles_are_scored_once(scoped: World) -> None:
    publish(scoped.organisation, profile(20, "direct"))
    person = add_contact(scoped.organisation, job_title="Directrice")
    assert rescore_changed(scoped.organisation) == 1
    assert standing(person) == (0.0, 20.0, 20.0, 0)
    Standing.objects.update(scored_at=timezone.now() + timedelta(seconds=5))
    assert rescore_changed(scoped.organisation) == 0
    Contact.objects.filter(pk=person.pk).update(job_title="Stagiaire", updated_at=timezone.now() + timedelta(seconds=9))
    Standing.objects.update(scored_at=timezone.now() - timedelta(seconds=5))
    assert rescore_changed(scoped.organisation) == 1
    assert standing(person) == (0.0, 0.0, 0.0, 0)


def test_publishing_rescores_by_a_job_that_can_be_stopped_and_resumed(
    committed: None, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescoring, "RANGE_SIZE", 2)
    with organisation_scope(world.organisation.pk):
        publish(world.organisation, behaviour("webinar", 5))
        hot_people(world, 6)
        versions.create_draft(world.organisation, by=world.admin)
        versions.set_thresholds(world.organisation, warm_from=3, hot_from=4, minimum_fit=0, by=world.admin)
        job = versions.publish_draft(world.organisation, by=world.admin)
        real = rescoring._Rescore._rescore_range

        def once(self: Any, after: int, upto: int, size: int) -> int:
            if after and job.pk:
                stop_job(world.organisation, job_id=job.pk)
            return real(self, after, upto, size)

        with monkeypatch.context() as patched:
            patched.setattr(rescoring._Rescore, "_rescore_range", once)
            run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        job.refresh_from_db()
        assert (job.status, job.total) == (JobStatus.STOPPED, 6)
        assert 0 < Standing.objects.filter(tier=2).count() < 6
        resume_job(world.organisation, job_id=job.pk)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        job.refresh_from_db()
        assert (job.status, job.done, job.result["contacts"], job.result["handoffs"]) == (JobStatus.DONE, 6, 6, 6)
        assert Standing.objects.filter(tier=2).count() == 6
        assert Handoff.objects.count() == 6


def test_each_night_one_rescore_is_started_and_the_next_night_noted(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        publish(world.organisation, behaviour("webinar", 5))
        wake(world.organisation.pk, nightly.QUEUE)
        nightly.score_due(world.organisation)
        assert Job.objects.filter(kind="rescore").count() == 1
        later = Wakeup.objects.get(queue=nightly.QUEUE)
        assert timezone.now() < later.due_at <= timezone.now() + timedelta(days=1)
        wake(world.organisation.pk, nightly.QUEUE)
        nightly.score_due(world.organisation)
        assert Job.objects.filter(kind="rescore").count() == 1
        assert Wakeup.objects.filter(queue=nightly.QUEUE).count() == 1


def test_the_command_says_what_it_did(committed: None, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="no organisation"):
        call_command("rescore", organisation="nowhere")
    with pytest.raises(CommandError, match="no published scoring model"):
        call_command("rescore", organisation=world.organisation.slug)
    with organisation_scope(world.organisation.pk):
        publish(world.organisation, behaviour("webinar", 25))
        hot_people(world, 2)
    call_command("rescore", organisation=world.organisation.slug)
    said = capsys.readouterr().out
    assert said == "2 contacts scored with v1: 2 scores changed, 2 tiers changed, 2 handed over.\n"
