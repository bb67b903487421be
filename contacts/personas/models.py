"""Personas: the ideal customer as conditions over company and person."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.segments.models import Segment
from prm.organisations.tenancy import TenantForeignKey, TenantModel


class Persona(TenantModel):
    """A living segment that is part of the target. Its name, description, condition and people are the segment's."""

    segment = TenantForeignKey(Segment, models.CASCADE, related_name="personas")
    # Whoever fits several is of the first of them.
    position = models.IntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name_plural = _("personas")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "segment"], name="personas_persona_segment"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "position", "id"], name="personas_persona_order"),
        ]

    def __str__(self) -> str:
        return str(self.segment.name)
