"""The form of automatic enrichment."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.segments.queries import list_segments
from enrichment.automatic.models import AutomaticRule
from enrichment.automatic.services import Wish
from prm.organisations.models import Organisation

MOST_CALLS = 100_000


class AutomaticForm(forms.Form):
    """Which companies are asked about by themselves, and how many."""

    on_hand = forms.BooleanField(label=_("A member writes a new company down"), required=False)
    on_import = forms.BooleanField(label=_("A file brings new companies"), required=False)
    on_program = forms.BooleanField(
        label=_("A form, or a program through the API, brings new companies"), required=False
    )
    calls_per_day = forms.IntegerField(
        label=_("New companies asked about a day, at most"),
        min_value=1,
        max_value=MOST_CALLS,
        help_text=_("The others wait for the next morning."),
    )
    calls_per_night = forms.IntegerField(
        label=_("Companies refreshed a night, at most"),
        min_value=0,
        max_value=MOST_CALLS,
        help_text=_("0: nothing is refreshed by itself."),
    )
    fresh_days = forms.IntegerField(label=_("An answer is old after so many days"), min_value=1, max_value=3650)
    segment_ids = forms.MultipleChoiceField(
        label=_("Segments whose companies matter too"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any, *, organisation: Organisation, rule: AutomaticRule) -> None:
        initial = {name: getattr(rule, name) for name in self.base_fields}
        super().__init__(data, initial={**initial, "segment_ids": [str(pk) for pk in rule.segment_ids]})
        field = cast("forms.MultipleChoiceField", self.fields["segment_ids"])
        field.choices = [(str(one.pk), one.name) for one in list_segments(organisation).order_by("name", "pk")]
        if not field.choices:
            del self.fields["segment_ids"]

    @property
    def wish(self) -> Wish:
        """What was said."""
        data = dict(self.cleaned_data)
        return Wish(**{**data, "segment_ids": tuple(int(pk) for pk in data.get("segment_ids", ()))})
