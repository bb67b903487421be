"""What was asked of which source about whom, and what it answered."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Company
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from prm.work.models import Job


class LookupStatus(models.TextChoices):
    """ "Not found" is an answer; "unavailable" is the lack of one and is tried again."""

    WAITING = "waiting", _("waiting")
    FOUND = "found", _("found")
    AMBIGUOUS = "ambiguous", _("several candidates")
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
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.status}"
