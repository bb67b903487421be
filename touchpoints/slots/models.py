"""Places on websites that show one of several variants, what of them was published, and which sites ask for them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from touchpoints.tracking.models import Site


class SlotStatus(models.TextChoices):
    """A draft has never been published; a paused slot shows what the site itself has there."""

    DRAFT = "draft", pgettext_lazy("slot", "draft")
    LIVE = "live", pgettext_lazy("slot", "live")
    PAUSED = "paused", pgettext_lazy("slot", "paused")


class Slot(TenantModel):
    """A place: its draft is what members work on, one of its versions what visitors see."""

    name = models.CharField(_("name"), max_length=120)
    # What the site's pages call it: data-prm-slot="hero". It never changes.
    key = models.SlugField(_("key"), max_length=40)
    status = models.CharField(max_length=6, choices=SlotStatus.choices, default=SlotStatus.DRAFT)
    # What document.py reads and writes.
    draft = models.JSONField(default=dict)
    # The version visitors see; null: it was never published.
    published_number = models.IntegerField(null=True, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # Web processes keep what is published until one of these changes.
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "key"], name="slots_slot_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Tell whether visitors may see a variant."""
        return self.status == SlotStatus.LIVE and self.archived_at is None


class SlotVersion(TenantModel):
    """What was published. The database lets none change: people saw it, and its effect is measured."""

    slot = TenantForeignKey(Slot, models.CASCADE, related_name="versions")
    number = models.IntegerField()
    document = models.JSONField()
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "slot", "number"], name="slots_slotversion_number"),
        ]

    def __str__(self) -> str:
        return f"{self.slot_id}: {self.number}"


class SlotAsk(TenantModel):
    """A site asked for a place by this key, whether there is one or not: when last, and from which host."""

    site = TenantForeignKey(Site, models.CASCADE, related_name="+")
    key = models.CharField(max_length=40)
    host = models.CharField(max_length=253)
    last_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "site", "key", "host"], name="slots_slotask_one"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.host}"
