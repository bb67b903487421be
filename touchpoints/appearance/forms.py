"""What members type in about how their organisation looks; services.py checks it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from touchpoints.appearance.models import Appearance
from touchpoints.appearance.pictures import ACCEPTED_TYPES


class AppearanceForm(forms.Form):
    """Logo and colour."""

    colour = forms.CharField(
        label=gettext_lazy("Main colour"),
        max_length=7,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "#0b6b53", "spellcheck": "false"}),
        help_text=gettext_lazy("Of buttons and links. A form may have one of its own."),
    )
    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPTED_TYPES}),
        help_text=gettext_lazy("JPEG, PNG, WebP or GIF, at most ten megabytes; a see-through ground stays so."),
    )
    removes_logo = forms.BooleanField(label=gettext_lazy("Show the name instead of the logo"), required=False)

    def __init__(self, data: Any = None, files: Any = None, *, appearance: Appearance | None) -> None:
        super().__init__(data, files, initial={"colour": appearance.colour if appearance else ""})
        if appearance is None or appearance.logo_id is None:
            del self.fields["removes_logo"]
