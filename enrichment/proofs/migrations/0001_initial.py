"""Who wins where values differ, as each organisation says."""

import django.db.models.deletion
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [("organisations", "0003_people_and_audit")]

    operations = [
        migrations.CreateModel(
            name="WinningRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("wins", models.JSONField(default=dict)),
                ("ranks", models.JSONField(default=list)),
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
                "verbose_name": "who wins where values differ",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="proofs_winningrule_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="proofs_winningrule_key"),
                    models.UniqueConstraint(fields=("organisation",), name="proofs_winningrule_one"),
                ],
            },
        ),
    ]
