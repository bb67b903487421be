"""One row of a file checked and put into the one writing of each value; what cannot be used sets the row aside."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from contacts.address_kinds import AddressKind, address_kind
from contacts.consent.files import fold_answers
from contacts.consent.models import EMAIL
from contacts.exporting import as_written
from contacts.importing.fields import IGNORED, PROPERTY_PREFIX, SIREN_NAME, property_of
from contacts.importing.guessing import fold
from contacts.importing.own import OwnTargets
from contacts.importing.reading import Row
from contacts.models import Company, Contact
from contacts.normalising import (
    LONGEST_PROPERTIES,
    UnusableValueError,
    clean_properties,
    company_key,
    normalise_domain,
    normalise_email,
    normalise_language,
    normalise_phone,
    normalise_postcode,
    normalise_siren,
    normalise_siret,
    read_yes_no,
    siren_digits,
)
from contacts.tagging.names import split_names
from contacts.typed_values import read_date, read_number

_NUL = re.compile("\x00")
_ESCAPED_BYTE = re.compile("[\ud800-\udfff]")
_TITLE = re.compile(r"(?:m|mr|mrs|ms|mme|mlle|dr|me|pr|monsieur|madame|mademoiselle)\.?\s+", re.IGNORECASE)

# Key of the field, place and name of the column, what reads a cell.
OwnColumn = tuple[str, int, str, Callable[[str], Any]]


class RowProblemError(Exception):
    """A row that is set aside; `reason` is a code of reasons.py."""

    def __init__(self, reason: str, column: str = "", value: str = "") -> None:
        self.reason, self.column, self.value = reason, column, value
        super().__init__(reason)


@dataclass(slots=True)
class CleanRow:
    """What a row says, clean. Empty strings say nothing."""

    external_id: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    job_title: str = ""
    source: str = ""
    language: str = ""
    company: str = ""
    siren: str = ""
    siret: str = ""
    domain: str = ""
    # Where the company is.
    postcode: str = ""
    city: str = ""
    opted_out: bool = False
    # The check digit of the SIREN is wrong: only a company that is known can have such a one.
    siren_unsure: bool = False
    tags: list[str] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    # Values of own fields by key, those of the person and of the company.
    custom: dict[str, Any] = field(default_factory=dict)
    company_custom: dict[str, Any] = field(default_factory=dict)
    # What the columns about purposes say (contacts/consent/files.py).
    consents: dict[str, Any] = field(default_factory=dict)

    @property
    def address_kind(self) -> AddressKind:
        """Whether the address is one of a role, or one that lives ten minutes."""
        return address_kind(self.email)

    @property
    def company_key(self) -> str:
        """What the company's name is matched by."""
        return company_key(self.company) if self.company else ""

    def fold_into(self, later: "CleanRow") -> bool:
        """Give a later row of the same key what it does not say itself; return whether it said anything else."""
        differs = False
        for name in _TEXTS:
            mine, theirs = getattr(self, name), getattr(later, name)
            if theirs and theirs != mine:
                differs = True
            elif mine and not theirs:
                setattr(later, name, mine)
                later.siren_unsure = self.siren_unsure if name == "siren" else later.siren_unsure
        differs = differs or (later.opted_out and not self.opted_out)
        later.opted_out = later.opted_out or self.opted_out
        differs = differs or not set(later.tags) <= set(self.tags)
        later.tags = list(dict.fromkeys((*self.tags, *later.tags)))
        for name in _BY_KEY:
            mine, theirs = getattr(self, name), getattr(later, name)
            differs = differs or any(mine.get(key) != value for key, value in theirs.items())
            setattr(later, name, {**mine, **theirs})
        folded = fold_answers(self.consents, later.consents)
        differs = differs or folded != self.consents
        later.consents = folded
        return differs


_BY_KEY = ("properties", "custom", "company_custom")
_TEXTS = tuple(
    name
    for name in CleanRow.__dataclass_fields__
    if name not in {"opted_out", "siren_unsure", "tags", "consents", *_BY_KEY}
)


def _length(model: Any, name: str) -> int:
    return int(model._meta.get_field(name).max_length)


