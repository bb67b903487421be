"""What the palette finds of touchpoints."""

from django.db.models import F, Func, TextField, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.web.finding import ACT, MOST_FOUND, PAGE, SETTING, Command, Found
from touchpoints.models import Touchpoint

COMMANDS = (
    Command("touchpoints:touchpoint_add", _("Add a touchpoint"), "plus", Right.TOUCHPOINTS_EDIT, ACT),
    Command("touchpoints:matrix", _("Matrix of touchpoints"), "map", Right.TOUCHPOINTS_VIEW, PAGE),
    Command("touchpoints:kind_list", _("Kinds of interactions"), "pulse", Right.SETTINGS_EDIT, SETTING),
)


def find_touchpoints(organisation: Organisation, words: str) -> list[Found]:
    """Find touchpoints by a part of their name, accents and case ignored. One query."""
    folded = Func(F("name"), function="contacts_fold", output_field=TextField())
    wanted = Func(Value(words), function="contacts_fold", output_field=TextField())
    found = Touchpoint.objects.filter(organisation=organisation).annotate(folded=folded)
    return [
        Found(
            one.name, org_reverse(organisation, "touchpoints:touchpoint_detail", one.pk), "map", gettext("Touchpoint")
        )
        for one in found.filter(folded__contains=wanted).order_by("name")[:MOST_FOUND]
    ]
