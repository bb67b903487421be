"""Enrichment actions: what an organisation plans to make of its touchpoints."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from touchpoints.models import Direction, Touchpoint


class Status(models.TextChoices):
    """The columns of the board, in their order."""

    TODO = "todo", pgettext_lazy("action", "To do")
    DOING = "doing", pgettext_lazy("action", "Doing")
    DONE = "done", pgettext_lazy("action", "Done")


class EnrichmentAction(TenantModel):
    """A planned improvement of one touchpoint, with its days and what it costs."""

    touchpoint = TenantForeignKey(
        Touchpoint, models.CASCADE, related_name="enrichment_actions", verbose_name=_("touchpoint")
    )
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("what is done"), max_length=2000, blank=True)
    lever = models.CharField(_("lever"), max_length=8, choices=Direction.choices, default=Direction.INBOUND)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    cost_cents = models.BigIntegerField(_("cost"), null=True, blank=True)
    status = models.CharField(_("state"), max_length=8, choices=Status.choices, default=Status.TODO)
    began_on = models.DateField(_("began on"), null=True, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    # Who said that it is done; null for a program, or one who left.
    done_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    # Put away; can be brought back until it is removed for good.
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("enrichment action")
        verbose_name_plural = _("enrichment actions")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(
                name="actions_enrichmentaction_days",
                condition=Q(status="todo", began_on=None, done_on=None)
                | Q(status="doing", began_on__isnull=False, done_on=None)
                | Q(status="done", began_on__isnull=False, done_on__gte=F("began_on")),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "touchpoint"], name="actions_of_touchpoint"),
            models.Index(fields=["organisation", "status", "due_on"], name="actions_by_status"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_late(self) -> bool:
        """Tell whether it should have been done before today."""
        return self.is_late_on(timezone.localdate())

    def is_late_on(self, today: date) -> bool:
        """Tell whether it is late on a day."""
        return self.due_on is not None and self.due_on < today and self.status != Status.DONE
