"""What pages of companies show beside the rows themselves: chips and choices of filters."""

from dataclasses import asdict
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from contacts.codes.words import department_choices, headcount_choices, naf_choices, naf_words
from contacts.company_queries import CompanyFilter
from contacts.lots import lot_words
from contacts.models import Tier
from contacts.presenting import Choices, Filters
from prm.web.tabs import Tab

PANES: dict[str, str | Promise] = {"known": gettext_lazy("What is known"), "people": gettext_lazy("People and acts")}


def company_panes(name: str | None) -> list[Tab]:
    """Return the tabs of a company's page on a phone; without a name of theirs, who it is comes first."""
    current = name if name in PANES else next(iter(PANES))
    return [Tab(label, f"?pane={pane}", pane == current, pane=pane) for pane, label in PANES.items()]


def company_choices(filters: CompanyFilter) -> Filters:
    """Return, for each filter of the list, its label and what can be chosen; of whole NAF codes the one in use."""
    activities = naf_choices()
    if len(filters.naf) > 2:
        activities.insert(0, (filters.naf, f"{filters.naf} {naf_words(filters.naf)}"))
    yes_no: Choices = [("yes", _("yes")), ("no", _("no"))]
    return {
        "tier": (_("Hottest"), [(tier.code, tier.label) for tier in reversed(Tier)]),
        "engaged": (
            _("Engaged"),
            [("yes", pgettext("company", "somebody")), ("no", pgettext("company", "nobody"))],
        ),
        "customer": (_("Customer"), yes_no),
        "naf": (_("Activity"), list(activities)),
        "headcount": (_("Headcount"), list(headcount_choices())),
        "department": (_("Département"), [(code, f"{code} {words}") for code, words in department_choices()]),
        "known": (_("SIREN"), [("yes", pgettext("SIREN", "known")), ("no", pgettext("SIREN", "unknown"))]),
    }


def company_chips(filters: CompanyFilter, choices: Filters) -> list[tuple[str, str, Any]]:
    """Return (parameter, label, value in words) of each filter in use."""
    chips: list[tuple[str, str, Any]] = [("q", _("Search"), filters.words)] if filters.words else []
    for name, (label, words) in choices.items():
        value = getattr(filters, name)
        if value:
            chips.append((name, label, dict(words).get(value, value)))
    if filters.lot:
        label, words_of_lot = lot_words(filters.lot)
        chips.append(("lot", label, words_of_lot or pgettext("file", "no longer kept")))
    return chips


def companies_understood(filters: CompanyFilter, words: str) -> dict[str, str]:
    """Return the value of each filter that means something; words that are a NAF code narrow by it."""
    return {**{name: str(value) for name, value in asdict(filters).items()}, "q": words}
