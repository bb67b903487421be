"""What an organisation defined itself as what a column of a file can be: its own fields, and its purposes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contacts.consent import files
from contacts.consent.files import ConsentTarget
from contacts.fields.coercion import Reader, make_reader
from contacts.fields.models import CustomField, Subject, ValueType
from contacts.fields.queries import list_fields
from contacts.fields.values import PREFIX, full_name
from prm.organisations.models import Organisation

# Before the key of a date that the file writes month first.
MONTH_FIRST = "custom_mdy."
# Before both where the field is one of the person's company.
COMPANY = "company."
_BEFORE: dict[Subject, str] = {Subject.CONTACT: "", Subject.COMPANY: COMPANY}


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

    @property
    def is_of_company(self) -> bool:
        """Tell whether the value is one of the company the row names."""
        return self.field.subject == Subject.COMPANY

    @property
    def part(self) -> str:
        """What of a clean row the value is put into."""
        return "company_custom" if self.is_of_company else "custom"

    @property
    def names(self) -> tuple[str, ...]:
        """What a column is called that goes in here."""
        return (self.field.label, self.key, self.place)

    @property
    def meaning(self) -> object:
        """What must not change while a file is imported."""
        return (self.field.type, self.field.options)

    @property
    def place(self) -> str:
        """What no two columns may go into, however they write it."""
        return full_name(self.field)

    def reader(self, *, decimal_comma: bool) -> Reader:
        """Return what reads a cell."""
        return make_reader(self.field, decimal_comma=decimal_comma, month_first=self.is_month_first)


AnyTarget = OwnTarget | ConsentTarget
OwnTargets = Mapping[str, AnyTarget]


def own_targets(organisation: Organisation) -> dict[str, AnyTarget]:
    """Return what columns can go into, by the codes of mappings: own fields and purposes. Two queries."""
    own: list[AnyTarget] = [target for field in list_fields(organisation) for target in _targets(field)]
    return {target.code: target for target in (*own, *files.list_targets())}


def is_own(code: str) -> bool:
    """Tell whether a code of a mapping is one of these, be it there or not."""
    return code.removeprefix(COMPANY).startswith((PREFIX, MONTH_FIRST)) or code.startswith(files.PREFIX)


def have_changed(before: OwnTargets, after: OwnTargets, mapping: Mapping[str, str]) -> bool:
    """Tell whether what a mapping speaks of means something else than it did."""
    codes = [code for code in mapping.values() if is_own(code)]
    return any(_meaning(before.get(code)) != _meaning(after.get(code)) for code in codes)


def _meaning(target: AnyTarget | None) -> object:
    return target and target.meaning


def _targets(field: CustomField) -> Iterator[OwnTarget]:
    before = _BEFORE[Subject(field.subject)]
    yield OwnTarget(before + PREFIX + field.key, field)
    if field.type == ValueType.DATE:
        yield OwnTarget(before + MONTH_FIRST + field.key, field, is_month_first=True)
