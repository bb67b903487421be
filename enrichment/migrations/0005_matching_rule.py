"""What an organisation says of names matched without a person."""

import django.db.models.deletion
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("enrichment", "0004_source_turns_and_use"),
        ("organisations", "0003_people_and_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="MatchingRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("automatic_percent", models.SmallIntegerField(null=True)),
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
                "verbose_name": "matching of names",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="enrichment_matchingrule_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="enrichment_matchingrule_key"),
                    models.UniqueConstraint(fields=("organisation",), name="enrichment_matchingrule_one"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("automatic_percent__isnull", True),
                            ("automatic_percent__range", (85, 100)),
                            _connector="OR",
                        ),
                        name="enrichment_matchingrule_range",
                    ),
                ],
            },
        ),
    ]
