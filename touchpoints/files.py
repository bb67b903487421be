"""The inventory as a file: written for spreadsheets, read again with what is new, changed or wrong in it.

Columns and values are understood in French and English, and under the names the API has for them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.exporting import as_written, harmless
from contacts.fields.coercion import fold
from contacts.importing.looking import look_at
from contacts.importing.reading import read_rows, read_table
from contacts.importing.reasons import row_reason
from contacts.normalising import UnusableValueError
from contacts.typed_values import read_number
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, DomainError, Invalid
from prm.work.texts import is_storable
from touchpoints.models import Channel, Direction, Touchpoint
from touchpoints.queries import list_owners, list_touchpoints
from touchpoints.ratings.models import RATED, Aspect, Rating
from touchpoints.services import create_touchpoint, update_touchpoint

MOST_ROWS = 500
LARGEST_BYTES = 2_000_000
_LANGUAGES = ("en", "fr")
_YES = {"yes", "y", "true", "1", "x", "oui", "o", "vrai"}
_NO = {"no", "n", "false", "0", "non", "faux"}

# The columns in their order: the field, and what stands above it.
COLUMNS: dict[str, Any] = {
    "code": gettext_lazy("API name"),
    "name": gettext_lazy("Name"),
    "channel": gettext_lazy("Channel"),
    "description": gettext_lazy("What the person does there"),
    "direction": gettext_lazy("Direction"),
    "importance": gettext_lazy("Importance"),
    "objective_quality": gettext_lazy("Objective quality"),
    "perceived_quality": gettext_lazy("Perceived quality"),
    "is_entry_point": gettext_lazy("Entry point"),
    "is_moment_of_truth": gettext_lazy("Moment of truth"),
    "owner": gettext_lazy("Owner"),
    "monthly_cost": gettext_lazy("Cost per month"),
}


class Fate(StrEnum):
    """What would become of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True)
class Line:
    """A row of the file: where it stands, which touchpoint it is, what it sets, and what is wrong with it."""

    line: int
    name: str
    fate: Fate
    values: Mapping[str, Any] = field(default_factory=dict)
    touchpoint_id: int | None = None
    reasons: Sequence[str] = ()


@dataclass(frozen=True)
class Reading:
    """A file that was read: its rows, and the columns nothing is done with."""

    lines: Sequence[Line]
    unknown_columns: Sequence[str] = ()

    def of(self, fate: Fate) -> list[Line]:
        """Return the rows of one fate."""
        return [line for line in self.lines if line.fate == fate]


class _UnusableError(Exception):
    """A cell that cannot be used; the text says why, to people."""


def rows_of(organisation: Organisation) -> Iterator[list[str]]:
    """Yield the inventory in use as rows for a CSV, the first naming the columns. Two queries."""
    yield [str(label) for label in COLUMNS.values()]
    emails = {owner.pk: owner.email for owner in list_owners(organisation)}
    for one in list_touchpoints(organisation):
        yield [harmless(_cell(one, name, emails)) for name in COLUMNS]


def read_file(organisation: Organisation, stream: BinaryIO) -> Reading:
    """Read a file and say of each row what would become of it; nothing is written.

    A row is the touchpoint of its API name, without one that of its name; an empty cell leaves what is there. Raises
    FileRefusedError for what is no table, and Invalid for one without names or with too many rows. Four queries.
    """
    form = look_at(stream)
    table = read_table(stream, form)
    fields = [_field_of(column) for column in table.columns]
    if not table.has_header or "name" not in fields:
        raise Invalid(_("A column “Name” is missing: the first row has to name the columns."))
    reader = _Reader(organisation)
    lines: list[Line] = []
    for row in read_rows(stream, form, table):
        if len(lines) == MOST_ROWS:
            raise Invalid(_("This file has more than %(n)s rows: an inventory is shorter.") % {"n": MOST_ROWS})
        cells = {name: as_written(cell).strip() for name, cell in zip(fields, row.cells, strict=False) if name}
        if row.problem:
            lines.append(Line(row.line, cells.get("name", ""), Fate.REFUSED, reasons=[row_reason(row.problem)]))
        else:
            lines.append(reader.read(row.line, cells))
    unknown = [column for column, name in zip(table.columns, fields, strict=True) if name is None]
    return Reading(lines, unknown)


