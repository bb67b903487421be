"""Scenarios, each contact's way through them, and the ledger of what was sent."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.consent.models import Confirmation
from contacts.models import Contact, Tier
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from touchpoints.lead_forms.models import LeadForm
from touchpoints.models import Touchpoint


class ScenarioStatus(models.TextChoices):
    """Only an active scenario takes people in and sends."""

    DRAFT = "draft", pgettext_lazy("scenario", "draft")
    ACTIVE = "active", pgettext_lazy("scenario", "active")
    PAUSED = "paused", pgettext_lazy("scenario", "paused")
    ARCHIVED = "archived", pgettext_lazy("scenario", "archived")


class Trigger(models.TextChoices):
    """What starts a scenario for a contact."""

    TIER = "tier", _("reaches a tier")
    FORM = "form", _("sends a form")
    COMPANY = "company", _("works at a company that changed")


class Scenario(TenantModel):
    """An automated sequence of messages, started by a trigger."""

    name = models.CharField(_("name"), max_length=120)
    status = models.CharField(max_length=10, choices=ScenarioStatus.choices, default=ScenarioStatus.DRAFT)
    trigger = models.CharField(_("starts when the person"), max_length=10, choices=Trigger.choices)
    # For TIER: the tier reached (from below). For FORM: a form of our own, a touchpoint, or both; empty: any form.
    trigger_tier = models.SmallIntegerField(_("tier"), choices=Tier.choices, null=True, blank=True)
    trigger_touchpoint = TenantForeignKey(
        Touchpoint, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("touchpoint")
    )
    trigger_lead_form = TenantForeignKey(
        LeadForm, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("form")
    )
    # For COMPANY: a kind of touchpoints.kinds.NEWS; empty: any of them.
    trigger_kind = models.CharField(_("change"), max_length=40, blank=True, db_default="")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "status", "trigger"], name="nurturing_scenario_trigger"),
        ]

    def __str__(self) -> str:
        return self.name


class StepKind(models.TextChoices):
    """What a step does."""

    EMAIL = "email", _("E-mail")
    WAIT = "wait", _("Wait")


class Step(TenantModel):
    """One step of a scenario, in the order of `position` (from 1, without gaps)."""

    scenario = TenantForeignKey(Scenario, models.CASCADE, related_name="steps")
    position = models.IntegerField()
    kind = models.CharField(max_length=6, choices=StepKind.choices)
    wait_seconds = models.BigIntegerField(_("wait"), default=0)
    # Liquid templates; the body is plain paragraphs, made into HTML and text when it is sent.
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("message"), blank=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "scenario", "position"],
                name="nurturing_step_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.get_kind_display()}"


class EnrolmentStatus(models.TextChoices):
    """Where a contact is in a scenario."""

    ACTIVE = "active", _("in it")
    DONE = "done", _("went through")
    LEFT = "left", _("left it")


class ExitReason(models.TextChoices):
    """Why a contact left a scenario before its end."""

    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    SUPPRESSED = "suppressed", _("may not be written to")
    HANDOFF = "handoff", _("passed to sales")
    CLOSED = "closed", _("bought, or given up by sales")
    NO_ADDRESS = "no_address", _("no e-mail address")
    BY_HAND = "by_hand", _("taken out by a member")
    ARCHIVED = "archived", _("scenario archived")
    # Before anything was sent: whoever did it after all is taken in anew.
    VERDICT = "verdict", _("what started it turned out to be no act of theirs")


class Enrolment(TenantModel):
    """One contact's way through one scenario."""

    scenario = TenantForeignKey(Scenario, models.CASCADE, related_name="enrolments")
    contact = TenantForeignKey(Contact, models.CASCADE, related_name="enrolments")
    status = models.CharField(max_length=6, choices=EnrolmentStatus.choices, default=EnrolmentStatus.ACTIVE)
    # The step to carry out next, at due_at.
    position = models.IntegerField(default=1)
    due_at = models.DateTimeField(null=True)
    entered_at = models.DateTimeField(db_default=models.functions.Now())
    # What started it: {"interaction": id, "kind": ...}.
    cause = models.JSONField(default=dict)
    left_at = models.DateTimeField(null=True)
    exit_reason = models.CharField(max_length=12, choices=ExitReason.choices, blank=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            # Once in a lifetime: re-entry is a decision of the scenario, not an accident. The contact comes first,
            # so that one index also answers "which scenarios is this person in".
            models.UniqueConstraint(fields=["organisation", "contact", "scenario"], name="nurturing_enrolment_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # What is due is claimed a step at a time; who waits at a step is counted from it.
            models.Index(
                fields=["organisation", "scenario", "position", "due_at", "id"],
                condition=models.Q(status="active"),
                name="nurturing_enrolment_due",
            ),
            models.Index(
                fields=["organisation", "scenario", "status", "exit_reason"],
                condition=models.Q(status__in=["done", "left"]),
                name="nurturing_enrolment_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.scenario_id}"


class DeliveryStatus(models.TextChoices):
    """What became of a message. "Unknown": the sender died between SMTP and its note; never resent by itself."""

    PENDING = "pending", pgettext_lazy("delivery", "waiting to leave")
    SENDING = "sending", pgettext_lazy("delivery", "being sent")
    SENT = "sent", pgettext_lazy("delivery", "sent")
    HELD = "held", pgettext_lazy("delivery", "not sent")
    REFUSED = "refused", pgettext_lazy("delivery", "refused by the server")
    UNKNOWN = "unknown", pgettext_lazy("delivery", "unknown")


class Delivery(TenantModel):
    """The send ledger: one row for each contact, step or request, and occurrence, committed before SMTP."""

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="deliveries")
    step = TenantForeignKey(Step, models.SET_NULL, null=True, related_name="deliveries")
    # Instead of a step: the request to say yes that the message carries.
    confirmation = TenantForeignKey(Confirmation, models.SET_NULL, null=True, related_name="+")
    occurrence = models.IntegerField(default=1)
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=250, blank=True)
    status = models.CharField(max_length=8, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING)
    # Why it was held or refused: a code of nurturing/reasons.py, or the server's own words.
    reason = models.CharField(max_length=250, blank=True)
    message_id = models.CharField(max_length=160, blank=True)
    attempts = models.IntegerField(default=0)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    due_at = models.DateTimeField(db_default=models.functions.Now())
    # Until then the row belongs to one sender; later that sender is dead (nurturing/sending.py). Null: nobody's.
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "contact", "step", "occurrence"], name="nurturing_delivery_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "confirmation", "occurrence"], name="nurturing_delivery_asked_once"
            ),
        ]
        # A message waiting to leave stands in as few indexes as it can: writing it is what a due step costs.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "due_at", "id"],
                condition=models.Q(status="pending", lease_until__isnull=True),
                name="nurturing_delivery_due",
            ),
            models.Index(
                fields=["organisation", "lease_until"],
                condition=models.Q(lease_until__isnull=False),
                name="nurturing_delivery_leased",
            ),
            # Who got this step at this address; figures of a step; the ledger by status, newest first.
            models.Index(
                fields=["organisation", "address", "step"],
                condition=models.Q(status__in=["sending", "sent", "unknown"]),
                name="nurturing_delivery_address",
            ),
            models.Index(
                fields=["organisation", "step", "status", "reason"],
                condition=models.Q(status__in=["sent", "held", "refused", "unknown"]),
                name="nurturing_delivery_figures",
            ),
            models.Index(
                fields=["organisation", "status", "id"],
                condition=models.Q(status__in=["sent", "held", "refused", "unknown"]),
                name="nurturing_delivery_status",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.status}"
