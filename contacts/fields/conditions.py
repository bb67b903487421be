"""Fields of an organisation's own in conditions: custom.<key> of a person, company.custom.<key> of their company.

Values are read out of the JSON column row by row: an index for each organisation's keys cannot be, and an operator
that is not leakproof could not use one below the policy. See docs/decisions/0015-custom-fields.md.
"""

from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.condition_fields import PEOPLE, SUBJECT
from contacts.fields.models import CustomField, Subject, ValueType, is_key
from contacts.fields.values import PREFIX
from prm.conditions.fields import Choices, Field, FieldType, Source, register_source

_TYPES: dict[ValueType, FieldType] = {
    ValueType.TEXT: FieldType.TEXT,
    ValueType.NUMBER: FieldType.NUMBER,
    ValueType.DATE: FieldType.DATE,
    ValueType.CHOICE: FieldType.CHOICE,
    ValueType.CHOICES: FieldType.CODES,
    ValueType.BOOLEAN: FieldType.BOOLEAN,
}
_COLUMNS: dict[Subject, str] = {Subject.CONTACT: "c.custom", Subject.COMPANY: "co.custom"}
_PREFIXES: dict[Subject, str] = {Subject.CONTACT: PREFIX, Subject.COMPANY: f"company.{PREFIX}"}
_GROUPS: dict[Subject, Promise] = {
    Subject.CONTACT: _("Person, fields of our own"),
    Subject.COMPANY: _("Company, fields of our own"),
}


def register_own_fields() -> None:
    """Let conditions of people and rules of fit ask about the organisation's own fields."""
    for asked in (SUBJECT, PEOPLE):
        for subject, prefix in _PREFIXES.items():
            register_source(asked, Source(prefix, partial(_load, subject)))


def _load(subject: Subject) -> list[Field]:
    """Return the fields of the organisation in scope, archived ones as such. One query."""
    fields = CustomField.objects.filter(subject=subject).order_by("position", "pk")
    return [_condition_field(field) for field in fields if is_key(field.key)]


def _condition_field(field: CustomField) -> Field:
    subject = Subject(field.subject)
    return Field(
        _PREFIXES[subject] + field.key,
        field.label,
        _TYPES[field.value_type],
        _expression(field, _COLUMNS[subject]),
        _GROUPS[subject],
        partial(_choices, field),
        is_gone=field.archived_at is not None,
    )


def _expression(field: CustomField, column: str) -> str:
    """Return the value as SQL; null also where what is stored is no such value. The key is letters, digits and _."""
    value, text = f"{column} -> '{field.key}'", f"{column} ->> '{field.key}'"
    kind = field.value_type
    if kind in {ValueType.NUMBER, ValueType.BOOLEAN}:
        stored = "number" if kind == ValueType.NUMBER else "boolean"
        cast = "float8" if kind == ValueType.NUMBER else "boolean"
        return f"CASE WHEN jsonb_typeof({value}) = '{stored}' THEN ({value})::{cast} END"
    if kind == ValueType.DATE:
        return f"CASE WHEN pg_input_is_valid({text}, 'date') THEN ({text})::date END"
    return value if kind == ValueType.CHOICES else text


def _choices(field: CustomField) -> Choices:
    return [(option.code, option.label) for option in field.options]
