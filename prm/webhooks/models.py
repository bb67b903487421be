"""Programs that want to be told, and what they are told."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel


class Webhook(TenantModel):
    """One address that is told of some events."""

    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(_("address"), max_length=600)
    # Sealed (prm/work/sealing.py): what the other side checks signatures with.
    sealed_secret = models.TextField()
    # Codes of registry.py.
    events = ArrayField(models.CharField(max_length=40), verbose_name=_("events"))
    # Only of these, such as the API names of forms; empty: of all.
    only = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    # Since when nothing was taken; null: the last one was.
    failing_since = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("webhook")

    def __str__(self) -> str:
        return self.name


class MessageStatus(models.TextChoices):
    """What became of a message."""

    WAITING = "waiting", pgettext_lazy("webhook", "waiting")
    TAKEN = "taken", pgettext_lazy("webhook", "taken")
    FAILED = "failed", pgettext_lazy("webhook", "given up")
    DROPPED = "dropped", pgettext_lazy("webhook", "no longer there")


class WebhookMessage(TenantModel):
    """One event for one webhook. It says which row it is about; what is said of it is read as it leaves, so that
    nothing about people is kept here."""

    webhook = TenantForeignKey(Webhook, models.CASCADE, related_name="messages")
    event = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    status = models.CharField(max_length=8, choices=MessageStatus.choices, default=MessageStatus.WAITING)
    attempts = models.SmallIntegerField(default=0)
    # HTTP's number of the last answer; null: there was none.
    answer = models.SmallIntegerField(null=True)
    # Why there was no answer: a code of wording.py.
    trouble = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    due_at = models.DateTimeField(db_default=models.functions.Now())
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "webhook", "event", "subject_id"], name="webhooks_webhookmessage_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "due_at", "id"],
                condition=models.Q(status="waiting"),
                name="webhooks_webhookmessage_due",
            ),
            models.Index(fields=["organisation", "webhook", "-id"], name="webhooks_webhookmessage_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject_id}"
