"""What is asked without anybody asking: about new companies, and about old ones that matter."""

from datetime import date
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.arrivals import Came
from contacts.models import Company
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from prm.work.models import Job

# Where an organisation says nothing.
USUAL_CALLS, USUAL_DAYS = 200, 90


class AutomaticRule(TenantModel):
    """Which new companies an organisation wants known, how many a day; which old ones refreshed, how many a night."""

    on_hand = models.BooleanField(_("companies written by a member"), default=False)
    on_import = models.BooleanField(_("companies of an import"), default=False)
    on_program = models.BooleanField(_("companies of a form, or of another program"), default=False)
    calls_per_day = models.IntegerField(_("questions a day, at most"), default=USUAL_CALLS)
    # The day of which `used` says how many were asked.
    used_on: "models.DateField[date | None, date | None]" = models.DateField(null=True, editable=False)
    used = models.IntegerField(default=0, editable=False)
    # 0: nothing is refreshed.
    calls_per_night = models.IntegerField(_("companies a night, at most"), default=0)
    # What the register said is old after so many days.
    fresh_days = models.IntegerField(_("days after which an answer is old"), default=USUAL_DAYS)
    # Segments whose companies matter; those that are gone are passed over.
    segment_ids = ArrayField(models.BigIntegerField(), verbose_name=_("segments"), default=list, blank=True)
    # The latest night on which anything was due, and when it was last looked.
    last_job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+", editable=False)
    looked_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("automatic enrichment")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation"], name="enrichment_automaticrule_one"),
            models.CheckConstraint(
                condition=models.Q(calls_per_day__gte=1, calls_per_night__gte=0, fresh_days__gte=1),
                name="enrichment_automaticrule_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calls_per_day}, {self.calls_per_night}"

    def wants(self, came: str) -> bool:
        """Tell whether companies that came in this way are to be known."""
        return {Came.HAND: self.on_hand, Came.IMPORT: self.on_import, Came.PROGRAM: self.on_program}.get(
            Came(came), False
        )


class Arrival(TenantModel):
    """A new company that waits to be asked about; gone once it is, or once nobody wants it."""

    company = TenantForeignKey(Company, models.CASCADE, related_name="+")
    came = models.CharField(max_length=8)
    arrived_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("new company")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "company"], name="enrichment_arrival_company"),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} ({self.came})"
