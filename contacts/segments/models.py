"""Sets of contacts under a name, who is in them since when, and what has to be looked at again."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Contact
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel


class SegmentKind(models.TextChoices):
    """A living segment follows its condition; a fixed one stays as it was when it was filled."""

    LIVING = "living", pgettext_lazy("segment", "Living")
    FIXED = "fixed", pgettext_lazy("segment", "Fixed")


class Segment(TenantModel):
    """Contacts for whom a condition (prm.conditions over contacts.condition_fields.PEOPLE) holds, or held."""

    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(_("what it is for"), max_length=250, blank=True)
    kind = models.CharField(_("kind"), max_length=6, choices=SegmentKind.choices, default=SegmentKind.LIVING)
    condition = models.JSONField(_("condition"), default=dict, blank=True)
    # How many are in it now: kept by the database with every row of SegmentMember.
    size = models.IntegerField(default=0, editable=False)
    # Everybody has to be looked at: it is new, or its condition changed.
    needs_filling = models.BooleanField(default=True, editable=False)
    filled_at = models.DateTimeField(null=True, editable=False)
    # When it was filled, its condition asked about something that is gone: nobody is in it.
    is_stale = models.BooleanField(default=False, editable=False)
    # Of transactions open while it was filled: once all below this number have ended, everybody is looked at again.
    look_again_at = models.BigIntegerField(null=True, editable=False)
    archived_at = models.DateTimeField(_("archived on"), null=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "name"], name="segments_segment_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_living(self) -> bool:
        """Tell whether it follows its condition."""
        return self.kind == SegmentKind.LIVING


class SegmentMember(TenantModel):
    """One stay of a contact in a segment; `left_at` is empty while it lasts."""

    segment = TenantForeignKey(Segment, models.CASCADE, related_name="members")
    contact = TenantForeignKey(Contact, models.CASCADE, related_name="segment_stays")
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "segment", "contact"],
                condition=models.Q(left_at__isnull=True),
                name="segments_segmentmember_now",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "segment", "-entered_at"], name="segments_segmentmember_entered"),
            models.Index(
                fields=["organisation", "segment", "-left_at"],
                condition=models.Q(left_at__isnull=False),
                name="segments_segmentmember_left",
            ),
            models.Index(fields=["organisation", "contact"], name="segments_segmentmember_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.segment_id}"


class SegmentDue(TenantModel):
    """When time alone may let a contact enter or leave a segment: a window of days runs out."""

    segment = TenantForeignKey(Segment, models.CASCADE, related_name="+")
    # No reference: a contact that is gone is found to be in no segment.
    contact_id = models.BigIntegerField()
    due_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "segment", "contact_id"], name="segments_segmentdue_one"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "due_at"], name="segments_segmentdue_due"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.segment_id} {self.due_at:%Y-%m-%d %H:%M}"


class TouchedContact(TenantModel):
    """A contact that changed since segments were last brought up to date; triggers write it with the change itself.

    Without a contact: what conditions may ask about changed, such as the touchpoints there are.
    """

    contact_id = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return str(self.contact_id)
