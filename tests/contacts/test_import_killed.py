"""An import whose worker is killed: nothing is written twice, nothing is left out."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from contacts.importing.services import start_import
from contacts.importing.undoing import start_undo
from contacts.models import Company, Contact, Import, ImportReject, StageChange, Standing, Suppression
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.files import bring_in, counts, prepare

ROWS = 3000
CHUNK = 250


def make_file() -> str:
    """3,000 rows: every tenth repeats an earlier key, every thirtieth cannot be used, every fiftieth opts out."""
    lines = ["id,email,Prénom,Entreprise,Désinscrit\n"]
    for number in range(ROWS):
        key = number - 7 if number % 10 == 9 else number
        email = "nobody" if number % 30 == 5 else f"p{key}@x.example"
        lines.append(f"{key},{email},P{number},Company {number % 40},{'oui' if number % 50 == 1 else 'non'}\n")
    return "".join(lines)


def wait_until(is_reached: Callable[[], bool]) -> None:
    """Return as soon as the worker got so far."""
    # A loaded machine is slow, not stuck.
    until = time.monotonic() + 240
    while time.monotonic() < until:
        if is_reached():
            return
        time.sleep(0.01)
    raise AssertionError("the worker does not get on")


def merged(source_import: Import) -> int:
    return Import.objects.values_list("lines_done", flat=True).get(pk=source_import.pk)


def removed(source_import: Import) -> int:
    return int(Import.objects.values_list("undone", flat=True).get(pk=source_import.pk).get("removed", 0))


def kill_a_worker(world: World, is_reached: Callable[[], bool]) -> None:
    """Start a worker of its own process and kill it once it got so far; its heartbeat is old at once."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.contacts.import_worker", str(world.organisation.pk), str(CHUNK)], env=os.environ
    )
    try:
        wait_until(is_reached)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))


def test_an_import_killed_twice_ends_as_if_it_never_was(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        source_import = prepare(world.organisation, make_file(), mapping={"email": "email"})
        start_import(world.organisation, import_id=source_import.pk, by=world.marketer)
        for reached in (CHUNK, 4 * CHUNK):
            kill_a_worker(world, lambda: merged(source_import) >= reached)  # noqa: B023  (called before the next turn)
            source_import.refresh_from_db()
            assert 0 < source_import.lines_done < ROWS
            assert Contact.objects.count() == source_import.created
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        source_import.refresh_from_db()
        assert Job.objects.get().status == "done"
        assert source_import.rows == ROWS
        assert counts(source_import) == (2600, 300, 0, 100)
        assert Contact.objects.count() == Standing.objects.count() == StageChange.objects.count() == 2600
        assert ImportReject.objects.count() == 100
        # Of the forty, four stand on lines only that a later one replaces.
        assert Company.objects.count() == 36
        assert Suppression.objects.count() == 60
        assert Contact.objects.get(external_id="2").first_name == "P9"


def test_an_undo_killed_twice_ends_as_if_it_never_was(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        bring_in(world.organisation, "id,Nom\n" + "".join(f"{n},Old {n}\n" for n in range(0, ROWS, 3)))
        before = list(Contact.objects.order_by("pk").values_list("external_id", "last_name", "properties"))
        done = bring_in(world.organisation, "id,Nom,Note\n" + "".join(f"{n},New {n},x\n" for n in range(ROWS)))
        assert counts(done) == (2000, 1000, 0, 0)
        start_undo(world.organisation, import_id=done.pk, by=world.marketer)
        for reached in (CHUNK, 4 * CHUNK):
            kill_a_worker(world, lambda: removed(done) >= reached)  # noqa: B023  (called before the next turn)
            done.refresh_from_db()
            assert 0 < done.undone["removed"] < 2000
            assert Contact.objects.count() == 3000 - done.undone["removed"]
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        done.refresh_from_db()
        assert done.undone == {"removed": 2000, "kept": 0, "restored": 1000, "left": 0, "companies": 0}
        assert list(Contact.objects.order_by("pk").values_list("external_id", "last_name", "properties")) == before
        assert Standing.objects.count() == StageChange.objects.count() == 1000
