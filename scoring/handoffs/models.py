"""What sales does with a handoff, line by line."""

from typing import ClassVar

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
