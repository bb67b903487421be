"""Words that members put on contacts, and who bears them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel

LONGEST_NAME = 60


class Tag(TenantModel):
    """One tag; two that differ by case or accents alone are one."""

    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    key = models.GeneratedField(
        expression=Func(F("name"), function="contacts_fold"), output_field=models.TextField(), db_persist=True
    )
    # It was made part of another: its name and what asked for it lead there. Nobody bears it any more.
    merged_into = TenantForeignKey("self", models.CASCADE, null=True, related_name="merged")
    # How many contacts bear it: kept by the database with every row of Tagging.
    size = models.IntegerField(default=0, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "key"], condition=Q(merged_into__isnull=True), name="tagging_tag_key_one"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "-size"], condition=Q(merged_into__isnull=True), name="tagging_tag_size"
            ),
            models.Index(
                fields=["organisation", "merged_into"],
                condition=Q(merged_into__isnull=False),
                name="tagging_tag_merged",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Tagging(TenantModel):
    """One contact bears one tag. A table, not an array on the contact: policies keep arrays from their index."""

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="taggings")
    tag = TenantForeignKey(Tag, models.CASCADE, related_name="taggings")
    # The import that brought it, and takes it away when it is undone.
    import_id = models.BigIntegerField(null=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "contact", "tag"], name="tagging_tagging_one"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "tag", "contact"], name="tagging_tagging_tag"),
            models.Index(
                fields=["organisation", "import_id", "contact"],
                condition=Q(import_id__isnull=False),
                name="tagging_tagging_import",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id}: {self.tag_id}"
