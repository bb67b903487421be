"""What the palette finds of scenarios."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from contacts.searching import holding
from nurturing.models import Scenario
from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.web.finding import ACT, PAGE, Command, Named

if TYPE_CHECKING:
    from django.db.models import QuerySet

COMMANDS = (
    Command("nurturing:scenario_create", _("New scenario"), "plus", Right.NURTURING_EDIT, ACT),
    Command("nurturing:delivery_list", _("Messages"), "mail", Right.NURTURING_VIEW, PAGE),
)


def find_scenarios(organisation: Organisation, words: str) -> "QuerySet[Scenario, tuple[int, str]]":
    """Return (id, name) of scenarios by a part of their name, accents and case ignored."""
    found = holding(Scenario.objects.filter(organisation=organisation), words, "name")
    return found.order_by("name", "pk").values_list("pk", "name")


SCENARIOS = Named(Right.NURTURING_VIEW, "nurturing:scenario_detail", _("Scenario"), "flow", find_scenarios)
