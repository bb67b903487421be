"""The local directory, in a schema of its own, and the exceptions an organisation makes when prospecting in it.

`load_sirene` copies the shape of the directory from what stands here: tables, columns and indexes alike. Codes and
numbers are compared byte by byte (COLLATE "C"), so that prefixes use an index in any cluster.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import prm.organisations.tenancy

DIRECTORY = """
CREATE SCHEMA directory;

CREATE TABLE directory.company (
    siren text COLLATE "C" NOT NULL,
    nic text COLLATE "C" NOT NULL,
    name text NOT NULL,
    acronym text NOT NULL,
    trading_names text[] NOT NULL,
    naf_code text COLLATE "C" NOT NULL,
    naf_nomenclature text COLLATE "C" NOT NULL,
    naf2025_code text COLLATE "C" NOT NULL,
    headcount_band text COLLATE "C" NOT NULL,
    headcount_year text COLLATE "C" NOT NULL,
    is_employer boolean,
    legal_form text COLLATE "C" NOT NULL,
    category text COLLATE "C" NOT NULL,
    founded_on date,
    is_active boolean NOT NULL,
    is_private boolean NOT NULL,
    address text NOT NULL,
    postcode text COLLATE "C" NOT NULL,
    city text NOT NULL,
    commune text COLLATE "C" NOT NULL,
    department text COLLATE "C" NOT NULL,
    open_establishments integer,
    search text[] COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX company_siren ON directory.company (siren);
CREATE INDEX company_search ON directory.company USING gin (search);
CREATE INDEX company_place ON directory.company
    (department, naf_code, headcount_band, legal_form, founded_on, is_private) WHERE is_active;
CREATE INDEX company_activity ON directory.company
    (naf_code, department, headcount_band, legal_form, founded_on, is_private) WHERE is_active;

CREATE TABLE directory.establishment (
    siret text COLLATE "C" NOT NULL,
    siren text COLLATE "C" NOT NULL,
    is_active boolean NOT NULL,
    is_private boolean NOT NULL,
    address text NOT NULL,
    postcode text COLLATE "C" NOT NULL,
    city text NOT NULL,
    commune text COLLATE "C" NOT NULL,
    department text COLLATE "C" NOT NULL,
    trading_names text[],
    search text[] COLLATE "C"
);
CREATE UNIQUE INDEX establishment_siret ON directory.establishment (siret);

CREATE TABLE directory.load (
    id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    as_of date NOT NULL,
    loaded_at timestamptz NOT NULL,
    seconds double precision NOT NULL,
    files jsonb NOT NULL,
    filters jsonb NOT NULL,
    companies bigint NOT NULL,
    establishments bigint NOT NULL,
    rejected bigint NOT NULL
);
"""

text = models.CharField


class Migration(migrations.Migration):
    dependencies = [
        ("enrichment", "0002_lookup_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.RunSQL(DIRECTORY, "DROP SCHEMA directory CASCADE"),
        migrations.CreateModel(
            name="DirectoryCompany",
            fields=[
                ("siren", text(max_length=9, primary_key=True, serialize=False)),
                ("nic", text(max_length=5)),
                ("name", text(max_length=250)),
                ("acronym", text(max_length=250)),
                ("trading_names", django.contrib.postgres.fields.ArrayField(text(max_length=250))),
                ("naf_code", text(max_length=6)),
                ("naf_nomenclature", text(max_length=8)),
                ("naf2025_code", text(max_length=6)),
                ("headcount_band", text(max_length=2)),
                ("headcount_year", text(max_length=4)),
                ("is_employer", models.BooleanField(null=True)),
                ("legal_form", text(max_length=4)),
                ("category", text(max_length=3)),
                ("founded_on", models.DateField(null=True)),
                ("is_active", models.BooleanField()),
                ("is_private", models.BooleanField()),
                ("address", text(max_length=300)),
                ("postcode", text(max_length=10)),
                ("city", text(max_length=120)),
                ("commune", text(max_length=5)),
                ("department", text(max_length=3)),
                ("open_establishments", models.IntegerField(null=True)),
                ("search", django.contrib.postgres.fields.ArrayField(models.TextField())),
            ],
            options={"managed": False, "db_table": '"directory"."company"'},
        ),
        migrations.CreateModel(
            name="DirectoryEstablishment",
            fields=[
                ("siret", text(max_length=14, primary_key=True, serialize=False)),
                ("siren", text(max_length=9)),
                ("is_active", models.BooleanField()),
                ("is_private", models.BooleanField()),
                ("address", text(max_length=300)),
                ("postcode", text(max_length=10)),
                ("city", text(max_length=120)),
                ("commune", text(max_length=5)),
                ("department", text(max_length=3)),
                ("trading_names", django.contrib.postgres.fields.ArrayField(text(max_length=250), null=True)),
                ("search", django.contrib.postgres.fields.ArrayField(models.TextField(), null=True)),
            ],
            options={"managed": False, "db_table": '"directory"."establishment"'},
        ),
        migrations.CreateModel(
            name="DirectoryLoad",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("as_of", models.DateField()),
                ("loaded_at", models.DateTimeField()),
                ("seconds", models.FloatField()),
                ("files", models.JSONField()),
                ("filters", models.JSONField()),
                ("companies", models.BigIntegerField()),
                ("establishments", models.BigIntegerField()),
                ("rejected", models.BigIntegerField()),
            ],
            options={"managed": False, "db_table": '"directory"."load"'},
        ),
        migrations.CreateModel(
            name="ProspectingException",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    text(
                        choices=[
                            ("sole_traders", "sole traders"),
                            ("private", "companies that keep their data private"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(max_length=250, verbose_name="reason")),
                ("opened_at", models.DateTimeField(auto_now_add=True)),
                (
                    "opened_by",
                    models.ForeignKey(
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
                "verbose_name": "prospecting exception",
                "abstract": False,
                "constraints": [
                    prm.organisations.tenancy.OrganisationPolicy(name="enrichment_prospectingexception_policy"),
                    models.UniqueConstraint(fields=("organisation", "id"), name="enrichment_prospectingexception_key"),
                    models.UniqueConstraint(
                        fields=("organisation", "kind"), name="enrichment_prospectingexception_kind"
                    ),
                ],
            },
        ),
    ]
