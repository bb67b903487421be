"""Landing pages, their variants, versions and tests, and how often they are seen."""

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
        ("organisations", "__first__"),
        ("touchpoints", "0007_ratings"),
    ]

    operations = [
        migrations.CreateModel(
            name="LandingPage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("slug", models.SlugField(max_length=80, verbose_name="address")),
                (
                    "old_slugs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("fr", "Français"), ("en", "English")], max_length=2, verbose_name="language"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "draft"), ("published", "published")], default="draft", max_length=9
                    ),
                ),
                ("published_at", models.DateTimeField(editable=False, null=True)),
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
                (
                    "original",
                    prm.organisations.tenancy.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="landing_pages.landingpage",
                    ),
                ),
                (
                    "touchpoint",
                    prm.organisations.tenancy.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="touchpoints.touchpoint",
                        verbose_name="touchpoint",
                    ),
                ),
            ],
            options={
                "verbose_name": "landing page",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="landing_pages_landingpage_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="landing_pages_landingpage_key"),
                    models.UniqueConstraint(fields=("organisation", "slug"), name="landing_pages_landingpage_address"),
                    prm.organisations.tenancy.CompositeReference(
                        field="touchpoint",
                        name="landing_pages_landingpage_touchpoint_ref",
                        on_delete="SET NULL",
                        to="touchpoints.Touchpoint",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="original",
                        name="landing_pages_landingpage_original_ref",
                        on_delete="SET NULL",
                        to="landing_pages.LandingPage",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PageVersion",
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
                    "page",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="landing_pages.landingpage",
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
            ],
            options={
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="landing_pages_pageversion_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="landing_pages_pageversion_key"),
                    models.UniqueConstraint(
                        fields=("organisation", "page", "number"), name="landing_pages_pageversion_number"
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="page",
                        name="landing_pages_pageversion_page_ref",
                        on_delete="CASCADE",
                        to="landing_pages.LandingPage",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PageVariant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("letter", models.CharField(max_length=2)),
                ("draft", models.JSONField(default=dict)),
                ("share", models.SmallIntegerField(default=100)),
                ("live_share", models.SmallIntegerField(editable=False, null=True)),
                ("removed_at", models.DateTimeField(editable=False, null=True)),
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
                    "page",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="variants",
                        to="landing_pages.landingpage",
                    ),
                ),
                (
                    "version",
                    prm.organisations.tenancy.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="landing_pages.pageversion",
                    ),
                ),
            ],
            options={
                "verbose_name": "variant",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="landing_pages_pagevariant_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="landing_pages_pagevariant_key"),
                    models.UniqueConstraint(
                        fields=("organisation", "page", "letter"), name="landing_pages_pagevariant_letter"
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="page",
                        name="landing_pages_pagevariant_page_ref",
                        on_delete="CASCADE",
                        to="landing_pages.LandingPage",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="version",
                        name="landing_pages_pagevariant_version_ref",
                        on_delete="RESTRICT",
                        to="landing_pages.PageVersion",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PageTest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                    "page",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tests",
                        to="landing_pages.landingpage",
                    ),
                ),
                (
                    "winner",
                    prm.organisations.tenancy.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="landing_pages.pagevariant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="landing_pages_pagetest_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="landing_pages_pagetest_key"),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("organisation", "page"),
                        name="landing_pages_pagetest_running",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="page",
                        name="landing_pages_pagetest_page_ref",
                        on_delete="CASCADE",
                        to="landing_pages.LandingPage",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="winner",
                        name="landing_pages_pagetest_winner_ref",
                        on_delete="SET NULL",
                        to="landing_pages.PageVariant",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PageDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("slot", models.SmallIntegerField()),
                ("views", models.IntegerField(default=0)),
                ("sent", models.IntegerField(default=0)),
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
                    "page",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="days", to="landing_pages.landingpage"
                    ),
                ),
                (
                    "test",
                    prm.organisations.tenancy.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="landing_pages.pagetest",
                    ),
                ),
                (
                    "variant",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="landing_pages.pagevariant"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["organisation", "day"], name="landing_pages_pageday_lately"),
                    models.Index(fields=["organisation", "test"], name="landing_pages_pageday_test"),
                ],
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="landing_pages_pageday_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="landing_pages_pageday_key"),
                    models.UniqueConstraint(
                        fields=("organisation", "variant", "test", "day", "slot"),
                        name="landing_pages_pageday_one",
                        nulls_distinct=False,
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="page",
                        name="landing_pages_pageday_page_ref",
                        on_delete="CASCADE",
                        to="landing_pages.LandingPage",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="variant",
                        name="landing_pages_pageday_variant_ref",
                        on_delete="CASCADE",
                        to="landing_pages.PageVariant",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="test",
                        name="landing_pages_pageday_test_ref",
                        on_delete="CASCADE",
                        to="landing_pages.PageTest",
                    ),
                ],
            },
        ),
    ]
