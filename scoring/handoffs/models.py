"""What sales does with a handoff, line by line; what both sides promised; and what members are told."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Contact
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from scoring.models import Handoff


class Deed(models.TextChoices):
    """What can be done with a handoff."""

    CLAIMED = "claimed", pgettext_lazy("a handoff", "Claimed")
    RELEASED = "released", pgettext_lazy("a handoff", "Given back to the queue")
    SNOOZED = "snoozed", pgettext_lazy("a handoff", "Put off")
    CALLED = "called", pgettext_lazy("a handoff", "Called")
    NOTED = "noted", pgettext_lazy("a handoff", "Noted")
    PLANNED = "planned", pgettext_lazy("a handoff", "Next step")
    ACCEPTED = "accepted", pgettext_lazy("a handoff", "Accepted")
    REJECTED = "rejected", pgettext_lazy("a handoff", "Rejected")
    RECYCLED = "recycled", pgettext_lazy("a handoff", "Recycled")
    LOST = "lost", pgettext_lazy("a handoff", "Lost")
    CONVERTED = "converted", pgettext_lazy("a handoff", "Became a customer")


class CallOutcome(models.TextChoices):
    """How a call went."""

    REACHED = "reached", _("Reached")
    NO_ANSWER = "no_answer", _("No answer")
    MESSAGE = "message", _("Left a message")
    CALL_BACK = "call_back", _("To be called back")
    WRONG_NUMBER = "wrong_number", _("Wrong number")


# The person was there: this is their act too, which rules may count.
SPOKEN = frozenset({CallOutcome.REACHED, CallOutcome.CALL_BACK})


class Entry(TenantModel):
    """One line of a handoff's ledger: what was done, by whom, when. Never changed."""

    handoff = TenantForeignKey(Handoff, models.CASCADE, related_name="entries")
    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    deed = models.CharField(max_length=10, choices=Deed.choices)
    at = models.DateTimeField(db_default=models.functions.Now())
    # Null: a key of the API, or the product itself; by_label says which.
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    by_label = models.CharField(max_length=160, blank=True)
    # Of a call.
    outcome = models.CharField(max_length=12, choices=CallOutcome.choices, blank=True)
    # Coded, of what was rejected, recycled or lost.
    reason = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=2000, blank=True)
    # Until when it is put off, when the next step is due, or from when it may be handed over again.
    due_at = models.DateTimeField(null=True)
    amount_cents = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "handoff", "-at", "-id"], name="handoffs_entry_of"),
            models.Index(fields=["organisation", "contact"], name="handoffs_entry_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.handoff_id} {self.deed}"


class Breach(models.TextChoices):
    """What happens when nobody called in time."""

    NOTHING = "nothing", _("It is shown as late")
    ESCALATE = "escalate", _("Somebody is told")
    RELEASE = "release", _("It goes back to the queue, and somebody is told")


class Contract(TenantModel):
    """What marketing and sales promise each other: one version, in force once both have signed it.

    A signed one never changes; a change is the next version.
    """

    number = models.IntegerField()
    definition = models.TextField(_("what an MQL is"), max_length=4000)
    brief = models.TextField(_("what a handoff tells"), max_length=4000)
    first_contact_hours = models.FloatField(_("first contact within, in business hours"))
    # Seven times ["09:00", "18:00"], Monday first, or null for a day off.
    week = models.JSONField(default=list)
    # A region of business_hours.HOLIDAYS; empty: worked on.
    holidays = models.CharField(_("public holidays"), max_length=8, blank=True)
    # Other days on which nobody works, "2026-12-24".
    closed_days = models.JSONField(default=list)
    cool_down_days = models.IntegerField(_("recycled people rest, in days"))
    on_breach = models.CharField(_("when nobody called in time"), max_length=10, choices=Breach.choices)
    escalates_to = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    marketing_signed_at = models.DateTimeField(null=True)
    marketing_signed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    marketing_signed_label = models.CharField(max_length=160, blank=True)
    sales_signed_at = models.DateTimeField(null=True)
    sales_signed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    sales_signed_label = models.CharField(max_length=160, blank=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "number"], name="handoffs_contract_number"),
        ]

    @property
    def is_signed(self) -> bool:
        """Tell whether both sides signed."""
        return self.marketing_signed_at is not None and self.sales_signed_at is not None

    def __str__(self) -> str:
        return f"v{self.number}"


class NoticeKind(models.TextChoices):
    """What a rep is told."""

    WARNING = "warning", _("A call is due soon")
    BREACH = "breach", _("Nobody called in time")
    REMINDER = "reminder", _("A next step is due")


class Notice(TenantModel):
    """Something one member was told: of one handoff, or of so many that wait."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    handoff = TenantForeignKey(Handoff, models.CASCADE, null=True, related_name="+")
    # How many, where it is of no single one.
    number = models.IntegerField(default=1)
    at = models.DateTimeField(db_default=models.functions.Now())
    seen_at = models.DateTimeField(null=True)
    # Whether an e-mail about it is wanted, and when it was handed over; never twice.
    by_email = models.BooleanField(default=False)
    mailed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "user", "-at", "-id"], name="handoffs_notice_newest"),
            models.Index(
                fields=["organisation", "id"],
                condition=models.Q(by_email=True, mailed_at__isnull=True),
                name="handoffs_notice_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class NoticeChoice(TenantModel):
    """Of what a member is told, and how. Without a row: everything here, what is late by e-mail too."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    here = ArrayField(models.CharField(max_length=10), default=list)
    by_email = ArrayField(models.CharField(max_length=10), default=list)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "user"], name="handoffs_noticechoice_one"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"


# What is told to whoever chose nothing.
USUAL_HERE = frozenset(NoticeKind.values)
USUAL_BY_EMAIL = frozenset({NoticeKind.BREACH.value, NoticeKind.REMINDER.value})
