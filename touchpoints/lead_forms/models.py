"""Forms, what of them was published, and what people sent."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Contact
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from touchpoints.models import Touchpoint


class FormStatus(models.TextChoices):
    """A draft has never been published; a closed form says so to whoever opens it."""

    DRAFT = "draft", pgettext_lazy("form", "draft")
    LIVE = "live", pgettext_lazy("form", "live")
    CLOSED = "closed", pgettext_lazy("form", "closed")


class LeadForm(TenantModel):
    """A form: its draft is what members work on, one of its versions what people see."""

    name = models.CharField(_("name"), max_length=120)
    # What interactions, rules and programs call it; it never changes.
    code = models.SlugField(_("API name"), max_length=60)
    # The part of its address that cannot be guessed.
    key = models.CharField(max_length=32)
    language = models.CharField(_("language"), max_length=2, choices=[("fr", "Français"), ("en", "English")])
    touchpoint = TenantForeignKey(
        Touchpoint, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("touchpoint")
    )
    status = models.CharField(max_length=6, choices=FormStatus.choices, default=FormStatus.DRAFT)
    # What `document.py` reads and writes.
    draft = models.JSONField(default=dict)
    # The version people see; null: it was never published.
    published_number = models.IntegerField(null=True, editable=False)
    # Sites that may show it: "www.acme.fr", with a port where it is not the usual one.
    hosts = ArrayField(models.CharField(max_length=260), default=list, blank=True)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("form")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "code"], name="lead_forms_leadform_code"),
            models.UniqueConstraint(fields=["organisation", "key"], name="lead_forms_leadform_address"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Tell whether people can fill it in."""
        return self.status == FormStatus.LIVE and self.archived_at is None


class FormVersion(TenantModel):
    """What people read and answered to. The database lets none change: another text is another version."""

    form = TenantForeignKey(LeadForm, models.CASCADE, related_name="versions")
    number = models.IntegerField()
    document = models.JSONField()
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "form", "number"], name="lead_forms_formversion_number"),
        ]

    def __str__(self) -> str:
        return f"{self.form_id}: {self.number}"


class FormFile(TenantModel):
    """A document people get for having filled in a form."""

    form = TenantForeignKey(LeadForm, models.CASCADE, related_name="files")
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=100)
    size = models.IntegerField()
    content = models.BinaryField()
    created_at = models.DateTimeField(db_default=models.functions.Now())

    def __str__(self) -> str:
        return self.name


class FormDay(TenantModel):
    """How often a form was shown and sent on one day; spread over slots, so that counting waits for nobody."""

    form = TenantForeignKey(LeadForm, models.CASCADE, related_name="days")
    day = models.DateField()
    slot = models.SmallIntegerField()
    shown = models.IntegerField(default=0)
    sent = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "form", "day", "slot"], name="lead_forms_formday_one"),
        ]

    def __str__(self) -> str:
        return f"{self.form_id}, {self.day}"


class SubmissionStatus(models.TextChoices):
    """What became of what was sent. Nothing that was sent is thrown away unread."""

    RECEIVED = "received", pgettext_lazy("submission", "waiting")
    PROCESSED = "processed", pgettext_lazy("submission", "taken in")
    SPAM = "spam", pgettext_lazy("submission", "spam")
    FAILED = "failed", pgettext_lazy("submission", "not taken in")


class Submission(TenantModel):
    """What somebody sent, written down before anything is made of it."""

    form = TenantForeignKey(LeadForm, models.CASCADE, related_name="submissions")
    version = TenantForeignKey(FormVersion, models.CASCADE, related_name="+")
    # Made of the page and the answers: the same sent twice is one.
    once = models.CharField(max_length=64)
    status = models.CharField(max_length=9, choices=SubmissionStatus.choices, default=SubmissionStatus.RECEIVED)
    # Why it is spam or was not taken in: a code of wording.py.
    reason = models.CharField(max_length=40, blank=True)
    # {key of an element: answer}, in their stored form.
    answers = models.JSONField(default=dict)
    # Page, campaign, program of the person, language.
    context = models.JSONField(default=dict)
    email = models.CharField(max_length=254, blank=True)
    # The network it came from, not the machine: "203.0.113.0/24".
    network = models.CharField(max_length=50, blank=True)
    contact = TenantForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    # What was made of it: {"kept": [...], "consents": {...}}.
    outcome = models.JSONField(default=dict)
    received_at = models.DateTimeField(db_default=models.functions.Now())
    processed_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    # When a worker may look at it (again).
    due_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "form", "once"], name="lead_forms_submission_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "form", "status", "-id"], name="lead_forms_submission_newest"),
            models.Index(fields=["organisation", "form", "network", "received_at"], name="lead_forms_submission_flood"),
            models.Index(
                fields=["organisation", "due_at", "id"],
                condition=models.Q(status="received"),
                name="lead_forms_submission_due",
            ),
            models.Index(
                fields=["organisation", "received_at"],
                condition=models.Q(status="spam"),
                name="lead_forms_submission_spam",
            ),
            models.Index(
                fields=["organisation", "received_at"],
                condition=models.Q(status="failed"),
                name="lead_forms_submission_failed",
            ),
            models.Index(
                fields=["organisation", "contact"],
                condition=models.Q(contact__isnull=False),
                name="lead_forms_submission_contact",
            ),
            models.Index(fields=["organisation", "email"], name="lead_forms_submission_email"),
        ]

    def __str__(self) -> str:
        return f"{self.form_id}: {self.received_at:%Y-%m-%d %H:%M}"
