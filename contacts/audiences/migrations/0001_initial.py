"""Audiences, their files, and who stood in each."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contacts", "0010_import_subject"),
        ("organisations", "0003_people_and_audit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("segments", "0002_keeping"),
        ("work", "0003_waiting"),
    ]

    operations = [
        migrations.CreateModel(
            name="Audience",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "platform",
                    models.CharField(
                        choices=[("google", "Google Ads (Customer Match)"), ("meta", "Meta (Custom Audiences)")],
                        max_length=6,
                        verbose_name="platform",
                    ),
                ),
                (
                    "columns",
                    models.CharField(
                        choices=[
                            ("email", "E-mail address only"),
                            ("all", "E-mail, telephone, name, country and postcode"),
                        ],
                        default="email",
                        max_length=5,
                        verbose_name="what is passed on",
                    ),
                ),
                ("of_segment", models.BooleanField(default=False)),
                ("condition", models.JSONField(blank=True, default=dict, verbose_name="condition")),
                ("purpose", models.CharField(max_length=40, verbose_name="purpose")),
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
                    "segment",
                    prm.organisations.tenancy.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="segments.segment",
                    ),
                ),
            ],
            options={
                "verbose_name": "advertising audience",
                "verbose_name_plural": "advertising audiences",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="audiences_audience_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="audiences_audience_key"),
                    models.UniqueConstraint(fields=("organisation", "name"), name="audiences_audience_name"),
                    prm.organisations.tenancy.CompositeReference(
                        field="segment",
                        name="audiences_audience_segment_ref",
                        on_delete="SET NULL",
                        to="segments.Segment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AudienceFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("add", "to be added"), ("remove", "to be removed")], default="add", max_length=6
                    ),
                ),
                (
                    "platform",
                    models.CharField(
                        choices=[("google", "Google Ads (Customer Match)"), ("meta", "Meta (Custom Audiences)")],
                        max_length=6,
                    ),
                ),
                (
                    "columns",
                    models.CharField(
                        choices=[
                            ("email", "E-mail address only"),
                            ("all", "E-mail, telephone, name, country and postcode"),
                        ],
                        max_length=5,
                    ),
                ),
                ("asked", models.TextField(blank=True)),
                ("purpose", models.CharField(max_length=40)),
                ("purpose_version", models.IntegerField(null=True)),
                ("rows", models.IntegerField(default=0)),
                ("left_out", models.JSONField(default=dict)),
                ("size_bytes", models.BigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("is_listed", models.BooleanField(default=False)),
                ("pieces_done", models.IntegerField(default=0)),
                ("last_id", models.BigIntegerField(default=0)),
                ("downloads", models.IntegerField(default=0)),
                ("downloaded_at", models.DateTimeField(null=True)),
                ("forgotten_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "audience",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="audiences.audience"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "job",
                    prm.organisations.tenancy.TenantForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="work.job"
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
                "verbose_name": "audience file",
                "abstract": False,
                "indexes": [models.Index(fields=["organisation", "audience", "-id"], name="audiences_file_newest")],
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="audiences_audiencefile_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="audiences_audiencefile_key"),
                    prm.organisations.tenancy.CompositeReference(
                        field="audience",
                        name="audiences_audiencefile_audience_ref",
                        on_delete="CASCADE",
                        to="audiences.Audience",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="job", name="audiences_audiencefile_job_ref", on_delete="SET NULL", to="work.Job"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AudienceMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email_hash", models.CharField(blank=True, max_length=64)),
                (
                    "contact",
                    prm.organisations.tenancy.TenantForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="contacts.contact"
                    ),
                ),
                (
                    "file",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="audiences.audiencefile"
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
                    "removed_in",
                    prm.organisations.tenancy.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="audiences.audiencefile",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["organisation", "file", "id"], name="audiences_member_file"),
                    models.Index(fields=["organisation", "contact"], name="audiences_member_contact"),
                    models.Index(
                        condition=models.Q(("email_hash", ""), _negated=True),
                        fields=["organisation", "email_hash"],
                        name="audiences_member_hash",
                    ),
                    models.Index(
                        condition=models.Q(("removed_in__isnull", False)),
                        fields=["organisation", "removed_in"],
                        name="audiences_member_removed",
                    ),
                ],
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="audiences_audiencemember_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="audiences_audiencemember_key"),
                    prm.organisations.tenancy.CompositeReference(
                        field="file",
                        name="audiences_audiencemember_file_ref",
                        on_delete="CASCADE",
                        to="audiences.AudienceFile",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="contact",
                        name="audiences_audiencemember_contact_ref",
                        on_delete="SET NULL",
                        to="contacts.Contact",
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="removed_in",
                        name="audiences_audiencemember_removed_in_ref",
                        on_delete="SET NULL",
                        to="audiences.AudienceFile",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AudiencePiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                ("data", models.BinaryField()),
                (
                    "file",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pieces", to="audiences.audiencefile"
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
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="audiences_audiencepiece_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="audiences_audiencepiece_key"),
                    models.UniqueConstraint(fields=("organisation", "file", "number"), name="audiences_piece_number"),
                    prm.organisations.tenancy.CompositeReference(
                        field="file",
                        name="audiences_audiencepiece_file_ref",
                        on_delete="CASCADE",
                        to="audiences.AudienceFile",
                    ),
                ],
            },
        ),
    ]