class RowChecker:
    """Checks rows of one file. Made once; `check` is called a million times."""

    def __init__(
        self,
        columns: Sequence[str],
        mapping: dict[str, str],
        *,
        key_field: str,
        source: str,
        region: str,
        decimal_comma: bool = False,
        own: OwnTargets | None = None,
    ) -> None:
        places = {code: (place, column) for place, column in enumerate(columns) if (code := mapping.get(column, ""))}
        self.key_field, self.source = key_field, source
        self._places = places
        self._texts = [
            (code, *places[code], _length(model, name))
            for code, model, name in (
                ("external_id", Contact, "external_id"),
                ("first_name", Contact, "first_name"),
                ("last_name", Contact, "last_name"),
                ("job_title", Contact, "job_title"),
                ("source", Contact, "source"),
                ("company", Company, "name"),
                ("city", Company, "city"),
            )
            if code in places
        ]
        readers: dict[str, Callable[[str], Any]] = {
            "email": normalise_email,
            "phone": lambda text: normalise_phone(text, region),
            "siren": normalise_siren,
            "siret": normalise_siret,
            "domain": normalise_domain,
            "postcode": partial(normalise_postcode, region=region),
            "language": normalise_language,
            "opted_out": read_yes_no,
            "tags": split_names,
        }
        self._read = [(code, *places[code], reader) for code, reader in readers.items() if code in places]
        kinds: dict[str, Callable[[str], Any] | None] = {
            "property": None,
            "number": partial(read_number, decimal_comma=decimal_comma),
            "date": read_date,
            "date_mdy": partial(read_date, month_first=True),
            "json": read_json,
        }
        self._properties = [
            (found[1], place, column, kinds[found[0]])
            for code, (place, column) in places.items()
            if (found := property_of(code)) is not None
        ]
        self._custom, self._company_custom, self._consents = (
            [
                (target.key, *places[code], target.reader(decimal_comma=decimal_comma))
                for code, target in (own or {}).items()
                if code in places and target.part == part
            ]
            for part in ("custom", "company_custom", "consents")
        )
        self._full_name = places.get("full_name")
        self._key_property = key_field.removeprefix(PROPERTY_PREFIX) if key_field.startswith(PROPERTY_PREFIX) else ""

    def key_of(self, row: Row) -> str:
        """Return the key of a row as `check` would see it; empty where it has none or cannot be read."""
        if row.problem:
            return ""
        if self._key_property:
            value = as_written(row.cells[self._places[self.key_field][0]])
            return "p:" + value if value.strip() else ""
        if self.key_field == SIREN_NAME:
            return self._siren_name_of(row)
        external_id = self._cell(row, "external_id") if self.key_field != "email" else ""
        if external_id:
            return "x:" + external_id
        email = self._cell(row, "email") if self.key_field != "external_id" else ""
        try:
            return "e:" + normalise_email(email) if email else ""
        except UnusableValueError:
            return ""

    def _siren_name_of(self, row: Row) -> str:
        try:
            siren = normalise_siren(self._cell(row, "siren")) or normalise_siret(self._cell(row, "siret"))[:9]
        except UnusableValueError:
            return ""
        first, last = self._cell(row, "first_name"), self._cell(row, "last_name")
        if self._full_name and not (first and last):
            split = split_name(self._cell(row, "full_name"))
            first, last = first or split[0], last or split[1]
        name = fold(f"{last} {first}")
        return f"s:{siren}:{name}" if siren and name else ""

    def check(self, row: Row) -> CleanRow:
        """Return what the row says; raise RowProblemError."""
        if row.problem:
            raise RowProblemError(row.problem)
        cells = row.cells
        if "'" in self._check_storable(cells):
            cells = [as_written(cell) for cell in cells]
        clean = CleanRow()
        self._read_texts(clean, cells)
        for code, place, column, reader in self._read:
            if text := cells[place]:
                try:
                    setattr(clean, code, reader(text))
                except UnusableValueError as error:
                    if code != "siren" or not self._take_unsure(clean, text):
                        raise RowProblemError(error.reason, column, text) from None
        if self._full_name and not (clean.first_name and clean.last_name):
            self._split_name(clean, cells)
        if clean.siret and not clean.siren:
            clean.siren = clean.siret[:9]
        clean.source = clean.source or self.source
        if self._properties:
            self._read_properties(clean, cells)
        clean.custom = _read_own(self._custom, cells)
        if self._company_custom:
            clean.company_custom = _read_own(self._company_custom, cells)
            self._check_company(clean)
        if self._consents:
            self._read_consents(clean, cells)
        self._check_key(clean)
        return clean

    def _read_texts(self, clean: CleanRow, cells: Sequence[str]) -> None:
        for code, place, column, longest in self._texts:
            if text := cells[place].strip():
                if len(text) > longest:
                    raise RowProblemError("too_long", column, text)
                setattr(clean, code, text)

    def _take_unsure(self, clean: CleanRow, text: str) -> bool:
        """Take a SIREN with a wrong check digit, to be looked for among the companies; tell whether it is one."""
        try:
            clean.siren = siren_digits(text)
        except UnusableValueError:
            return False
        clean.siren_unsure = True
        return True

    def _check_storable(self, cells: Sequence[str]) -> str:
        joined = "\n".join(cells)
        if _NUL.search(joined):
            raise RowProblemError("bad_text")
        if _ESCAPED_BYTE.search(joined):
            raise RowProblemError("bad_encoding")
        return joined

    def _split_name(self, clean: CleanRow, cells: Sequence[str]) -> None:
        place, column = self._full_name or (0, "")
        first, last = split_name(cells[place])
        if len(first) > 120 or len(last) > 120:
            raise RowProblemError("too_long", column, cells[place])
        clean.first_name = clean.first_name or first
        clean.last_name = clean.last_name or last

    def _read_properties(self, clean: CleanRow, cells: Sequence[str]) -> None:
        properties: dict[str, Any] = {}
        length = 0
        for name, place, column, reader in self._properties:
            text = cells[place]
            if not text or text.isspace():
                continue
            length += len(text)
            try:
                properties[name] = text if reader is None else reader(text)
            except UnusableValueError as error:
                raise RowProblemError(error.reason, column, text) from None
        if length > LONGEST_PROPERTIES:
            raise RowProblemError("bad_properties")
        clean.properties = properties

    def _read_consents(self, clean: CleanRow, cells: Sequence[str]) -> None:
        """Read what was said to purposes; who does not want e-mails and who may not be written to are the same."""
        clean.consents = _read_own(self._consents, cells)
        clean.opted_out = clean.opted_out or clean.consents.get(EMAIL) is False
        if clean.opted_out and clean.consents.get(EMAIL):
            del clean.consents[EMAIL]

    def _check_company(self, clean: CleanRow) -> None:
        """Set a row aside that says something of a company and names none."""
        if clean.company_custom and not (clean.company_key or clean.siren or clean.domain):
            key, _place, column, _reader = next(one for one in self._company_custom if one[0] in clean.company_custom)
            raise RowProblemError("no_company", column, str(clean.company_custom[key]))

    def _check_key(self, clean: CleanRow) -> None:
        if self._key_property:
            if self._key_property not in clean.properties:
                raise RowProblemError("missing_key", self._column(self.key_field))
            return
        if self.key_field == SIREN_NAME:
            if not clean.siren or not (clean.last_name or clean.first_name):
                raise RowProblemError("missing_siren_name", self._column("siren") or self._column("siret"))
            return
        if self.key_field == "external_id" and not clean.external_id:
            raise RowProblemError("missing_external_id", self._column("external_id"))
        if self.key_field == "email" and not clean.email:
            raise RowProblemError("missing_email", self._column("email"))
        if not clean.external_id and not clean.email:
            raise RowProblemError("no_key")

    def _column(self, code: str) -> str:
        return self._places[code][1] if code in self._places else ""

    def _cell(self, row: Row, code: str) -> str:
        found = self._places.get(code)
        return as_written(row.cells[found[0]]).strip() if found else ""


