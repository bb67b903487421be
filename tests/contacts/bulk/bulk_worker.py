"""A worker of its own process, to be killed: `python -m tests.contacts.bulk.bulk_worker ORGANISATION_ID CHUNK`."""

import os
import sys

os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
os.environ["DATABASE_APP_URL"] = os.environ["TEST_DATABASE_APP_URL"]

import django

django.setup()

from contacts.bulk import running  # noqa: E402
from prm.organisations.models import Organisation  # noqa: E402
from prm.work.jobs import run_jobs  # noqa: E402

running.CHUNK = int(sys.argv[2])
run_jobs(Organisation.objects.get(pk=int(sys.argv[1])))
