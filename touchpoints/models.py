"""Touchpoints with their ratings, the kinds of interactions, and the log of everything that happened."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from prm.organisations.models import User
from prm.organisations.tenancy import OrganisationPolicy, TenantForeignKey, TenantManager, TenantModel
from prm.work.models import CURRENT_TRANSACTION

FROM_1_TO_5 = [MinValueValidator(1), MaxValueValidator(5)]


class Channel(models.TextChoices):
    """Where a touchpoint is."""

    WEBSITE = "website", _("Website")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Telephone")
    EVENT = "event", _("Event")
    SOCIAL = "social", _("Social network")
    PAID_MEDIA = "paid_media", _("Paid media")
    PARTNER = "partner", _("Partner")
    MAIL = "mail", _("Mail")
    POINT_OF_SALE = "point_of_sale", _("Point of sale")
    MEETING = "meeting", _("Meeting")


class Direction(models.TextChoices):
    """Who makes the first step."""

    INBOUND = "inbound", _("Inbound")
    OUTBOUND = "outbound", _("Outbound")


class Touchpoint(TenantModel):
    """A channel and what happens there, with its importance and its two qualities."""

    # What the API and trackers call it; unique in the organisation.
    code = models.SlugField(_("API name"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    channel = models.CharField(_("channel"), max_length=16, choices=Channel.choices)
    description = models.CharField(_("what the person does there"), max_length=300, blank=True)
    direction = models.CharField(_("direction"), max_length=8, choices=Direction.choices, default=Direction.INBOUND)
    # 1-5 to one decimal; null: not rated yet. What they follow from: touchpoints.ratings.
    importance = models.FloatField(_("importance"), null=True, blank=True, validators=FROM_1_TO_5)
    objective_quality = models.FloatField(_("objective quality"), null=True, blank=True, validators=FROM_1_TO_5)
    perceived_quality = models.FloatField(_("perceived quality"), null=True, blank=True, validators=FROM_1_TO_5)
    # How many answers of surveys the perceived quality follows from; 0: members estimated it.
    perceived_answers = models.IntegerField(default=0, db_default=0, editable=False)
    is_entry_point = models.BooleanField(_("entry point"), default=False)
    is_moment_of_truth = models.BooleanField(_("moment of truth"), default=False)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner"))
    monthly_cost_cents = models.BigIntegerField(_("cost per month"), null=True, blank=True)
    archived_at = models.DateTimeField(null=True, editable=False)
    # What this one became part of: its API name and address go on meaning that one.
    merged_into = TenantForeignKey("self", models.SET_NULL, null=True, related_name="merged", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "code"], name="touchpoints_touchpoint_code"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def quality(self) -> float | None:
        """Mean of the qualities that are rated, 1-5."""
        rated = [value for value in (self.objective_quality, self.perceived_quality) if value is not None]
        return sum(rated) / len(rated) if rated else None


class InteractionKind(TenantModel):
    """A kind of interaction in one organisation. Built-in kinds are described in touchpoints/kinds.py."""

    code = models.CharField(max_length=40)
    # Empty for a built-in kind: its translated name is used.
    name = models.CharField(_("name"), max_length=80, blank=True)
    # A first act of such a kind makes a suspect a prospect.
    engages = models.BooleanField(_("engages"), default=False)
    # A significant act: counts in the activation rate.
    activates = models.BooleanField(_("activates"), default=False)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "code"], name="touchpoints_interactionkind_code"),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class Verdict(models.TextChoices):
    """Who acted. Only what humans did counts as theirs; "system" is what PRM itself notes.

    "register": what changed at the person's company. It may score and trigger, and is no act of theirs.
    """

    HUMAN = "human", _("human")
    SUSPECT = "suspect", _("doubtful")
    BOT = "bot", _("robot")
    SYSTEM = "system", _("PRM")
    REGISTER = "register", _("register of companies")


# What rules, scenarios and behavioural conditions may ask about, by kind.
ASKED = f"('{Verdict.HUMAN.value}', '{Verdict.REGISTER.value}')"


class Interaction(models.Model):
    """One dated thing that happened between a person and a touchpoint. Append-only, partitioned by month.

    The table is made in SQL (migration 0001): partitions by `occurred_at`, primary key (id, occurred_at).
    Written by touchpoints.recording only; read in the order (transaction_id, id) by consumers.
    """

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+", db_index=False)
    contact = TenantForeignKey(Contact, models.CASCADE, null=True, related_name="interactions")
    visitor_id = models.UUIDField(null=True)
    touchpoint = TenantForeignKey(Touchpoint, models.SET_NULL, null=True, related_name="interactions")
    kind = models.CharField(max_length=40)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, default=Verdict.HUMAN)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=models.functions.Now())
    properties = models.JSONField(default=dict)
    # Of the transaction that wrote the row: ids are handed out before commit, so they are no order to read by.
    transaction_id = models.BigIntegerField(db_default=RawSQL(CURRENT_TRANSACTION, []), editable=False)

    objects = TenantManager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [OrganisationPolicy(name="touchpoints_interaction_policy")]

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_at:%Y-%m-%d %H:%M}"


class InteractionKey(models.Model):
    """Keys already received: the same interaction sent twice is recorded once."""

    pk = models.CompositePrimaryKey("organisation_id", "key")
    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=120)
    received_at = models.DateTimeField(db_default=models.functions.Now())

    objects = TenantManager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            OrganisationPolicy(name="touchpoints_interactionkey_policy")
        ]

    def __str__(self) -> str:
        return self.key


class ConsumerCursor(TenantModel):
    """How far one consumer has read one organisation's log; moved in the transaction of its effects."""

    consumer = models.CharField(max_length=40)
    # Below every number a rebased log can have.
    transaction_id = models.BigIntegerField(default=-(2**62))
    interaction_id = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(db_default=models.functions.Now())
    # A batch that failed: tried again after retry_at, with back-off; shown on the health page.
    failures = models.IntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "consumer"], name="touchpoints_consumercursor_name"),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.transaction_id}/{self.interaction_id}"
