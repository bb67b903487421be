"""What conditions may ask about what a person did, or what changed at their company: kinds of acts at touchpoints."""

from django.utils.translation import gettext_lazy as _

from contacts.condition_fields import PEOPLE
from prm.conditions.fields import Acts, Choices, Field, FieldType, register
from touchpoints.kinds import BUILT_IN, INTERNAL, name_of
from touchpoints.models import ASKED, InteractionKind, Touchpoint

# Names that trackers, forms and imports write most.
USUAL_PROPERTIES = ("path", "url", "title", "form", "campaign", "source", "medium", "seconds", "document", "message")


def register_fields() -> None:
    """Add what people did to the condition language."""
    acts = Acts(
        log="touchpoints_interaction i",
        who="i.contact_id",
        kind="i.kind",
        place="i.touchpoint_id",
        at="i.occurred_at",
        properties="i.properties",
        counted=f"i.organisation_id = %(organisation_id)s AND i.verdict IN {ASKED}",
        place_name="touchpoint",
        kinds=_kinds,
        places=list_touchpoints,
        encode=touchpoint_ids,
        suggestions=USUAL_PROPERTIES,
    )
    register(PEOPLE, Field("acts", _("what they did"), FieldType.ACTS, "c.id", _("Behaviour"), acts=acts))


def _kinds() -> Choices:
    kinds = {kind.code: kind for kind in InteractionKind.objects.all()}
    words = [(code, name_of(kinds.get(code, code))) for code in {*BUILT_IN, *kinds} - INTERNAL]
    return sorted(words, key=lambda one: one[1].lower())


def list_touchpoints() -> Choices:
    """Return the API names one can ask for; a merged one's still means what it became part of."""
    rows = Touchpoint.objects.order_by("name", "pk").values_list("code", "name", "merged_into__name")
    return [(code, into or name) for code, name, into in rows]


def touchpoint_ids(code: str) -> list[int]:
    """Return the touchpoints an API name means: itself, or what it became part of, and those that became part of it.

    Until a worker has moved the interactions of a merged one, they are still noted under it.
    """
    named = Touchpoint.objects.filter(code=code).values_list("pk", "merged_into_id").first()
    if named is None:
        return []
    whole = named[1] or named[0]
    return [whole, *Touchpoint.objects.filter(merged_into=whole).order_by("pk").values_list("pk", flat=True)]
