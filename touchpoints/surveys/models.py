"""A survey asks one question about one touchpoint; an answer is a score, and words where somebody adds some."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Contact
from prm.organisations.models import User
from prm.organisations.tenancy import TenantForeignKey, TenantModel
from touchpoints.models import Touchpoint
from touchpoints.tracking.models import Visitor


class Scale(models.TextChoices):
    """What people answer with."""

    SATISFACTION = "satisfaction", _("Satisfaction, 1 to 5")
    RECOMMENDATION = "recommendation", _("Recommendation, 0 to 10")


class Way(models.TextChoices):
    """How an answer came."""

    PAGE = "page", _("Public page")
    FRAME = "frame", _("Within a page")
    MAIL = "mail", _("E-mail")


class Survey(TenantModel):
    """One question about a touchpoint, in the organisation's words."""

    touchpoint = TenantForeignKey(Touchpoint, models.CASCADE, related_name="surveys", verbose_name=_("touchpoint"))
    question = models.CharField(_("question"), max_length=200)
    scale = models.CharField(_("scale"), max_length=16, choices=Scale.choices, default=Scale.SATISFACTION)
    language = models.CharField(_("language"), max_length=5, default="fr")
    # One answer of a person about the touchpoint in so many days; another one in them takes its place.
    period_days = models.IntegerField(
        _("days between two answers"), default=90, validators=[MinValueValidator(1), MaxValueValidator(730)]
    )
    # The part of its public address that cannot be guessed.
    key = models.CharField(max_length=24)
    # Sites that may show it within their pages: "www.acme.fr".
    hosts = models.JSONField(default=list)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # Nobody is asked any more; what was answered stays.
    closed_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "key"], name="surveys_survey_address"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "touchpoint"], name="surveys_of_touchpoint")
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def is_open(self) -> bool:
        """Tell whether people are asked."""
        return self.closed_at is None

    @property
    def scores(self) -> range:
        """What can be answered."""
        return range(1, 6) if self.scale == Scale.SATISFACTION else range(11)


class Answer(TenantModel):
    """What one person answered once. Nobody's name is needed: `contact` where their own link or the tracker says it."""

    survey = TenantForeignKey(Survey, models.CASCADE, related_name="answers")
    touchpoint = TenantForeignKey(Touchpoint, models.CASCADE, related_name="+")
    contact = TenantForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    # Who answered within a page whose tracker knows the browser; joins the contact with it.
    visitor = TenantForeignKey(Visitor, models.SET_NULL, null=True, related_name="+")
    score = models.SmallIntegerField(pgettext_lazy("survey", "score"))
    # The score on the scale of 1 to 5 (touchpoints.surveys.figures).
    quality = models.FloatField()
    words = models.TextField(_("words"), max_length=2000, blank=True)
    way = models.CharField(max_length=8, choices=Way.choices)
    # Of the page it was sent from: the same page sent twice is one answer.
    nonce = models.CharField(max_length=24)
    answered_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = _("answer to a survey")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "survey", "nonce"], name="surveys_answer_once"),
            models.CheckConstraint(
                name="surveys_answer_scale", condition=Q(score__gte=0, score__lte=10, quality__gte=1, quality__lte=5)
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # With what is counted: figures are read off the index alone.
            models.Index(
                fields=["organisation", "touchpoint", "answered_at", "id"],
                include=["survey", "score", "quality"],
                name="surveys_answer_place",
            ),
            models.Index(
                fields=["organisation", "survey", "answered_at", "id"], include=["score"], name="surveys_answer_survey"
            ),
            models.Index(
                fields=["organisation", "contact", "answered_at"],
                name="surveys_answer_of_contact",
                condition=Q(contact__isnull=False),
            ),
            models.Index(
                fields=["organisation", "visitor", "answered_at"],
                name="surveys_answer_of_visitor",
                condition=Q(visitor__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.score}"
