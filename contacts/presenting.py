"""What pages of contacts show beside the rows themselves: chips, choices of filters, the line of a life."""

import json
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from contacts.models import Contact, LawfulBasis, Stage, Tier
from contacts.queries import CONTACTABLE, ContactFilter, LifeStep, list_filter_choices
from prm.organisations.models import Organisation
from prm.web.figures import day, figure
from prm.web.tabs import Tab

Choices = list[tuple[str, str | Promise]]
Filters = dict[str, tuple[str, Choices]]


def filter_choices(organisation: Organisation, filters: ContactFilter, *, used_only: bool = False) -> Filters:
    """Return, for each filter of the list (or only for those in use), its label and what can be chosen.

    One query; none where only those in use are asked for, and none of them has names to look up.
    """
    used = _used(filters)
    is_named = any(used[name] for name in ("source", "segment", "tag", "owner"))
    named: dict[str, Choices] = {}
    if is_named or not used_only:
        named = {what: [*rows] for what, rows in list_filter_choices(organisation, tag_id=filters.tag_id).items()}
    choices: Filters = {
        "stage": (_("Stage"), [(stage.value, stage.label) for stage in Stage]),
        "tier": (_("Tier"), [(tier.code, tier.label) for tier in reversed(Tier)]),
        "source": (_("Source"), named.get("source", [])),
        "contactable": (_("Contactable"), list(CONTACTABLE.items())),
        "has_company": (
            _("Company"),
            [("yes", pgettext("company", "known")), ("no", pgettext("company", "unknown"))],
        ),
        "segment": (_("Segment"), named.get("segment", [])),
        "tag": (_("Tag"), named.get("tag", [])),
        "owner": (_("Owner"), named.get("owner", [])),
    }
    return {name: choice for name, choice in choices.items() if used[name] or not used_only}


def understood(filters: ContactFilter, choices: Filters) -> dict[str, str]:
    """Return the value of each filter in use that still means something: its tag, segment or owner is there."""
    used = {name: value for name, value in _used(filters).items() if value}
    named = ("segment", "tag", "owner")
    known = {name: value for name, value in used.items() if name not in named or value in dict(choices[name][1])}
    rest = {
        "q": filters.words,
        "company": str(filters.company_id or ""),
        "ids": ",".join(map(str, filters.ids)),
    }
    return {**known, **rest}


def chips_of(filters: ContactFilter, choices: Filters) -> list[tuple[str, str, Any]]:
    """Return (parameter, label, value in words) of each filter in use."""
    chips: list[tuple[str, str, Any]] = [("q", _("Search"), filters.words)] if filters.words else []
    if filters.ids:
        number = ngettext("%(n)s contact", "%(n)s contacts", len(filters.ids)) % {"n": figure(len(filters.ids))}
        chips.append(("ids", _("Selection"), number))
    for name, value in _used(filters).items():
        if value:
            label, words = choices[name]
            chips.append((name, label, dict(words).get(value, value)))
    return chips


def _used(filters: ContactFilter) -> dict[str, str]:
    """Return what each filter of the list narrows to; empty: not in use."""
    ids = {"segment": filters.segment_id, "tag": filters.tag_id, "owner": filters.owner_id}
    return {
        "stage": filters.stage,
        "tier": filters.tier,
        "source": filters.source,
        "contactable": filters.contactable,
        "has_company": filters.has_company,
        **{name: "" if number is None else str(number) for name, number in ids.items()},
    }


def describe_filter(organisation: Organisation, filters: ContactFilter) -> list[tuple[str, str, Any]]:
    """Return the chips of a filter, where no list of choices stands beside them. A query for what needs its name."""
    return chips_of(filters, filter_choices(organisation, filters, used_only=True))


def lawful_basis_of(contact: Contact) -> str:
    """Say on what basis a file brought the contact in; empty where nobody said."""
    basis = (contact.provenance.get("*") or {}).get("basis", "")
    return str(LawfulBasis(basis).label) if basis in LawfulBasis.values else ""


def life_of(contact: Contact) -> list[LifeStep]:
    """Return the stages of a contact's life, with the day each was last entered."""
    entered = {change.to_stage: change.at for change in contact.ledger}  # type: ignore[attr-defined]
    line = [Stage.SUSPECT, Stage.PROSPECT, Stage.MQL, Stage.ACCEPTED, Stage.CUSTOMER]
    now = Stage(contact.stage)
    if now not in line:
        reached = [stage for stage in line if stage in entered]
        line = [*reached, now]
    place = line.index(now)
    return [
        LifeStep(
            label=stage.label,
            is_done=position < place,
            is_current=position == place,
            note=day(entered[stage]) if stage in entered and position <= place else "",
        )
        for position, stage in enumerate(line)
    ]


# On a phone the page of a contact is three tabs; beside a phone all of it shows.
PANES: dict[str, str | Promise] = {
    "person": gettext_lazy("Person"),
    "acts": gettext_lazy("Score and acts"),
    "follow": gettext_lazy("Follow-up"),
}


def pane_of(name: str | None) -> str:
    """Return the pane an address asks for, else the first."""
    return name if name in PANES else next(iter(PANES))


def panes(current: str) -> list[Tab]:
    """Return the tabs of a contact's page on a phone."""
    return [Tab(label, f"?pane={name}", name == current, pane=name) for name, label in PANES.items()]


def properties_of(contact: Contact) -> list[tuple[str, str]]:
    """Return what the organisation keeps beyond the fields, as text."""
    return [(name, _as_text(value)) for name, value in contact.properties.items()]


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return figure(value, 2)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
