"""Fields of an organisation's own as what a column of a file can be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contacts.fields.coercion import Reader, make_reader
from contacts.fields.models import CustomField, Subject, ValueType
from contacts.fields.queries import list_fields
from contacts.fields.values import PREFIX
from prm.organisations.models import Organisation

# Before the key of a date that the file writes month first.
MONTH_FIRST = "custom_mdy."


@dataclass(frozen=True)
class OwnTarget:
    """One field a column can go into. `is_month_first`: how the file writes its dates."""

    code: str
    field: CustomField
    is_month_first: bool = False

    @property
    def key(self) -> str:
        """What the value stands under."""
        return self.field.key

    def reader(self, *, decimal_comma: bool) -> Reader:
        """Return what reads a cell."""
        return make_reader(self.field, decimal_comma=decimal_comma, month_first=self.is_month_first)


OwnTargets = Mapping[str, OwnTarget]


def own_targets(organisation: Organisation) -> dict[str, OwnTarget]:
    """Return what columns can go into, by the codes of mappings. One query."""
    return {target.code: target for field in list_fields(organisation, Subject.CONTACT) for target in _targets(field)}


def key_of_own(code: str) -> str:
    """Return the key in a code of a mapping, "" where it is none of an own field."""
    return next((code.removeprefix(prefix) for prefix in (PREFIX, MONTH_FIRST) if code.startswith(prefix)), "")


def have_changed(before: OwnTargets, after: OwnTargets, mapping: Mapping[str, str]) -> bool:
    """Tell whether the fields a mapping speaks of mean something else than they did."""
    codes = [code for code in mapping.values() if key_of_own(code)]
    return any(_meaning(before.get(code)) != _meaning(after.get(code)) for code in codes)


def _meaning(target: OwnTarget | None) -> object:
    return target and (target.field.type, target.field.options)


def _targets(field: CustomField) -> Iterator[OwnTarget]:
    yield OwnTarget(PREFIX + field.key, field)
    if field.type == ValueType.DATE:
        yield OwnTarget(MONTH_FIRST + field.key, field, is_month_first=True)
