"""What is asked without anybody asking, and the new companies that wait for it."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0009_company_values"),
        ("enrichment", "0007_source_choice"),
        ("organisations", "0003_people_and_audit"),
        ("work", "0003_waiting"),
    ]

    operations = [
        migrations.CreateModel(
            name="Arrival",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("came", models.CharField(max_length=8)),
                ("arrived_at", models.DateTimeField(auto_now_add=True)),
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
                "verbose_name": "new company",
                "abstract": False,
                "indexes": [models.Index(fields=["organisation", "company"], name="enrichment_arrival_company")],
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="enrichment_arrival_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="enrichment_arrival_key"),
                    prm.organisations.tenancy.CompositeReference(
                        field="company",
                        name="enrichment_arrival_company_ref",
                        on_delete="CASCADE",
                        to="contacts.Company",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AutomaticRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on_hand", models.BooleanField(default=False, verbose_name="companies written by a member")),
                ("on_import", models.BooleanField(default=False, verbose_name="companies of an import")),
                (
                    "on_program",
                    models.BooleanField(default=False, verbose_name="companies of a form, or of another program"),
                ),
                ("calls_per_day", models.IntegerField(default=200, verbose_name="questions a day, at most")),
                ("used_on", models.DateField(editable=False, null=True)),
                ("used", models.IntegerField(default=0, editable=False)),
                ("calls_per_night", models.IntegerField(default=0, verbose_name="companies a night, at most")),
                ("fresh_days", models.IntegerField(default=90, verbose_name="days after which an answer is old")),
                (
                    "segment_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="segments",
                    ),
                ),
                ("looked_at", models.DateTimeField(editable=False, null=True)),
                (
                    "last_job",
                    prm.organisations.tenancy.TenantForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="work.job",
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
                "verbose_name": "automatic enrichment",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="enrichment_automaticrule_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="enrichment_automaticrule_key"),
                    models.UniqueConstraint(fields=("organisation",), name="enrichment_automaticrule_one"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("calls_per_day__gte", 1), ("calls_per_night__gte", 0), ("fresh_days__gte", 1)
                        ),
                        name="enrichment_automaticrule_range",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="last_job",
                        name="enrichment_automaticrule_last_job_ref",
                        on_delete="SET NULL",
                        to="work.Job",
                    ),
                ],
            },
        ),
    ]
