"""Forms of enrichment."""

from django import forms
from django.utils.translation import gettext_lazy as _

from enrichment.bulk import Which
from enrichment.models import LookupStatus


class FilterForm(forms.Form):
    """Which lookups to show; what cannot be read shows all."""

    status = forms.ChoiceField(choices=[("", _("all")), *LookupStatus.choices], required=False)
    job = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)


class BulkForm(forms.Form):
    """Which companies to enrich."""

    which = forms.ChoiceField(
        choices=[
            (Which.DUE, _("Both of these")),
            (Which.MISSING, _("Companies without a SIREN")),
            (Which.STALE, _("Companies with nothing fresh from SIRENE")),
        ]
    )


class CandidateForm(forms.Form):
    """Which candidate it is."""

    siren = forms.RegexField(r"^\d{9}$")
