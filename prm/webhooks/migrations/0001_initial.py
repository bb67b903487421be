"""Programs that are told what happened."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organisations", "0003_people_and_audit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("url", models.CharField(max_length=600, verbose_name="address")),
                ("sealed_secret", models.TextField()),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=None, verbose_name="events"
                    ),
                ),
                (
                    "only",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), blank=True, default=list, size=None
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("failing_since", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "verbose_name": "webhook",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="webhooks_webhook_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="webhooks_webhook_key"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event", models.CharField(max_length=40)),
                ("subject_id", models.BigIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("taken", "taken"),
                            ("failed", "given up"),
                            ("dropped", "no longer there"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempts", models.SmallIntegerField(default=0)),
                ("answer", models.SmallIntegerField(null=True)),
                ("trouble", models.CharField(blank=True, max_length=20)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("due_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ended_at", models.DateTimeField(null=True)),
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
                    "webhook",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="webhooks.webhook"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "waiting")),
                        fields=["organisation", "due_at", "id"],
                        name="webhooks_webhookmessage_due",
                    ),
                    models.Index(fields=["organisation", "webhook", "-id"], name="webhooks_webhookmessage_newest"),
                ],
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="webhooks_webhookmessage_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="webhooks_webhookmessage_key"),
                    models.UniqueConstraint(
                        fields=("organisation", "webhook", "event", "subject_id"), name="webhooks_webhookmessage_once"
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="webhook",
                        name="webhooks_webhookmessage_webhook_ref",
                        on_delete="CASCADE",
                        to="webhooks.Webhook",
                    ),
                ],
            },
        ),
    ]
