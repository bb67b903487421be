"""What a persona may ask, and how conditions ask about personas."""

from django.utils.translation import gettext_lazy as _

from contacts.condition_fields import PEOPLE, SUBJECT
from contacts.personas.models import Persona
from prm.conditions.fields import Choices, Field, FieldType, Vocabulary, register, remembering, vocabulary

FIELD = "persona"
# What becomes of a person is no part of the target: a persona that asked it could not be judged by it.
_OUTCOMES = frozenset({"stage", "owner", "qualification_percent"})

# The first, in the organisation's order, of the personas a person fits.
_FIRST = (
    "(SELECT p.id::text FROM segments_segmentmember m JOIN personas_persona p"
    " ON p.organisation_id = m.organisation_id AND p.segment_id = m.segment_id"
    " WHERE m.organisation_id = c.organisation_id AND m.contact_id = c.id AND m.left_at IS NULL"
    " ORDER BY p.position, p.id LIMIT 1)"
)


def persona_vocabulary() -> Vocabulary:
    """Return what a persona may ask of company and person, to be kept for one page."""
    source = vocabulary(SUBJECT)
    fields = {name: one for name, one in source.fields.items() if name not in _OUTCOMES}
    return remembering(Vocabulary(fields, source.properties))


def register_fields() -> None:
    """Let conditions over people ask whose persona they are."""
    register(PEOPLE, Field(FIELD, _("persona"), FieldType.CHOICE, _FIRST, _("Qualification"), _personas, is_open=True))


def _personas() -> Choices:
    found = Persona.objects.select_related("segment").order_by("position", "pk")
    return [(str(persona.pk), persona.segment.name) for persona in found]
