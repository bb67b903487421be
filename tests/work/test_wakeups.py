"""Due work is found again, whatever was lost."""

from datetime import timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from prm.organisations.scope import organisation_scope
from prm.work import wakeups
from prm.work.models import Wakeup
from tests.conftest import World


def test_what_is_due_is_listed_for_every_organisation_without_a_scope(committed: None, world: World) -> None:
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk), transaction.atomic():
            wakeups.wake(organisation.pk, "nurture", due_at=timezone.now() - timedelta(minutes=1))
            wakeups.wake(organisation.pk, "mail", due_at=timezone.now() + timedelta(hours=1))
    assert sorted(wakeups.list_due()) == sorted([(world.organisation.pk, "nurture"), (world.twin.pk, "nurture")])


def test_settling_leaves_what_was_written_after_the_look(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        wakeups.wake(world.organisation.pk, "nurture", due_at=timezone.now() - timedelta(seconds=2))
        below = wakeups.horizon()
        wakeups.wake(world.organisation.pk, "nurture", due_at=timezone.now() - timedelta(seconds=1))
        assert wakeups.settle(world.organisation.pk, "nurture", below=below) == 1
        assert Wakeup.objects.count() == 1


def test_settling_leaves_what_is_not_due_yet(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        wakeups.wake(world.organisation.pk, "nurture", due_at=timezone.now() + timedelta(minutes=5))
        assert wakeups.settle(world.organisation.pk, "nurture", below=wakeups.horizon() + 10) == 0
        assert Wakeup.objects.count() == 1


def test_a_dead_broker_costs_no_error_and_little_time(
    committed: None, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = Redis(port=1, retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(wakeups, "_broker", lambda: nowhere)
    monkeypatch.setitem(wakeups._silence, "until", 0.0)
    before = timezone.now()
    with organisation_scope(world.organisation.pk):
        wakeups.wake(world.organisation.pk, "react")
        wakeups.wake(world.organisation.pk, "react")
        assert Wakeup.objects.count() == 2
    assert timezone.now() - before < timedelta(seconds=2)


def test_every_queue_has_a_task_the_worker_knows() -> None:
    current_app.loader.import_default_modules()
    names = {name for name, _ in settings.WAKEUP_TASKS.values()}
    assert names <= set(current_app.tasks)


def test_raw_sql_sees_no_wakeup_without_a_scope(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        wakeups.wake(world.organisation.pk, "nurture", due_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM work_wakeup")
        assert cursor.fetchone() == (0,)
