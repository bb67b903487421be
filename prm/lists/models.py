"""How members see a list: the columns they chose, and what they kept as a view."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from prm.organisations.models import Membership, User
from prm.organisations.tenancy import TenantForeignKey, TenantModel

LONGEST_NAME = 60


class SavedView(TenantModel):
    """Filters, order and columns of a list under a name; somebody's own, or shared with the organisation."""

    list_key = models.CharField(_("list"), max_length=40)
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    # Whose own it is; null: it is shared with everybody in the organisation.
    member = TenantForeignKey(Membership, models.CASCADE, null=True, related_name="+")
    # What the address of the list says: {parameter: value}.
    filters = models.JSONField(_("filters"), default=dict)
    # Empty, both: as usual.
    sort = models.CharField(_("order"), max_length=40, blank=True)
    columns = models.JSONField(_("columns"), default=list)
    # What filters and columns were called when they were kept: {key: words}, for the day one is gone.
    words = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # Kept for a day more, so that deleting can be undone.
    deleted_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("saved view")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                "organisation",
                "list_key",
                "member",
                Lower("name"),
                condition=Q(deleted_at__isnull=True, member__isnull=False),
                name="lists_savedview_own_name",
            ),
            models.UniqueConstraint(
                "organisation",
                "list_key",
                Lower("name"),
                condition=Q(deleted_at__isnull=True, member__isnull=True),
                name="lists_savedview_shared_name",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "list_key", "member"], name="lists_savedview_list"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_shared(self) -> bool:
        """Tell whether everybody in the organisation sees it."""
        return self.member_id is None

    @property
    def told(self) -> dict[str, Any]:
        """What the audit log keeps of it."""
        return {"name": self.name, "filters": self.filters, "sort": self.sort, "columns": self.columns}


class ListChoice(TenantModel):
    """What one member chose for one list: the columns, and the view it opens with."""

    list_key = models.CharField(max_length=40)
    member = TenantForeignKey(Membership, models.CASCADE, related_name="+")
    # Keys in order; empty: as usual.
    columns = models.JSONField(default=list)
    default_view = TenantForeignKey(SavedView, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "list_key", "member"], name="lists_listchoice_one"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "member"], name="lists_listchoice_member"),
            models.Index(fields=["organisation", "default_view"], name="lists_listchoice_view"),
        ]

    def __str__(self) -> str:
        return self.list_key
