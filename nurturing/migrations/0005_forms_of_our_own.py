"""A scenario may be started by one form of our own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations

import prm.organisations.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("lead_forms", "0002_keeping"),
        ("nurturing", "0004_news_of_companies"),
        ("organisations", "0003_people_and_audit"),
        ("touchpoints", "0006_register_verdict"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="scenario",
            name="trigger_lead_form",
            field=prm.organisations.tenancy.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="lead_forms.leadform",
                verbose_name="form",
            ),
        ),
        migrations.AlterField(
            model_name="scenario",
            name="trigger_touchpoint",
            field=prm.organisations.tenancy.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="touchpoints.touchpoint",
                verbose_name="touchpoint",
            ),
        ),
        migrations.AddConstraint(
            model_name="scenario",
            constraint=prm.organisations.tenancy.CompositeReference(
                field="trigger_lead_form",
                name="nurturing_scenario_trigger_lead_form_ref",
                on_delete="SET NULL",
                to="lead_forms.LeadForm",
            ),
        ),
    ]
