"""A rule's touchpoint can no longer go from under it: without it the rule would count for every touchpoint."""

import django.db.models.deletion
from django.db import migrations

import prm.organisations.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0001_initial"),
        ("touchpoints", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="rule", name="scoring_rule_touchpoint_ref"),
        migrations.AlterField(
            model_name="rule",
            name="touchpoint",
            field=prm.organisations.tenancy.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="touchpoints.touchpoint",
                verbose_name="touchpoint",
            ),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=prm.organisations.tenancy.CompositeReference(
                field="touchpoint",
                name="scoring_rule_touchpoint_ref",
                on_delete="NO ACTION",
                to="touchpoints.Touchpoint",
            ),
        ),
    ]
