"""Forms of enrichment."""

from typing import Any, ClassVar, cast

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.codes.words import department_choices, facts, headcount_words, legal_form_words
from enrichment.bulk import Selection, Which
from enrichment.models import LookupStatus
from enrichment.prospecting import KNOWN_BANDS, Criteria
from enrichment.settling import CHOICES

Choice = tuple[str, str | Promise]

# By the beginning of their codes: SAS, SARL, SA and others, civil companies, associations, public bodies.
LEGAL_FORMS = ("57", "54", "55", "5", "65", "6", "92", "7")


class FilterForm(forms.Form):
    """Which lookups to show; what cannot be read shows all."""

    status = forms.ChoiceField(choices=[("", _("all")), *LookupStatus.choices], required=False)
    job = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)


class BulkForm(forms.Form):
    """Which companies to enrich: those that are due, or those of a list by the filter in its address."""

    which = forms.ChoiceField(
        choices=[
            (Which.DUE, _("Both of these")),
            (Which.MISSING, _("Companies without a SIREN")),
            (Which.STALE, _("Companies with nothing fresh from SIRENE")),
            (Which.LISTED, _("Companies of the list")),
            (Which.OF_PEOPLE, _("Companies of these people")),
        ]
    )
    query = forms.CharField(max_length=20_000, required=False)
    # Those that were answered lately as well.
    again = forms.BooleanField(required=False)

    @property
    def selection(self) -> Selection:
        """What was chosen, once the form is valid."""
        data = self.cleaned_data
        which = Which(data["which"])
        is_of_list = which in {Which.LISTED, Which.OF_PEOPLE}
        query = QueryDict(data["query"].lstrip("?")) if is_of_list else QueryDict()
        given = {name: str(value) for name, value in query.items() if value and name not in {"cursor", "view"}}
        return Selection(which, query=given, is_due_only=is_of_list and not data["again"])


class MatchingForm(forms.Form):
    """From how sure a match is taken without a person."""

    percent = forms.TypedChoiceField(
        choices=[(str(one or 0), str(one or 0)) for one in CHOICES],
        coerce=lambda text: int(text) or None,
    )


class CandidateForm(forms.Form):
    """Which candidate it is."""

    siren = forms.RegexField(r"^\d{9}$")


class VatForm(forms.Form):
    """A company's VAT number; empty: that of its SIREN."""

    number = forms.CharField(max_length=40, required=False)


class AddressForm(forms.Form):
    """An IP address to look up."""

    ip = forms.CharField(label=_("IP address"), max_length=60)


def _legal_forms(asked: str = "") -> list[Choice]:
    """Return the families of legal forms one prospects, by the beginning of their codes, and the one asked for."""
    codes = LEGAL_FORMS if asked in LEGAL_FORMS or asked not in facts("legal_forms") else (*LEGAL_FORMS, asked)
    return [("", _("Any legal form")), *((code, legal_form_words(code)) for code in codes)]


def _bands(first: str | Promise) -> list[Choice]:
    return [("", first), *((code, headcount_words(code)) for code in KNOWN_BANDS)]


class CriteriaForm(forms.Form):
    """Whom to look for in the directory; what cannot be read is left out."""

    naf = forms.MultipleChoiceField(required=False)
    department = forms.MultipleChoiceField(required=False)
    headcount_from = forms.ChoiceField(required=False)
    headcount_to = forms.ChoiceField(required=False)
    legal_form = forms.ChoiceField(required=False)
    age = forms.ChoiceField(required=False)

    AGES: ClassVar[dict[str, tuple[int | None, int | None]]] = {
        "0-2": (None, 2),
        "2-5": (2, 5),
        "5-10": (5, 10),
        "10-": (10, None),
    }

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        choices: dict[str, list[Choice]] = {
            "naf": [(code, code) for code in (*facts("naf_rev2_divisions"), *facts("naf_rev2"))],
            "department": [(code, word) for code, word in department_choices()],
            "headcount_from": _bands(_("From any headcount")),
            "headcount_to": _bands(_("To any headcount")),
            "legal_form": _legal_forms(data.get("legal_form", "")),
            "age": [
                ("", _("Any age")),
                ("0-2", _("Less than 2 years old")),
                ("2-5", _("2 to 5 years old")),
                ("5-10", _("5 to 10 years old")),
                ("10-", _("10 years old or more")),
            ],
        }
        for name, found in choices.items():
            cast("forms.ChoiceField", self.fields[name]).choices = found
        self.is_valid()

    @property
    def criteria(self) -> Criteria:
        """What could be read."""
        data = self.cleaned_data
        older_than, younger_than = self.AGES.get(data.get("age", ""), (None, None))
        return Criteria(
            activities=tuple(dict.fromkeys(data.get("naf", ())))[:20],
            departments=tuple(dict.fromkeys(data.get("department", ()))),
            headcount_from=data.get("headcount_from", ""),
            headcount_to=data.get("headcount_to", ""),
            legal_form=data.get("legal_form", ""),
            older_than=older_than,
            younger_than=younger_than,
        )


class ExceptionForm(forms.Form):
    """Why prospecting may see whom it leaves out."""

    reason = forms.CharField(max_length=250, required=False)
