"""How we know what we know of companies: who wins, what waits for a person, what was changed by whom."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Company
from enrichment.models import Lookup
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from prm.work.models import Job


class WinningRule(TenantModel):
    """Who wins where values differ, as enrichment.proofs.policy understands it. One row for an organisation."""

    # {"headcount_band": "ask"}: what is not named is as usual.
    wins = models.JSONField(default=dict)
    # Kinds of sources, the one that wins first.
    ranks = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        verbose_name = _("who wins where values differ")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation"], name="proofs_winningrule_one"),
        ]

    def __str__(self) -> str:
        return ", ".join(self.ranks)


class ProposalStatus(models.TextChoices):
    """What a person said of a proposal."""

    OPEN = "open", pgettext_lazy("proposal", "waiting")
    ACCEPTED = "accepted", pgettext_lazy("proposal", "accepted")
    DECLINED = "declined", pgettext_lazy("proposal", "declined")


class Proposal(TenantModel):
    """What a source says of a company and may not overwrite. One row for company, group of fields and source.

    A newer value of the source takes the place of the older one; a declined value stays declined until then.
    """

    company = TenantForeignKey(Company, models.CASCADE, related_name="proposals")
    # A group of enrichment.proofs.policy, by its first field.
    field = models.CharField(max_length=60)
    source = models.CharField(max_length=40)
    # {"field": value}, as stored: what the source says, and what was held when it said so.
    values = models.JSONField(default=dict)
    ours = models.JSONField(default=dict)
    # The provenance the values get when they are accepted.
    stamp = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=ProposalStatus.choices, default=ProposalStatus.OPEN)
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        verbose_name = _("proposal")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "company", "field", "source"], name="proofs_proposal_one"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "-id"], condition=models.Q(status="open"), name="proofs_proposal_open"
            ),
            models.Index(fields=["organisation", "status", "-id"], name="proofs_proposal_status"),
            models.Index(
                fields=["organisation", "source", "-id"],
                condition=models.Q(status="open"),
                name="proofs_proposal_by_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} ({self.source})"


class Cause(models.TextChoices):
    """What made a source's values be written."""

    ANSWER = "answer", _("an answer of the source")
    CHOICE = "choice", _("a choice among candidates")
    PROPOSAL = "proposal", _("an accepted proposal")
    FILE = "file", _("a file")


class Revision(TenantModel):
    """One enrichment of one company: what it changed, and what it needs to be undone."""

    company = TenantForeignKey(Company, models.CASCADE, related_name="revisions")
    cause = models.CharField(max_length=8, choices=Cause.choices)
    # The provenance of what was written (enrichment/proofs/stamps.py).
    stamp = models.JSONField(default=dict)
    # {"field": [before, after]}, and the provenance of what was before: {"field": stamp or null}.
    changes = models.JSONField(default=dict)
    stamps = models.JSONField(default=dict)
    lookup = TenantForeignKey(Lookup, models.SET_NULL, null=True, related_name="+")
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        verbose_name = _("enrichment")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "company", "-at", "-id"], name="proofs_revision_company"),
            models.Index(
                fields=["organisation", "lookup"],
                condition=models.Q(lookup__isnull=False),
                name="proofs_revision_lookup",
            ),
            models.Index(
                fields=["organisation", "job", "id"], condition=models.Q(job__isnull=False), name="proofs_revision_job"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()}, {self.at:%Y-%m-%d}"


class CompanyState(TenantModel):
    """What the register said of a company last: held against its next word (enrichment/proofs/following.py)."""

    company = TenantForeignKey(Company, models.CASCADE, related_name="states")
    siren = models.CharField(max_length=9)
    # As enrichment.proofs.comparing.facts_of says.
    facts = models.JSONField(default=dict)
    # Names and roles of who directs it; null where no source told.
    directors = models.JSONField(null=True)
    told_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = _("state of a company")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "company"], name="proofs_companystate_one"),
        ]

    def __str__(self) -> str:
        return self.siren


class ErasedDirector(TenantModel):
    """A keyed hash of the name of somebody erased who worked at a company: its register may not bring them back.

    The company is known by its row, and by its SIREN should the row go and come again.
    """

    company = TenantForeignKey(Company, models.SET_NULL, null=True, related_name="+")
    siren = models.CharField(max_length=9, blank=True)
    # HMAC-SHA256, hexadecimal; see contacts/rights/keys.py.
    key = models.CharField(max_length=64)
    erased_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "company", "key"], name="proofs_eraseddirector_hash"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "siren"],
                condition=~models.Q(siren=""),
                name="proofs_eraseddirector_siren",
            ),
            models.Index(fields=["organisation", "erased_at"], name="proofs_eraseddirector_at"),
        ]

    def __str__(self) -> str:
        return self.key[:8]
