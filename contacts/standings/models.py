"""How companies stand today: the sum of their people, kept by sets."""

from typing import ClassVar

from django.db import models

from contacts.models import Company, Tier
from prm.organisations.tenancy import CompositeReference, OrganisationPolicy, TenantManager, TenantModel


class CompanyStanding(models.Model):
    """The people of a company in figures, and the tier of the hottest. One narrow row a company.

    Kept apart from Company, so that an act of one person rewrites no wide row and touches no segment. A database
    trigger adds the row with the company; contacts/standings/keeping.py alone writes to it.
    """

    company = models.OneToOneField(
        Company, models.CASCADE, primary_key=True, related_name="standing", db_constraint=False
    )
    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+", db_index=False)
    people = models.IntegerField(db_default=0)
    hot = models.IntegerField(db_default=0)
    # Warm or hot, or with an act of their own within the last thirty days.
    engaged = models.IntegerField(db_default=0)
    customers = models.IntegerField(db_default=0)
    # Both of the hottest of its people: the highest tier, and among those the highest score.
    tier = models.SmallIntegerField(choices=Tier.choices, db_default=0)
    total = models.FloatField(db_default=0.0)
    last_act_at = models.DateTimeField(null=True)
    # When somebody stops being engaged by time alone; null where nobody does.
    due_at = models.DateTimeField(null=True)

    objects = TenantManager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            OrganisationPolicy(name="standings_companystanding_policy"),
            CompositeReference(
                name="standings_companystanding_company_ref",
                field="company",
                to="contacts.Company",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "-tier", "-total", "-company"], name="standings_company_heat"),
            models.Index(fields=["organisation", "-people", "-company"], name="standings_company_people"),
            models.Index(fields=["organisation", "-engaged", "-company"], name="standings_company_engaged"),
            models.Index(fields=["organisation", "-last_act_at", "-company"], name="standings_company_act"),
            models.Index(
                fields=["organisation", "due_at"],
                condition=models.Q(due_at__isnull=False),
                name="standings_company_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.people} ({self.get_tier_display()})"

    @property
    def tier_code(self) -> str:
        """The tier as the API and the style sheet say it: cold, warm or hot."""
        return Tier(self.tier).code


class TouchedCompany(TenantModel):
    """A company whose people changed since its standing was last worked out; triggers write it with the change."""

    # No reference: a company that is gone is found to have no standing.
    company_id = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.company_id)
