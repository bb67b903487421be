"""The local directory: what INSEE's stock files say of every legal unit, shared by the whole installation.

Open data of the State, in a database schema of its own without a column for the organisation. The application may
only read it; `manage.py load_sirene` (enrichment/directory/loading.py) replaces all of it at once. The shape of the
tables is in migration 0003: what Django is told here follows it.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class DirectoryCompany(models.Model):
    """A legal unit with the place of its head office. Hidden values are empty, never a mask."""

    siren = models.CharField(max_length=9, primary_key=True)
    # With the SIREN in front: the SIRET of the head office.
    nic = models.CharField(max_length=5)
    name = models.CharField(max_length=250)
    acronym = models.CharField(max_length=250)
    trading_names = ArrayField(models.CharField(max_length=250))
    naf_code = models.CharField(max_length=6)
    naf_nomenclature = models.CharField(max_length=8)
    naf2025_code = models.CharField(max_length=6)
    headcount_band = models.CharField(max_length=2)
    headcount_year = models.CharField(max_length=4)
    is_employer = models.BooleanField(null=True)
    legal_form = models.CharField(max_length=4)
    category = models.CharField(max_length=3)
    founded_on = models.DateField(null=True)
    is_active = models.BooleanField()
    # Partial diffusion: the unit asked INSEE to keep its data private.
    is_private = models.BooleanField()
    address = models.CharField(max_length=300)
    postcode = models.CharField(max_length=10)
    city = models.CharField(max_length=120)
    commune = models.CharField(max_length=5)
    department = models.CharField(max_length=3)
    # None where no establishments were loaded.
    open_establishments = models.IntegerField(null=True)
    # What it is found by, see enrichment/directory/naming.py. Index: GIN.
    search = ArrayField(models.TextField())

    class Meta:
        managed = False
        db_table = '"directory"."company"'

    def __str__(self) -> str:
        return self.name or self.siren


class DirectoryEstablishment(models.Model):
    """One place of a legal unit."""

    siret = models.CharField(max_length=14, primary_key=True)
    siren = models.CharField(max_length=9)
    is_active = models.BooleanField()
    is_private = models.BooleanField()
    address = models.CharField(max_length=300)
    postcode = models.CharField(max_length=10)
    city = models.CharField(max_length=120)
    commune = models.CharField(max_length=5)
    department = models.CharField(max_length=3)
    trading_names = ArrayField(models.CharField(max_length=250), null=True)
    search = ArrayField(models.TextField(), null=True)

    class Meta:
        managed = False
        db_table = '"directory"."establishment"'

    def __str__(self) -> str:
        return self.siret


class DirectoryLoad(models.Model):
    """What is loaded: one row, or none."""

    id = models.SmallIntegerField(primary_key=True)
    # The last day on which the register changed what the files say.
    as_of = models.DateField()
    loaded_at = models.DateTimeField()
    seconds = models.FloatField()
    # Names of the files.
    files: "models.JSONField[list[str], list[str]]" = models.JSONField()
    # What was chosen: {"active_only": true, "naf": [...], "departments": [...]}.
    filters = models.JSONField()
    companies = models.BigIntegerField()
    establishments = models.BigIntegerField()
    rejected = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = '"directory"."load"'

    def __str__(self) -> str:
        return f"SIRENE {self.as_of}"
