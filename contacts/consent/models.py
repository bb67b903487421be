"""What people are asked, what they answered and when, and where they stand now."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel

# The purpose that agrees with the list of those who may not be written to.
EMAIL = "email"


class Basis(models.TextChoices):
    """With consent nothing happens before a yes; with legitimate interest nothing happens after a no."""

    CONSENT = "consent", _("Consent")
    INTEREST = "interest", _("Legitimate interest")


class Purpose(TenantModel):
    """Something the organisation does with what it knows of people."""

    code = models.CharField(max_length=40)
    channel = models.CharField(max_length=20, blank=True)
    basis = models.CharField(max_length=8, choices=Basis.choices, default=Basis.CONSENT)
    position = models.SmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "code"], name="consent_purpose_code"),
        ]

    def __str__(self) -> str:
        return self.code


class PurposeText(TenantModel):
    """What people read about a purpose; the database lets no text change: another one is another version."""

    purpose = TenantForeignKey(Purpose, models.CASCADE, related_name="texts")
    version = models.IntegerField()
    label_en = models.CharField(max_length=80)
    label_fr = models.CharField(max_length=80)
    text_en = models.TextField()
    text_fr = models.TextField()
    published_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "purpose", "version"], name="consent_purposetext_version"),
        ]

    def __str__(self) -> str:
        return f"{self.label_en} ({self.version})"


class Act(models.TextChoices):
    """What a person said to a purpose."""

    GIVEN = "given", _("given")
    WITHDRAWN = "withdrawn", _("withdrawn")
    OBJECTED = "objected", _("objected")


class Source(models.TextChoices):
    """How it became known."""

    FORM = "form", _("form")
    IMPORT = "import", _("import")
    CENTRE = "centre", _("preference page")
    API = "api", _("API")
    MEMBER = "member", _("noted by a member")
    SUPPRESSION = "suppression", _("opt-out")


class ConsentState(TenantModel):
    """Where a contact stands with a purpose: kept by the database with every row of the ledger."""

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    purpose = TenantForeignKey(Purpose, models.CASCADE, related_name="+")
    state = models.CharField(max_length=9, choices=Act.choices)
    source = models.CharField(max_length=12, choices=Source.choices)
    since = models.DateTimeField()
    # The row of the ledger it comes from.
    entry_id = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "contact", "purpose"], name="consent_consentstate_one"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id}, {self.purpose_id}: {self.state}"


class Confirmation(TenantModel):
    """A person was asked by e-mail to say yes themselves: the latest time of each purpose."""

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    purpose = TenantForeignKey(Purpose, models.CASCADE, related_name="+")
    # The text they are asked with.
    version = models.IntegerField()
    times = models.SmallIntegerField(default=1)
    asked_at = models.DateTimeField(db_default=models.functions.Now())
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "contact", "purpose"], name="consent_confirmation_one"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id}, {self.purpose_id}: {self.times}"


class ConsentEntry(TenantModel):
    """One act of the ledger: only ever added (the database refuses to change one), gone with the contact alone."""

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="consent_entries")
    purpose = TenantForeignKey(Purpose, models.CASCADE, related_name="+")
    act = models.CharField(max_length=9, choices=Act.choices)
    # The version of the text it answers to; empty where none was shown.
    version = models.IntegerField(null=True)
    source = models.CharField(max_length=12, choices=Source.choices)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=models.functions.Now())
    # What shows it: address and program of the person, line of a file, note of a member.
    proof = models.JSONField(default=dict)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "contact", "-at"], name="consent_consententry_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id}, {self.purpose_id}: {self.act}"
