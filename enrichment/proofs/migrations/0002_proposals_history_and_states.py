"""What waits for a person, what enrichments changed, and what the register said of a company last."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import prm.organisations.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0009_company_values"),
        ("enrichment", "0005_matching_rule"),
        ("organisations", "0003_people_and_audit"),
        ("proofs", "0001_initial"),
        ("work", "0003_waiting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CompanyState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("siren", models.CharField(max_length=9)),
                ("facts", models.JSONField(default=dict)),
                ("directors", models.JSONField(null=True)),
                ("told_at", models.DateTimeField()),
                (
                    "company",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="states", to="contacts.company"
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
                "verbose_name": "state of a company",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="proofs_companystate_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="proofs_companystate_key"),
                    models.UniqueConstraint(fields=("organisation", "company"), name="proofs_companystate_one"),
                    prm.organisations.tenancy.CompositeReference(
                        field="company",
                        name="proofs_companystate_company_ref",
                        on_delete="CASCADE",
                        to="contacts.Company",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=60)),
                ("source", models.CharField(max_length=40)),
                ("values", models.JSONField(default=dict)),
                ("ours", models.JSONField(default=dict)),
                ("stamp", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "waiting"), ("accepted", "accepted"), ("declined", "declined")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "company",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="proposals", to="contacts.company"
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
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "open")),
                        fields=["organisation", "-id"],
                        name="proofs_proposal_open",
                    ),
                    models.Index(fields=["organisation", "status", "-id"], name="proofs_proposal_status"),
                ],
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="proofs_proposal_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="proofs_proposal_key"),
                    models.UniqueConstraint(
                        fields=("organisation", "company", "field", "source"), name="proofs_proposal_one"
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="company", name="proofs_proposal_company_ref", on_delete="CASCADE", to="contacts.Company"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("answer", "an answer of the source"),
                            ("choice", "a choice among candidates"),
                            ("proposal", "an accepted proposal"),
                            ("file", "a file"),
                        ],
                        max_length=8,
                    ),
                ),
                ("stamp", models.JSONField(default=dict)),
                ("changes", models.JSONField(default=dict)),
                ("stamps", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
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
                    "company",
                    prm.organisations.tenancy.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="contacts.company"
                    ),
                ),
                (
                    "job",
                    prm.organisations.tenancy.TenantForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="work.job"
                    ),
                ),
                (
                    "lookup",
                    prm.organisations.tenancy.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="enrichment.lookup",
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
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "enrichment",
                "abstract": False,
                "indexes": [
                    models.Index(fields=["organisation", "company", "-at", "-id"], name="proofs_revision_company"),
                    models.Index(
                        condition=models.Q(("lookup__isnull", False)),
                        fields=["organisation", "lookup"],
                        name="proofs_revision_lookup",
                    ),
                    models.Index(
                        condition=models.Q(("job__isnull", False)),
                        fields=["organisation", "job", "id"],
                        name="proofs_revision_job",
                    ),
                ],
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(
                        field="organisation", name="proofs_revision_policy", tenant_pk_type="bigint"
                    ),
                    models.UniqueConstraint(fields=("organisation", "id"), name="proofs_revision_key"),
                    prm.organisations.tenancy.CompositeReference(
                        field="company", name="proofs_revision_company_ref", on_delete="CASCADE", to="contacts.Company"
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="lookup", name="proofs_revision_lookup_ref", on_delete="SET NULL", to="enrichment.Lookup"
                    ),
                    prm.organisations.tenancy.CompositeReference(
                        field="job", name="proofs_revision_job_ref", on_delete="SET NULL", to="work.Job"
                    ),
                ],
            },
        ),
    ]
