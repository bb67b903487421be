"""What rules may ask about an interaction, and about the person who made it."""

from django.utils.translation import gettext_lazy as _

from contacts.condition_fields import SUBJECT
from prm.conditions.fields import (
    Choices,
    Field,
    FieldType,
    Properties,
    Vocabulary,
    make_vocabulary,
    remembering,
    vocabulary,
)
from touchpoints.condition_fields import USUAL_PROPERTIES
from touchpoints.models import Touchpoint


def interaction_vocabulary() -> Vocabulary:
    """Return the fields of `touchpoints_interaction i`: touchpoint and properties. One query, in the scope."""
    touchpoints = {code: (pk, name) for code, pk, name in Touchpoint.objects.values_list("code", "pk", "name")}

    def choices() -> Choices:
        return [(code, name) for code, (_pk, name) in touchpoints.items()]

    def encode(code: str) -> list[int]:
        return [touchpoints[code][0]] if code in touchpoints else []

    touchpoint = Field(
        "touchpoint",
        _("touchpoint"),
        FieldType.CHOICE,
        "i.touchpoint_id",
        choices=choices,
        encode=encode,
        cast="bigint",
        is_open=True,
    )
    return make_vocabulary([touchpoint], Properties("", "i.properties", USUAL_PROPERTIES))


def profile_vocabulary() -> Vocabulary:
    """Return the fields of contacts and companies, to be kept for one page or one step: it asks for own fields once."""
    return remembering(vocabulary(SUBJECT))
