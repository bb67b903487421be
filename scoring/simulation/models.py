"""What a draft of the model would do to the base, worked out before it is published."""

from typing import ClassVar

from django.db import models

from contacts.models import Contact, Tier
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from prm.work.models import Job
from scoring.models import ModelVersion


class Simulation(TenantModel):
    """One run of a draft over everybody, as of a moment; nobody's score is touched by it."""

    version = TenantForeignKey(ModelVersion, models.CASCADE, related_name="simulations")
    # Of the rules and thresholds that were simulated: another one means that the draft was changed since.
    fingerprint = models.CharField(max_length=64)
    # The published version it is compared with; 0: none.
    against = models.IntegerField(default=0)
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    # As of when everybody is scored; empty before work begins.
    at = models.DateTimeField(null=True)
    # Where a killed run goes on: the last contact counted.
    last_id = models.BigIntegerField(default=0)
    # {"cells": {"<was tier>.<tier>": people}, "before", "after": bars, "width": points a bar spans,
    # "ready": {"before", "after", "gained", "lost"}, "weeks": see weeks.py, "backtest": see backtesting.py}
    result = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "version", "-created_at"], name="simulation_version"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.created_at:%Y-%m-%d %H:%M}"


class SimulatedMove(TenantModel):
    """A contact who would change tier."""

    simulation = TenantForeignKey(Simulation, models.CASCADE, related_name="moves")
    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    was_tier = models.SmallIntegerField(choices=Tier.choices)
    tier = models.SmallIntegerField(choices=Tier.choices)
    was_intent = models.FloatField()
    intent = models.FloatField()
    fit = models.FloatField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "simulation", "contact"], name="simulation_move_contact"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "simulation", "was_tier", "tier", "-intent", "id"], name="simulation_move_list"
            ),
            models.Index(fields=["organisation", "contact"], name="simulation_move_of"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id}: {self.was_tier} -> {self.tier}"
