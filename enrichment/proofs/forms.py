"""Forms of proofs: who wins, and which proposals are meant."""

from typing import Any

from django import forms

from enrichment.proofs.models import ProposalStatus
from enrichment.proofs.policy import SETTABLE, Origin, Policy, Wins


class WinningForm(forms.Form):
    """Who wins, group by group, and the places of the kinds of sources: `wins-<group>` and `place-<n>`."""

    def __init__(self, data: Any, *, policy: Policy) -> None:
        """Begin with what holds now."""
        super().__init__(data)
        for group in SETTABLE:
            self.fields[f"wins-{group}"] = forms.ChoiceField(choices=Wins.choices, initial=policy.wins_of(group))
        for place, origin in enumerate(policy.ranks, start=1):
            self.fields[f"place-{place}"] = forms.ChoiceField(choices=Origin.choices, initial=origin)

    @property
    def wins(self) -> dict[str, str]:
        """Who wins in each group."""
        return {group: self.cleaned_data[f"wins-{group}"] for group in SETTABLE}

    @property
    def ranks(self) -> list[str]:
        """The kinds of sources, the one that wins first."""
        return [self.cleaned_data[f"place-{place}"] for place in range(1, len(Origin) + 1)]


class ProposalFilterForm(forms.Form):
    """Which proposals to show or to accept; what cannot be read is left out."""

    status = forms.ChoiceField(choices=ProposalStatus.choices, required=False)
    field = forms.CharField(max_length=60, required=False)
    source = forms.CharField(max_length=40, required=False)
