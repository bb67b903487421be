"""Whom an audience means, in words."""

from django.utils.translation import gettext as _

from contacts.audiences.models import Audience
from prm.conditions.fields import Vocabulary
from prm.conditions.sentences import sentence


def describe(audience: Audience, vocabulary: Vocabulary) -> str:
    """Return the segment and the condition in one sentence, in the current language."""
    parts = []
    if audience.segment is not None:
        parts.append(_("in the segment “%(name)s”") % {"name": audience.segment.name})
    elif audience.of_segment:
        parts.append(_("in a segment that was removed"))
    if audience.condition:
        parts.append(sentence(audience.condition, vocabulary))
    return _(" and ").join(parts)
