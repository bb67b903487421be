"""The people and companies a PRM knows, and where each is in the lifecycle."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from prm.organisations.models import User
from prm.organisations.tenancy import (
    CompositeReference,
    OrganisationPolicy,
    TenantForeignKey,
    TenantManager,
    TenantModel,
)


class Stage(models.TextChoices):
    """The lifecycle; contactability is kept apart (Suppression) and wins over everything."""

    SUSPECT = "suspect", _("Suspect")
    PROSPECT = "prospect", _("Prospect")
    MQL = "mql", _("MQL")
    ACCEPTED = "accepted", _("Accepted")
    CUSTOMER = "customer", _("Customer")
    DISQUALIFIED = "disqualified", _("Disqualified")
    LOST = "lost", _("Lost")


# The stage of an erased person's shell; as `to_stage` of the ledger the end, as an empty `from_stage` is the beginning.
GONE = ""


class Tier(models.IntegerChoices):
    """Classes of the score; numbers, so that they sort."""

    COLD = 0, pgettext_lazy("tier", "Cold")
    WARM = 1, pgettext_lazy("tier", "Warm")
    HOT = 2, pgettext_lazy("tier", "Hot")

    @property
    def code(self) -> str:
        """The word the API and the style sheet use: cold, warm or hot."""
        return self.name.lower()


def _written_by_database(function: str, *columns: str) -> models.GeneratedField:
    """Return a column that PostgreSQL keeps, by a function of migration 0003."""
    return models.GeneratedField(
        expression=Func(*(F(column) for column in columns), function=function),
        output_field=models.TextField(),
        db_persist=True,
    )


# An empty object: what statements that know nothing of a column of JSON leave in it.
_NOTHING = models.Value({}, models.JSONField())


class Company(TenantModel):
    """A company and what is known of it; `provenance` says where each value is from."""

    name = models.CharField(_("name"), max_length=250)
    # Lower case, without accents, legal form or punctuation: what imports match names by.
    name_key = models.CharField(max_length=250, editable=False)
    siren = models.CharField("SIREN", max_length=9, null=True, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    domain = models.CharField(_("web domain"), max_length=250, blank=True)
    # Activity code with its nomenclature, "naf2" or "naf2025": codes of the two are never compared.
    naf_code = models.CharField(_("activity"), max_length=6, blank=True)
    naf_nomenclature = models.CharField(max_length=8, blank=True)
    # What the register says beside it in NAF 2025; there is no table from one nomenclature to the other.
    naf2025_code = models.CharField(_("activity (NAF 2025)"), max_length=6, blank=True, db_default="")
    # INSEE's codes: "12" is 20 to 49 people; "5710" is a SAS.
    headcount_band = models.CharField(_("headcount"), max_length=2, blank=True)
    legal_form = models.CharField(_("legal form"), max_length=4, blank=True)
    category = models.CharField(_("category"), max_length=3, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    department = models.CharField(_("département"), max_length=3, blank=True)
    founded_on = models.DateField(_("founded"), null=True, blank=True)
    is_closed = models.BooleanField(_("closed"), default=False)
    # What the organisation's own fields hold, by their keys (contacts/fields).
    custom = models.JSONField(default=dict, db_default=_NOTHING, blank=True, editable=False)
    # The company asked INSEE to keep its data private: shown as such, kept out of prospecting.
    partial_diffusion = models.BooleanField(default=False)
    # {"field": {"source": "sirene", "at": ISO time, "ref": "..."}}; a field absent here has the row's source.
    provenance = models.JSONField(default=dict, editable=False)
    source = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    # What the search looks through: lower case, without accents. Index: trigrams.
    search_text = _written_by_database("contacts_company_search_text", "name", "siren", "siret", "domain")

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "siren"], name="contacts_company_siren"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "name_key"], name="contacts_company_name"),
            models.Index(
                fields=["organisation", "domain"], name="contacts_company_domain", condition=~models.Q(domain="")
            ),
            GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="contacts_company_search"),
        ]

    def __str__(self) -> str:
        return self.name


class LivingManager(TenantManager["Contact"]):
    """The contacts of the base; not the empty shells of people who were erased."""

    def get_queryset(self) -> "models.QuerySet[Contact]":
        """Leave the shells out."""
        return super().get_queryset().exclude(stage=GONE)


class Contact(TenantModel):
    """A person: suspect, prospect, MQL, accepted or customer; or the shell of one who was erased, without a stage."""

    # The organisation's own key for the person, such as a CRM's.
    external_id = models.CharField(_("external id"), max_length=120, null=True, blank=True)
    # Normalised: lower case, no spaces.
    email = models.CharField(_("e-mail"), max_length=254, null=True, blank=True)
    first_name = models.CharField(_("first name"), max_length=120, blank=True)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    # E.164 where it could be understood, else as it was given.
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    job_title = models.CharField(_("job title"), max_length=160, blank=True)
    company = TenantForeignKey(
        Company, models.SET_NULL, null=True, blank=True, related_name="contacts", verbose_name=_("company")
    )
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices, default=Stage.SUSPECT)
    stage_since = models.DateTimeField(db_default=models.functions.Now())
    source = models.CharField(_("source"), max_length=120, blank=True)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner"))
    language = models.CharField(_("language"), max_length=5, blank=True)
    # What the organisation keeps beyond the fields above.
    properties = models.JSONField(default=dict, blank=True)
    # What the organisation's own fields hold, by their keys (contacts/fields): typed, unlike properties.
    custom = models.JSONField(default=dict, db_default=_NOTHING, blank=True, editable=False)
    # As Company.provenance; the entry "*" stands for every field without one of its own.
    provenance = models.JSONField(default=dict, editable=False)
    # Degree of qualification: the share, in percent, of what is worth knowing that is known.
    qualification_percent = models.SmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    # The name as lists order it: last name first, lower case, without accents; else the address, the external id.
    sort_name = _written_by_database("contacts_sort_name", "last_name", "first_name", "email", "external_id")
    search_text = _written_by_database(
        "contacts_search_text", "first_name", "last_name", "email", "external_id", "phone"
    )

    objects: ClassVar[LivingManager] = LivingManager()
    # With the shells: for what counts everybody there ever was, and for joins to a standing, which shells have not.
    everybody: ClassVar["TenantManager[Contact]"] = TenantManager()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "external_id"], name="contacts_contact_external_id"),
            models.UniqueConstraint(fields=["organisation", "email"], name="contacts_contact_email"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "sort_name", "id"], name="contacts_contact_sort"),
            models.Index(fields=["organisation", "stage", "id"], name="contacts_contact_stage"),
            models.Index(fields=["organisation", "qualification_percent", "id"], name="contacts_contact_qualified"),
            models.Index(fields=["organisation", "source"], name="contacts_contact_source"),
            GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="contacts_contact_search"),
            models.Index(fields=["organisation", "created_at", "id"], name="contacts_contact_newest"),
            models.Index(
                fields=["organisation", "company"],
                name="contacts_contact_company",
                condition=models.Q(company__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """First and last name, else the address, else the external id."""
        if self.stage == GONE:
            return gettext("Erased person")
        full = f"{self.first_name} {self.last_name}".strip()
        return full or self.email or self.external_id or f"#{self.pk}"

    @property
    def initials(self) -> str:
        """Two letters for an avatar."""
        return "".join(word[0] for word in self.name.split()[:2]).upper()


class Standing(models.Model):
    """How a contact stands today: score, tier and last act. One narrow row a contact, often written.

    Kept apart from Contact so that a rescore of a million rows rewrites no wide row and no other index.
    A database trigger adds the row with the contact; scoring and touchpoints write to it.
    """

    contact = models.OneToOneField(
        Contact, models.CASCADE, primary_key=True, related_name="standing", db_constraint=False
    )
    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+", db_index=False)
    intent = models.FloatField(db_default=0.0)
    fit = models.FloatField(db_default=0.0)
    total = models.FloatField(db_default=0.0)
    tier = models.SmallIntegerField(choices=Tier.choices, db_default=0)
    # Number of the published model that gave these; 0: never scored.
    model_number = models.IntegerField(db_default=0)
    scored_at = models.DateTimeField(null=True)
    # The person's own last act: opens and what we did do not count.
    last_act_at = models.DateTimeField(null=True)
    last_act_kind = models.CharField(max_length=40, db_default="")

    objects = TenantManager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            OrganisationPolicy(name="contacts_standing_policy"),
            CompositeReference(
                name="contacts_standing_contact_ref", field="contact", to="contacts.Contact", on_delete="CASCADE"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "-total", "-contact"], name="contacts_standing_total"),
            models.Index(fields=["organisation", "tier", "contact"], name="contacts_standing_tier"),
            models.Index(fields=["organisation", "-last_act_at", "-contact"], name="contacts_standing_act"),
        ]

    def __str__(self) -> str:
        return f"{self.total:g} ({self.get_tier_display()})"

    @property
    def tier_code(self) -> str:
        """The tier as the API and the style sheet say it: cold, warm or hot."""
        return Tier(self.tier).code


class Cause(models.TextChoices):
    """What moved a contact from one stage to another."""

    INTERACTION = "interaction", _("interaction")
    RULE = "rule", _("scoring")
    PERSON = "person", _("member")
    IMPORT = "import", _("import")
    API = "api", _("API")


class StageChange(TenantModel):
    """The ledger of the lifecycle: one row for every change. Never changed."""

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="stage_changes")
    # Empty: the contact came into the base.
    from_stage = models.CharField(max_length=12, choices=Stage.choices, blank=True)
    to_stage = models.CharField(max_length=12, choices=Stage.choices)
    cause = models.CharField(max_length=12, choices=Cause.choices)
    # Which interaction, rule, handoff, import; reason and note of a person.
    detail = models.JSONField(default=dict)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "contact", "-at"], name="contacts_stagechange_contact"),
            models.Index(fields=["organisation", "to_stage", "at"], name="contacts_stagechange_to"),
        ]

    def __str__(self) -> str:
        return f"{self.from_stage} -> {self.to_stage}"
