"""VAT numbers of companies, and what the tax offices say of them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Company
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel


class VatStatus(models.TextChoices):
    """ "Not valid" is an answer; "unavailable" is the lack of one and is tried again."""

    WAITING = "waiting", _("waiting")
    VALID = "valid", pgettext_lazy("VAT number", "valid")
    NOT_VALID = "not_valid", pgettext_lazy("VAT number", "not valid")
    UNAVAILABLE = "unavailable", _("source unavailable")


class VatCheck(TenantModel):
    """A company's VAT number with the last answer about it: one a company."""

    company = TenantForeignKey(Company, models.CASCADE, related_name="+")
    # With the two letters of the country, as VIES writes it.
    number = models.CharField(_("VAT number"), max_length=20)
    status = models.CharField(max_length=12, choices=VatStatus.choices, default=VatStatus.WAITING)
    # Why there is no answer: a Reason of enrichment/providers/outcomes.py.
    reason = models.CharField(max_length=30, blank=True)
    # What the tax office tells of the holder; many tell nothing.
    name = models.CharField(max_length=250, blank=True)
    address = models.CharField(max_length=300, blank=True)
    # When a tax office last answered.
    answered_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        verbose_name = _("VAT number")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "company"], name="enrichment_vatcheck_company"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "retry_at"],
                condition=models.Q(status__in=["waiting", "unavailable"]),
                name="enrichment_vatcheck_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.status}"
