"""What members type in about themes; services.py checks it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from prm.work.texts import is_storable
from touchpoints.interests.models import LONGEST_HALF_LIFE_DAYS, Theme
from touchpoints.interests.services import LONGEST_PATTERN, RuleInput
from touchpoints.models import Touchpoint
from touchpoints.recognition.facts import read_address


class ThemeForm(forms.Form):
    """A theme."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    description = forms.CharField(label=gettext_lazy("What it is about"), max_length=300, required=False)

    def __init__(self, *args: Any, theme: Theme | None = None, **kwargs: Any) -> None:
        if theme is not None:
            kwargs["initial"] = {"name": theme.name, "description": theme.description}
        super().__init__(*args, **kwargs)


class RuleForm(forms.Form):
    """A rule of a theme: an address, or a touchpoint."""

    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=LONGEST_PATTERN,
        required=False,
        help_text=gettext_lazy("A page, a site or both. * stands for anything: /blog/* is every page below /blog."),
        widget=forms.TextInput(
            attrs={"placeholder": "www.acme.fr/produits/*", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    touchpoint = forms.TypedChoiceField(
        label=gettext_lazy("or a touchpoint"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, *args: Any, touchpoints: Sequence[Touchpoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["touchpoint"]
        place.choices = [("", pgettext("touchpoint", "None")), *((one.pk, one.name) for one in touchpoints)]

    def clean_address(self) -> str:
        """Refuse what cannot be an address."""
        text = str(self.cleaned_data["address"])
        try:
            read_address(text)
        except ValueError as error:
            raise forms.ValidationError(_("This is no address: write www.acme.fr/tarifs, or /tarifs.")) from error
        return text

    @property
    def patterns(self) -> dict[str, str]:
        """What the address asks for; of a form with faults, what can be read."""
        return read_address(self.cleaned_data.get("address") or "")

    @property
    def values(self) -> RuleInput:
        """What the service takes."""
        return RuleInput(self.patterns, self.cleaned_data["touchpoint"])


class TrialForm(forms.Form):
    """An address to try."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        widget=forms.TextInput(attrs={"placeholder": "https://www.acme.fr/produits/pompes", "spellcheck": "false"}),
    )

    def clean_url(self) -> str:
        """Return an address as a tracker would send it."""
        text = str(self.cleaned_data["url"]).strip()
        if not is_storable(text):
            raise forms.ValidationError(_("This text holds characters that cannot be stored."))
        return text if text.startswith("/") or "://" in text else f"https://{text}"


class FadingForm(forms.Form):
    """How quickly interests fade."""

    half_life_days = forms.IntegerField(
        label=gettext_lazy("Half-life, in days"),
        min_value=1,
        max_value=LONGEST_HALF_LIFE_DAYS,
        help_text=gettext_lazy("After so many days an act weighs half of what it did."),
    )
