"""Files written for people to take away."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from prm.work.models import Job


class ExportFormat(models.TextChoices):
    """What an export is written as."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


class ExportSubject(models.TextChoices):
    """What the rows of an export are."""

    CONTACTS = "contacts", _("Contacts")
    COMPANIES = "companies", _("Companies")


class Export(TenantModel):
    """Contacts or companies of a filter written to a file by a worker; the file is kept for some days."""

    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    subject = models.CharField(max_length=12, choices=ExportSubject.choices, default=ExportSubject.CONTACTS)
    file_format = models.CharField(max_length=4, choices=ExportFormat.choices)
    # The filter, as the list's address says it.
    filters = models.JSONField(default=dict)
    # Columns of properties, and whether each holds more than text: {"Budget": "text"}; found when work begins.
    columns = models.JSONField(default=dict)
    rows = models.BigIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    # Where a killed run goes on: the last row written, and the next piece's number.
    last_id = models.BigIntegerField(default=0)
    pieces_done = models.IntegerField(default=0)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "-created_at"], name="contacts_export_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d} {self.file_format}"


class ExportChunk(TenantModel):
    """A piece of an exported file."""

    export = TenantForeignKey(Export, models.CASCADE, related_name="chunks")
    number = models.IntegerField()
    data = models.BinaryField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "export", "number"], name="contacts_exportchunk_number"),
        ]

    def __str__(self) -> str:
        return f"{self.export_id}/{self.number}"
