"""What an admin types in about a webhook."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prm.webhooks.models import Webhook
from prm.webhooks.registry import list_events


class WebhookForm(forms.Form):
    """Where to, and of what."""

    name = forms.CharField(label=_("Name"), max_length=80)
    url = forms.CharField(
        label=_("Address"),
        max_length=600,
        widget=forms.TextInput(attrs={"placeholder": "https://hooks.acme.fr/prm", "inputmode": "url"}),
    )
    events = forms.MultipleChoiceField(label=_("It is told of"), widget=forms.CheckboxSelectMultiple)
    only = forms.CharField(
        label=_("Only of these"),
        required=False,
        max_length=4000,
        help_text=_("API names, such as those of forms, with blanks between them. Empty: of all."),
    )
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, data: Any = None, *, webhook: Webhook | None = None, only: str = "") -> None:
        initial: dict[str, Any] = {"only": only, "events": [one.code for one in list_events()]}
        if webhook is not None:
            initial = {name: getattr(webhook, name) for name in ("name", "url", "events", "is_active")}
            initial["only"] = " ".join(webhook.only)
        super().__init__(data, initial=initial)
        events: Any = self.fields["events"]
        events.choices = [(one.code, one.label) for one in list_events()]
        if webhook is None:
            del self.fields["is_active"]

    @property
    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {**self.cleaned_data, "only": self.cleaned_data["only"].split()}
