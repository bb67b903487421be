"""The form by which a member rates a touchpoint."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from touchpoints.models import Touchpoint
from touchpoints.ratings.checklists import Holds, items_of
from touchpoints.ratings.models import Aspect, Rating
from touchpoints.ratings.services import Said

IMPORTANCE = [
    (1, _("1, hardly matters")),
    (2, _("2, matters little")),
    (3, _("3, matters")),
    (4, _("4, matters much")),
    (5, _("5, decisive")),
]
QUALITY = [
    (1, _("1, bad")),
    (2, _("2, weak")),
    (3, _("3, fair")),
    (4, _("4, good")),
    (5, _("5, excellent")),
]
_NOTHING = ("", _("Not rated yet"))
_HOLDS = [*Holds.choices, ("", pgettext_lazy("checklist", "Does not apply"))]


def rating_field(label: Any, words: list[tuple[int, Any]], help_text: Any = "") -> forms.TypedChoiceField:
    """Return a field that takes 1 to 5, or nothing."""
    return forms.TypedChoiceField(
        label=label, choices=[_NOTHING, *words], coerce=int, empty_value=None, required=False, help_text=help_text
    )


def _why() -> forms.CharField:
    return forms.CharField(label=_("Why"), max_length=300, required=False)


class RatingForm(forms.Form):
    """What one member says of a touchpoint; items of the channel's checklist are fields of their own."""

    importance = rating_field(_("Importance"), IMPORTANCE, _("Its impact on qualification and conversion."))
    importance_comment = _why()
    objective_quality = rating_field(_("In one number"), QUALITY, _("Counts where nothing above is answered."))
    objective_quality_comment = _why()
    perceived_quality = rating_field(_("Perceived quality"), QUALITY, _("What do you believe people say of it?"))
    perceived_quality_comment = _why()

    def __init__(self, *args: Any, touchpoint: Touchpoint, own: Mapping[Aspect, Rating], **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": _initial(own), **kwargs})
        self.items = items_of(touchpoint.channel)
        for item in self.items:
            self.fields[f"item_{item.code}"] = forms.TypedChoiceField(
                label=str(item.text),
                choices=_HOLDS,
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )
        if touchpoint.perceived_answers:
            del self.fields["perceived_quality"], self.fields["perceived_quality_comment"]

    @property
    def checklist(self) -> list[forms.BoundField]:
        """The fields of the checklist."""
        return [self[f"item_{item.code}"] for item in self.items]

    @property
    def said(self) -> dict[Aspect, Said]:
        """What the service takes."""
        data = self.cleaned_data
        answers = {item.code: data.get(f"item_{item.code}") for item in self.items}
        said = {
            Aspect.IMPORTANCE: Said(data["importance"], data["importance_comment"]),
            Aspect.OBJECTIVE: Said(
                data["objective_quality"],
                data["objective_quality_comment"],
                {code: value for code, value in answers.items() if value is not None},
            ),
        }
        if "perceived_quality" in data:
            said[Aspect.PERCEIVED] = Said(data["perceived_quality"], data["perceived_quality_comment"])
        return said


def _initial(own: Mapping[Aspect, Rating]) -> dict[str, Any]:
    initial: dict[str, Any] = {}
    for aspect, rating in own.items():
        initial[f"{aspect.value}_comment"] = rating.comment
        if rating.answers:
            initial |= {f"item_{code}": value for code, value in rating.answers.items()}
        else:
            initial[aspect.value] = int(rating.value)
    return initial
