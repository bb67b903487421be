"""Who was asked by e-mail to say yes, to what and how often."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0003_starting_purposes"),
        ("contacts", "0005_import_modes_and_undo"),
        ("organisations", "0003_people_and_audit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.IntegerField()),
                ("times", models.SmallIntegerField(default=1)),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "contact",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="contacts.contact"
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
                    "purpose",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="consent.purpose"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="consent_confirmation_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="consent_confirmation_key"),
                    models.UniqueConstraint(
                        fields=("organisation", "contact", "purpose"), name="consent_confirmation_one"
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="contact",
                        name="consent_confirmation_contact_ref",
                        on_delete="CASCADE",
                        to="contacts.Contact",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="purpose",
                        name="consent_confirmation_purpose_ref",
                        on_delete="CASCADE",
                        to="consent.Purpose",
                    ),
                ],
            },
        ),
    ]
