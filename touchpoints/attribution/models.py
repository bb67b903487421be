"""What was observed of touchpoints, as of a moment."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Stage
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from touchpoints.models import Touchpoint


class Goal(models.TextChoices):
    """What counts as converted: the stage that was reached."""

    MQL = Stage.MQL.value, _("MQL")
    ACCEPTED = Stage.ACCEPTED.value, _("Accepted by sales")
    CUSTOMER = Stage.CUSTOMER.value, _("Customer")


class Observation(TenantModel):
    """Everybody's ways to one goal, looked through once; the last one of each goal is kept."""

    goal = models.CharField(max_length=12, choices=Goal.choices)
    # The period whose interactions and conversions count.
    since = models.DateTimeField()
    upto = models.DateTimeField()
    # People who did something at a touchpoint in it, and those of them who converted.
    contacts = models.IntegerField(default=0)
    converted = models.IntegerField(default=0)
    # Chance to convert in the chain of touchpoints, 0-1: what removal effects are shares of.
    chance = models.FloatField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("observation of touchpoints")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "goal"], name="attribution_observation_goal"),
        ]

    def __str__(self) -> str:
        return self.get_goal_display()


class Observed(TenantModel):
    """One touchpoint in an observation."""

    observation = TenantForeignKey(Observation, models.CASCADE, related_name="touchpoints")
    touchpoint = TenantForeignKey(Touchpoint, models.CASCADE, related_name="+")
    # People who passed it (before they converted), and those of them who converted.
    contacts = models.IntegerField()
    converted = models.IntegerField()
    # Its part of the conversions by each model: people, in sums of shares.
    first = models.FloatField()
    last = models.FloatField()
    linear = models.FloatField()
    position = models.FloatField()
    # Of the chance to convert, what would be lost without it, 0-1.
    removal = models.FloatField()

    class Meta(TenantModel.Meta):
        verbose_name = _("observed importance")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "observation", "touchpoint"], name="attribution_observed_touchpoint"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "touchpoint"], name="attribution_observed_place")
        ]

    def __str__(self) -> str:
        return f"{self.touchpoint}: {self.converted}/{self.contacts}"
