"""The form of a survey."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prm.web.editing import EditForm
from touchpoints.models import Touchpoint
from touchpoints.surveys.models import Scale, Survey


class SurveyForm(EditForm):
    """Asks about a touchpoint."""

    touchpoint = forms.TypedChoiceField(label=_("Touchpoint"), coerce=int)
    scale = forms.ChoiceField(label=_("Scale"), choices=Scale.choices)
    question = forms.CharField(
        label=_("Question"),
        max_length=200,
        required=False,
        help_text=_("Left empty: “How satisfied are you with …?”, or how likely they are to recommend you."),
    )
    language = forms.ChoiceField(label=_("Language of the page"), choices=[("fr", "Français"), ("en", "English")])
    period_days = forms.IntegerField(
        label=_("One answer of a person in so many days"),
        min_value=1,
        max_value=730,
        help_text=_("Another answer within them takes the place of the first."),
    )
    hosts = forms.CharField(
        label=_("Sites that may show it"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line, without https:// and path: www.acme.fr"),
    )

    def __init__(
        self, *args: Any, touchpoints: Sequence[Touchpoint], survey: Survey | None = None, **kwargs: Any
    ) -> None:
        if survey is not None:
            kwargs["initial"] = {
                "touchpoint": survey.touchpoint_id,
                "scale": survey.scale,
                "question": survey.question,
                "language": survey.language,
                "period_days": survey.period_days,
                "hosts": "\n".join(survey.hosts),
            }
        super().__init__(*args, **kwargs)
        choices = [(one.pk, one.name) for one in touchpoints]
        if survey is not None and survey.touchpoint_id not in dict(choices):
            choices.append((survey.touchpoint_id, survey.touchpoint.name))
        place: Any = self.fields["touchpoint"]
        place.choices = [("", _("Choose one")), *choices]
        if survey is not None:
            self.keep_seen()

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes."""
        values = self.edited
        if "touchpoint" in values:
            values["touchpoint_id"] = values.pop("touchpoint")
        if "hosts" in values:
            values["hosts"] = list(dict.fromkeys(values["hosts"].lower().split()))
        return values