def apply(organisation: Organisation, lines: Iterable[Line], *, by: User) -> tuple[int, int]:
    """Write what a file sets; return how many touchpoints are new and how many changed. All or nothing.

    Raises Conflict when the inventory changed meanwhile so that a row cannot be written any more.
    """
    new = changed = 0
    with transaction.atomic():
        for line in lines:
            try:
                if line.fate == Fate.NEW:
                    create_touchpoint(organisation, values=line.values, by=by)
                    new += 1
                elif line.fate == Fate.CHANGED and line.touchpoint_id:
                    update_touchpoint(organisation, touchpoint_id=line.touchpoint_id, values=line.values, by=by)
                    changed += 1
            except DomainError as error:
                raise Conflict(
                    _("Line %(line)s cannot be written any more: the inventory changed. Read the file again.")
                    % {"line": line.line}
                ) from error
        if new or changed:
            audit.record(organisation, by, "touchpoint.import", None, after={"new": new, "changed": changed})
    return new, changed


class _Reader:
    """Reads rows against the inventory as it is."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        everything = list(Touchpoint.objects.filter(merged_into=None))
        self.by_code = {one.code: one for one in everything}
        self.by_name = {_key(one.name): one for one in everything if one.archived_at is None}
        self.taken = set(Touchpoint.objects.exclude(merged_into=None).values_list("code", flat=True))
        self.owners: dict[str, int] = {}
        for owner in list_owners(organisation):
            self.owners |= {_key(str(owner)): owner.pk, _key(owner.email): owner.pk}
        # What follows from members' ratings is not set by a file.
        self.rated = set(Rating.objects.values_list("touchpoint_id", "aspect"))
        self.seen: dict[str, int] = {}

    def read(self, line: int, cells: Mapping[str, str]) -> Line:
        """Say what becomes of a row."""
        name, code = " ".join(cells.get("name", "").split()), cells.get("code", "")
        reasons, values = [], {}
        for column, text in cells.items():
            if not text:
                continue
            try:
                key, value = self._value(column, text)
            except _UnusableError as error:
                reasons.append(f"{COLUMNS[column]}: {error}")
            else:
                values[key] = value
        known = self.by_code.get(code) if code else self.by_name.get(_key(name))
        if not name and known is None:
            reasons.append(_("It has no name."))
        if known is None and "channel" not in values and not cells.get("channel"):
            reasons.append(_("A new touchpoint needs its channel."))
        if code in self.taken:
            reasons.append(_("This API name is part of another touchpoint."))
        if known is not None and known.archived_at is not None:
            reasons.append(_("This touchpoint is archived: put it back first."))
        self._refuse_twice(line, code or _key(name), reasons)
        if not reasons:
            reasons += self._check(known, values)
        if reasons:
            return Line(line, name, Fate.REFUSED, reasons=reasons)
        if known is None:
            return Line(line, name, Fate.NEW, values)
        differing = {key: value for key, value in values.items() if getattr(known, key) != value}
        if settled := [aspect for aspect in RATED if aspect.value in differing and self._is_settled(known, aspect)]:
            words = _("it follows from what members and surveys say")
            return Line(line, name, Fate.REFUSED, reasons=[f"{COLUMNS[one.value]}: {words}" for one in settled])
        fate = Fate.CHANGED if differing else Fate.SAME
        return Line(line, name or known.name, fate, differing, known.pk)

    def _refuse_twice(self, line: int, key: str, reasons: list[str]) -> None:
        if key in self.seen:
            reasons.append(_("The same touchpoint stands on line %(line)s already.") % {"line": self.seen[key]})
        elif key:
            self.seen[key] = line

    def _is_settled(self, known: Touchpoint, aspect: Aspect) -> bool:
        return (known.pk, aspect.value) in self.rated or (aspect == Aspect.PERCEIVED and known.perceived_answers > 0)

    def _check(self, known: Touchpoint | None, values: Mapping[str, Any]) -> list[str]:
        """Return what the touchpoint could not be."""
        one = Touchpoint(organisation=self.organisation, code="x") if known is None else known
        before = {key: getattr(one, key) for key in values}
        try:
            for key, value in values.items():
                setattr(one, key, value)
            one.clean_fields(exclude={"organisation", "owner", "merged_into"})
        except ValidationError as error:
            return [f"{COLUMNS.get(key, key)}: {' '.join(texts)}" for key, texts in error.message_dict.items()]
        finally:
            for key, value in before.items():
                setattr(one, key, value)
        return []

    def _value(self, column: str, text: str) -> tuple[str, Any]:
        """Return the field a cell sets and its value; raises _UnusableError."""
        if not is_storable(text):
            raise _UnusableError(_("This text holds characters that cannot be stored."))
        reader = _READERS.get(column)
        if column == "owner":
            owner_id = self.owners.get(_key(text))
            if owner_id is None:
                raise _UnusableError(_("“%(text)s” is no member of the organisation.") % {"text": text})
            return "owner_id", owner_id
        if column == "monthly_cost":
            return "monthly_cost_cents", _cents(text)
        return column, reader(text) if reader else " ".join(text.split())


def _key(text: str) -> str:
    """Return what headings, names and choices are compared by; an apostrophe is one, however it is typed."""
    return fold(text.replace("’", "'"))


def _field_of(column: str) -> str | None:
    return _headings().get(_key(column))


def _headings() -> dict[str, str]:
    """Return the fields by what can stand above their column."""
    found = {_key(name): name for name in COLUMNS}
    for language in _LANGUAGES:
        with translation.override(language):
            found |= {_key(str(label)): name for name, label in COLUMNS.items()}
    return found


def _choice(choices: Any) -> Callable[[str], str]:
    def read(text: str) -> str:
        for language in _LANGUAGES:
            with translation.override(language):
                found = {_key(str(label)): code for code, label in choices.choices} | {code: code for code in choices}
            if (code := found.get(_key(text))) is not None:
                return str(code)
        offered = ", ".join(str(label) for label in choices.labels)
        raise _UnusableError(_("“%(text)s” is none of: %(choices)s.") % {"text": text, "choices": offered})

    return read


def _rating(text: str) -> float:
    try:
        number = read_number(text.partition("/")[0], decimal_comma=True)
    except UnusableValueError:
        number = ""
    if not isinstance(number, int | float) or not 1 <= number <= 5:
        raise _UnusableError(_("“%(text)s” is no rating from 1 to 5.") % {"text": text})
    return round(float(number), 1)


def _boolean(text: str) -> bool:
    word = _key(text)
    if word in _YES or word in _NO:
        return word in _YES
    raise _UnusableError(_("“%(text)s” is neither yes nor no.") % {"text": text})


def _cents(text: str) -> int:
    try:
        number = read_number(text, decimal_comma=True)
    except UnusableValueError:
        number = ""
    if not isinstance(number, int | float) or not 0 <= number < 10**10:
        raise _UnusableError(_("“%(text)s” is no amount in euros.") % {"text": text})
    return round(number * 100)


_READERS: dict[str, Callable[[str], Any]] = {
    "channel": _choice(Channel),
    "direction": _choice(Direction),
    "importance": _rating,
    "objective_quality": _rating,
    "perceived_quality": _rating,
    "is_entry_point": _boolean,
    "is_moment_of_truth": _boolean,
}


def _cell(one: Touchpoint, name: str, emails: Mapping[int, str]) -> str:
    if name == "owner":
        return emails.get(one.owner_id or 0, "")
    if name == "monthly_cost":
        return _money(one.monthly_cost_cents)
    value = getattr(one, name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in {"channel", "direction"}:
        return str((Channel if name == "channel" else Direction)(value).label)
    return _rated(value) if isinstance(value, float) else str(value)


def _rated(value: float) -> str:
    text = f"{value:g}"
    return text.replace(".", ",") if (translation.get_language() or "").startswith("fr") else text


def _money(cents: int | None) -> str:
    if cents is None:
        return ""
    sign = "," if (translation.get_language() or "").startswith("fr") else "."
    return f"{cents // 100}{sign}{cents % 100:02}"
