"""Forms of the model: thresholds, a rule, the note of a publication."""

import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from prm.conditions.editor import ConditionEditor
from scoring.models import Axis, ModelVersion, Rule
from scoring.vocabulary import interaction_vocabulary, profile_vocabulary
from scoring.wording import Words
from touchpoints.kinds import BUILT_IN, INTERNAL
from touchpoints.models import Touchpoint

CONDITION = "condition"


class PointsInput(forms.TextInput):
    """A number as people write it: "3" and "2,5", not "3,0"."""

    def __init__(self) -> None:
        super().__init__(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "tiny"})

    def format_value(self, value: Any) -> str | None:
        """Write whole numbers without decimals."""
        if isinstance(value, int | float):
            value = formats.localize_input(int(value) if float(value).is_integer() else value)
        text: str | None = super().format_value(value)
        return text


class PointsField(forms.FloatField):
    """A number with a comma or a point before its decimals, whatever the reader's language."""

    def to_python(self, value: Any) -> Any:
        """Read "2,5" and "2.5" alike; "1,000" is a thousand."""
        if isinstance(value, str):
            value = re.sub(r"\s", "", value)
            if "." not in value and not re.fullmatch(r"-?\d{1,3}(,\d{3})+", value):
                value = value.replace(",", ".")
        return super().to_python(value)


def _number(label: Any, **more: Any) -> PointsField:
    return PointsField(label=label, localize=True, widget=PointsInput(), **more)


class ThresholdsForm(forms.Form):
    """Where warm and hot begin, and the fit an MQL needs."""

    warm_from = _number(_("Warm from"))
    hot_from = _number(_("Hot from"))
    minimum_fit = _number(_("Minimum fit for an MQL"))

    @classmethod
    def of(cls, version: ModelVersion) -> "ThresholdsForm":
        """Return the form of a version's thresholds."""
        return cls(initial={name: getattr(version, name) for name in cls.base_fields})


class PublishForm(forms.Form):
    """What changed, for those who look back."""

    note = forms.CharField(label=_("What changed, and why"), max_length=250, required=False)


class _RuleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    points = _number(_("Points"), help_text=_("More or less than 0, such as 3 or -5."))

    def __init__(self, data: QueryDict | None, *, rule: Rule | None, editor: ConditionEditor) -> None:
        self.editor = editor
        initial = {name: getattr(rule, name) for name in self.base_fields if hasattr(rule, name)} if rule else {}
        if data is not None and self.editor.is_step:
            # Sent to change the rows only: what was typed so far is shown again, and not complained about yet.
            initial, data = {name: data.get(name, "") for name in self.base_fields}, None
        super().__init__(data, initial=initial)

    def is_valid(self) -> bool:
        """Check the fields and the rows of the condition."""
        rows_are_valid = self.editor.is_valid()
        return super().is_valid() and rows_are_valid


class ProfileRuleForm(_RuleForm):
    """A rule of fit: for whom it is, and its points."""

    def __init__(self, data: QueryDict | None = None, *, rule: Rule | None = None) -> None:
        document = rule.condition if rule else {"field": "job_title", "op": "contains", "value": ""}
        editor = ConditionEditor(profile_vocabulary(), name=CONDITION, document=document, data=data)
        super().__init__(data, rule=rule, editor=editor)

    @property
    def values(self) -> dict[str, Any]:
        """What to store; after is_valid."""
        return {**self.cleaned_data, "condition": self.editor.document}


class BehaviourRuleForm(_RuleForm):
    """A rule of intent: what counts, its points, and what holds them in."""

    kind = forms.ChoiceField(label=_("What the person did"))
    touchpoint = forms.TypedChoiceField(
        label=_("At this touchpoint only"), required=False, coerce=int, empty_value=None
    )
    cap = _number(_("Cap in points"), required=False, help_text=_("More of it adds nothing."))
    half_life_days = _number(_("Half-life in days"), required=False, help_text=_("Half of it is left after so many."))
    window_days = forms.IntegerField(
        label=_("Only the last days"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "tiny"}),
        help_text=_("Older acts do not count at all."),
    )
    once_a_day = forms.BooleanField(label=_("Counts once a day"), required=False)

    field_order = ("name", "kind", "touchpoint", "points", "cap", "half_life_days", "window_days", "once_a_day")

    def __init__(self, data: QueryDict | None = None, *, rule: Rule | None = None) -> None:
        document = rule.property_condition if rule else {}
        editor = ConditionEditor(interaction_vocabulary(), name=CONDITION, document=document, data=data)
        super().__init__(data, rule=rule, editor=editor)
        words = Words()
        codes = sorted({*BUILT_IN, *words.kinds, *([rule.kind] if rule else [])} - INTERNAL, key=words.kind)
        places = [(pk, name) for pk, name in Touchpoint.objects.order_by("name").values_list("pk", "name")]
        self._choices("kind", [(code, words.kind(code)) for code in codes])
        self._choices("touchpoint", [("", _("Any touchpoint")), *places])
        if rule is not None and not self.editor.is_step:
            self.initial["touchpoint"] = rule.touchpoint_id

    @property
    def values(self) -> dict[str, Any]:
        """What to store; after is_valid."""
        values = {**self.cleaned_data, "property_condition": self.editor.document}
        values["touchpoint_id"] = values.pop("touchpoint")
        return values

    def _choices(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


RULE_FORMS: dict[str, type[ProfileRuleForm] | type[BehaviourRuleForm]] = {
    Axis.INTENT: BehaviourRuleForm,
    Axis.FIT: ProfileRuleForm,
}
