"""VAT numbers of companies, and what the tax offices say of them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0007_companies"),
        ("enrichment", "0005_matching_rule"),
        ("organisations", "0003_people_and_audit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="VatCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20, verbose_name="VAT number")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("valid", "valid"),
                            ("not_valid", "not valid"),
                            ("unavailable", "source unavailable"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=30)),
                ("name", models.CharField(blank=True, max_length=250)),
                ("address", models.CharField(blank=True, max_length=300)),
                ("answered_at", models.DateTimeField(null=True)),
                ("attempts", models.IntegerField(default=0)),
                ("retry_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "company",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="contacts.company"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "VAT number",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["waiting", "unavailable"])),
                        fields=["organisation", "retry_at"],
                        name="enrichment_vatcheck_due",
                    ),
                ],
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="enrichment_vatcheck_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="enrichment_vatcheck_key"),
                    models.UniqueConstraint(fields=("organisation", "company"), name="enrichment_vatcheck_company"),
                    prm.organisations.tenancy.CompositeReference(
                        field="company",
                        name="enrichment_vatcheck_company_ref",
                        on_delete="CASCADE",
                        to="contacts.Company",
                    ),
                ],
            },
        ),
    ]
