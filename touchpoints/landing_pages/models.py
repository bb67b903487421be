"""Landing pages, their variants, what was published of them, tests between them, and how often they are seen."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from touchpoints.models import Touchpoint


class PageStatus(models.TextChoices):
    """A draft is seen by members alone; whoever opens one that was published before reads that it is gone."""

    DRAFT = "draft", pgettext_lazy("page", "draft")
    PUBLISHED = "published", pgettext_lazy("page", "published")


class LandingPage(TenantModel):
    """A page with one address; what it says is its variants'."""

    name = models.CharField(_("name"), max_length=120)
    # The last part of its address, and what interactions call it.
    slug = models.SlugField(_("address"), max_length=80)
    # Addresses it had: they lead to the one it has.
    old_slugs = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=[("fr", "Français"), ("en", "English")])
    touchpoint = TenantForeignKey(
        Touchpoint, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("touchpoint")
    )
    # The page this one is a translation of; null: none, or others are translations of it.
    original = TenantForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=9, choices=PageStatus.choices, default=PageStatus.DRAFT)
    # It was published once, so that people may have its address.
    published_at = models.DateTimeField(null=True, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("landing page")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "slug"], name="landing_pages_landingpage_address"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        """Tell whether people see it."""
        return self.status == PageStatus.PUBLISHED and self.archived_at is None

    @property
    def group_id(self) -> int:
        """The id that a page and its translations have in common."""
        return self.original_id or self.pk


class PageVersion(TenantModel):
    """What people read. The database lets none change: another text is another version."""

    page = TenantForeignKey(LandingPage, models.CASCADE, related_name="versions")
    number = models.IntegerField()
    document = models.JSONField()
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "page", "number"], name="landing_pages_pageversion_number"),
        ]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.number}"


class PageVariant(TenantModel):
    """One way to say what a page says; most pages have one. Its letter is never given again."""

    page = TenantForeignKey(LandingPage, models.CASCADE, related_name="variants")
    letter = models.CharField(max_length=2)
    # What `document.py` reads and writes.
    draft = models.JSONField(default=dict)
    # Of a hundred visitors, so many are to see it; and so many do, since it was published (null: none).
    share = models.SmallIntegerField(default=100)
    live_share = models.SmallIntegerField(null=True, editable=False)
    # The version people see.
    version = TenantForeignKey(PageVersion, models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("variant")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "page", "letter"], name="landing_pages_pagevariant_letter"),
        ]

    def __str__(self) -> str:
        return self.letter


class PageTest(TenantModel):
    """A time in which the same variants, unchanged, were shown by the same shares."""

    page = TenantForeignKey(LandingPage, models.CASCADE, related_name="tests")
    started_at = models.DateTimeField(db_default=models.functions.Now())
    ended_at = models.DateTimeField(null=True)
    # What was chosen; null: it was changed or ended without a choice.
    winner = TenantForeignKey(PageVariant, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "page"],
                condition=models.Q(ended_at=None),
                name="landing_pages_pagetest_running",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.started_at:%Y-%m-%d}"


class PageDay(TenantModel):
    """How often a variant was seen and its forms sent on one day, within a test or outside of any; spread over slots,
    so that counting waits for nobody."""

    page = TenantForeignKey(LandingPage, models.CASCADE, related_name="days")
    variant = TenantForeignKey(PageVariant, models.CASCADE, related_name="+")
    test = TenantForeignKey(PageTest, models.CASCADE, null=True, related_name="+")
    day = models.DateField()
    slot = models.SmallIntegerField()
    views = models.IntegerField(default=0)
    sent = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "variant", "test", "day", "slot"],
                nulls_distinct=False,
                name="landing_pages_pageday_one",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "day"], name="landing_pages_pageday_lately"),
            models.Index(fields=["organisation", "test"], name="landing_pages_pageday_test"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id}, {self.day}"
