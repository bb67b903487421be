"""What people confirm before something that cannot be undone."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.models import Contact


class EraseForm(forms.Form):
    """The name or the address of whoever is erased, typed in."""

    confirm = forms.CharField(
        label=gettext_lazy("Type the name or the e-mail address"),
        max_length=260,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contact = contact

    def clean_confirm(self) -> str:
        """Compare, whatever the case and the spaces."""
        typed = _plain(self.cleaned_data["confirm"])
        if typed not in {_plain(self.contact.name), _plain(self.contact.email or self.contact.name)}:
            raise forms.ValidationError(_("This is neither the name nor the address of this person."))
        return typed


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
