"""Rules that give interactions their touchpoint."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from touchpoints.models import Touchpoint


class RecognitionRule(TenantModel):
    """Interactions that fit are the touchpoint's; of several rules that fit, the first by `position` decides.

    Applied in the database by `touchpoints_recognise` (migration 0001): as an interaction comes in without a
    touchpoint, when somebody tries one, and backwards over the log, so that the three cannot disagree.
    """

    touchpoint = TenantForeignKey(Touchpoint, models.CASCADE, related_name="recognition_rules")
    position = models.IntegerField()
    # Any of these kinds; none means every kind.
    kinds = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("kinds"))
    # What each fact must look like, "*" standing for anything: {"path": "/tarifs*", "utm_source": "linkedin"}. Facts
    # are those of facts.FACTS, or a property of the interaction by its name after "property:".
    patterns: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("recognition rule")
        verbose_name_plural = _("recognition rules")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(
                # One that asks for nothing would take whatever has no home.
                name="recognition_rule_asks",
                condition=~models.Q(kinds=[]) | ~models.Q(patterns={}),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "position", "id"], name="recognition_rule_order"),
            models.Index(fields=["organisation", "touchpoint"], name="recognition_rule_touchpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.touchpoint} #{self.position}"
