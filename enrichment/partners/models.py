"""Files of company data, bought or shared: who sold them, on what terms, and what each wrote."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Import
from prm.organisations.tenancy import TenantForeignKey, TenantModel

# What lookups of doubtful lines name as their provider.
PARTNER_FILE = "partner_file"


class PartnerFile(TenantModel):
    """One file. How it is read, its job and its rejects stand in the import; `source` there is the partner's name."""

    source_import = TenantForeignKey(Import, models.CASCADE, related_name="partner_files")
    # The contract, order or licence under which the data may be used here.
    licence = models.CharField(_("licence or contract"), max_length=250, blank=True)
    # The day the data are of, and until when they may be taken for fresh.
    told_on = models.DateField(_("as of"), null=True)
    fresh_until = models.DateField(_("fresh until"), null=True)
    # Of the folded column names, so that the partner's next file is mapped as this one was.
    columns_key = models.CharField(max_length=64, editable=False)
    # What became of the lines so far: enrichment.partners.counting.Counts.
    counts = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        verbose_name = _("partner file")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "source_import"], name="partners_partnerfile_import"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "columns_key", "-id"], name="partners_partnerfile_columns"),
        ]

    def __str__(self) -> str:
        return str(self.source_import.filename)


class PartnerChange(TenantModel):
    """What one line changed of a company, for undoing it; dropped after thirty days.

    `before` is {"field": [value, provenance]}, `after` {"field": value}; `kept` tells that undoing left something.
    """

    partner_file = TenantForeignKey(PartnerFile, models.CASCADE, related_name="changes")
    company = TenantForeignKey(Company, models.CASCADE, related_name="+")
    line = models.BigIntegerField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    kept = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "partner_file", "line"], name="partners_change_line"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "company"], name="partners_change_company"),
        ]

    def __str__(self) -> str:
        return f"{self.partner_file_id}/{self.line}"
