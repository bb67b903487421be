"""The forms of this room: a request, its answer, how long people are kept, and what is typed in before erasing."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.models import Contact
from contacts.rights.models import Outcome, RequestKind
from prm.work.errors import Invalid


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


class RefusableForm(forms.Form):
    """A form whose service may refuse what was given."""

    def add_refusal(self, refusal: Invalid) -> None:
        """Show beside its field what the service refused."""
        for name, text in (dict(refusal.fields) or {"": refusal.message}).items():
            self.add_error(name if name in self.fields else None, str(text))


class RequestForm(RefusableForm):
    """A request of a person, as it came in."""

    kind = forms.ChoiceField(label=gettext_lazy("What is asked for"), choices=RequestKind.choices)
    received_on = forms.DateField(
        label=gettext_lazy("Received on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    asker = forms.CharField(
        label=gettext_lazy("Who asks"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("Name and address as they gave them."),
    )
    note = forms.CharField(
        label=gettext_lazy("What they wrote or said"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AnswerForm(RefusableForm):
    """How a request was answered."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("How it ended"),
        choices=Outcome.choices,
        widget=forms.RadioSelect,
        initial=Outcome.DONE,
    )
    answer = forms.CharField(
        label=gettext_lazy("What was done, or why it is refused"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RetentionForm(forms.Form):
    """How long people are kept who do nothing."""

    months = forms.IntegerField(
        label=gettext_lazy("Months people are kept"),
        min_value=1,
        max_value=120,
        help_text=gettext_lazy("The CNIL recommends three years, 36 months, for prospects."),
    )
    is_automatic = forms.BooleanField(label=gettext_lazy("Erase by itself, every night, who is due"), required=False)
    raw_days = forms.IntegerField(
        label=gettext_lazy("Days what could not be taken in is kept"),
        min_value=7,
        max_value=730,
        # Left empty, it stays as it is.
        required=False,
        help_text=gettext_lazy("What was sent, failed and never became a contact is then deleted, every night."),
    )


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
