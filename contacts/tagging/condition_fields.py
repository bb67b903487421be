"""Tags in the condition language."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from contacts.tagging.models import Tag
from prm.conditions.fields import Choices, Field, FieldType


def _tags() -> Choices:
    return [
        (str(pk), name)
        for pk, name in Tag.objects.filter(merged_into__isnull=True).order_by("key").values_list("pk", "name")
    ]


def _merged() -> Mapping[str, str]:
    rows = Tag.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into")
    return {str(pk): str(into) for pk, into in rows}


# EXISTS becomes a join: by index for some contacts, hashed for everybody.
TAG = Field(
    "tag",
    _("tag"),
    FieldType.CHOICES,
    "EXISTS (SELECT 1 FROM tagging_tagging x WHERE x.organisation_id = c.organisation_id AND x.contact_id = c.id"
    " AND x.tag_id = ANY ({codes}))",
    _("Person"),
    _tags,
    encode=lambda code: [int(code)],
    cast="bigint",
    is_any="EXISTS (SELECT 1 FROM tagging_tagging x WHERE x.organisation_id = c.organisation_id"
    " AND x.contact_id = c.id)",
    successors=_merged,
)
