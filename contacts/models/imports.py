"""Files brought in, and what undoing one needs to know."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models.lawfulness import LawfulBasis
from contacts.models.people import Contact
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from prm.work.models import Job


class ImportMode(models.TextChoices):
    """What a file may do to people who are known already."""

    OVERWRITE = "overwrite", _("Take over what the file says")
    FILL = "fill", _("Fill in only what is empty")
    ADD = "add", _("Only add people who are new")


class ImportSubject(models.TextChoices):
    """Whom the rows of a file are about."""

    PEOPLE = "people", _("people")
    # Bought or shared data about companies that are in the base: enrichment/partners.
    COMPANIES = "companies", _("companies")


class Import(TenantModel):
    """One file brought in: what it holds, how its columns are read, what came of it."""

    subject = models.CharField(
        max_length=10, choices=ImportSubject.choices, default=ImportSubject.PEOPLE, db_default=ImportSubject.PEOPLE
    )
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    filename = models.CharField(max_length=250)
    size_bytes = models.BigIntegerField()
    # How the file is read: found by looking at it, can be corrected.
    encoding = models.CharField(max_length=20)
    delimiter = models.CharField(max_length=1)
    columns = models.JSONField(default=list)
    # False: the first row holds values already.
    has_header = models.BooleanField(default=True)
    # Of a spreadsheet: the sheets it has, and the one that is read.
    sheets = models.JSONField(default=list)
    sheet = models.CharField(max_length=120, blank=True)
    # What "1,234" means: a little more than one, or a thousand and more.
    decimal_comma = models.BooleanField(default=False)
    # {"column header": "field"}; fields stand in contacts/importing/fields.py.
    mapping = models.JSONField(default=dict)
    # "external_id", "email", "siren_name" or "properties.<name>"; empty: the first of the first two a row has.
    key_field = models.CharField(max_length=140, blank=True)
    mode = models.CharField(max_length=10, choices=ImportMode.choices, default=ImportMode.OVERWRITE)
    source = models.CharField(max_length=120, blank=True)
    # Why these people may be held and written to.
    lawful_basis = models.CharField(max_length=40, blank=True, choices=LawfulBasis.choices)
    # What the dry run found: {"job": id} while it runs, {"rows", "created", "updated", "unchanged", "rejected",
    # "suppressed"} when it is over; empty before, and again whenever the mapping changes.
    trial = models.JSONField(default=dict)
    rows = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    # Rows of the file already merged or set aside: where a killed run goes on.
    lines_done = models.BigIntegerField(default=0)
    # When the last rows were merged: for so many days after it the import can be undone.
    merged_at = models.DateTimeField(null=True)
    undo_job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    # What undoing did: {"removed", "kept", "restored", "left", "companies"}; empty before.
    undone = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "-created_at"], name="contacts_import_newest"),
        ]

    def __str__(self) -> str:
        return self.filename


class ImportChunk(TenantModel):
    """A piece of the uploaded file, in PostgreSQL so that any worker on any machine can read it."""

    source_import = TenantForeignKey(Import, models.CASCADE, related_name="chunks")
    number = models.IntegerField()
    data = models.BinaryField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "source_import", "number"], name="contacts_importchunk_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_import_id}/{self.number}"


class ImportReject(TenantModel):
    """A row that was not taken, as it stood in the file, with the reason."""

    source_import = TenantForeignKey(Import, models.CASCADE, related_name="rejects")
    line = models.BigIntegerField()
    # A code of contacts/importing/reasons.py, and the column it is about.
    reason = models.CharField(max_length=40)
    column = models.CharField(max_length=120, blank=True)
    value = models.CharField(max_length=250, blank=True)
    row = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "source_import", "line"], name="contacts_importreject_line"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"


class ImportTrace(TenantModel):
    """What a chunk of an import created, for undoing it: one row a chunk, dropped after thirty days."""

    source_import = TenantForeignKey(Import, models.CASCADE, related_name="traces")
    # The chunk's first row in the file.
    begin = models.BigIntegerField()
    contacts = ArrayField(models.BigIntegerField(), default=list)
    companies = ArrayField(models.BigIntegerField(), default=list)
    # Companies known before, to which the chunk added a SIREN, SIRET or domain.
    filled = ArrayField(models.BigIntegerField(), default=list)
    # {"company id": {"before", "after", "provenance"}} of own fields of companies, by key.
    values = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    # Contacts whose yes to a purpose the chunk brought.
    consented = ArrayField(models.BigIntegerField(), default=list, db_default=[])

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "source_import", "begin"], name="contacts_importtrace_begin"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_import_id}/{self.begin}"


class ImportChange(TenantModel):
    """What an import changed of a known contact, for undoing it; dropped after thirty days.

    `before` and `after` hold the fields that changed and no others; `kept` says why undoing left something.
    """

    source_import = TenantForeignKey(Import, models.CASCADE, related_name="changes")
    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    kept = models.CharField(max_length=20, blank=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "source_import", "contact"], name="contacts_importchange_contact"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "contact"], name="contacts_importchange_of"),
        ]

    def __str__(self) -> str:
        return f"{self.source_import_id}: {self.contact_id}"


class ImportMapping(TenantModel):
    """How a file of certain columns was mapped, to be proposed when such a file comes again."""

    name = models.CharField(_("name"), max_length=120)
    # Of the folded column names, whatever their order.
    columns_key = models.CharField(max_length=64, editable=False)
    mapping = models.JSONField(default=dict)
    key_field = models.CharField(max_length=140, blank=True)
    mode = models.CharField(max_length=10, choices=ImportMode.choices, default=ImportMode.OVERWRITE)
    source = models.CharField(max_length=120, blank=True)
    lawful_basis = models.CharField(max_length=40, blank=True, choices=LawfulBasis.choices)
    used_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "columns_key"], name="contacts_importmapping_columns"),
        ]

    def __str__(self) -> str:
        return self.name
