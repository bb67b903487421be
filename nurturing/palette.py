"""What the palette finds of scenarios."""

from django.db.models import F, Func, TextField, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nurturing.models import Scenario
from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.web.finding import ACT, MOST_FOUND, PAGE, Command, Found

COMMANDS = (
    Command("nurturing:scenario_create", _("New scenario"), "plus", Right.NURTURING_EDIT, ACT),
    Command("nurturing:delivery_list", _("Messages"), "mail", Right.NURTURING_VIEW, PAGE),
)


def find_scenarios(organisation: Organisation, words: str) -> list[Found]:
    """Find scenarios by a part of their name, accents and case ignored. One query."""
    folded = Func(F("name"), function="contacts_fold", output_field=TextField())
    wanted = Func(Value(words), function="contacts_fold", output_field=TextField())
    found = Scenario.objects.filter(organisation=organisation).annotate(folded=folded)
    return [
        Found(one.name, org_reverse(organisation, "nurturing:scenario_detail", one.pk), "flow", gettext("Scenario"))
        for one in found.filter(folded__contains=wanted).order_by("name")[:MOST_FOUND]
    ]
