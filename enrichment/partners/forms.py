"""What people say of a partner's file."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.importing.guessing import Guess
from contacts.models import LawfulBasis
from enrichment.partners.models import PartnerFile
from enrichment.partners.services import Terms
from enrichment.partners.targets import IGNORED, TARGETS, OwnFields
from prm.work.errors import Invalid

Choices = list[tuple[str, Any]]
# Company data are mostly counted once a year.
FRESH = timedelta(days=365)


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TermsForm(forms.Form):
    """Where each column goes, and on what terms the data came."""

    partner = forms.CharField(
        label=gettext_lazy("Partner"),
        max_length=120,
        help_text=gettext_lazy("Who sold or shared the data: shown beside each value."),
    )
    licence = forms.CharField(
        label=gettext_lazy("Licence or contract"),
        max_length=250,
        help_text=gettext_lazy("What allows you to use them, such as a contract and its number."),
    )
    lawful_basis = forms.ChoiceField(
        label=gettext_lazy("Lawful basis"), choices=[("", gettext_lazy("Choose")), *LawfulBasis.choices]
    )
    told_on = forms.DateField(
        label=gettext_lazy("Data as of"),
        help_text=gettext_lazy("The day they speak of, not the day of delivery."),
        widget=_day_input(),
    )
    fresh_until = forms.DateField(
        label=gettext_lazy("Fresh until"),
        help_text=gettext_lazy("After it, values are shown as old."),
        widget=_day_input(),
    )

    def __init__(
        self, data: Any = None, *, partner_file: PartnerFile, guesses: Sequence[Guess], own: OwnFields
    ) -> None:
        one, today = partner_file.source_import, timezone.localdate()
        initial: dict[str, Any] = {
            "partner": one.source,
            "licence": partner_file.licence,
            "lawful_basis": one.lawful_basis or LawfulBasis.LEGITIMATE_INTEREST,
            "told_on": partner_file.told_on or today,
            "fresh_until": partner_file.fresh_until or today + FRESH,
        }
        self.columns = list(zip(one.columns, guesses, strict=True))
        for place, (column, _guess) in enumerate(self.columns):
            initial[f"column_{place}"] = one.mapping.get(column, IGNORED)
        super().__init__(data, initial=initial)
        choices = _choices(own)
        for place, (column, _guess) in enumerate(self.columns):
            self.fields[f"column_{place}"] = forms.ChoiceField(label=column, choices=choices, required=False)

    @property
    def mapping(self) -> dict[str, str]:
        """What `map_file` takes."""
        return {column: self.cleaned_data[f"column_{place}"] for place, (column, _guess) in enumerate(self.columns)}

    @property
    def terms(self) -> Terms:
        """What was said of the data."""
        names = ("partner", "licence", "lawful_basis", "told_on", "fresh_until")
        return Terms(**{name: self.cleaned_data[name] for name in names})

    @property
    def rows(self) -> list[tuple[forms.BoundField, Guess, bool]]:
        """The columns as the screen shows them: select, guess, and whether it was left as guessed."""
        fields = [self[f"column_{place}"] for place in range(len(self.columns))]
        return [
            (field, guess, (field.value() or IGNORED) == guess.field)
            for field, (_column, guess) in zip(fields, self.columns, strict=True)
        ]

    def add_refusal(self, refusal: Invalid) -> None:
        """Show beside its field what the service refused."""
        places = {column: f"column_{place}" for place, (column, _guess) in enumerate(self.columns)}
        for name, text in (dict(refusal.fields) or {"": refusal.message}).items():
            place = places.get(name, name)
            self.add_error(place if place in self.fields else None, str(text))


def _choices(own: OwnFields) -> Choices:
    keys: Choices = [(one.code, one.label) for one in TARGETS.values() if one.is_key]
    told: Choices = [(one.code, one.label) for one in TARGETS.values() if not one.is_key]
    ours: Choices = [(code, _own_label(own, code)) for code in own]
    made: Choices = [
        ("new.text", _("A new field of our own: text")),
        ("new.number", _("A new field of our own: number")),
        ("new.date", _("A new field of our own: date")),
    ]
    groups = (
        (_("Who the company is"), keys),
        (_("What is told of it"), told),
        (_("Fields of our own"), [*ours, *made]),
    )
    return [(IGNORED, _("Leave out")), *((str(label), options) for label, options in groups)]


def _own_label(own: OwnFields, code: str) -> str:
    label = own[code].field.label
    return _("%(field)s (month first)") % {"field": label} if own[code].is_month_first else label


class LineForm(forms.Form):
    """Of which company a line speaks."""

    company = forms.IntegerField(min_value=1, max_value=2**63 - 1)
