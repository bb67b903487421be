"""Workers die, meet, and lose their messages: each interaction still has its effect exactly once."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress

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


class Workers:
    """Worker processes, each of which begins when it is told to; ended whatever happens."""

    def __init__(self, world: World, *specs: str) -> None:
        environment = {
            **os.environ,
            "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
            "DATABASE_APP_URL": os.environ["TEST_DATABASE_APP_URL"],
        }
        self.count = len(specs)
        self.pids: dict[int, int] = {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.touchpoints.worker", str(world.organisation.pk), *specs],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Workers":
        while len(self.pids) < self.count:
            number, text = self.says("ready")
            self.pids[number] = int(text.split()[1])
        return self

    def __exit__(self, *_: object) -> None:
        for number in list(self.pids):
            self.kill(number)
        self.process.kill()
        self.process.wait(10)

    def begin(self, number: int) -> None:
        os.kill(self.pids[number], signal.SIGUSR1)

    def kill(self, number: int) -> None:
        """End one as a power cut would."""
        with suppress(ProcessLookupError):
            os.kill(self.pids.pop(number), signal.SIGKILL)

    def says(self, word: str) -> tuple[int, str]:
        """Return the next line that begins with the word, and whose it is; the workers' logs may stand between."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            number, _space, text = line.strip().partition(" ")
            if number.isdecimal() and text.startswith(word):
                return int(number), text
        raise AssertionError(f"no worker said {word}")

    def handled(self) -> int:
        """Wait for one to end; return how many interactions it handled."""
        number, text = self.says("handled")
        self.pids.pop(number)
        return int(text.split()[1])


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
    with Workers(world, "2:0", "3:0", "0:0") as workers:
        workers.begin(0)
        workers.says("inside")
        # The batch's effects are written, and not committed: nobody else sees them.
        assert sum(marks(world).values()) == 100
        workers.kill(0)
        wait_until_released(world)

        workers.begin(1)
        workers.says("inside")
        assert sum(marks(world).values()) == 300
        workers.kill(1)
        wait_until_released(world)
        with organisation_scope(world.organisation.pk):
            assert ConsumerCursor.objects.get().interaction_id == ids[299]

        workers.begin(2)
        assert workers.handled() == 150
    assert marks(world) == Counter(ids)
    assert wakeups.list_due() == []


def test_two_workers_on_one_organisation_share_the_log_without_doubling_or_deadlock(world: World) -> None:
    ids = fill_log(world, 1200)
    with Workers(world, "0:0.02", "0:0.02") as workers:
        workers.begin(0)
        workers.begin(1)
        assert workers.handled() + workers.handled() == 1200
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