def _read_own(columns: Sequence[OwnColumn], cells: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, place, column, reader in columns:
        try:
            value = reader(cells[place])
        except UnusableValueError as error:
            raise RowProblemError(error.reason, column, cells[place]) from None
        if value is not None:
            found[key] = value
    return found


def read_json(value: str) -> Any:
    """Return what a text of JSON says, as an export of PRM writes it for values that are no text."""
    try:
        found = json.loads(value)
    except ValueError as error:
        raise UnusableValueError("bad_json") from error
    return clean_properties({"value": found})["value"]


def split_name(text: str) -> tuple[str, str]:
    """Cut a full name into first and last: "MARTIN Marie", "Martin, Marie" and "Mme Marie Martin" are Marie Martin."""
    name = _TITLE.sub("", text.strip(), count=1) if _TITLE.match(text.strip()) else text.strip()
    name = " ".join(name.split())
    if ", " in name:
        last, _comma, first = name.partition(", ")
        return first, last
    words = name.split(" ")
    if len(words) == 1:
        return "", name
    capitals = [word for word in words if word.isupper() and len(word) > 1]
    if capitals and len(capitals) < len(words) and words[0] in capitals:
        rest = [word for word in words if word not in capitals]
        return " ".join(rest), " ".join(capitals)
    return words[0], " ".join(words[1:])


def ignored_columns(mapping: dict[str, str]) -> list[str]:
    """Return the columns that are left out."""
    return [column for column, code in mapping.items() if code == IGNORED]
