"""Pictures, and how an organisation looks."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organisations", "0003_people_and_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=160)),
                ("content_type", models.CharField(max_length=20)),
                ("width", models.IntegerField()),
                ("height", models.IntegerField()),
                ("size", models.IntegerField()),
                ("content", models.BinaryField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                "verbose_name": "picture",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="appearance_picture_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="appearance_picture_key"),
                    models.UniqueConstraint(fields=("organisation", "digest"), name="appearance_picture_content"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Appearance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("colour", models.CharField(blank=True, max_length=7, verbose_name="colour")),
                ("updated_at", models.DateTimeField(auto_now=True)),
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
                    "logo",
                    prm.organisations.tenancy.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="appearance.picture",
                    ),
                ),
            ],
            options={
                "verbose_name": "appearance",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="appearance_appearance_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="appearance_appearance_key"),
                    models.UniqueConstraint(fields=("organisation",), name="appearance_appearance_one"),
                    prm.organisations.tenancy.CompositeReference(
                        field="logo",
                        name="appearance_appearance_logo_ref",
                        on_delete="SET NULL",
                        to="appearance.Picture",
                    ),
                ],
            },
        ),
    ]
