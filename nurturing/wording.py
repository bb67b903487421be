"""Scenarios in words: what starts them, how long they wait."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nurturing.models import Scenario, Trigger
from touchpoints.kinds import name_of

_UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60))


def split_wait(seconds: int) -> tuple[int, str]:
    """Return a wait as a member typed it: 259200 is (3, "days")."""
    for unit, size in _UNITS:
        if seconds and seconds % size == 0:
            return seconds // size, unit
    return max(round(seconds / 60), 1), "minutes"


def join_wait(amount: int, unit: str) -> int:
    """Return the seconds of an amount of "days", "hours" or "minutes"."""
    return amount * dict(_UNITS)[unit]


def wait_words(seconds: int) -> str:
    """Return a wait in words: "3 days"."""
    amount, unit = split_wait(seconds)
    if unit == "days":
        return ngettext("%(n)s day", "%(n)s days", amount) % {"n": amount}
    if unit == "hours":
        return ngettext("%(n)s hour", "%(n)s hours", amount) % {"n": amount}
    return ngettext("%(n)s minute", "%(n)s minutes", amount) % {"n": amount}


def trigger_words(scenario: Scenario) -> str:
    """Return what starts a scenario, as a sentence."""
    if scenario.trigger == Trigger.TIER:
        tier = scenario.get_trigger_tier_display() or "–"
        return _("Starts when a person becomes %(tier)s, coming from below.") % {"tier": str(tier).lower()}
    if scenario.trigger == Trigger.COMPANY:
        if scenario.trigger_kind:
            return _("Starts when this is told of a person’s company: %(change)s.") % {
                "change": name_of(scenario.trigger_kind).lower()
            }
        return _("Starts when anything changes at a person’s company.")
    if scenario.trigger_lead_form is not None:
        return _("Starts when a person sends the form “%(form)s”.") % {"form": scenario.trigger_lead_form.name}
    if scenario.trigger_touchpoint is not None:
        return _("Starts when a person sends the form “%(form)s”.") % {"form": scenario.trigger_touchpoint.name}
    return _("Starts when a person sends a form, whichever it is.")
