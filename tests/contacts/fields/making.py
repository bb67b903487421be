"""Fields for tests."""

from typing import Any

from contacts.fields.models import CustomField, Option
from contacts.fields.services import FieldInput, create_field
from prm.organisations.models import Organisation


def make_field(organisation: Organisation, type_: str, label: str, *choices: str, **rest: Any) -> CustomField:
    """Define a field of contacts, or of what `subject` says; its key is made of its label unless `key` is given."""
    subject, key = rest.pop("subject", "contact"), rest.pop("key", "")
    given = FieldInput(label, type_, choices=[Option("", choice) for choice in choices], **rest)
    return create_field(organisation, subject=subject, key=key, given=given, by="test")
