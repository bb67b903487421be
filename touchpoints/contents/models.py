"""Contents with their files, and who read them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Contact, Stage
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from touchpoints.interests.models import Theme
from touchpoints.lead_forms.models import LeadForm
from touchpoints.models import Touchpoint

LANGUAGES = [("fr", "Français"), ("en", "English")]


class ContentKind(models.TextChoices):
    """What sort of content it is."""

    ARTICLE = "article", pgettext_lazy("content", "Article")
    WHITE_PAPER = "white_paper", pgettext_lazy("content", "White paper")
    CASE = "case", pgettext_lazy("content", "Customer case")
    WEBINAR = "webinar", pgettext_lazy("content", "Webinar")
    VIDEO = "video", pgettext_lazy("content", "Video")


class Served(models.TextChoices):
    """Whom a content is for: how far somebody is."""

    SUSPECT = Stage.SUSPECT.value, _("Suspects")
    PROSPECT = Stage.PROSPECT.value, _("Prospects")
    MQL = Stage.MQL.value, _("MQLs")
    CUSTOMER = Stage.CUSTOMER.value, _("Accepted and customers")


class Content(TenantModel):
    """Something people read, hear or watch: a file of ours or an address, open or behind a form."""

    title = models.CharField(_("title"), max_length=160)
    summary = models.CharField(_("in a few words"), max_length=400, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=ContentKind.choices, default=ContentKind.ARTICLE)
    theme = TenantForeignKey(Theme, models.DO_NOTHING, related_name="contents", verbose_name=_("theme"))
    stage = models.CharField(_("for"), max_length=12, choices=Served.choices, default=Served.SUSPECT)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner"))
    # Where it is, when it is not a file of ours.
    url = models.CharField(_("address"), max_length=500, blank=True)
    # The same as touchpoints_facts reads it of a page view: site and path, by which readings of it are told.
    page_host = models.CharField(max_length=260, blank=True, editable=False)
    page_path = models.CharField(max_length=500, blank=True, editable=False)
    # The form one fills in first; null: open to everybody.
    form = TenantForeignKey(
        LeadForm, models.DO_NOTHING, null=True, blank=True, related_name="+", verbose_name=_("form")
    )
    touchpoint = TenantForeignKey(
        Touchpoint, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("touchpoint")
    )
    # The part of its public address that cannot be guessed.
    key = models.CharField(max_length=32, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("content")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "key"], name="contents_content_address"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "theme"], name="contents_content_theme"),
            models.Index(
                fields=["organisation", "page_host", "page_path"],
                condition=~models.Q(page_path=""),
                name="contents_content_page",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_gated(self) -> bool:
        """Tell whether a form stands before it."""
        return self.form_id is not None


class ContentFile(TenantModel):
    """The file a content is, kept with us."""

    content = TenantForeignKey(Content, models.CASCADE, related_name="files")
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=100)
    size = models.IntegerField()
    data = models.BinaryField()
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "content"], name="contents_file_one"),
        ]

    def __str__(self) -> str:
        return self.name


class Reading(TenantModel):
    """That a human read a content, as the log tells: by our address of it, or by the tracker on its page.

    Follows from the log (touchpoints.contents.reading) and can be made anew from it at any time.
    """

    content = TenantForeignKey(Content, models.CASCADE, related_name="readings")
    interaction_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    contact = TenantForeignKey(Contact, models.CASCADE, null=True, related_name="+")
    visitor_uid = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()
    # How long the page was looked at; null where nobody could see that.
    seconds = models.IntegerField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("reading of a content")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "interaction_id", "content"], name="contents_reading_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organisation", "content", "contact", "occurred_at"],
                include=["kind", "visitor_uid", "seconds"],
                name="contents_reading_content",
            ),
            models.Index(
                fields=["organisation", "content", "-occurred_at", "-id"],
                condition=models.Q(contact__isnull=False),
                name="contents_reading_newest",
            ),
            models.Index(
                fields=["organisation", "contact", "content"],
                condition=models.Q(contact__isnull=False),
                name="contents_reading_contact",
            ),
            models.Index(
                fields=["organisation", "visitor_uid", "content"],
                condition=models.Q(visitor_uid__isnull=False),
                name="contents_reading_visitor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.content_id}: {self.occurred_at:%Y-%m-%d %H:%M}"
