"""What pages of contacts show beside the rows themselves: chips, choices of filters, the line of a life."""

from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from contacts.models import Contact, Stage, Tier
from contacts.queries import CONTACTABLE, TIERS, ContactFilter, LifeStep, list_members, list_sources
from prm.organisations.models import Organisation

Choices = list[tuple[str, str | Promise]]


def filter_choices(organisation: Organisation) -> dict[str, tuple[str, Choices]]:
    """Return, for each filter of the list, its label and what can be chosen."""
    return {
        "stage": (_("Stage"), [(stage.value, stage.label) for stage in Stage]),
        "tier": (_("Tier"), [(tier.code, tier.label) for tier in reversed(Tier)]),
        "source": (_("Source"), [(source, source) for source in list_sources(organisation)]),
        "contactable": (_("Contactable"), list(CONTACTABLE.items())),
        "owner": (_("Owner"), [(str(one.user_id), str(one.user)) for one in list_members(organisation)]),
    }


def chips_of(filters: ContactFilter, organisation: Organisation) -> list[tuple[str, str, Any]]:
    """Return (parameter, label, value in words) of each filter in use."""
    chips: list[tuple[str, str, Any]] = []
    if filters.words:
        chips.append(("q", _("Search"), filters.words))
    if filters.stage:
        chips.append(("stage", _("Stage"), Stage(filters.stage).label))
    if filters.tier:
        chips.append(("tier", _("Tier"), TIERS[filters.tier].label))
    if filters.source:
        chips.append(("source", _("Source"), filters.source))
    if filters.contactable:
        chips.append(("contactable", _("Contactable"), CONTACTABLE[filters.contactable]))
    if filters.owner_id is not None:
        names = {one.user_id: str(one.user) for one in list_members(organisation)}
        chips.append(("owner", _("Owner"), names.get(filters.owner_id, "?")))
    return chips


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
            note=date_format(localtime(entered[stage]), "j M Y") if stage in entered and position <= place else "",
        )
        for position, stage in enumerate(line)
    ]
