"""Forms, what was published of them, and what people sent."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contacts", "0010_import_subject"),
        ("organisations", "0003_people_and_audit"),
        ("touchpoints", "0006_register_verdict"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LeadForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("code", models.SlugField(max_length=60, verbose_name="API name")),
                ("key", models.CharField(max_length=32)),
                (
                    "language",
                    models.CharField(
                        choices=[("fr", "Français"), ("en", "English")], max_length=2, verbose_name="language"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "draft"), ("live", "live"), ("closed", "closed")],
                        default="draft",
                        max_length=6,
                    ),
                ),
                ("draft", models.JSONField(default=dict)),
                ("published_number", models.IntegerField(editable=False, null=True)),
                (
                    "hosts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=260), blank=True, default=list, size=None
                    ),
                ),
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
                "verbose_name": "form",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="lead_forms_leadform_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="lead_forms_leadform_key"),
                    models.UniqueConstraint(fields=("organisation", "code"), name="lead_forms_leadform_code"),
                    models.UniqueConstraint(fields=("organisation", "key"), name="lead_forms_leadform_address"),
                    prm.organisations.tenancy.CompositeReference(
                        field="touchpoint",
                        name="lead_forms_leadform_touchpoint_ref",
                        on_delete="SET NULL",
                        to="touchpoints.Touchpoint",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FormVersion",
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
                    "form",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="lead_forms.leadform"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="lead_forms_formversion_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="lead_forms_formversion_key"),
                    models.UniqueConstraint(
                        fields=("organisation", "form", "number"), name="lead_forms_formversion_number"
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="form",
                        name="lead_forms_formversion_form_ref",
                        on_delete="CASCADE",
                        to="lead_forms.LeadForm",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FormFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160)),
                ("content_type", models.CharField(max_length=100)),
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
                (
                    "form",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="lead_forms.leadform"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="lead_forms_formfile_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="lead_forms_formfile_key"),
                    prm.organisations.tenancy.CompositeReference(
                        field="form", name="lead_forms_formfile_form_ref", on_delete="CASCADE", to="lead_forms.LeadForm"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FormDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("slot", models.SmallIntegerField()),
                ("shown", models.IntegerField(default=0)),
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
                    "form",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="days", to="lead_forms.leadform"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="lead_forms_formday_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="lead_forms_formday_key"),
                    models.UniqueConstraint(
                        fields=("organisation", "form", "day", "slot"), name="lead_forms_formday_one"
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="form", name="lead_forms_formday_form_ref", on_delete="CASCADE", to="lead_forms.LeadForm"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("once", models.CharField(max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("received", "waiting"),
                            ("processed", "taken in"),
                            ("spam", "spam"),
                            ("failed", "not taken in"),
                        ],
                        default="received",
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("answers", models.JSONField(default=dict)),
                ("context", models.JSONField(default=dict)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("network", models.CharField(blank=True, max_length=50)),
                ("outcome", models.JSONField(default=dict)),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("processed_at", models.DateTimeField(null=True)),
                ("attempts", models.SmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "contact",
                    prm.organisations.tenancy.TenantForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="contacts.contact"
                    ),
                ),
                (
                    "form",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="submissions",
                        to="lead_forms.leadform",
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
                    "version",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="lead_forms.formversion"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["organisation", "form", "status", "-id"], name="lead_forms_submission_newest"),
                    models.Index(
                        fields=["organisation", "form", "network", "received_at"], name="lead_forms_submission_flood"
                    ),
                    models.Index(
                        condition=models.Q(("status", "received")),
                        fields=["organisation", "due_at", "id"],
                        name="lead_forms_submission_due",
                    ),
                    models.Index(
                        condition=models.Q(("status", "spam")),
                        fields=["organisation", "received_at"],
                        name="lead_forms_submission_spam",
                    ),
                    models.Index(
                        condition=models.Q(("contact__isnull", False)),
                        fields=["organisation", "contact"],
                        name="lead_forms_submission_contact",
                    ),
                    models.Index(fields=["organisation", "email"], name="lead_forms_submission_email"),
                ],
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="lead_forms_submission_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="lead_forms_submission_key"),
                    models.UniqueConstraint(fields=("organisation", "form", "once"), name="lead_forms_submission_once"),
                    prm.organisations.tenancy.CompositeReference(
                        field="form",
                        name="lead_forms_submission_form_ref",
                        on_delete="CASCADE",
                        to="lead_forms.LeadForm",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="version",
                        name="lead_forms_submission_version_ref",
                        on_delete="CASCADE",
                        to="lead_forms.FormVersion",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="contact",
                        name="lead_forms_submission_contact_ref",
                        on_delete="SET NULL",
                        to="contacts.Contact",
                    ),
                ],
            },
        ),
    ]
