"""Forms of tracking: a site."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from touchpoints.tracking.models import Mode, Site
from touchpoints.tracking.sites import SiteInput


class SiteForm(forms.Form):
    """A site: its name, its addresses, and what it asks of visitors."""

    name = forms.CharField(label=_("Name"), max_length=80)
    hosts = forms.CharField(
        label=_("Addresses"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "www.acme.fr", "spellcheck": "false"}),
        help_text=_(
            "One a line. acme.fr stands for www.acme.fr and every other name below it; hits from elsewhere are refused."
        ),
    )
    mode = forms.ChoiceField(label=_("Before consent"), choices=(), widget=forms.RadioSelect)
    counts_refused = forms.BooleanField(
        label=_("Count pages of those who do not consent"),
        required=False,
        help_text=_("Without cookie, number or address: nobody can be told from anybody else."),
    )
    looks_up_networks = forms.BooleanField(
        label=_("Name companies by IP address"),
        required=False,
        help_text=_("Of visitors who consented, by the operator’s files. The address itself is not kept."),
    )

    def __init__(self, *args: Any, site: Site | None = None, **kwargs: Any) -> None:
        if site is not None:
            kwargs["initial"] = {
                "name": site.name,
                "hosts": "\n".join(site.hosts),
                "mode": site.mode,
                "counts_refused": site.counts_refused,
                "looks_up_networks": site.looks_up_networks,
            }
        else:
            kwargs["initial"] = {"mode": Mode.CONSENT, "counts_refused": True}
        super().__init__(*args, **kwargs)
        mode: Any = self.fields["mode"]
        mode.choices = [
            (Mode.CONSENT, _("Nothing is kept that identifies: the site’s banner calls prm.consent(true)")),
            (
                Mode.AUDIENCE,
                _("Audience measurement as the CNIL exempts it: visits are counted and never joined to a person"),
            ),
        ]

    @property
    def values(self) -> SiteInput:
        """What the service takes."""
        data = self.cleaned_data
        return SiteInput(
            data["name"],
            tuple(data["hosts"].replace(",", "\n").replace(";", "\n").splitlines()),
            data["mode"],
            data["counts_refused"],
            data["looks_up_networks"],
        )
