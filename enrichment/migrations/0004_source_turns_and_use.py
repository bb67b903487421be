"""Tables for the turns at each source, and for how much each organisation asks."""

import django.db.models.deletion
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("enrichment", "0003_directory"),
        ("organisations", "0003_people_and_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="SourceTurns",
            fields=[
                ("source", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("state", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="SourceUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40)),
                ("used_on", models.DateField()),
                ("calls", models.IntegerField(default=0)),
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
                "verbose_name": "use of a source",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="enrichment_sourceuse_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="enrichment_sourceuse_key"),
                    models.UniqueConstraint(
                        fields=("organisation", "source", "used_on"), name="enrichment_sourceuse_day"
                    ),
                ],
            },
        ),
    ]
