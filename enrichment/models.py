"""What was asked of which source about whom, and what it answered."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Company
from enrichment.automatic.models import Arrival, AutomaticRule
from enrichment.directory.models import DirectoryCompany, DirectoryEstablishment, DirectoryLoad
from enrichment.sources.models import SourceChoice
from enrichment.vat.models import VatCheck, VatStatus
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from prm.work.models import Job

__all__ = [
    "Arrival",
    "AutomaticRule",
    "DirectoryCompany",
    "DirectoryEstablishment",
    "DirectoryLoad",
    "Excluded",
    "Lookup",
    "LookupStatus",
    "MatchingRule",
    "Prospected",
    "ProspectingException",
    "SourceChoice",
    "SourceTurns",
    "SourceUse",
    "VatCheck",
    "VatStatus",
]


class LookupStatus(models.TextChoices):
    """ "Not found" is an answer; "unavailable" is the lack of one and is tried again."""

    WAITING = "waiting", _("waiting")
    FOUND = "found", _("found")
    AMBIGUOUS = "ambiguous", _("to settle")
    NOT_FOUND = "not_found", _("not found")
    UNAVAILABLE = "unavailable", _("source unavailable")


class Lookup(TenantModel):
    """One question to one provider about one company."""

    company = TenantForeignKey(Company, models.CASCADE, related_name="lookups")
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    provider = models.CharField(max_length=40)
    # By "siren", by "siret", or by "name" with a "postcode" where one is known.
    question = models.JSONField(default=dict)
    status = models.CharField(max_length=12, choices=LookupStatus.choices, default=LookupStatus.WAITING)
    # What the provider said, cut down to what is used; candidates when there are several.
    answer = models.JSONField(default=dict)
    # Why it is as it is: a code that enrichment/wording.py says in words.
    detail = models.CharField(max_length=250, blank=True)
    # Fields of the company that this lookup filled: {"field": [before, after]}.
    changes = models.JSONField(default=dict)
    attempts = models.IntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("enrichment")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "company", "-created_at"], name="enrichment_lookup_company"),
            models.Index(
                fields=["organisation", "retry_at", "id"],
                condition=models.Q(status__in=["waiting", "unavailable"]),
                name="enrichment_lookup_due",
            ),
            models.Index(fields=["organisation", "status", "-id"], name="enrichment_lookup_status"),
            models.Index(
                fields=["organisation", "job", "id"],
                condition=models.Q(job__isnull=False),
                name="enrichment_lookup_job",
            ),
            models.Index(
                fields=["organisation", "id"],
                condition=models.Q(provider="partner_file"),
                name="enrichment_lookup_lines",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.status}"


class MatchingRule(TenantModel):
    """From how sure a match of names (percent) an organisation lets it be written without a person; None: never."""

    automatic_percent = models.SmallIntegerField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("matching of names")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation"], name="enrichment_matchingrule_one"),
            models.CheckConstraint(
                condition=models.Q(automatic_percent__isnull=True) | models.Q(automatic_percent__range=(85, 100)),
                name="enrichment_matchingrule_range",
            ),
        ]

    def __str__(self) -> str:
        return "–" if self.automatic_percent is None else f"{self.automatic_percent} %"


class Excluded(models.TextChoices):
    """Who is left out when companies are looked for in the directory."""

    # Natural persons: what is known of their business is personal data.
    SOLE_TRADERS = "sole_traders", _("sole traders")
    # Partial diffusion: they asked INSEE that their data not be used to prospect them.
    PRIVATE = "private", _("companies that keep their data private")


class ProspectingException(TenantModel):
    """An organisation's admin lets prospecting see whom it leaves out, and says why."""

    kind = models.CharField(max_length=12, choices=Excluded.choices)
    reason = models.CharField(_("reason"), max_length=250)
    opened_at = models.DateTimeField(auto_now_add=True)
    opened_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        verbose_name = _("prospecting exception")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "kind"], name="enrichment_prospectingexception_kind"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Prospected(TenantModel):
    """Companies taken in at once from the directory, to be shown together and taken out again; kept thirty days."""

    company_ids = ArrayField(models.BigIntegerField(), default=list)
    added_at = models.DateTimeField(auto_now_add=True)
    added_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        verbose_name = _("prospecting")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "added_at"], name="enrichment_prospected_at"),
        ]

    def __str__(self) -> str:
        return f"{self.added_at:%Y-%m-%d}: {len(self.company_ids)}"


class SourceTurns(models.Model):
    """When a source was asked lately, and who waits to ask it: the whole installation's, see enrichment/pacing.py."""

    source = models.CharField(max_length=40, primary_key=True)
    # As enrichment.turns.Turns stores itself; empty before the first question.
    state: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.source


class SourceUse(TenantModel):
    """How often an organisation asked a source on a day."""

    source = models.CharField(max_length=40)
    used_on = models.DateField()
    calls = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        verbose_name = _("use of a source")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "source", "used_on"], name="enrichment_sourceuse_day"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.used_on}: {self.calls}"
