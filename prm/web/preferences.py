"""Keeps what a person chose for themselves."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from prm.organisations.models import User


def keep_theme(user: Any, *, theme: str) -> None:
    """Remember light or dark for a signed-in person."""
    User.objects.filter(pk=user.pk).update(theme=theme)


def keep_language(user: Any, *, language: str) -> None:
    """Remember the language for a signed-in person."""
    User.objects.filter(pk=user.pk).update(language=language)


class ProfileForm(forms.ModelForm[User]):
    """Name, language, time zone and theme; an empty choice leaves it to the browser."""

    class Meta:
        model = User
        fields = ("full_name", "language", "time_zone", "theme")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name]
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"),
            required=False,
            choices=[("", _("As the browser asks")), ("fr", "Français"), ("en", "English")],
        )
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"),
            required=False,
            choices=[("", _("As on this device")), *zones],
            help_text=_("Dates and times show in this zone."),
        )
        self.fields["theme"] = forms.ChoiceField(
            label=_("Theme"),
            required=False,
            widget=forms.RadioSelect,
            choices=[("", _("As the system says")), ("light", _("Light")), ("dark", _("Dark"))],
        )
        self.fields["full_name"].label = _("Name")
