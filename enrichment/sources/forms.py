"""The form of one source."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrichment.sources.models import SourceChoice
from enrichment.sources.registry import Source

LONGEST_KEY = 500


class SourceForm(forms.Form):
    """Whether a source is asked, its key, what a question costs: as far as the source has them."""

    is_on = forms.BooleanField(label=gettext_lazy("Ask this source"), required=False)
    key = forms.CharField(
        label=gettext_lazy("Key"),
        required=False,
        max_length=LONGEST_KEY,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    cost = forms.DecimalField(
        label=gettext_lazy("What a question costs, in euros"),
        required=False,
        min_value=Decimal(0),
        max_digits=8,
        decimal_places=4,
        localize=True,
        help_text=gettext_lazy("Only for figures: nothing is paid from here. Leave it empty where it is free."),
    )

    def __init__(self, data: Any, *, source: Source, choice: SourceChoice) -> None:
        super().__init__(data, initial={"is_on": choice.is_on, "cost": choice.cost})
        if not source.has_switch:
            del self.fields["is_on"]
        if source.key is None:
            del self.fields["key"]
        elif choice.sealed_key:
            self.fields["key"].help_text = _("It is not shown again. Leave this empty to keep the one there is.")
        else:
            self.fields["key"].help_text = str(source.key.where)
        if not source.is_counted:
            del self.fields["cost"]

    def clean_key(self) -> str:
        """Refuse what cannot stand in a header."""
        key = str(self.cleaned_data["key"]).strip()
        if not re.fullmatch(r"[\x21-\x7e]*", key):
            raise forms.ValidationError(_("A key has neither spaces nor accents."))
        return key
