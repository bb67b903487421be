"""Several workers, and workers that are killed: real commits, real processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from contacts.models import Company
from enrichment import services
from enrichment.asking import ask_due_lookups
from enrichment.bulk import Selection, Which
from enrichment.models import Lookup
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from prm.work.models import Job, Wakeup
from prm.work.wakeups import horizon, list_due
from tests.conftest import World
from tests.enrichment.register import Fault, Register

# Before anything else: the world must not begin a transaction.
pytestmark = pytest.mark.usefixtures("committed")

SIRENS = ("732829320", "404833048", "552100554")


@pytest.fixture
def asked(world: World, register: Register) -> list[int]:
    """Return three lookups that wait."""
    with organisation_scope(world.organisation.pk):
        companies = [
            Company.objects.create(organisation=world.organisation, name=siren, name_key=siren, siren=siren)
            for siren in SIRENS
        ]
        lookups = [services.request_lookup(world.organisation, company=one, by=world.marketer) for one in companies]
        wait_until_final()
    return [lookup.pk for lookup in lookups]


def worker(code: str, register: Register) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
        "DATABASE_APP_URL": os.environ["TEST_DATABASE_APP_URL"],
        "RECHERCHE_ENTREPRISES_URL": register.url,
        "RECHERCHE_ENTREPRISES_PER_SECOND": "500",
        "LOG_LEVEL": "ERROR",
    }
    start = (
        "import django; django.setup()\n"
        "from prm.organisations.models import Organisation\n"
        "organisation = Organisation.objects.get(slug='solvane')\n"
    )
    return subprocess.Popen([sys.executable, "-c", start + code], cwd=Path(settings.BASE_DIR), env=environment)


def ask_all(world: World) -> None:
    ask_due_lookups(world.organisation)
    connection.close()


def wait_until_final() -> None:
    """Wait for transactions of other tests on this server: what was written beside them is not settled yet."""
    end = time.monotonic() + 30
    while Wakeup.objects.filter(transaction_id__gte=horizon()).exists():
        assert time.monotonic() < end
        time.sleep(0.05)


def wait_until_asked(register: Register, many: int) -> None:
    end = time.monotonic() + 30
    while len(register.asked) < many:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_two_workers_ask_each_question_once(world: World, register: Register, asked: list[int]) -> None:
    register.seconds = 0.1

    workers = [threading.Thread(target=ask_all, args=[world]) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert sorted(register.questions()) == sorted(SIRENS)
    with organisation_scope(world.organisation.pk):
        assert list(Lookup.objects.values_list("status", "attempts")) == [("found", 1)] * 3


def test_a_worker_killed_while_it_asks_loses_nothing(world: World, register: Register, asked: list[int]) -> None:
    register.fail(Fault(seconds=20))
    process = worker("from enrichment.asking import ask_due_lookups; ask_due_lookups(organisation)", register)
    wait_until_asked(register, 1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    with organisation_scope(world.organisation.pk):
        assert list(Lookup.objects.order_by("pk").values_list("status", "attempts")) == [
            ("waiting", 1), ("waiting", 0), ("waiting", 0),
        ]  # fmt: skip
        guard = Wakeup.objects.get(queue="enrich", due_at__gt=timezone.now())
        # Its hour comes, and so does the end of the lease.
        Wakeup.objects.filter(pk=guard.pk).update(due_at=timezone.now())
        Lookup.objects.filter(attempts=1).update(retry_at=timezone.now())
    assert (world.organisation.pk, "enrich") in list_due()
    with organisation_scope(world.organisation.pk):
        wait_until_final()

    ask_due_lookups(world.organisation)

    with organisation_scope(world.organisation.pk):
        assert list(Lookup.objects.order_by("pk").values_list("status", "attempts")) == [
            ("found", 2), ("found", 1), ("found", 1),
        ]  # fmt: skip
    assert (world.organisation.pk, "enrich") not in list_due()


def test_a_busy_worker_does_not_call_in_others(world: World, register: Register, asked: list[int]) -> None:
    assert (world.organisation.pk, "enrich") in list_due()
    register.seconds = 0.5
    thread = threading.Thread(target=ask_all, args=[world])
    thread.start()
    wait_until_asked(register, 1)

    due = list_due()
    thread.join()

    assert (world.organisation.pk, "enrich") not in due


def test_a_job_whose_worker_is_killed_goes_on_where_it_was(world: World, register: Register) -> None:
    with organisation_scope(world.organisation.pk):
        for siren in SIRENS:
            Company.objects.create(organisation=world.organisation, name=siren, name_key=siren, siren=siren)
        job = services.request_bulk(world.organisation, selection=Selection(Which.DUE), by=world.marketer)
    register.fail(Fault(seconds=0), Fault(seconds=20))
    process = worker("from prm.work.jobs import run_jobs; run_jobs(organisation)", register)
    wait_until_asked(register, 2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    with organisation_scope(world.organisation.pk):
        statuses = Lookup.objects.order_by("pk").values_list("status", "attempts")
        assert list(statuses) == [("found", 1), ("waiting", 1), ("waiting", 0)]
        Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))
        Lookup.objects.filter(status="waiting", attempts=1).update(retry_at=timezone.now())
    run_jobs(world.organisation)

    with organisation_scope(world.organisation.pk):
        job.refresh_from_db()
        assert (job.status, job.result["counts"]) == ("done", {"found": 3})
        assert list(Lookup.objects.order_by("pk").values_list("attempts", flat=True)) == [1, 2, 1]
        assert Company.objects.filter(naf_code="").count() == 0
