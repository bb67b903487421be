"""What an organisation says of a source."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from prm.organisations.tenancy import TenantModel


class SourceChoice(TenantModel):
    """Whether an organisation asks a source, before which others, with which key, at what price; and its last test.

    A source nobody said anything of has no row: it is asked as the installation has it.
    """

    source = models.CharField(max_length=40)
    is_on = models.BooleanField(_("switched on"), default=True)
    # Among those that stand in for each other; null: as the installation orders them.
    place = models.SmallIntegerField(null=True)
    # As prm.work.sealing leaves it. Of the key itself only the last characters are ever shown.
    sealed_key = models.TextField(blank=True)
    key_ending = models.CharField(_("end of the key"), max_length=4, blank=True)
    key_set_at = models.DateTimeField(_("key set on"), null=True)
    # Euros a question; null: nobody pays.
    cost: "models.DecimalField[Decimal | None, Decimal | None]" = models.DecimalField(
        _("cost of a question"), max_digits=8, decimal_places=4, null=True
    )
    test_asked_at = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)
    # What came of the test: {"said", "seconds"} or {"reason", "message", "seconds"}.
    test: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        verbose_name = _("source of enrichment")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "source"], name="enrichment_sourcechoice_one"),
        ]

    def __str__(self) -> str:
        return self.source

    @property
    def is_being_tested(self) -> bool:
        """Tell whether a worker has yet to say what came of the test."""
        return self.test_asked_at is not None and self.tested_at is None
