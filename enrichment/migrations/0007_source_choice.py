"""What an organisation says of each source: whether it is asked, its key, its price."""

import django.db.models.deletion
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("enrichment", "0006_vat_check"),
        ("organisations", "0003_people_and_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="SourceChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40)),
                ("is_on", models.BooleanField(default=True, verbose_name="switched on")),
                ("place", models.SmallIntegerField(null=True)),
                ("sealed_key", models.TextField(blank=True)),
                ("key_ending", models.CharField(blank=True, max_length=4, verbose_name="end of the key")),
                ("key_set_at", models.DateTimeField(null=True, verbose_name="key set on")),
                (
                    "cost",
                    models.DecimalField(decimal_places=4, max_digits=8, null=True, verbose_name="cost of a question"),
                ),
                ("test_asked_at", models.DateTimeField(null=True)),
                ("tested_at", models.DateTimeField(null=True)),
                ("test", models.JSONField(default=dict)),
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
                "verbose_name": "source of enrichment",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="enrichment_sourcechoice_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="enrichment_sourcechoice_key"),
                    models.UniqueConstraint(fields=("organisation", "source"), name="enrichment_sourcechoice_one"),
                ],
            },
        ),
    ]
