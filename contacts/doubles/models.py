"""Pairs that are probably one person, merges with what undoing them needs, and the names a merged person still has."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Contact
from prm.organisations.models import User
from prm.organisations.tenancy import OrganisationPolicy, TenantForeignKey, TenantManager, TenantModel


class PairStatus(models.TextChoices):
    """What people said of a pair; a merged one goes with its contact."""

    OPEN = "open", pgettext_lazy("pair", "to decide")
    DISTINCT = "distinct", pgettext_lazy("pair", "not the same")


class Pair(TenantModel):
    """Two contacts that are probably one person, once judged never proposed again; `low` has the lower id."""

    low = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    high = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    # Percent; how it is made is in contacts/doubles/reasons.py.
    score = models.SmallIntegerField()
    # Codes of contacts/doubles/reasons.py.
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    status = models.CharField(max_length=8, choices=PairStatus.choices, default=PairStatus.OPEN)
    found_at = models.DateTimeField(db_default=models.functions.Now())
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "low", "high"], name="doubles_pair_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "-score", "-id"],
                condition=models.Q(status="open"),
                name="doubles_pair_queue",
            ),
            models.Index(fields=["organisation", "high"], name="doubles_pair_high"),
        ]

    def __str__(self) -> str:
        return f"{self.low_id} = {self.high_id}"


class Merge(TenantModel):
    """Contacts made one; for thirty days the rows needed to take it back are kept (MergedRow)."""

    # Whoever the person is now; follows when that contact is merged in turn.
    contact = TenantForeignKey(Contact, models.CASCADE, related_name="merges")
    survivor_id = models.BigIntegerField()
    merged_ids = ArrayField(models.BigIntegerField(), default=list)
    # What they were called, for pages and the log.
    names = models.JSONField(default=list)
    # The survivor's row before, and the columns that the merge gave it: {column: value}.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    is_automatic = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    # What undoing left as it was: [{"field": ..., "why": code of contacts/doubles/undoing.py}].
    kept = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        verbose_name = _("merge")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "contact", "-created_at"], name="doubles_merge_contact"),
            models.Index(fields=["organisation", "-created_at"], name="doubles_merge_newest"),
        ]

    def __str__(self) -> str:
        return ", ".join(map(str, self.names)) or f"#{self.pk}"


class MergedRow(TenantModel):
    """Rows of one table that a merge moved (ids), changed or removed (as they were)."""

    merge = TenantForeignKey(Merge, models.CASCADE, related_name="rows")
    # A rule of contacts/doubles/registry.py: "nurturing_delivery.contact_id".
    rule = models.CharField(max_length=120)
    from_id = models.BigIntegerField()
    moved = ArrayField(models.BigIntegerField(), default=list)
    changed = models.JSONField(default=list)
    removed = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "merge"], name="doubles_mergedrow_merge"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.from_id}"


class AliasKind(models.TextChoices):
    """What a merged person is still known by."""

    ID = "id", _("id")
    EXTERNAL_ID = "external_id", _("external id")
    EMAIL = "email", _("e-mail")


class Alias(TenantModel):
    """An id, external id or address of a contact that was merged: whoever asks by it finds the survivor."""

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="aliases")
    merge = TenantForeignKey(Merge, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=11, choices=AliasKind.choices)
    value = models.CharField(max_length=254)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "kind", "value"], name="doubles_alias_value"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "contact"], name="doubles_alias_contact"),
        ]

    def __str__(self) -> str:
        return self.value


class Watch(TenantModel):
    """How an organisation looks for doubles: whether certain ones are merged by themselves, and when it looked."""

    merges_certain = models.BooleanField(_("merge certain doubles by themselves"), default=False)
    # When everybody was last looked at, and how many names, numbers or addresses too many people share to compare them.
    looked_at = models.DateTimeField(null=True)
    skipped = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation"], name="doubles_watch_one"),
        ]

    def __str__(self) -> str:
        return str(self.organisation_id)


class ChangedContact(TenantModel):
    """A contact that is new or whose name, company, telephone or address changed; triggers write it."""

    contact_id = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.contact_id)


class Key(models.Model):
    """What a contact may share with a double: a hash of a name in a company, a number, a piece of an address.

    Without a reference, so that a million contacts cost no million look-ups; `finding` removes those of contacts gone.
    """

    pk = models.CompositePrimaryKey("organisation_id", "hash", "contact_id")
    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+", db_index=False)
    hash = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    # The source that another app registered, for pairs that only it can tell; empty: found from the contact itself.
    source = models.CharField(max_length=20, db_default="")

    objects = TenantManager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [OrganisationPolicy(name="doubles_key_policy")]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "contact_id"], name="doubles_key_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.hash}"
