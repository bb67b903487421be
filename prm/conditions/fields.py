"""What conditions may ask about: fields by subject, registered by the apps that own them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any

from django.utils.functional import Promise

Choices = Sequence[tuple[str, str | Promise]]
# Characters in the name of a property.
MAX_KEY = 120


class FieldType(StrEnum):
    """What kind of value a field holds.

    CHOICES are several of a list at once, CODES the same as a JSON array, null for none; PROPERTY is a value of a JSON
    object, text or number as it comes; MOMENT a point in time; ACTS a log of what somebody did.
    """

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    CODES = "codes"
    BOOLEAN = "boolean"
    PROPERTY = "property"
    MOMENT = "moment"
    ACTS = "acts"


def _no_choices() -> Choices:
    return ()


def _no_successors() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Acts:
    """A log that a field of type ACTS asks about, as expressions over the FROM item `log`.

    `who` is compared with the field's own `sql`; `counted` says which rows count at all, and is true of no row
    without a `who`. A place has a code in documents, under the name `place_name`, and the ids of `encode` in SQL.
    """

    log: str
    who: str
    kind: str
    place: str
    at: str
    properties: str
    counted: str
    place_name: str
    kinds: Callable[[], Choices]
    places: Callable[[], Choices]
    encode: Callable[[str], list[int]]
    # Names of properties the editor suggests.
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Apart:
    """A moment or number kept in a table of its own, one row at most for each who has one: read as a set, and joined.

    `rows` is a FROM item with its WHERE, `who` is compared with the field's own `sql`, `value` is the moment or number;
    `{now}` in it stands for the instant the condition is asked as of.
    """

    rows: str
    who: str
    value: str


@dataclass(frozen=True)
class Field:
    """One thing to ask about.

    `sql` is an expression of the app that registers it, over the aliases its subject promises. For a PROPERTY it
    is the JSON object, and `key` the name in it. Of CHOICES it says whether one of `{codes}`, an SQL array, is among
    them, and `is_any` whether there is any; both are true or false, never null. A choice may be stored in SQL as
    something else than its code: `encode` then gives the SQL values of a code and `cast` their type. `is_open`: a code
    that is no choice (yet) may be asked for, and matches nothing. `successors` gives, of a code that was made part of
    another, that other. `fold`: an SQL function of the app, by which a text is stored; what is looked for goes through
    it as well. `is_gone`: it was put away; whoever asks about it is told so, in the words of `gone` where there are
    some, and nobody is offered it. `is_exhaustive`: one of its answers holds for everybody, so that nobody asks whether
    it is known, and it reads "field: answer". `falls`: of a number between 0 and 100 that sinks by time alone, how long
    it takes from one value to a lower one, as an SQL interval over `{value}` and `{to}`; it is asked in whole points.
    """

    name: str
    label: str | Promise
    type: FieldType
    sql: str
    group: str | Promise = ""
    choices: Callable[[], Choices] = _no_choices
    encode: Callable[[str], list[Any]] | None = None
    cast: str = "text"
    key: str = ""
    is_open: bool = False
    fold: str = ""
    acts: Acts | None = None
    is_any: str = ""
    successors: Callable[[], Mapping[str, str]] = _no_successors
    is_gone: bool = False
    gone: str | Promise = ""
    is_exhaustive: bool = False
    apart: Apart | None = None
    falls: str = ""

    def words_of(self, value: str) -> str:
        """Return the reader's word for a choice, the code itself where it is no longer one."""
        return str(dict(self.choices()).get(value, value))


@dataclass(frozen=True)
class Properties:
    """Free names: whatever `prefix` begins is a key of the JSON object `sql`."""

    prefix: str
    sql: str
    # Names the editor suggests.
    suggestions: tuple[str, ...] = ()

    def field(self, key: str) -> Field:
        """Return the field of one key."""
        return Field(self.prefix + key, key, FieldType.PROPERTY, self.sql, key=key)


@dataclass(frozen=True)
class Source:
    """Fields that each organisation has of its own: names that `prefix` begins, asked for in the current scope."""

    prefix: str
    load: Callable[[], Sequence[Field]]


@dataclass
class Vocabulary:
    """The fields of one subject, in the order people read them."""

    fields: dict[str, Field] = field(default_factory=dict)
    properties: Properties | None = None
    sources: tuple[Source, ...] = ()

    def list_fields(self) -> list[Field]:
        """Return all that can be asked about, those of the organisation's own last."""
        own = [one for source in self.sources for one in source.load() if not one.is_gone]
        return [*self.fields.values(), *own]

    def find(self, name: str) -> Field | None:
        """Return a field by its stored name; None for one that is unknown, or no longer known."""
        known = self.fields.get(name) or self._find_own(name)
        if known is not None or self.properties is None or not name.startswith(self.properties.prefix):
            return known
        key = name.removeprefix(self.properties.prefix)
        return self.properties.field(key) if 0 < len(key) <= MAX_KEY and "\x00" not in key else None

    def _find_own(self, name: str) -> Field | None:
        for source in self.sources:
            if name.startswith(source.prefix):
                return next((one for one in source.load() if one.name == name), None)
        return None


def remembering(source: Vocabulary) -> Vocabulary:
    """Return a vocabulary that asks for own fields, and for the choices of a field, once for as long as it is kept."""

    def kept(one: Field) -> Field:
        acts = one.acts and replace(
            one.acts, kinds=cache(one.acts.kinds), places=cache(one.acts.places), encode=cache(one.acts.encode)
        )
        return replace(one, choices=cache(one.choices), successors=cache(one.successors), acts=acts)

    return Vocabulary(
        {name: kept(one) for name, one in source.fields.items()},
        source.properties,
        tuple(Source(own.prefix, cache(own.load)) for own in source.sources),
    )


def make_vocabulary(fields: Iterable[Field], properties: Properties | None = None) -> Vocabulary:
    """Return a vocabulary that nobody else adds to."""
    return Vocabulary({one.name: one for one in fields}, properties)


_subjects: dict[str, Vocabulary] = {}


def vocabulary(subject: str) -> Vocabulary:
    """Return what may be asked about a subject; the same object for everybody."""
    return _subjects.setdefault(subject, Vocabulary())


def register(subject: str, *fields: Field) -> None:
    """Add fields to a subject; called from AppConfig.ready. A second call with a name replaces."""
    vocabulary(subject).fields.update({one.name: one for one in fields})


def register_properties(subject: str, properties: Properties) -> None:
    """Let a subject be asked about free names as well."""
    vocabulary(subject).properties = properties


def register_source(subject: str, source: Source) -> None:
    """Let a subject be asked about fields of an organisation's own; a second call with a prefix replaces."""
    words = vocabulary(subject)
    words.sources = (*(one for one in words.sources if one.prefix != source.prefix), source)
