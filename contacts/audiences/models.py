"""Audiences for advertising platforms, the files that were made of them, and who stood in each."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Contact
from contacts.segments.models import Segment
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from prm.work.models import Job, JobStatus


class Platform(models.TextChoices):
    """Whose format a file has."""

    GOOGLE = "google", "Google Ads (Customer Match)"
    META = "meta", "Meta (Custom Audiences)"


class Columns(models.TextChoices):
    """What a file tells of each person, hashed."""

    EMAIL = "email", _("E-mail address only")
    ALL = "all", _("E-mail, telephone, name, country and postcode")


class FileKind(models.TextChoices):
    """What a platform is to do with a file."""

    ADD = "add", pgettext_lazy("audience", "to be added")
    REMOVE = "remove", pgettext_lazy("audience", "to be removed")


class Audience(TenantModel):
    """People a platform is to show advertisements to: those of a segment, a condition, or both, who agreed to it."""

    name = models.CharField(_("name"), max_length=120)
    platform = models.CharField(_("platform"), max_length=6, choices=Platform.choices)
    columns = models.CharField(_("what is passed on"), max_length=5, choices=Columns.choices, default=Columns.EMAIL)
    segment = TenantForeignKey(Segment, models.SET_NULL, null=True, blank=True, related_name="+")
    # With a segment that is gone it is nobody's, not everybody's.
    of_segment = models.BooleanField(default=False)
    # prm.conditions over contacts.condition_fields.PEOPLE.
    condition = models.JSONField(_("condition"), default=dict, blank=True)
    # Code of the purpose people must have agreed to.
    purpose = models.CharField(_("purpose"), max_length=40)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("advertising audience")
        verbose_name_plural = _("advertising audiences")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "name"], name="audiences_audience_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_stale(self) -> bool:
        """Tell whether its segment is gone."""
        return self.of_segment and self.segment_id is None


class AudienceFile(TenantModel):
    """One file: who had it made, when, of whom, with which words of consent. Stays when its bytes are gone."""

    audience = TenantForeignKey(Audience, models.CASCADE, related_name="files")
    kind = models.CharField(max_length=6, choices=FileKind.choices, default=FileKind.ADD)
    platform = models.CharField(max_length=6, choices=Platform.choices)
    columns = models.CharField(max_length=5, choices=Columns.choices)
    # As they were then, in words.
    asked = models.TextField(blank=True)
    purpose = models.CharField(max_length=40)
    # Of the text people read when the file was made.
    purpose_version = models.IntegerField(null=True)
    rows = models.IntegerField(default=0)
    # {reason: how many were left out}.
    left_out = models.JSONField(default=dict)
    size_bytes = models.BigIntegerField(default=0)
    # Of the whole file, hexadecimal; "" until it is complete.
    sha256 = models.CharField(max_length=64, blank=True)
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    # Everybody of it is in audiences_audiencemember: it goes on from there.
    is_listed = models.BooleanField(default=False)
    pieces_done = models.IntegerField(default=0)
    last_id = models.BigIntegerField(default=0)
    downloads = models.IntegerField(default=0)
    downloaded_at = models.DateTimeField(null=True)
    # The bytes are gone.
    forgotten_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("audience file")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "audience", "-id"], name="audiences_file_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.audience} ({self.get_kind_display()})"

    @property
    def is_ready(self) -> bool:
        """Tell whether it is complete and still there."""
        return self.job is not None and self.job.status == JobStatus.DONE and self.forgotten_at is None


class AudiencePiece(TenantModel):
    """A part of a file's bytes."""

    file = TenantForeignKey(AudienceFile, models.CASCADE, related_name="pieces")
    number = models.IntegerField()
    data = models.BinaryField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "file", "number"], name="audiences_piece_number"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}: {self.number}"


class AudienceMember(TenantModel):
    """Somebody who stood in a file; what tells them to the platform stays until it was told to remove them."""

    file = TenantForeignKey(AudienceFile, models.CASCADE, related_name="members")
    contact = TenantForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    # As the file has it; "" until its line is written, or once it is needed no more.
    email_hash = models.CharField(max_length=64, blank=True)
    # The removal file that names them.
    removed_in = TenantForeignKey(AudienceFile, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "file", "id"], name="audiences_member_file"),
            models.Index(fields=["organisation", "contact"], name="audiences_member_contact"),
            models.Index(
                fields=["organisation", "email_hash"],
                condition=~models.Q(email_hash=""),
                name="audiences_member_hash",
            ),
            models.Index(
                fields=["organisation", "removed_in"],
                condition=models.Q(removed_in__isnull=False),
                name="audiences_member_removed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.file_id}"
