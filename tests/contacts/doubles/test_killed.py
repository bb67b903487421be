"""A look at everybody whose worker is killed: nobody is left out, nobody proposed twice."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

from django.utils import timezone

from contacts.doubles.finding import start_find
from contacts.doubles.models import Key, Pair
from contacts.models import Contact
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.test_import_killed import wait_until

PEOPLE = 3000
CHUNK = 100


def test_a_look_killed_twice_ends_as_if_it_never_was(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        # Two after two have one telephone.
        Contact.objects.bulk_create(
            Contact(organisation=world.organisation, phone=f"+3361{number // 2:07}") for number in range(PEOPLE)
        )
        job = start_find(world.organisation, by=None)
        for reached in (5 * CHUNK, PEOPLE + 5 * CHUNK):
            worker = subprocess.Popen(
                [sys.executable, "-m", "tests.contacts.doubles.find_worker", str(world.organisation.pk), str(CHUNK)],
                env=os.environ,
            )
            try:
                wait_until(lambda: Job.objects.get(pk=job.pk).done >= reached)  # noqa: B023  (called before the next)
            finally:
                worker.send_signal(signal.SIGKILL)
                worker.wait()
            assert Job.objects.get(pk=job.pk).done < 2 * PEOPLE
            Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        assert Job.objects.get().status == "done"
        assert Key.objects.count() == PEOPLE
        assert Pair.objects.count() == PEOPLE // 2
        assert not Pair.objects.exclude(score=60).exists()
