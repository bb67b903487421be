"""Own fields in messages: {{ custom.<key> }} of the person, {{ company.custom.<key> }} of the company.

A value reads as people write it, in the language of the message, and counts as what it is in a condition: a number is
compared as a number, a no is not true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from contacts.fields.coercion import LARGEST_NUMBER
from contacts.fields.models import CustomField, Subject, ValueType
from contacts.fields.queries import list_fields
from contacts.fields.values import full_name, in_words
from nurturing.personalising import NOTHING_OWN, OwnValues, TemplateError, find_names, harmless
from prm.organisations.models import Organisation


class _Number(float):
    """A number that reads as `words`."""

    words = ""

    def __str__(self) -> str:
        return self.words


class _Day(date):
    """A date that reads as `words`."""

    words = ""

    def __str__(self) -> str:
        return self.words


class _Flag:
    """Yes or no, that reads so."""

    def __init__(self, words: str, *, is_on: bool) -> None:
        self.words, self.is_on = words, is_on

    def __str__(self) -> str:
        return self.words

    def __liquid__(self) -> bool:
        """Return what Liquid's conditions see."""
        return self.is_on


class _Held(dict[str, Any]):
    """Values by key; all of them at once read as nothing."""

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True)
class OwnFields:
    """What the organisation defined; read once, when something is asked for first."""

    organisation: Organisation

    @cached_property
    def by_name(self) -> dict[str, CustomField]:
        """Every field by its name in messages, archived ones as well. One query, the first time."""
        return {full_name(field): field for field in list_fields(self.organisation, with_archived=True)}

    @property
    def labels(self) -> dict[str, str]:
        """What a message may name, with what the editor says of it."""
        return {
            name: _("%(field)s (company)") % {"field": field.label} if field.subject == Subject.COMPANY else field.label
            for name, field in self.by_name.items()
            if field.archived_at is None
        }

    def labels_for(self, *texts: str) -> dict[str, str]:
        """Return `labels` where texts name an own field; no query where they do not."""
        return self.labels if self.are_named(*texts) else {}

    @staticmethod
    def are_named(*texts: str) -> bool:
        """Tell whether texts may name any; no query, and cheap for many."""
        return any("custom" in text for text in texts)

    def find_faults(self, *texts: str) -> list[str]:
        """Say of each own field these texts name that is not there, or no longer, what is wrong.

        Raises TemplateError where a text cannot be read.
        """
        named = [name for name in find_names(*texts) if is_own(name)]
        return [self._fault(name) for name in named if self._is_missing(name)]

    def find_gone(self, *texts: str) -> list[str]:
        """Return the faults of texts that were kept once; nothing where they cannot be read."""
        try:
            return self.find_faults(*texts) if self.are_named(*texts) else []
        except TemplateError:
            return []

    def values(self, person: Mapping[str, Any], company: Mapping[str, Any], language: str) -> OwnValues:
        """Return what is known of a person and their company, in the language of a message."""
        with translation.override(language):
            return OwnValues(self._of(Subject.CONTACT, person), self._of(Subject.COMPANY, company))

    def examples(self, *texts: str) -> dict[str, dict[str, Any]]:
        """Return stored values as examples, as a Recipient takes them; none where the texts name no own field."""
        held: dict[str, dict[str, Any]] = {Subject.CONTACT: {}, Subject.COMPANY: {}}
        if self.are_named(*texts):
            for field in self.by_name.values():
                held[field.subject][field.key] = _example(field)
        return {"custom": held[Subject.CONTACT], "company_custom": held[Subject.COMPANY]}

    def sample(self, language: str) -> OwnValues:
        """Return a value for every field, as an example."""
        held = self.examples("custom")
        return self.values(held["custom"], held["company_custom"], language)

    def _of(self, subject: Subject, held: Mapping[str, Any]) -> "_Held":
        fields = [one for one in self.by_name.values() if one.subject == subject and one.archived_at is None]
        return _Held(_readable(one, held[one.key]) for one in fields if _is_such(one, held.get(one.key)))

    def _is_missing(self, name: str) -> bool:
        return name not in self.by_name or self.by_name[name].archived_at is not None

    def _fault(self, name: str) -> str:
        if name in self.by_name:
            return _("The field “%(field)s” was archived: nothing stands there.") % {"field": self.by_name[name].label}
        return _("There is no field “%(field)s”.") % {"field": name[:80]}


def is_own(name: str) -> bool:
    """Tell whether a name in a message is one of an own field, be it there or not."""
    return name.removeprefix("company.").split(".")[0] == "custom"


def values_for(own: OwnFields | None, held: tuple[Mapping[str, Any], Mapping[str, Any]], language: str) -> OwnValues:
    """Return what a message may say; nothing is read where it names no own field."""
    return own.values(*held, language) if own is not None and any(held) else NOTHING_OWN


def _is_such(field: CustomField, value: Any) -> bool:
    """Tell whether a stored value is one: what no such field can hold counts as unknown."""
    if field.value_type != ValueType.NUMBER or value is None:
        return value is not None
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER


def _readable(field: CustomField, value: Any) -> tuple[str, Any]:
    words = harmless(in_words(field, value))
    return field.key, _TYPED.get(field.value_type, _as_text)(value, words)


def _as_text(_value: Any, words: str) -> Any:
    return words


def _as_number(value: Any, words: str) -> Any:
    number = _Number(value)
    number.words = words
    return number


def _as_day(value: Any, words: str) -> Any:
    try:
        day = _Day.fromisoformat(str(value))
    except ValueError:
        return words
    day.words = words
    return day


def _as_flag(value: Any, words: str) -> Any:
    return _Flag(words, is_on=bool(value))


_TYPED = {ValueType.NUMBER: _as_number, ValueType.DATE: _as_day, ValueType.BOOLEAN: _as_flag}


def _example(field: CustomField) -> Any:
    codes = [option.code for option in field.options if option.is_offered]
    return {
        ValueType.TEXT: field.label,
        ValueType.NUMBER: 1234.5,
        ValueType.DATE: timezone.localdate().isoformat(),
        ValueType.CHOICE: codes[0] if codes else None,
        ValueType.CHOICES: codes[:2] or None,
        ValueType.BOOLEAN: True,
    }[field.value_type]
