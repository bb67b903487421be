"""What conditions may ask about how a person's relation with the site began: kept for good, the oldest browser wins.

A person known by several browsers, or made of several by a merge, began where the first of them began.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from contacts.condition_fields import PEOPLE
from prm.conditions.fields import Choices, Field, FieldType, register
from touchpoints.condition_fields import list_touchpoints, touchpoint_ids
from touchpoints.tracking.models import SourceKind

_GROUP = _("Entry point")


def register_fields() -> None:
    """Let conditions over people ask about entry points."""
    register(
        PEOPLE,
        Field(
            "entry.touchpoint",
            _("touchpoint they began with"),
            FieldType.CHOICE,
            _first("entry_touchpoint_id"),
            _GROUP,
            list_touchpoints,
            touchpoint_ids,
            "bigint",
        ),
        Field("entry.kind", _("what they first came from"), FieldType.CHOICE, _first("entry_kind"), _GROUP, _kinds),
        _text("source", _("source they first came from"), "entry_source"),
        _text("campaign", _("campaign they first came from"), "entry_campaign"),
        _text("url", _("page they first saw"), "entry_url"),
    )


def _text(name: str, label: Any, column: str) -> Field:
    return Field(f"entry.{name}", label, FieldType.TEXT, _first(column), _GROUP)


def _first(column: str) -> str:
    """Return a column of a person's oldest visitor; on tracking_visitor_contact, one row each."""
    return (
        f"(SELECT x.{column} FROM tracking_visitor x WHERE x.organisation_id = c.organisation_id"
        " AND x.contact_id = c.id ORDER BY x.first_at, x.id LIMIT 1)"
    )


def _kinds() -> Choices:
    return SourceKind.choices
