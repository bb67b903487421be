"""What has to be remembered of people who were erased: nothing but keys that tell whether somebody comes back."""

from typing import ClassVar

from django.db import models

from prm.organisations.tenancy import TenantModel


class ErasedId(TenantModel):
    """A keyed hash of the external id of somebody who was erased; that of their address is a Suppression."""

    # HMAC-SHA256, hexadecimal; see contacts/rights/keys.py.
    key = models.CharField(max_length=64)
    erased_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "key"], name="rights_erasedid_hash"),
        ]

    def __str__(self) -> str:
        return self.key[:8]
