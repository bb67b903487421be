"""Reading definitions, and how many records use them."""

from collections.abc import Sequence
from typing import TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import QuerySet
from django.db.models.functions import JSONObject

from contacts.fields.models import CustomField, Subject, Weight
from contacts.models import Company, Contact
from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from prm.work.sql import fetch

Row = TypeVar("Row", Contact, Company)
_SHOWN = ("id", "subject", "key", "label", "help_text", "type", "choices", "position")
TABLES: dict[Subject, str] = {Subject.CONTACT: "contacts_contact", Subject.COMPANY: "contacts_company"}


def list_fields(
    _organisation: Organisation, subject: str | None = None, *, with_archived: bool = False
) -> QuerySet[CustomField]:
    """Return the fields in the order people gave them, of one subject or contacts before companies."""
    found = CustomField.objects.order_by("-subject", "position", "pk")
    if subject is not None:
        found = found.filter(subject=subject)
    return found if with_archived else found.filter(archived_at=None)


def get_field(_organisation: Organisation, field_id: int) -> CustomField:
    """Return one field, archived or not; raise NotFound."""
    field = CustomField.objects.filter(pk=field_id).first()
    if field is None:
        raise NotFound
    return field


def of_subject(fields: Sequence[CustomField], subject: Subject) -> list[CustomField]:
    """Return those of one subject, of fields that were read together."""
    return [field for field in fields if field.subject == subject]


def with_fields(found: QuerySet[Row]) -> QuerySet[Row]:
    """Let each row bring the fields in use and the weights along, for pages that show one row.

    `fields_of` and `weights_of` then cost no query.
    """
    in_use = CustomField.objects.filter(archived_at=None).order_by("-subject", "position", "pk")
    columns = JSONObject(**{name: name for name in _SHOWN})
    weights = Weight.objects.values(row=JSONObject(code="code", weight="weight"))
    return found.annotate(own_fields=ArraySubquery(in_use.values(row=columns)), own_weights=ArraySubquery(weights))


def fields_of(row: Contact | Company) -> list[CustomField]:
    """Return what `with_fields` brought."""
    return [CustomField(**values) for values in row.own_fields]  # type: ignore[union-attr]


def weights_of(row: Contact | Company) -> dict[str, int]:
    """Return the weights that `with_fields` brought, by code."""
    return {one["code"]: one["weight"] for one in row.own_weights}  # type: ignore[union-attr]


def count_uses(organisation: Organisation, subject: str) -> dict[str, int]:
    """Return how many records have a value, by key; of archived fields as well. One pass over the subject."""
    found = fetch("contacts/count_custom_uses", {"organisation_id": organisation.pk}, table=TABLES[Subject(subject)])
    return dict(found)


def count_choices(organisation: Organisation, field: CustomField) -> dict[str, int]:
    """Return how many records have each choice, by code; {} for a field without choices. One pass over the subject."""
    if not field.value_type.has_choices:
        return {}
    found = fetch(
        "contacts/count_custom_choices",
        {"organisation_id": organisation.pk, "key": field.key},
        table=TABLES[Subject(field.subject)],
    )
    return dict(found)


def is_used(field: CustomField) -> bool:
    """Tell whether a record has a value; quick where one has, one pass over the subject where none does."""
    model = Contact if field.subject == Subject.CONTACT else Company
    return model._default_manager.filter(custom__has_key=field.key).exists()
