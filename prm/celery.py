"""Celery: carries the messages that wake workers. What there is to do is found in PostgreSQL.

Started as `celery -A prm.celery worker -Q react,mail,bulk` and `celery -A prm.celery beat`.
"""

from celery import Celery
from django.conf import settings

from prm.embedded.environment import prepare_environment

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
