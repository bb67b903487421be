"""What people do with personas."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.personas.models import Persona
from contacts.personas.vocabulary import FIELD, persona_vocabulary
from contacts.segments import services as segments
from contacts.segments.keeping import QUEUE
from contacts.segments.models import Segment
from contacts.segments.services import SegmentInput
from prm.conditions.documents import check
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Invalid, NotFound
from prm.work.wakeups import wake

# More than these nobody keeps apart, and the matrix has no room for.
MOST_PERSONAS = 12


@dataclass(frozen=True)
class PersonaInput:
    """What a member says of a persona."""

    name: str
    condition: dict[str, Any] = field(default_factory=dict)
    description: str = ""


def create_persona(organisation: Organisation, *, values: PersonaInput, by: Actor) -> Persona:
    """Create a persona, the last in the order; a worker looks at once who fits it. Raises Invalid."""
    with transaction.atomic():
        positions = list(Persona.objects.select_for_update().values_list("position", flat=True))
        if len(positions) >= MOST_PERSONAS:
            raise Invalid(_("There are %(n)s personas: remove one first.") % {"n": MOST_PERSONAS})
        segment = segments.create_segment(organisation, values=_checked(values), by=by)
        persona = Persona.objects.create(
            organisation=organisation, segment=segment, position=max(positions, default=0) + 1
        )
        audit.record(organisation, by, "persona.create", persona, after={"position": persona.position})
    return persona


def update_persona(organisation: Organisation, *, persona_id: int, values: PersonaInput, by: Actor) -> Persona:
    """Change what a persona asks or is called. Raises Invalid, NotFound."""
    with transaction.atomic():
        persona = _lock(persona_id)
        persona.segment = segments.update_segment(
            organisation, segment_id=persona.segment_id, values=_checked(values), by=by
        )
        if persona.segment.archived_at is not None:
            segments.restore_segment(organisation, segment_id=persona.segment_id, by=by)
    return persona


def move_persona(organisation: Organisation, *, persona_id: int, up: bool, by: Actor) -> Persona:
    """Let a persona change places with the one before or after it; the first and the last stay. Raises NotFound."""
    with transaction.atomic():
        order = list(Persona.objects.select_for_update().order_by("position", "pk"))
        place = next((n for n, one in enumerate(order) if one.pk == persona_id), None)
        if place is None:
            raise NotFound
        persona, other = order[place], place + (-1 if up else 1)
        if not 0 <= other < len(order):
            return persona
        order[place], order[other] = order[other], order[place]
        for position, one in enumerate(order, start=1):
            one.position = position
        Persona.objects.bulk_update(order, ["position"])
        _ask_again(organisation)
        audit.record(organisation, by, "persona.move", persona, after={"position": persona.position})
    return persona


def delete_persona(organisation: Organisation, *, persona_id: int, by: Actor) -> str:
    """Remove a persona with its segment; its people stay. Return its name. Raises NotFound."""
    with transaction.atomic():
        persona = _lock(persona_id)
        audit.record(organisation, by, "persona.delete", persona, before={"position": persona.position})
        name = segments.delete_segment(organisation, segment_id=persona.segment_id, by=by)
        _ask_again(organisation)
    return name


def _checked(values: PersonaInput) -> SegmentInput:
    """Return what the segment is told; raise Invalid for a condition over anything but company and person."""
    check(values.condition, persona_vocabulary())
    if not values.condition:
        raise Invalid(fields={"condition": _("Say at least one thing of the person or the company.")})
    return SegmentInput(name=values.name, condition=values.condition, description=values.description)


def _lock(persona_id: int) -> Persona:
    persona = Persona.objects.select_for_update(of=("self",)).select_related("segment").filter(pk=persona_id).first()
    if persona is None:
        raise NotFound
    return persona


def _ask_again(organisation: Organisation) -> None:
    """Let segments that ask whose persona somebody is look at everybody again: the order of personas changed."""
    asking = [one.pk for one in Segment.objects.filter(archived_at__isnull=True) if asks_persona(one.condition)]
    if Segment.objects.filter(pk__in=asking, kind="living").update(needs_filling=True):
        wake(organisation.pk, QUEUE)


def asks_persona(condition: Any) -> bool:
    """Tell whether a stored condition asks about personas anywhere."""
    if isinstance(condition, dict):
        return condition.get("field") == FIELD or any(asks_persona(part) for part in condition.values())
    return isinstance(condition, list) and any(asks_persona(part) for part in condition)
