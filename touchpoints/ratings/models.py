"""What each member says of a touchpoint, and how its ratings came to be what they are."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from touchpoints.models import Touchpoint


class Aspect(models.TextChoices):
    """What is rated 1-5: fields of a touchpoint, and the importance that the log shows."""

    IMPORTANCE = "importance", _("Importance")
    OBJECTIVE = "objective_quality", _("Objective quality")
    PERCEIVED = "perceived_quality", _("Perceived quality")
    OBSERVED = "observed", _("Observed importance")


# What members rate; what they say of perceived quality counts until people are asked.
RATED = (Aspect.IMPORTANCE, Aspect.OBJECTIVE, Aspect.PERCEIVED)


class Rating(TenantModel):
    """One member's rating of one aspect, with why."""

    touchpoint = TenantForeignKey(Touchpoint, models.CASCADE, related_name="ratings")
    rater = models.ForeignKey(User, models.CASCADE, related_name="+")
    aspect = models.CharField(max_length=20, choices=Aspect.choices)
    # Whole when chosen; from a checklist, to one decimal.
    value = models.FloatField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    # What was said of each item of the channel's checklist, by its code; empty where none was used.
    answers = models.JSONField(default=dict)
    comment = models.CharField(max_length=300, blank=True)
    rated_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = _("rating of a touchpoint")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "touchpoint", "aspect", "rater"], name="ratings_rating_of_member"
            ),
            models.CheckConstraint(name="ratings_rating_1_to_5", condition=Q(value__gte=1, value__lte=5)),
        ]

    def __str__(self) -> str:
        return f"{self.aspect}: {self.value}"


class RatingChange(TenantModel):
    """One dated change of a touchpoint's rating, or of what one member says of it. Only ever added to."""

    touchpoint = TenantForeignKey(Touchpoint, models.CASCADE, related_name="+")
    aspect = models.CharField(max_length=20, choices=Aspect.choices)
    at = models.DateTimeField()
    # Who: a member, or the name of a key, a file, PRM.
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    by_label = models.CharField(max_length=160)
    # What the member had said and said then; both null where nobody's own rating changed.
    own_before = models.FloatField(null=True)
    own_after = models.FloatField(null=True)
    # The touchpoint's value; null: not rated.
    before = models.FloatField(null=True)
    after = models.FloatField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("change of a rating")
        constraints: ClassVar[list[models.BaseConstraint]] = [*TenantModel.Meta.constraints]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "touchpoint", "aspect", "at"], name="ratings_change_of_aspect")
        ]

    def __str__(self) -> str:
        return f"{self.aspect}: {self.before} -> {self.after}"
