"""What is asked before learning."""

from django import forms
from django.utils.translation import gettext_lazy as _

from scoring.learning.models import Among, Goal


class LearningForm(forms.Form):
    """What counts as converted, and who is compared with whom."""

    goal = forms.ChoiceField(label=_("Converted means"), choices=Goal.choices)
    among = forms.ChoiceField(
        label=_("Compare"),
        choices=Among.choices,
        help_text=_("Among everybody known, whoever did anything at all stands out."),
    )
