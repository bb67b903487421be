"""Files of company data, bought or shared, and what each wrote."""

import django.db.models.deletion
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contacts", "0010_import_subject"),
        ("organisations", "0003_people_and_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="PartnerFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("licence", models.CharField(blank=True, max_length=250, verbose_name="licence or contract")),
                ("told_on", models.DateField(null=True, verbose_name="as of")),
                ("fresh_until", models.DateField(null=True, verbose_name="fresh until")),
                ("columns_key", models.CharField(editable=False, max_length=64)),
                ("counts", models.JSONField(default=dict)),
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
                (
                    "source_import",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="partner_files", to="contacts.import"
                    ),
                ),
            ],
            options={
                "verbose_name": "partner file",
                "abstract": False,
                "indexes": [
                    models.Index(fields=["organisation", "columns_key", "-id"], name="partners_partnerfile_columns"),
                ],
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="partners_partnerfile_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="partners_partnerfile_key"),
                    models.UniqueConstraint(
                        fields=("organisation", "source_import"), name="partners_partnerfile_import"
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="source_import",
                        name="partners_partnerfile_source_import_ref",
                        on_delete="CASCADE",
                        to="contacts.Import",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PartnerChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.BigIntegerField()),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("kept", models.BooleanField(default=False)),
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
                (
                    "partner_file",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="partners.partnerfile"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["organisation", "company"], name="partners_change_company"),
                ],
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="partners_partnerchange_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="partners_partnerchange_key"),
                    models.UniqueConstraint(
                        fields=("organisation", "partner_file", "line"), name="partners_change_line"
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="partner_file",
                        name="partners_partnerchange_partner_file_ref",
                        on_delete="CASCADE",
                        to="partners.PartnerFile",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="company",
                        name="partners_partnerchange_company_ref",
                        on_delete="CASCADE",
                        to="contacts.Company",
                    ),
                ],
            },
        ),
    ]
