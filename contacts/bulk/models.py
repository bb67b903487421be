"""An action on many contacts: what was asked, on whom, and what became of it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from prm.work.models import Job


class BulkRun(TenantModel):
    """One action carried out on a selection. Its contacts are in its chunks, as they were when it began."""

    action = models.CharField(max_length=40)
    # What the action asked for: {"tag": "VIP"}.
    values = models.JSONField(default=dict)
    # What it does, in the words of who began it.
    title = models.CharField(max_length=200)
    # The filter as the list's address says it, or the ids that were ticked.
    selection = models.JSONField(default=dict)
    # Empty: so few that they were changed at once.
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    # When the contacts of the selection were written down; nobody joins them after that.
    frozen_at = models.DateTimeField(null=True)
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    # Left out: {reason: how many}.
    skipped = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True)
    undo_job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    restored = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "-created_at"], name="bulk_bulkrun_newest"),
        ]

    def __str__(self) -> str:
        return self.title


class BulkChunk(TenantModel):
    """Some contacts of a run; it is done in one transaction with what it does to them, once."""

    run = TenantForeignKey(BulkRun, models.CASCADE, related_name="chunks")
    number = models.IntegerField()
    # Ascending. No references: a contact may be gone before its turn comes.
    contact_ids = ArrayField(models.BigIntegerField())
    done_at = models.DateTimeField(null=True)
    skipped = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "run", "number"], name="bulk_bulkchunk_number"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "run", "number"], condition=Q(done_at__isnull=True), name="bulk_bulkchunk_left"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}"
