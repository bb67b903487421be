"""What is typed in of a contract, and of what a member wants to be told."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prm.organisations.models import User
from scoring.handoffs.models import Breach, NoticeKind
from scoring.handoffs.noticing import Choice

_TIME = ["%H:%M", "%H:%M:%S"]
# The regions of business_hours.HOLIDAYS, in words.
REGIONS: list[tuple[str, Any]] = [
    ("", _("Worked on")),
    ("FR", pgettext_lazy("public holidays", "Of France")),
    ("FR-57", pgettext_lazy("public holidays", "Of France, with those of Alsace and Moselle")),
]


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        input_formats=_TIME,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )


class ContractForm(forms.Form):
    """A version of the contract. A day without hours is a day off."""

    definition = forms.CharField(label=_("What an MQL is"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    brief = forms.CharField(label=_("What a handoff tells"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    first_contact_hours = forms.FloatField(
        label=_("First contact within, in business hours"), min_value=0.25, max_value=200, localize=True
    )
    holidays = forms.ChoiceField(
        label=_("Public holidays"),
        required=False,
        choices=REGIONS,
    )
    closed_days = forms.CharField(
        label=_("Other days off"),
        required=False,
        max_length=1500,
        help_text=_("As 2026-12-24, with blanks between them."),
    )
    cool_down_days = forms.IntegerField(label=_("Recycled people rest, in days"), min_value=0, max_value=730)
    on_breach = forms.ChoiceField(label=_("When nobody called in time"), choices=Breach.choices)
    escalates_to = forms.TypedChoiceField(label=_("Who is told"), required=False, coerce=int, empty_value=None)

    def __init__(self, data: Any = None, *, values: Mapping[str, Any], people: Sequence[User]) -> None:
        hours = values["first_contact_hours"]
        initial = {
            **values,
            "first_contact_hours": int(hours) if hours == int(hours) else hours,
            "closed_days": " ".join(values["closed_days"]),
            "escalates_to": values["escalates_to_id"],
        }
        super().__init__(data, initial=initial)
        choices = [("", _("Nobody")), *((person.pk, str(person)) for person in people)]
        cast("forms.TypedChoiceField", self.fields["escalates_to"]).choices = choices
        words = {"from": pgettext_lazy("hours", "from"), "to": pgettext_lazy("hours", "to")}
        for day in range(7):
            for (name, label), value in zip(words.items(), values["week"][day] or ("", ""), strict=True):
                field = _time(label)
                field.initial = value
                self.fields[f"{name}_{day}"] = field

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """The fields that are no hours."""
        return [self[name] for name in self.base_fields]

    @property
    def days(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """The days of the week with their hours."""
        return [(str(WEEKDAYS[day]), self[f"from_{day}"], self[f"to_{day}"]) for day in range(7)]

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes."""
        given = self.cleaned_data
        return {
            **{name: given[name] for name in ("definition", "brief", "first_contact_hours", "holidays")},
            **{name: given[name] for name in ("cool_down_days", "on_breach")},
            "escalates_to_id": given["escalates_to"],
            "closed_days": sorted(set(re.split(r"[\s,;]+", given["closed_days"])) - {""}),
            "week": [self._day(day) for day in range(7)],
        }

    def clean(self) -> dict[str, Any]:
        """Refuse a day with one end alone."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for day in range(7):
            if (cleaned.get(f"from_{day}") is None) != (cleaned.get(f"to_{day}") is None):
                missing = "to" if cleaned.get(f"to_{day}") is None else "from"
                if f"{missing}_{day}" not in self.errors:
                    self.add_error(f"{missing}_{day}", _("Both, or none for a day off."))
        return cleaned

    def _day(self, day: int) -> list[str] | None:
        begins, ends = self.cleaned_data[f"from_{day}"], self.cleaned_data[f"to_{day}"]
        return [begins.isoformat("minutes"), ends.isoformat("minutes")] if begins and ends else None


class NoticeForm(forms.Form):
    """Of what a member is told here, and by e-mail."""

    here = forms.MultipleChoiceField(
        label=_("Told here"), required=False, widget=forms.CheckboxSelectMultiple, choices=NoticeKind.choices
    )
    by_email = forms.MultipleChoiceField(
        label=_("Told by e-mail"), required=False, widget=forms.CheckboxSelectMultiple, choices=NoticeKind.choices
    )

    def __init__(self, data: Any = None, *, choice: Choice) -> None:
        super().__init__(data, initial={"here": sorted(choice.here), "by_email": sorted(choice.by_email)})
