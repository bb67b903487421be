"""What a rep says when sending a handoff back."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from scoring.models import RejectionReason

# Months after which a recycled contact may come back.
MONTHS = (1, 2, 3, 6)
DAYS_A_MONTH = 30


class RejectForm(forms.Form):
    """A coded reason, and a word for marketing."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        widget=forms.RadioSelect,
        choices=[choice for choice in RejectionReason.choices if choice[0] != RejectionReason.NOT_READY],
    )
    note = forms.CharField(
        label=_("A word for marketing"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class RecycleForm(forms.Form):
    """When the contact may come back."""

    months = forms.TypedChoiceField(label=_("Come back in"), widget=forms.RadioSelect, coerce=int)
    note = forms.CharField(
        label=_("A word for marketing"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = self.fields["months"]
        months.initial = MONTHS[0]
        months.choices = [(number, self._words(number)) for number in MONTHS]  # type: ignore[attr-defined]

    @property
    def until(self) -> datetime:
        """The first moment of the day on which they may come back."""
        return self._day(self.cleaned_data["months"])

    def _words(self, number: int) -> str:
        day = date_format(self._day(number), "j F Y")
        return ngettext("%(n)s month, on %(day)s", "%(n)s months, on %(day)s", number) % {"n": number, "day": day}

    def _day(self, number: int) -> datetime:
        day = timezone.localdate() + timedelta(days=DAYS_A_MONTH * number)
        return timezone.make_aware(datetime.combine(day, time()))
