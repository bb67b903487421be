"""Models of scoring rules in versions, and the handoff of hot prospects to sales."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from touchpoints.models import Touchpoint


class VersionStatus(models.TextChoices):
    """One draft and one published version at most; a published one never changes."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    ARCHIVED = "archived", _("archived")


class ModelVersion(TenantModel):
    """One version of the organisation's scoring model: rules and thresholds."""

    number = models.IntegerField()
    status = models.CharField(max_length=10, choices=VersionStatus.choices, default=VersionStatus.DRAFT)
    # Intent points from which a contact is warm, and hot; fit points below which hot is not yet MQL.
    warm_from = models.FloatField(_("warm from"), default=10)
    hot_from = models.FloatField(_("hot from"), default=20)
    minimum_fit = models.FloatField(_("minimum fit for an MQL"), default=0)
    note = models.CharField(_("what changed"), max_length=250, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "number"], name="scoring_modelversion_number"),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=models.Q(status="published"),
                name="scoring_modelversion_one_published",
            ),
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(status="draft"), name="scoring_modelversion_one_draft"
            ),
        ]

    def list_rules(self) -> "list[Rule]":
        """Return the rules as people read them; no query where they were fetched along."""
        return sorted(self.rules.all(), key=lambda rule: (rule.axis, rule.position, rule.pk))

    def __str__(self) -> str:
        return f"v{self.number}"


class Axis(models.TextChoices):
    """The two axes of qualification."""

    INTENT = "intent", _("Intent")
    FIT = "fit", _("Fit")


class Rule(TenantModel):
    """Points for what a person did (a kind of interaction) or is (a profile condition).

    A behaviour rule has a `kind`, and may ask for a touchpoint and for properties; a profile rule has a
    `condition`. Points decay by half every `half_life_days`, count once a day if asked, and stop at `cap`.
    """

    version = TenantForeignKey(ModelVersion, models.CASCADE, related_name="rules")
    axis = models.CharField(_("axis"), max_length=6, choices=Axis.choices)
    position = models.IntegerField(default=0)
    name = models.CharField(_("name"), max_length=120)
    points = models.FloatField(_("points"))
    # Behaviour.
    kind = models.CharField(_("interaction"), max_length=40, blank=True)
    # Nothing is done to a rule when its touchpoint goes: the database refuses, for without it the rule would count
    # for every touchpoint.
    touchpoint = TenantForeignKey(
        Touchpoint, models.DO_NOTHING, null=True, blank=True, related_name="+", verbose_name=_("touchpoint")
    )
    # A condition (prm.conditions) over the interaction's properties, and one over contact and company.
    property_condition = models.JSONField(default=dict, blank=True)
    condition = models.JSONField(default=dict, blank=True)
    cap = models.FloatField(_("cap in points"), null=True, blank=True)
    half_life_days = models.FloatField(_("half-life in days"), null=True, blank=True)
    window_days = models.IntegerField(_("only the last days"), null=True, blank=True)
    once_a_day = models.BooleanField(_("counts once a day"), default=False)
    is_enabled = models.BooleanField(_("in use"), default=True)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "version", "axis", "position"], name="scoring_rule_version"),
        ]

    def __str__(self) -> str:
        return self.name


class HandoffStatus(models.TextChoices):
    """waiting -> claimed -> accepted, rejected or recycled; withdrawn when it may no longer be called."""

    WAITING = "waiting", _("waiting")
    CLAIMED = "claimed", _("claimed")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")
    RECYCLED = "recycled", _("recycled")
    WITHDRAWN = "withdrawn", _("withdrawn")


OPEN_STATUSES = (HandoffStatus.WAITING, HandoffStatus.CLAIMED)


class Outcome(models.TextChoices):
    """What became of somebody sales had accepted: the answer stays what it was."""

    CUSTOMER = "customer", _("customer")
    LOST = "lost", _("lost")
    RECYCLED = "recycled", _("recycled")


class RejectionReason(models.TextChoices):
    """Why sales sends a handoff back; "not ready" recycles."""

    NOT_READY = "not_ready", _("Too early")
    NOT_TARGET = "not_target", _("Not our target")
    NO_PROJECT = "no_project", _("No project")
    NO_BUDGET = "no_budget", _("No budget")
    COMPETITOR = "competitor", _("Chose a competitor")
    UNREACHABLE = "unreachable", _("Cannot be reached")
    WRONG_DATA = "wrong_data", _("Wrong details")
    OTHER = "other", _("Other")


class Handoff(TenantModel):
    """An MQL passed to sales, with the evidence it was passed with."""

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="handoffs")
    status = models.CharField(max_length=10, choices=HandoffStatus.choices, default=HandoffStatus.WAITING)
    # When opened: score, model and the reasons in short, as they were.
    intent = models.FloatField()
    fit = models.FloatField()
    total = models.FloatField()
    model_number = models.IntegerField()
    evidence = models.JSONField(default=list)
    opened_at = models.DateTimeField(db_default=models.functions.Now())
    # First contact is promised by then (the contract's delay).
    due_at = models.DateTimeField()
    claimed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    claimed_by_label = models.CharField(max_length=160, blank=True)
    claimed_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=12, choices=RejectionReason.choices, blank=True)
    note = models.CharField(max_length=500, blank=True)
    # Recycled: not handed over again before then.
    not_before = models.DateTimeField(null=True)
    # The contract's clock: under which version, from when the call is due soon, and what was told of it.
    contract_number = models.IntegerField(default=0)
    warn_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    # While it is worked: when somebody first called, until when it need not be looked at, what is to be done next.
    called_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    next_step = models.CharField(max_length=200, blank=True)
    next_step_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    # The end: empty while sales works on it, or where sales had not accepted.
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    closed_at = models.DateTimeField(null=True)
    amount_cents = models.BigIntegerField(_("amount"), null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "contact"],
                condition=models.Q(status__in=["waiting", "claimed"]),
                name="scoring_handoff_one_open",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "-total", "opened_at", "id"],
                condition=models.Q(status="waiting"),
                name="scoring_handoff_queue",
            ),
            models.Index(fields=["organisation", "status", "-opened_at"], name="scoring_handoff_status"),
            models.Index(fields=["organisation", "contact", "-opened_at"], name="scoring_handoff_contact"),
            # What one person works on: few, whatever was answered in years.
            models.Index(
                fields=["organisation", "claimed_by"],
                condition=models.Q(status__in=["claimed", "accepted"], outcome=""),
                name="scoring_handoff_worked",
            ),
            # What the clock looks for: calls nobody made yet, and next steps nobody was reminded of.
            models.Index(
                fields=["organisation", "due_at"],
                condition=models.Q(status__in=["waiting", "claimed"], called_at=None, breached_at=None),
                name="scoring_handoff_due",
            ),
            models.Index(
                fields=["organisation", "next_step_at"],
                condition=models.Q(next_step_at__isnull=False, reminded_at=None, outcome=""),
                name="scoring_handoff_step_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.status}"
