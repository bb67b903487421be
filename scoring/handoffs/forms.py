"""What a rep says of a handoff: how a call went, what is next, why it goes back, what it brought."""

from datetime import datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from prm.web.figures import clock
from scoring.handoffs.closing import CURRENCIES
from scoring.handoffs.models import CallOutcome
from scoring.models import RejectionReason

# Months after which a recycled contact may come back.
MONTHS = (1, 2, 3, 6)
DAYS_A_MONTH = 30
# When something is to be done: in so many days, in the morning; or in so many hours.
DAYS = (1, 3, 7, 30)
HOURS = 2
MORNING = time(9)


def _note(label: Any, rows: int = 2, most: int = 500) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False, widget=forms.Textarea(attrs={"rows": rows}))


def _moments() -> dict[str, datetime]:
    """Return the moments that can be chosen by one tap, in the person's time zone."""
    now = timezone.localtime()
    found = {"hours": now + timedelta(hours=HOURS)}
    for days in DAYS:
        found[f"days{days}"] = timezone.make_aware(
            datetime.combine(now.date() + timedelta(days=days), MORNING), now.tzinfo
        )
    return found


def _moment_words(key: str, moment: datetime) -> str:
    if key == "hours":
        return _("In %(n)s hours, at %(time)s") % {"n": HOURS, "time": clock(moment)}
    days = int(key.removeprefix("days"))
    if days == 1:
        return _("Tomorrow at %(time)s") % {"time": clock(moment)}
    text = ngettext("In %(n)s day, on %(day)s", "In %(n)s days, on %(day)s", days)
    return text % {"n": days, "day": date_format(moment, "j F")}


class _Planning(forms.Form):
    """What is next, and when: one of a few moments, or any day."""

    next_step = forms.CharField(
        label=gettext_lazy("Next step"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": pgettext_lazy("next step", "Send the offer, call again…")}),
    )
    when = forms.ChoiceField(label=gettext_lazy("When"), required=False)
    on = forms.DateField(
        label=gettext_lazy("Or on this day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._found = _moments()
        when = cast("forms.ChoiceField", self.fields["when"])
        when.choices = [("", _("No reminder")), *((key, _moment_words(key, at)) for key, at in self._found.items())]

    @property
    def plan(self) -> dict[str, Any]:
        """What the services take of it."""
        return {"next_step": self.cleaned_data["next_step"], "next_step_at": self._at}

    @property
    def _at(self) -> datetime | None:
        day = self.cleaned_data["on"]
        if day:
            return timezone.make_aware(datetime.combine(day, MORNING))
        return self._found.get(self.cleaned_data["when"])

    def clean(self) -> dict[str, Any]:
        """Refuse a reminder of nothing."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if (cleaned.get("when") or cleaned.get("on")) and not cleaned.get("next_step"):
            self.add_error("next_step", _("Say what is to be done then."))
        return cleaned


class CallForm(_Planning):
    """How a call went."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("How did it go?"), widget=forms.RadioSelect, choices=CallOutcome.choices
    )
    note = _note(pgettext_lazy("noun", "Note"), most=2000)
    field_order = ("outcome", "note", "next_step", "when", "on")


class NoteForm(_Planning):
    """A note, and what is next."""

    note = _note(pgettext_lazy("noun", "Note"), rows=3, most=2000)
    field_order = ("note", "next_step", "when", "on")

    def clean(self) -> dict[str, Any]:
        """Refuse nothing at all."""
        cleaned = super().clean()
        if not self.errors and not cleaned.get("note") and not cleaned.get("next_step"):
            self.add_error("note", _("Write a note, or say what is next."))
        return cleaned


class SnoozeForm(forms.Form):
    """Until when it is put off."""

    until = forms.ChoiceField(label=gettext_lazy("Until when"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._found = _moments()
        until = cast("forms.ChoiceField", self.fields["until"])
        until.choices = [(key, _moment_words(key, at)) for key, at in self._found.items()]
        until.initial = "days1"

    @property
    def moment(self) -> datetime:
        """The moment that was chosen."""
        return self._found[self.cleaned_data["until"]]


class ReasonForm(forms.Form):
    """A coded reason, and a word for marketing: of a rejection, or of somebody given up."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        widget=forms.RadioSelect,
        choices=[choice for choice in RejectionReason.choices if choice[0] != RejectionReason.NOT_READY],
    )
    note = _note(gettext_lazy("A word for marketing"))


class RecycleForm(forms.Form):
    """When the contact may come back."""

    months = forms.TypedChoiceField(label=gettext_lazy("Come back in"), widget=forms.RadioSelect, coerce=int)
    note = _note(gettext_lazy("A word for marketing"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = cast("forms.TypedChoiceField", self.fields["months"])
        months.initial = MONTHS[0]
        months.choices = [(number, self._words(number)) for number in MONTHS]

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


class ConvertForm(forms.Form):
    """What they bought for. Typed in whole currency, kept in cents."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        min_value=0,
        max_digits=13,
        decimal_places=2,
        required=False,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=[(code, code) for code in CURRENCIES])
    note = _note(pgettext_lazy("noun", "Note"))

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes."""
        amount = self.cleaned_data["amount"]
        return {
            "amount_cents": None if amount is None else int((amount * 100).to_integral_value()),
            "currency": self.cleaned_data["currency"],
            "note": self.cleaned_data["note"],
        }
