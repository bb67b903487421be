"""What people ask for, how long they are kept, and what is remembered of those erased: keys, and nothing else."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Contact
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel


class ErasedId(TenantModel):
    """A keyed hash of the external id of somebody who was erased; that of their address is a Suppression."""

    # HMAC-SHA256, hexadecimal; see contacts/rights/keys.py.
    key = models.CharField(max_length=64)
    erased_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "key"], name="rights_erasedid_hash"),
        ]

    def __str__(self) -> str:
        return self.key[:8]


class RequestKind(models.TextChoices):
    """What a person may ask for (RGPD, articles 15 to 17, 20 and 21)."""

    ACCESS = "access", _("Access")
    RECTIFICATION = "rectification", _("Rectification")
    PORTABILITY = "portability", _("Portability")
    ERASURE = "erasure", _("Erasure")
    OBJECTION = "objection", _("Objection")


class Outcome(models.TextChoices):
    """How a request ended."""

    DONE = "done", pgettext_lazy("request", "carried out")
    REFUSED = "refused", pgettext_lazy("request", "refused")


class PersonRequest(TenantModel):
    """One request of a person about their data: who asked for what, when, and how it was answered."""

    kind = models.CharField(_("what is asked for"), max_length=13, choices=RequestKind.choices)
    # Empty: somebody who is not in the base. Erased people keep their shell.
    contact = TenantForeignKey(Contact, models.SET_NULL, null=True, related_name="rights_requests")
    # As they named themselves; emptied when they are erased.
    asker = models.CharField(_("who asks"), max_length=254, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    received_on = models.DateField(_("received on"))
    # One month later, as the law has it.
    due_on = models.DateField()
    noted_at = models.DateTimeField(db_default=models.functions.Now())
    noted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    # Where no member did it: the key of the API.
    done_by_label = models.CharField(max_length=160, blank=True)
    outcome = models.CharField(max_length=7, choices=Outcome.choices, blank=True)
    # What was done; of a refusal the reason.
    answer = models.CharField(_("what was done"), max_length=500, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("request of a person")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "due_on", "id"],
                condition=models.Q(done_at__isnull=True),
                name="rights_personrequest_open",
            ),
            models.Index(fields=["organisation", "-received_on", "-id"], name="rights_personrequest_newest"),
            models.Index(fields=["organisation", "contact"], name="rights_personrequest_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.received_on:%Y-%m-%d}"

    @property
    def is_late(self) -> bool:
        """Tell whether the month is over and nobody answered."""
        return self.done_at is None and self.due_on < timezone.localdate()


class Retention(TenantModel):
    """How long an organisation keeps people who do nothing, and what was found when it was looked at."""

    months = models.SmallIntegerField(
        _("months people are kept"),
        default=36,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    is_automatic = models.BooleanField(_("erase by itself, every night, who is due"), default=False)
    # What people sent and that never became a contact (contacts.rights.leftovers).
    raw_days = models.SmallIntegerField(
        _("days what could not be taken in is kept"),
        default=90,
        validators=[MinValueValidator(7), MaxValueValidator(730)],
    )
    looked_at = models.DateTimeField(null=True, editable=False)
    # How many were due then; at most retention.COUNTED_UP_TO.
    due = models.IntegerField(default=0, editable=False)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation"], name="rights_retention_one"),
        ]

    def __str__(self) -> str:
        return str(self.months)
