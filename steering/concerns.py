"""What needs somebody, in words: what it is, since when, and where to go."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.organisations.rights import Right, may
from prm.web.figures import ago, day, duration, figure
from steering.queries import Concern
from touchpoints.ratings.quadrants import IRRITANT_QUALITY


@dataclass(frozen=True)
class Notice:
    """One line of the list."""

    icon: str
    title: str
    text: str
    url: str = ""
    action: str = ""
    is_pressing: bool = False


# Who can do something about it.
_RIGHTS = {
    "waiting": Right.HANDOFFS_VIEW,
    "consumer": Right.HOME_VIEW,
    "action": Right.TOUCHPOINTS_EDIT,
    "touchpoint": Right.TOUCHPOINTS_EDIT,
    "import": Right.CONTACTS_IMPORT,
}


def notices_for(organisation: Organisation, role: str, concerns: Iterable[Concern]) -> list[Notice]:
    """Return what a member with this role can do something about, in words."""
    return [notice_of(organisation, one) for one in concerns if may(role, _RIGHTS[one.what])]


def notice_of(organisation: Organisation, concern: Concern) -> Notice:
    """Put a concern into words."""
    words = {
        "waiting": _late_handoffs,
        "consumer": _failing_consumer,
        "action": _late_actions,
        "touchpoint": _irritant,
        "import": _rejected_rows,
    }
    return words[concern.what](organisation, concern)


def _late_handoffs(organisation: Organisation, concern: Concern) -> Notice:
    late = (timezone.now() - concern.at).total_seconds() if concern.at else 0
    title = ngettext("%(n)s MQL is over its delay", "%(n)s MQLs are over their delay", concern.count)
    return Notice(
        "clock",
        title % {"n": figure(concern.count)},
        _("The first should have been called %(time)s ago") % {"time": duration(late)},
        org_reverse(organisation, "handoffs:queue"),
        _("See"),
        is_pressing=True,
    )


def _failing_consumer(organisation: Organisation, concern: Concern) -> Notice:
    names = {
        "lifecycle": _("The lifecycle does not follow"),
        "scoring": _("Scores do not follow"),
        "nurturing": _("Scenarios do not follow"),
    }
    times = ngettext("%(n)s attempt failed", "%(n)s attempts failed", concern.count) % {"n": figure(concern.count)}
    again = _("the next one %(time)s; nothing is lost") % {"time": ago(concern.at)} if concern.at else ""
    return Notice(
        "warn",
        names.get(concern.label, concern.label),
        ", ".join(filter(None, (times, again))),
        is_pressing=True,
    )


def _late_actions(organisation: Organisation, concern: Concern) -> Notice:
    title = ngettext("%(n)s enrichment action is late", "%(n)s enrichment actions are late", concern.count)
    due = day(concern.at) if concern.at else ""
    return Notice(
        "columns",
        title % {"n": figure(concern.count)},
        _("“%(title)s” was due on %(day)s") % {"title": concern.label, "day": due},
        org_reverse(organisation, "actions:board"),
        _("See"),
    )


def _irritant(organisation: Organisation, concern: Concern) -> Notice:
    return Notice(
        "map",
        _("“%(touchpoint)s” is an irritant") % {"touchpoint": concern.label},
        _("Importance %(importance)s, quality %(quality)s or less")
        % {"importance": concern.count, "quality": IRRITANT_QUALITY},
        org_reverse(organisation, "touchpoints:touchpoint_detail", concern.id),
        _("Fix"),
    )


def _rejected_rows(organisation: Organisation, concern: Concern) -> Notice:
    title = ngettext("%(n)s row rejected at import", "%(n)s rows rejected at import", concern.count)
    when = day(concern.at) if concern.at else ""
    return Notice(
        "in",
        title % {"n": figure(concern.count)},
        _("%(file)s, %(day)s; nothing is lost") % {"file": concern.label, "day": when},
        org_reverse(organisation, "contacts:import_detail", concern.id),
        _("Resume"),
    )
