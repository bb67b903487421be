"""A partner file whose worker is killed: nothing is written twice, nothing is left out."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from contacts.models import Company, Import
from enrichment.partners import services
from enrichment.partners.models import PartnerChange
from enrichment.partners.queries import get_file
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.enrichment.partners.files import prepare

COMPANIES, BATCH = 1500, 50
WORK = f"""
import django; django.setup()
from enrichment.partners import running
from prm.organisations.models import Organisation
from prm.work.jobs import run_jobs
running.BATCH_ROWS = {BATCH}
run_jobs(Organisation.objects.get(slug="solvane"))
"""


def wait_until_merged(lines: int) -> None:
    end = time.monotonic() + 120
    while Import.objects.values_list("lines_done", flat=True).get() < lines:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_killed_worker_loses_and_doubles_nothing(committed: None, world: World) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        Company.objects.bulk_create(
            Company(organisation=organisation, name=f"Firme {n}", name_key=f"firme {n}", domain=f"f{n}.example")
            for n in range(COMPANIES)
        )
        content = "Site web;Effectif\n" + "".join(f"f{n}.example;{n % 300}\n" for n in range(COMPANIES))
        partner_file = prepare(world, content)
        services.start_file(organisation, file_id=partner_file.pk, by=world.marketer)
    environment = {
        **os.environ,
        "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
        "DATABASE_APP_URL": os.environ["TEST_DATABASE_APP_URL"],
        "LOG_LEVEL": "ERROR",
    }
    worker = subprocess.Popen([sys.executable, "-c", WORK], cwd=Path(settings.BASE_DIR), env=environment)
    try:
        with organisation_scope(organisation.pk):
            wait_until_merged(3 * BATCH)
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    with organisation_scope(organisation.pk):
        done = Import.objects.values_list("lines_done", flat=True).get()
        assert 0 < done < COMPANIES
        assert PartnerChange.objects.count() == Company.objects.exclude(headcount_band="").count() == done
        Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))

    run_jobs(organisation)

    with organisation_scope(organisation.pk):
        found = get_file(organisation, partner_file.pk)
        assert found.source_import.job is not None
        assert found.source_import.job.status == "done"
        assert found.counts == {"domain": COMPANIES, "filled": COMPANIES}
        assert PartnerChange.objects.count() == Company.objects.exclude(headcount_band="").count() == COMPANIES
