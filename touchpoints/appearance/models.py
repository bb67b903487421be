"""Pictures, and how an organisation looks."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from prm.organisations.tenancy import TenantForeignKey, TenantModel


class Picture(TenantModel):
    """A picture that public pages show, as `pictures.py` made it of what was uploaded. It never changes."""

    # Of its content, and the part of its address that cannot be guessed; the same picture is kept once.
    digest = models.CharField(max_length=40)
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=20)
    width = models.IntegerField()
    height = models.IntegerField()
    size = models.IntegerField()
    content = models.BinaryField()
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        verbose_name = _("picture")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "digest"], name="appearance_picture_content"),
        ]

    def __str__(self) -> str:
        return self.name


class Appearance(TenantModel):
    """The logo and colour of an organisation's public pages."""

    logo = TenantForeignKey(Picture, models.SET_NULL, null=True, related_name="+")
    # "#0b6b53", or empty: the product's own.
    colour = models.CharField(_("colour"), max_length=7, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("appearance")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation"], name="appearance_appearance_one"),
        ]

    def __str__(self) -> str:
        return self.colour or "-"
