"""What the organisation's own conversions say of the weights of its rules."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Stage
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from prm.work.models import Job
from scoring.models import ModelVersion


class Goal(models.TextChoices):
    """What counts as converted: the stage that was reached."""

    CUSTOMER = Stage.CUSTOMER.value, _("Customer")
    ACCEPTED = Stage.ACCEPTED.value, _("Accepted by sales")
    MQL = Stage.MQL.value, _("MQL")


class Among(models.TextChoices):
    """Who is compared."""

    ACTIVE = "active", _("People who did something")
    EVERYBODY = "everybody", _("Everybody known")


class Learning(TenantModel):
    """Weights learned once for the rules of a draft; figures alone, nothing of a person. The last one is kept."""

    version = TenantForeignKey(ModelVersion, models.CASCADE, related_name="learnings")
    # Of what the rules ask, not of their points: another one means that rules were changed since.
    fingerprint = models.CharField(max_length=64)
    goal = models.CharField(max_length=12, choices=Goal.choices, default=Goal.CUSTOMER)
    among = models.CharField(max_length=12, choices=Among.choices, default=Among.ACTIVE)
    # Rules a person wants taken in though they look like leaks: ids.
    taken_in = models.JSONField(default=list)
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    # What was found: see running.py; empty until it is.
    result = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "version", "-created_at"], name="learning_version"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.created_at:%Y-%m-%d %H:%M}"
