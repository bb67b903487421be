"""How companies are made: the places they work at, and the groups they belong to."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Company
from prm.organisations.tenancy import TenantForeignKey, TenantModel


class Establishment(TenantModel):
    """One place of a company, as the register knows it; its SIRET begins with the company's SIREN."""

    company = TenantForeignKey(Company, models.CASCADE, related_name="establishments")
    siret = models.CharField("SIRET", max_length=14)
    # What stands over the door.
    name = models.CharField(_("name"), max_length=250, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    # INSEE's code of the commune.
    commune = models.CharField(max_length=5, blank=True)
    naf_code = models.CharField(_("activity"), max_length=6, blank=True)
    naf_nomenclature = models.CharField(max_length=8, blank=True)
    is_closed = models.BooleanField(_("closed"), default=False)
    is_seat = models.BooleanField(_("head office"), default=False)
    source = models.CharField(max_length=40, blank=True)
    # As of when the source says so.
    told_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "siret"], name="structure_establishment_siret"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "company", "is_closed", "-is_seat", "siret"],
                name="structure_establishment_order",
            ),
        ]

    def __str__(self) -> str:
        return self.siret

    @property
    def nic(self) -> str:
        """The establishment's own five digits."""
        return self.siret[9:]


class GroupLink(TenantModel):
    """A company belongs to another. One row a company that does; contacts/structure/groups.py keeps them a tree."""

    company = TenantForeignKey(Company, models.CASCADE, related_name="+")
    parent = TenantForeignKey(Company, models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "company"], name="structure_grouplink_company"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "parent"], name="structure_grouplink_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} of {self.parent_id}"
