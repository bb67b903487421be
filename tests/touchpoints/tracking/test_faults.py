"""Redis down, the worker dead: what was accepted is there, and counts once."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from prm.organisations.scope import organisation_scope
from prm.work import wakeups
from prm.work.cache import TolerantRedisCache
from prm.work.wakeups import list_due
from tests.conftest import World
from tests.touchpoints.tracking.sending import make_site, new_browser, page, read, send
from touchpoints.models import Interaction
from touchpoints.tracking import intake, throttling
from touchpoints.tracking.models import Hit, Visit, Visitor

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(autouse=True)
def fresh_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "_counts", throttling.Counts())
    intake._told_at.clear()


def test_with_redis_down_hits_are_taken_quickly_and_found_by_the_sweep(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = Redis(port=1, retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(wakeups, "_broker", lambda: nowhere)
    monkeypatch.setitem(wakeups._silence, "until", 0.0)
    monkeypatch.setattr(TolerantRedisCache, "silent_until", float("inf"))
    with organisation_scope(world.organisation.pk):
        site = make_site(world.organisation)
    began = time.monotonic()
    statuses = {send(site, page(f"/{n}"), browser=new_browser()).status_code for n in range(30)}
    assert statuses == {204}
    assert time.monotonic() - began < 5
    with organisation_scope(world.organisation.pk):
        assert Hit.objects.count() == 30
    assert (world.organisation.pk, "track") in list_due()
    assert read(world.organisation) == 30


def test_without_redis_one_process_still_limits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TolerantRedisCache, "silent_until", float("inf"))
    monkeypatch.setattr(settings, "TRACKING_ADDRESS_PER_MINUTE", 25)
    with organisation_scope(world.organisation.pk):
        site = make_site(world.organisation)
    statuses = [send(site, page(), browser=new_browser()).status_code for _n in range(30)]
    assert statuses == [204] * 25 + [429] * 5


def test_a_worker_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(world: World) -> None:
    browser = new_browser()
    with organisation_scope(world.organisation.pk):
        site = make_site(world.organisation)
        for number in range(5):
            send(site, page(f"/{number}"), browser=browser)
    environment = {
        **os.environ,
        "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
        "DATABASE_APP_URL": os.environ["TEST_DATABASE_APP_URL"],
    }
    command = [sys.executable, "-m", "tests.touchpoints.tracking.worker", str(world.organisation.pk)]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert any("inside" in line for line in worker.stdout)
        # A hit that comes meanwhile waits for nobody; another worker leaves the queue alone.
        send(site, page("/5"), browser=browser)
        assert read(world.organisation) == 0
        worker.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while read(world.organisation) == 0 and time.monotonic() < deadline:
        time.sleep(0.1)
    with organisation_scope(world.organisation.pk):
        assert (Hit.objects.count(), Visitor.objects.count(), Visit.objects.get().pages) == (0, 1, 6)
        found = [one.properties["url"][-1] for one in Interaction.objects.order_by("occurred_at")]
        assert found == list("012345")


def test_many_browsers_at_once(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        site = make_site(world.organisation)

    def browse(number: int) -> list[int]:
        try:
            browser = new_browser()
            return [
                send(site, page(f"/{number}/{n}"), browser=browser, address=f"192.0.2.{number}").status_code
                for n in range(10)
            ]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = [status for some in pool.map(browse, range(8)) for status in some]
    assert statuses == [204] * 80
    assert read(world.organisation) == 80
    with organisation_scope(world.organisation.pk):
        assert (Visitor.objects.count(), Interaction.objects.count()) == (8, 80)
