"""Values of custom fields: what somebody gave, read by the definitions; what is stored, in words."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from contacts.fields.coercion import Value, make_reader
from contacts.fields.models import CustomField, Subject, ValueType
from contacts.fields.queries import list_fields
from contacts.models import Company, Contact
from contacts.normalising import UnusableValueError
from prm.organisations.models import Organisation
from prm.web.figures import day, figure
from prm.work.errors import Invalid

# What a value is called where fields of all kinds are named: provenance, refusals, conditions, columns.
PREFIX = "custom."
# The same before the fields of a person's company.
_PREFIXES: dict[Subject, str] = {Subject.CONTACT: PREFIX, Subject.COMPANY: f"company.{PREFIX}"}
# Between several choices in one text, as people and files read it.
JOINT = "; "
# Of the choices a refusal names, so many.
MOST_NAMED = 12


@dataclass(frozen=True)
class Shown:
    """One field of a record as a page shows it; an empty text is unknown."""

    key: str
    label: str
    text: str

    @property
    def name(self) -> str:
        """What its provenance stands under."""
        return PREFIX + self.key


@dataclass(frozen=True)
class GivenValues:
    """Values somebody gave, in their stored form by key (None takes one away), with the fields they are of."""

    values: Mapping[str, Value]
    fields: Sequence[CustomField]

    def over(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """Return the known values with the given ones over them."""
        return {key: value for key, value in {**known, **self.values}.items() if value is not None}

    def changed(self, known: Mapping[str, Any]) -> list[str]:
        """Return the names ("custom.<key>") of those that say something else than what is known."""
        return [PREFIX + key for key, value in self.values.items() if value != known.get(key)]

    def in_words(self, record: Contact | Company) -> dict[str, str]:
        """Return what a record says of these fields, by label: what the audit log keeps."""
        return {field.label: in_words(field, record.custom.get(field.key)) for field in self.fields}


NOTHING_GIVEN = GivenValues({}, ())


def read_values(
    organisation: Organisation, subject: Subject, given: Mapping[str, Any] | None, *, within: str = ""
) -> GivenValues:
    """Return given values in their stored form.

    Raises Invalid with each bad one as "custom.<key>", behind what `within` says ("company."). Runs inside the
    transaction that writes them: until it ends, no definition changes its type. No query where nothing is given,
    else two.
    """
    if not given:
        return NOTHING_GIVEN
    share_definitions(organisation)
    fields = {field.key: field for field in list_fields(organisation, subject, with_archived=True)}
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    for key, value in given.items():
        field = fields.get(key)
        if field is None:
            errors[within + PREFIX + key] = _("There is no field “%(field)s”.") % {"field": key[:80]}
        elif field.archived_at is not None:
            errors[within + PREFIX + key] = _("The field “%(field)s” is archived; restore it to write to it.") % {
                "field": field.label
            }
        else:
            try:
                values[key] = make_reader(field)(value)
            except UnusableValueError as error:
                errors[within + PREFIX + key] = refusal_of(field, error)
    if errors:
        raise Invalid(fields=errors)
    return GivenValues(values, [fields[key] for key in values])


def refusal_of(field: CustomField, error: UnusableValueError) -> str:
    """Say what is wrong with a value of a field, with what could be written instead."""
    if error.reason == "unknown_choice":
        offered = [option.label for option in field.options if option.is_offered]
        named = ", ".join(offered[:MOST_NAMED]) + (", …" if len(offered) > MOST_NAMED else "")
        return _("This is not one of the choices: %(choices)s.") % {"choices": named}
    if error.reason == "bad_date":
        return _("Write a date such as 12/03/2026 or 2026-03-12.")
    if error.reason == "bad_number":
        return _("Write a number such as 1234.5.")
    return str(error.message)


def full_name(field: CustomField) -> str:
    """Return what a field is called where those of people and of their companies are named together."""
    return _PREFIXES[Subject(field.subject)] + field.key


def in_words(field: CustomField, value: Any) -> str:
    """Return a stored value as people read it; "" for none. A choice that is gone is its code."""
    return "" if value is None else _IN_WORDS[field.value_type](field, value)


def in_file(field: CustomField, value: Any) -> str:
    """Return a stored value as a file of any language holds it, to be imported again without loss."""
    if value is None or isinstance(value, bool):
        return {True: "yes", False: "no", None: ""}[value]
    if field.value_type.has_choices:
        return in_words(field, value)
    return json.dumps(value) if isinstance(value, int | float) else str(value)


def _choices_in_words(field: CustomField, value: Any) -> str:
    """In the order of the choices, not of their codes."""
    words, codes = field.words, value if isinstance(value, list) else [value]
    known = [label for code, label in words.items() if code in codes]
    return JOINT.join([*known, *(str(code) for code in codes if code not in words)])


def _day_in_words(_field: CustomField, value: Any) -> str:
    try:
        return day(date.fromisoformat(str(value)), year=True)
    except ValueError:
        return str(value)


_IN_WORDS: dict[ValueType, Callable[[CustomField, Any], str]] = {
    ValueType.TEXT: lambda _field, value: str(value),
    ValueType.NUMBER: lambda _field, value: figure(value, 6),
    ValueType.DATE: _day_in_words,
    ValueType.CHOICE: _choices_in_words,
    ValueType.CHOICES: _choices_in_words,
    ValueType.BOOLEAN: lambda _field, value: _("yes") if value else _("no"),
}


def show_values(fields: Iterable[CustomField], record: Contact | Company) -> list[Shown]:
    """Return every field of a record in words, those that are unknown as well. No query."""
    return [Shown(field.key, field.label, in_words(field, record.custom.get(field.key))) for field in fields]


def visible_values(fields: Iterable[CustomField], record: Contact | Company) -> dict[str, Any]:
    """Return the stored values of these fields by key: what the API gives."""
    return {field.key: record.custom[field.key] for field in fields if field.key in record.custom}


def share_definitions(organisation: Organisation) -> None:
    """Keep definitions from changing the meaning of values until the transaction ends; any number may do so at once."""
    _lock("pg_advisory_xact_lock_shared", organisation)


def lock_definitions(organisation: Organisation) -> None:
    """Wait until nobody writes values, and let nobody until the transaction ends."""
    _lock("pg_advisory_xact_lock", organisation)


def _lock(function: str, organisation: Organisation) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext('contacts.fields'), %s)", [organisation.pk % 2**31])
