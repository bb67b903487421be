"""Whoever came to sales, as they were then: what somebody who has not yet is compared with."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from contacts.models import Contact, Stage
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from scoring.twins.bits import BITS, BitsField


class TwinTrait(TenantModel):
    """How many of those who came to sales have a trait, and the bit it stands for where it is something people did."""

    # "k:<kind>", "t:<touchpoint>", "h:<theme>", and of other traits what Traits.tokens (wording.py) says.
    token = models.CharField(max_length=130)
    number = models.IntegerField(default=0)
    # One bit of BITS; empty for what nobody does, and for acts beyond BITS.
    mask = BitsField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "token"], name="twins_twintrait_token"),
        ]

    def __str__(self) -> str:
        return f"{self.token}: {self.number}"


class TwinRow(TenantModel):
    """One person who came to sales, in one narrow row; follows from the base and the log (sql/keep_twins.sql).

    Empty columns are unknown: nobody is compared by them.
    """

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    # When they first came to sales, or bought without it; what they did until then is in `acts`.
    came_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    customer_at = models.DateTimeField(null=True)
    # Where they stand now.
    stage = models.CharField(max_length=12, choices=Stage.choices)
    naf_code = models.CharField(max_length=6, blank=True)
    # Of NAF rev. 2 alone: what divisions of other nomenclatures mean is something else.
    naf_division = models.CharField(max_length=2, blank=True)
    # Place in the order of headcount bands.
    headcount = models.SmallIntegerField(null=True)
    department = models.CharField(max_length=3, blank=True)
    # Its first two digits: 57 is a SAS.
    legal_form = models.CharField(max_length=2, blank=True)
    # A code of functions.py.
    function = models.CharField(max_length=16, blank=True)
    source = models.CharField(max_length=120, blank=True)
    # The touchpoint of the first act.
    entry_id = models.BigIntegerField(null=True)
    personas = ArrayField(models.BigIntegerField(), default=list)
    # "k:<kind>", "t:<touchpoint>" and "h:<theme>" of what they did, each once.
    acts = ArrayField(models.TextField(), default=list)
    # The bits of what they did, by TwinTrait.
    bits = BitsField(default="0" * BITS)
    kept_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "contact"], name="twins_twinrow_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.came_at:%Y-%m-%d}"
