"""Themes and the rules that give acts a theme; what acts say of people's interests."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from touchpoints.models import Touchpoint

USUAL_HALF_LIFE_DAYS = 30
LONGEST_HALF_LIFE_DAYS = 365


class Theme(TenantModel):
    """Something people can be interested in."""

    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("what it is about"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("theme")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "name"], name="interests_theme_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ThemeRule(TenantModel):
    """Acts at an address, or at a touchpoint, are of the theme; an act may be of several.

    Addresses are asked for as recognition does (touchpoints.recognition.facts), by the same functions of the database.
    """

    theme = TenantForeignKey(Theme, models.CASCADE, related_name="rules")
    touchpoint = TenantForeignKey(Touchpoint, models.CASCADE, null=True, related_name="+")
    # {"host": "acme.fr", "path": "/produits/*"}; empty for a touchpoint.
    patterns: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("rule of a theme")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            # One that asks for nothing would take every act.
            models.CheckConstraint(
                name="interests_rule_asks",
                condition=models.Q(touchpoint__isnull=True) ^ models.Q(patterns={}),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "theme"], name="interests_rule_theme"),
            models.Index(fields=["organisation", "touchpoint"], name="interests_rule_touchpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.theme_id}: {self.touchpoint_id or self.patterns}"


class InterestSetting(TenantModel):
    """How quickly interests fade in one organisation."""

    half_life_days = models.IntegerField(
        _("half-life in days"),
        default=USUAL_HALF_LIFE_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_HALF_LIFE_DAYS)],
    )

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation"], name="interests_setting_one"),
        ]

    def __str__(self) -> str:
        return str(self.half_life_days)


class ThemedAct(TenantModel):
    """That an interaction of a human is of a theme, and what it weighs on its day. Follows from the log and the rules.

    Written by touchpoints.interests.keeping alone; it can be made anew from the log at any time.
    """

    interaction_id = models.BigIntegerField()
    theme = TenantForeignKey(Theme, models.CASCADE, related_name="+")
    contact = TenantForeignKey(Contact, models.CASCADE, null=True, related_name="+")
    # What tracking calls a visitor by (Visitor.uid).
    visitor_uid = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()
    points = models.FloatField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "interaction_id", "theme"], name="interests_act_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Answers what a contact's acts weigh without reading the table.
            models.Index(
                fields=["organisation", "contact"],
                include=["theme", "occurred_at", "points"],
                condition=models.Q(contact__isnull=False),
                name="interests_act_contact",
            ),
            models.Index(
                fields=["organisation", "visitor_uid"],
                condition=models.Q(visitor_uid__isnull=False),
                name="interests_act_visitor",
            ),
            models.Index(fields=["organisation", "theme", "occurred_at"], name="interests_act_theme"),
        ]

    def __str__(self) -> str:
        return f"{self.interaction_id}: {self.theme_id}"


class Interest(TenantModel):
    """What a contact's acts of one theme weigh together, as of the last of them.

    From then on it fades by itself: `interests_weight` (migration 0002) says what it is at any moment, 0 to 100.
    """

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="interests")
    theme = TenantForeignKey(Theme, models.CASCADE, related_name="+")
    level = models.FloatField()
    as_of = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "contact", "theme"], name="interests_interest_one"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "theme", "contact"], include=["level", "as_of"], name="interests_interest_theme"
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact_id}: {self.theme_id}"


class Reconsidered(TenantModel):
    """An interaction, or a contact, whose interests are to be worked out anew by a worker: seconds."""

    interaction_id = models.BigIntegerField(null=True)
    # A contact's id, for seconds: no reference that has to hold.
    person_id = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.interaction_id or self.person_id}"
