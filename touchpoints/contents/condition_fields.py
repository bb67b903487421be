"""What somebody read, in conditions."""

from django.utils.translation import gettext as _

from contacts.condition_fields import PEOPLE, SUBJECT
from prm.conditions.fields import Choices, Field, FieldType, Source, register_source
from touchpoints.contents.models import Content

PREFIX = "content."


def register_fields() -> None:
    """Let conditions over people, and rules of fit, ask what somebody read and did not read."""
    for subject in (PEOPLE, SUBJECT):
        register_source(subject, Source(PREFIX, _load))


def _load() -> list[Field]:
    of_person = "SELECT 1 FROM contents_reading x WHERE x.organisation_id = c.organisation_id AND x.contact_id = c.id"
    return [
        Field(
            f"{PREFIX}read",
            _("content read"),
            FieldType.CHOICES,
            f"EXISTS ({of_person} AND x.content_id = ANY ({{codes}}))",
            _("Behaviour"),
            _contents,
            encode=lambda code: [int(code)],
            cast="bigint",
            is_any=f"EXISTS ({of_person})",
        )
    ]


def _contents() -> Choices:
    """Return every content: what was put away was read all the same. One query."""
    return [(str(pk), title) for pk, title in Content.objects.order_by("title", "pk").values_list("pk", "title")]
