"""Slots, what of them was published, and who asks for them."""

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
        ("tracking", "0005_segments_ask_about_entry_points"),
    ]

    operations = [
        migrations.CreateModel(
            name="Slot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("key", models.SlugField(max_length=40, verbose_name="key")),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "draft"), ("live", "live"), ("paused", "paused")],
                        default="draft",
                        max_length=6,
                    ),
                ),
                ("draft", models.JSONField(default=dict)),
                ("published_number", models.IntegerField(editable=False, null=True)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
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
                "verbose_name": "slot",
                "verbose_name_plural": "slots",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="slots_slot_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="slots_slot_key"),
                    models.UniqueConstraint(fields=("organisation", "key"), name="slots_slot_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SlotAsk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40)),
                ("host", models.CharField(max_length=253)),
                ("last_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                    "site",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tracking.site"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="slots_slotask_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="slots_slotask_key"),
                    models.UniqueConstraint(fields=("organisation", "site", "key", "host"), name="slots_slotask_one"),
                    prm.organisations.tenancy.CompositeReference(
                        field="site", name="slots_slotask_site_ref", on_delete="CASCADE", to="tracking.Site"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SlotVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                ("document", models.JSONField()),
                ("published_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "slot",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="slots.slot"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="slots_slotversion_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="slots_slotversion_key"),
                    models.UniqueConstraint(fields=("organisation", "slot", "number"), name="slots_slotversion_number"),
                    prm.organisations.tenancy.CompositeReference(
                        field="slot", name="slots_slotversion_slot_ref", on_delete="CASCADE", to="slots.Slot"
                    ),
                ],
            },
        ),
    ]
