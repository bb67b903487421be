"""Celery: carries the messages that wake workers. What there is to do is found in PostgreSQL.

Started as `celery -A prm.celery worker -Q react,mail,bulk` and `celery -A prm.celery beat`.
"""

import sys
from typing import Any

from celery import Celery
from celery.signals import worker_init
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from prm.embedded.environment import prepare_environment
from prm.organisations.starting import check_role_at_start

prepare_environment()

app = Celery("prm", include=["prm.reactions"])
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# "react": short work somebody waits for; "mail": sending; "bulk": what takes long.
app.conf.task_routes = {task: {"queue": queue} for task, queue in settings.WAKEUP_TASKS.values()}
app.conf.beat_schedule = {
    "sweep": {
        "task": "prm.work.tasks.sweep",
        "schedule": settings.SWEEP_SECONDS,
        # While no worker runs, sweeps do not pile up.
        "options": {"queue": "react", "expires": settings.SWEEP_SECONDS * 2},
    },
    "maintain": {
        "task": "prm.work.tasks.maintain",
        "schedule": 3600.0,
        "options": {"queue": "bulk", "expires": 3600},
    },
}


@worker_init.connect
def refuse_unsafe_role(**_: Any) -> None:
    """End a worker that would see through the walls between organisations; Celery swallows anything but an exit."""
    try:
        check_role_at_start()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
