"""A run, and its undoing, whose worker is killed: nobody is changed twice, nobody left out."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

from django.utils import timezone

from contacts.bulk.models import BulkChunk, BulkRun
from contacts.bulk.selecting import Selection
from contacts.bulk.services import start_run, start_undo
from contacts.models import Contact, Stage, StageChange
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.test_import_killed import wait_until

PEOPLE = 3000
CHUNK = 50


def kill_at(world: World, job_id: int, reached: int) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.contacts.bulk.bulk_worker", str(world.organisation.pk), str(CHUNK)],
        env=os.environ,
    )
    try:
        wait_until(lambda: Job.objects.get(pk=job_id).done >= reached)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert Job.objects.get(pk=job_id).status == "running"
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))


def test_a_run_and_its_undoing_killed_on_the_way_end_as_if_they_never_were(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        Contact.objects.bulk_create(
            Contact(organisation=world.organisation, last_name=f"P{number}") for number in range(PEOPLE)
        )
        run = start_run(
            world.organisation,
            action="stage",
            selection=Selection(query={"stage": "suspect"}),
            values={"to": "prospect", "reason": "a fair"},
            by=world.marketer,
        )
        kill_at(world, run.job_id or 0, 5 * CHUNK)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        run.refresh_from_db()
        assert (run.total, run.done, run.skipped) == (PEOPLE, PEOPLE, {})
        assert BulkChunk.objects.count() == PEOPLE // CHUNK
        assert Contact.objects.filter(stage=Stage.PROSPECT).count() == PEOPLE
        assert StageChange.objects.filter(to_stage=Stage.PROSPECT).count() == PEOPLE
        undone = start_undo(world.organisation, run_id=run.pk, by=world.marketer)
        kill_at(world, undone.undo_job_id or 0, 5)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        assert Contact.objects.filter(stage=Stage.SUSPECT).count() == PEOPLE
        assert StageChange.objects.filter(to_stage=Stage.SUSPECT).count() == PEOPLE
        assert BulkRun.objects.get().restored == PEOPLE
