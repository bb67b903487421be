"""Messages that ask people to say yes, in the ledger of all messages."""

import django.db.models.deletion
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0004_confirmation"),
        ("contacts", "0005_import_modes_and_undo"),
        ("nurturing", "0002_ledger_indexes"),
        ("organisations", "0003_people_and_audit"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="confirmation",
            field=prm.organisations.tenancy.TenantForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="consent.confirmation"
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("organisation", "confirmation", "occurrence"), name="nurturing_delivery_asked_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=prm.organisations.tenancy.CompositeReference(
                field="confirmation",
                name="nurturing_delivery_confirmation_ref",
                on_delete="SET NULL",
                to="consent.Confirmation",
            ),
        ),
    ]
