"""Work that is due and work that takes long: kept here, carried out by Celery workers.

Redis only carries messages that say "look"; what there is to do is found in these two tables.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from prm.organisations.models import User
from prm.organisations.tenancy import TenantModel

CURRENT_TRANSACTION = "pg_current_xact_id()::text::bigint"


class Wakeup(TenantModel):
    """Something of an organisation is due: written in the transaction that makes it due.

    Append-only, so that writers never wait for one another. Whoever does the work deletes the rows whose
    transaction had ended before it looked, and no others, so that nothing falls between.
    """

    queue = models.CharField(max_length=20)
    due_at = models.DateTimeField(db_default=models.functions.Now())
    transaction_id = models.BigIntegerField(db_default=RawSQL(CURRENT_TRANSACTION, []), editable=False)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], name="work_wakeup_due"),
            models.Index(fields=["organisation", "queue", "due_at"], name="work_wakeup_own"),
        ]

    def __str__(self) -> str:
        return f"{self.queue} {self.due_at:%Y-%m-%d %H:%M:%S}"


class JobStatus(models.TextChoices):
    """Where a long piece of work is."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    STOPPING = "stopping", _("stopping")
    STOPPED = "stopped", _("stopped")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class Job(TenantModel):
    """A long piece of work with its progress; `prm.work.jobs` runs it."""

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.WAITING)
    done = models.BigIntegerField(default=0)
    # 0: not known yet.
    total = models.BigIntegerField(default=0)
    params = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    # A message for people, in English msgid form; empty unless failed.
    error = models.TextField(blank=True)
    attempts = models.IntegerField(default=0)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # While running, renewed with every step; older than jobs.STALE_SECONDS means that its worker died.
    heartbeat_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "-created_at"], name="work_job_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more will happen."""
        return self.status in {JobStatus.DONE, JobStatus.FAILED, JobStatus.STOPPED}

    def save_result(self, **values: Any) -> None:
        """Merge these values into the result and store it."""
        self.result = {**self.result, **values}
        self.save(update_fields=["result"])
