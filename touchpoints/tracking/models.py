"""Sites that are tracked, what they send, and what becomes of it: visitors and their visits."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from touchpoints.models import Touchpoint, Verdict


class Mode(models.TextChoices):
    """What a site asks of its visitors before they are known again."""

    CONSENT = "consent", _("Consent")
    AUDIENCE = "audience", _("Audience measurement")


class Site(TenantModel):
    """A website, or several that belong together, whose pages carry the snippet."""

    name = models.CharField(_("name"), max_length=80)
    # In the snippet, for everybody to read: says where hits belong, proves nothing. Unique over all organisations.
    key = models.CharField(max_length=24, editable=False, unique=True)
    # "acme.fr" stands for www.acme.fr and every other name below it.
    hosts = ArrayField(models.CharField(max_length=253), verbose_name=_("addresses"))
    mode = models.CharField(_("before consent"), max_length=8, choices=Mode.choices, default=Mode.CONSENT)
    # Pages of those who said no, or nothing, are counted without anything that tells one from the other.
    counts_refused = models.BooleanField(_("count pages of those who do not consent"), default=True)
    # Look up whose network visitors come from, in the operator's files.
    looks_up_networks = models.BooleanField(_("name companies by IP address"), default=False)
    # Signs identify calls; sealed.
    secret = models.CharField(max_length=300, editable=False)
    first_hit_at = models.DateTimeField(null=True, editable=False)
    last_hit_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("site")
        verbose_name_plural = _("sites")

    def __str__(self) -> str:
        return self.name


class Hit(TenantModel):
    """What one beacon brought, until a worker has read it: seconds. Written by tracking_accept (migration 0002)."""

    # None: this product itself says who a browser is.
    site = TenantForeignKey(Site, models.CASCADE, null=True, related_name="+")
    received_at = models.DateTimeField(db_default=models.functions.Now())
    # What the browser's cookie says; null where nobody may be told from others.
    browser = models.UUIDField(null=True)
    is_audience = models.BooleanField(default=False)
    # Without its last part where nobody consented.
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=512)
    is_prefetch = models.BooleanField(default=False)
    # As touchpoints.tracking.reading made them.
    events = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            # Those of a browser whose owner is erased.
            models.Index(fields=["organisation", "browser"], name="tracking_hit_browser")
        ]

    def __str__(self) -> str:
        return f"{self.received_at:%Y-%m-%d %H:%M:%S}"


class SourceKind(models.TextChoices):
    """What brought a visitor."""

    CAMPAIGN = "campaign", _("Campaign")
    SEARCH = "search", _("Search engine")
    AI = "ai", _("AI assistant")
    SOCIAL = "social", _("Social network")
    MAIL = "mail", _("E-mail")
    SITE = "site", _("Another site")
    DIRECT = "direct", _("Direct")


class How(models.TextChoices):
    """How it is known who a visitor is, the surest last."""

    CLICK = "click", _("followed a link of an e-mail")
    MEMBER = "member", _("confirmed by a member")
    FORM = "form", _("sent a form")
    SIGNED = "signed", _("signed in on the site")


class Visitor(TenantModel):
    """A browser, as far as one person uses it: whoever else sends a form from it begins a visitor of their own."""

    # What interactions carry. No browser ever learns it.
    uid = models.UUIDField(unique=True)
    # What the cookie says; null once the person is erased.
    browser = models.UUIDField(null=True)
    # Keyed hash of it: tells a cookie that is brought back after erasure.
    browser_key = models.CharField(max_length=64)
    # Of one browser, what was received since then is this visitor's, until the next one begins.
    since = models.DateTimeField()
    is_audience = models.BooleanField(default=False)
    site = TenantForeignKey(Site, models.SET_NULL, null=True, related_name="+")
    contact = TenantForeignKey(Contact, models.SET_NULL, null=True, related_name="visitors")
    joined_at = models.DateTimeField(null=True)
    joined_how = models.CharField(max_length=8, choices=How.choices, blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    visit_count = models.IntegerField(default=0)
    page_count = models.IntegerField(default=0)
    # The entry point: how it began, kept for good.
    entry_url = models.CharField(max_length=500, blank=True)
    entry_kind = models.CharField(max_length=8, choices=SourceKind.choices, blank=True)
    entry_source = models.CharField(max_length=120, blank=True)
    entry_campaign = models.CharField(max_length=200, blank=True)
    entry_touchpoint = TenantForeignKey(Touchpoint, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        verbose_name = _("visitor")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "browser", "-since"], name="tracking_visitor_browser"),
            models.Index(fields=["organisation", "browser_key"], name="tracking_visitor_gone"),
            models.Index(fields=["organisation", "contact", "first_at"], name="tracking_visitor_contact"),
            models.Index(fields=["organisation", "-last_at", "-id"], name="tracking_visitor_last"),
        ]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def is_provisional(self) -> bool:
        """Tell whether only a link of an e-mail, which can be passed on, says whose browser it is."""
        return self.contact_id is not None and self.joined_how == How.CLICK


class Visit(TenantModel):
    """What a visitor did without a pause of more than half an hour."""

    visitor = TenantForeignKey(Visitor, models.CASCADE, related_name="visits")
    site = TenantForeignKey(Site, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()
    pages = models.IntegerField(default=0)
    # How long its pages were looked at.
    seconds = models.IntegerField(default=0)
    landing_url = models.CharField(max_length=500, blank=True)
    last_url = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=8, choices=SourceKind.choices, default=SourceKind.DIRECT)
    source = models.CharField(max_length=120, blank=True)
    medium = models.CharField(max_length=120, blank=True)
    campaign = models.CharField(max_length=200, blank=True)
    touchpoint = TenantForeignKey(Touchpoint, models.SET_NULL, null=True, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict.choices, default=Verdict.HUMAN)
    # Why it is no human's: a code of touchpoints.tracking.verdicts.
    reason = models.CharField(max_length=20, blank=True)
    # A person said who acted: nothing the tracker sees changes that.
    is_settled = models.BooleanField(default=False)
    # Whose network it came from, by the operator's files, and of what kind it is; never the address.
    network = models.CharField(max_length=200, blank=True)
    network_kind = models.CharField(max_length=12, blank=True)
    network_domain = models.CharField(max_length=253, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("visit")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "-last_at", "-id"], name="tracking_visit_last"),
            models.Index(fields=["organisation", "started_at"], name="tracking_visit_started"),
            models.Index(fields=["organisation", "visitor", "-last_at"], name="tracking_visit_visitor"),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class UsedProof(TenantModel):
    """A link or signature that made a visitor known: another browser that brings it again proves nothing."""

    digest = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "digest"], name="tracking_usedproof_digest"),
        ]

    def __str__(self) -> str:
        return self.digest[:12]
