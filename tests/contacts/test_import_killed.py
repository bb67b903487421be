"""An import whose worker is killed: nothing is written twice, nothing is left out."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

from django.utils import timezone

from contacts.importing.services import start_import
from contacts.models import Company, Contact, Import, ImportReject, StageChange, Standing, Suppression
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.files import counts, prepare

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


def wait_for_chunks(world: World, source_import: Import, rows: int) -> None:
    """Return as soon as so many rows are merged."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if Import.objects.values_list("lines_done", flat=True).get(pk=source_import.pk) >= rows:
            return
        time.sleep(0.01)
    raise AssertionError("the worker does not get on")


def test_an_import_killed_twice_ends_as_if_it_never_was(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        source_import = prepare(world.organisation, make_file(), mapping={"email": "email"})
        start_import(world.organisation, import_id=source_import.pk, by=world.marketer)
        for reached in (CHUNK, 4 * CHUNK):
            worker = subprocess.Popen(
                [sys.executable, "-m", "tests.contacts.import_worker", str(world.organisation.pk), str(CHUNK)],
                env=os.environ,
            )
            try:
                wait_for_chunks(world, source_import, reached)
            finally:
                worker.send_signal(signal.SIGKILL)
                worker.wait()
            source_import.refresh_from_db()
            assert 0 < source_import.lines_done < ROWS
            assert Contact.objects.count() == source_import.created
            # Its heartbeat is old: another worker takes the job over.
            Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
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
