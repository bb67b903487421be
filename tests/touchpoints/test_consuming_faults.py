"""Workers die, meet, and lose their messages: each interaction still has its effect exactly once."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.db import transaction

from contacts.models import Contact, StageChange
from prm.organisations.scope import organisation_scope
from prm.work import wakeups
from tests.conftest import World
from touchpoints.consuming import Batch, Consumer, consume
from touchpoints.models import ConsumerCursor
from touchpoints.recording import NewInteraction, record

pytestmark = pytest.mark.usefixtures("committed")

PATIENCE_SECONDS = 12.0


class Worker:
    """A worker process; it begins when it is told to."""

    def __init__(self, world: World, *, stay_in: int = 0, pause_seconds: float = 0.0) -> None:
        environment = {
            **os.environ,
            "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
            "DATABASE_APP_URL": os.environ["TEST_DATABASE_APP_URL"],
        }
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.touchpoints.worker",
                str(world.organisation.pk),
                str(stay_in),
                str(pause_seconds),
            ],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def output(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def begin(self) -> None:
        """Let it begin, once it is loaded."""
        assert self.says() == "ready"
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def says(self) -> str:
        """Return the next line the worker says about itself; its log may stand between."""
        for line in self.output:
            if line.strip() in {"ready", "inside"} or line.startswith("handled "):
                return line.strip()
        return ""

    def handled(self) -> int:
        """Wait for its end; return how many interactions it handled."""
        count = int(self.says().removeprefix("handled "))
        assert self.process.wait(10) == 0
        return count

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(10)


@contextmanager
def ending(*started: Worker) -> Iterator[None]:
    """End those that are still there afterwards, whatever happened."""
    try:
        yield
    finally:
        for one in started:
            if one.process.poll() is None:
                one.kill()


def fill_log(world: World, count: int) -> list[int]:
    with organisation_scope(world.organisation.pk):
        contact = Contact.objects.create(organisation=world.organisation, email="a@b.example")
        ids = record(world.organisation, [NewInteraction("page_view", contact.pk) for _ in range(count)])
    return [number for number in ids if number is not None]


def marks(world: World) -> Counter[int]:
    """Return how often each interaction had its effect."""
    with organisation_scope(world.organisation.pk):
        found = StageChange.objects.filter(cause="interaction").values_list("detail__interaction", flat=True)
        return Counter(found)


def wait_until_released(world: World) -> None:
    """Wait for PostgreSQL to notice that a worker is gone: its lock outlives it by a moment."""
    until = time.monotonic() + PATIENCE_SECONDS
    with organisation_scope(world.organisation.pk):
        while time.monotonic() < until:
            with transaction.atomic():
                if ConsumerCursor.objects.select_for_update(skip_locked=True).exists():
                    return
            time.sleep(0.01)


def test_a_worker_killed_twice_in_the_middle_of_a_batch_leaves_each_effect_once(world: World) -> None:
    ids = fill_log(world, 450)
    first, second, third = Worker(world, stay_in=2), Worker(world, stay_in=3), Worker(world)
    with ending(first, second, third):
        first.begin()
        assert first.says() == "inside"
        # The batch's effects are written, and not committed: nobody else sees them.
        assert sum(marks(world).values()) == 100
        first.kill()
        wait_until_released(world)

        second.begin()
        assert second.says() == "inside"
        assert sum(marks(world).values()) == 300
        second.kill()
        wait_until_released(world)
        with organisation_scope(world.organisation.pk):
            assert ConsumerCursor.objects.get().interaction_id == ids[299]

        third.begin()
        assert third.handled() == 150
    assert marks(world) == Counter(ids)
    assert wakeups.list_due() == []


def test_two_workers_on_one_organisation_share_the_log_without_doubling_or_deadlock(world: World) -> None:
    ids = fill_log(world, 1200)
    one, other = Worker(world, pause_seconds=0.02), Worker(world, pause_seconds=0.02)
    with ending(one, other):
        one.begin()
        other.begin()
        assert one.handled() + other.handled() == 1200
    assert marks(world) == Counter(ids)
    with organisation_scope(world.organisation.pk):
        cursor = ConsumerCursor.objects.get()
        assert (cursor.failures, cursor.interaction_id) == (0, ids[-1])
    assert wakeups.list_due() == []


def test_a_flushed_redis_only_delays(world: World) -> None:
    server = redis.Redis.from_url(settings.REDIS_URL)
    server.flushdb()
    ids = fill_log(world, 3)
    assert server.llen("react") == 1
    server.flushdb()
    assert server.llen("react") == 0

    # The sweep finds the organisation in PostgreSQL and sends its message again.
    assert wakeups.list_due() == [(world.organisation.pk, "react")]
    assert wakeups.sweep() == 1
    assert server.llen("react") == 1
    message = current_app.connection_for_read().SimpleQueue("react").get(timeout=2)
    assert message.headers["task"] == "prm.reactions.react"
    assert message.payload[0] == [world.organisation.pk]
    message.ack()

    seen: list[int] = []
    watcher = Consumer("watch", lambda batch: seen.append(batch.size))
    until = time.monotonic() + PATIENCE_SECONDS
    while wakeups.list_due() and time.monotonic() < until:
        consume(world.organisation, [watcher])
    assert sum(seen) == len(ids)
    assert wakeups.list_due() == []
    assert wakeups.sweep() == 0


def test_a_consumer_that_fails_holds_back_those_after_it_and_nobody_elses_organisation(world: World) -> None:
    fill_log(world, 5)
    with organisation_scope(world.twin.pk):
        contact = Contact.objects.create(organisation=world.twin, email="a@b.example")
        record(world.twin, [NewInteraction("page_view", contact.pk)])
    sizes: dict[str, list[int]] = {"solvane": [], "solvane-twin": []}

    def first(batch: Batch) -> None:
        if batch.organisation == world.organisation:
            raise RuntimeError("broken on purpose")

    def second(batch: Batch) -> None:
        sizes[batch.organisation.slug].append(batch.size)

    consumers = [Consumer("first", first), Consumer("second", second)]
    consume(world.organisation, consumers)
    until = time.monotonic() + PATIENCE_SECONDS
    while not sizes["solvane-twin"] and time.monotonic() < until:
        consume(world.twin, consumers)
    assert sizes == {"solvane": [], "solvane-twin": [1]}
    with organisation_scope(world.organisation.pk):
        cursor = ConsumerCursor.objects.get(consumer="first")
        assert cursor.failures == 1
        assert cursor.retry_at is not None
