"""What the palette finds of touchpoints."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from contacts.searching import holding
from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.web.finding import ACT, PAGE, SETTING, Command, Named
from touchpoints.models import Touchpoint

if TYPE_CHECKING:
    from django.db.models import QuerySet

COMMANDS = (
    Command("touchpoints:touchpoint_add", _("Add a touchpoint"), "plus", Right.TOUCHPOINTS_EDIT, ACT),
    Command("touchpoints:matrix", _("Matrix of touchpoints"), "map", Right.TOUCHPOINTS_VIEW, PAGE),
    Command("touchpoints:kind_list", _("Kinds of interactions"), "pulse", Right.SETTINGS_EDIT, SETTING),
)


def find_touchpoints(organisation: Organisation, words: str) -> "QuerySet[Touchpoint, tuple[int, str]]":
    """Return (id, name) of touchpoints by a part of their name, accents and case ignored."""
    found = holding(Touchpoint.objects.filter(organisation=organisation), words, "name")
    return found.order_by("name", "pk").values_list("pk", "name")


TOUCHPOINTS = Named(Right.TOUCHPOINTS_VIEW, "touchpoints:touchpoint_detail", _("Touchpoint"), "map", find_touchpoints)
