"""What an admin types in about a purpose."""

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.consent.models import Basis
from contacts.consent.purposes import LONGEST_LABEL, LONGEST_TEXT, PurposeWords

_TEXT = forms.Textarea(attrs={"rows": 3})


class PurposeForm(forms.Form):
    """What people read in both languages, and what may be done before they say anything."""

    label_fr = forms.CharField(label=_("Name in French"), max_length=LONGEST_LABEL)
    label_en = forms.CharField(label=_("Name in English"), max_length=LONGEST_LABEL)
    text_fr = forms.CharField(label=_("Text in French"), max_length=LONGEST_TEXT, widget=_TEXT)
    text_en = forms.CharField(label=_("Text in English"), max_length=LONGEST_TEXT, widget=_TEXT)
    basis = forms.ChoiceField(
        label=_("Before people say anything"),
        choices=[
            (Basis.CONSENT, _("Not allowed: only a yes allows it (consent)")),
            (Basis.INTEREST, _("Allowed: until they say no (legitimate interest)")),
        ],
        widget=forms.RadioSelect,
        initial=Basis.CONSENT,
    )
    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=[("", _("None in particular")), ("email", _("E-mail")), ("phone", _("Telephone"))],
        required=False,
    )

    @property
    def words(self) -> PurposeWords:
        """What people read, once the form is valid."""
        return PurposeWords(
            **{name: self.cleaned_data[name] for name in ("label_en", "label_fr", "text_en", "text_fr")}
        )
