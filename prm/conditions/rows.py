"""A condition while it is edited: groups of rows, each part named by where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from prm.conditions.fields import Field, FieldType
from prm.conditions.operators import IN_DAYS, WITH_LIST, WITHOUT_VALUE, Operator

# In a row's list of fields: a property by its name.
ANY_PROPERTY = "*"
# Groups inside one another that are shown: beyond it nobody finds their way.
MAX_SHOWN_DEPTH = 3
MODES: dict[str, str | Promise] = {
    "all": gettext_lazy("All of these"),
    "any": gettext_lazy("Any of these"),
    "none": gettext_lazy("None of these"),
    "not_all": gettext_lazy("Not all of these"),
}


@dataclass(frozen=True)
class Option:
    """One entry of a list."""

    value: str
    label: str
    is_chosen: bool


@dataclass
class Row:
    """One comparison being edited, as typed."""

    name: str
    field_name: str = ""
    key: str = ""
    operator: str = ""
    values: list[str] = field(default_factory=list)
    # Upper end of "between".
    upto: str = ""
    # Of what somebody did: kind, place, times and days; its property is key, key_operator and values.
    kind: str = ""
    place: str = ""
    times: str = ""
    days: str = ""
    key_operator: str = ""
    # It was just added: whoever works by keyboard goes on there.
    is_new: bool = False
    error: str = ""
    found: Field | None = None
    groups: list[tuple[str, list[Option]]] = field(default_factory=list)
    operators: list[Option] = field(default_factory=list)
    choices: list[Option] = field(default_factory=list)
    places: list[Option] = field(default_factory=list)
    key_operators: list[Option] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Where it stands: "0-2" is the third part of the first group."""
        return self.name.partition("-")[2]

    @property
    def is_group(self) -> bool:
        """Tell it from a branch, for templates."""
        return False

    @property
    def wants_key(self) -> bool:
        """Tell whether the name of a property has to be typed."""
        return self.field_name == ANY_PROPERTY

    @property
    def value(self) -> str:
        """The value as typed; a list as one text."""
        return ", ".join(self.values)

    @property
    def widget(self) -> str:
        """How the value is asked for: none, text, list, number, date, days, boolean, choice, choices or acts."""
        if self.operator in WITHOUT_VALUE:
            return "none"
        if self.operator in IN_DAYS:
            return "days"
        kind = self.found.type if self.found else FieldType.PROPERTY
        is_list = self.operator in WITH_LIST
        if kind in {FieldType.CHOICE, FieldType.CHOICES, FieldType.CODES}:
            return "choices" if is_list else "choice"
        if is_list:
            return "list"
        if kind == FieldType.MOMENT:
            return "date"
        own = {FieldType.NUMBER, FieldType.DATE, FieldType.BOOLEAN, FieldType.ACTS}
        return str(kind) if kind in own else "text"

    @property
    def wants_two(self) -> bool:
        """Tell whether a second value is asked for."""
        return self.operator == Operator.BETWEEN

    @property
    def wants_key_value(self) -> bool:
        """Tell whether the property of an act is compared with something."""
        return self.key_operator not in WITHOUT_VALUE


@dataclass
class Branch:
    """A group being edited: how many of its rows and groups must hold."""

    name: str
    mode: str = "all"
    parts: list["Row | Branch"] = field(default_factory=list)
    depth: int = 0
    # A part of it was just removed.
    is_shorter: bool = False

    @property
    def path(self) -> str:
        """As Row.path; "" for the outermost."""
        return self.name.partition("-")[2]

    @property
    def is_group(self) -> bool:
        """Tell it from a row, for templates."""
        return True

    @property
    def modes(self) -> list[Option]:
        """The choice of how many must hold."""
        return [Option(mode, str(label), mode == self.mode) for mode, label in MODES.items()]

    @property
    def step_suffix(self) -> str:
        """What its buttons add to the name of a step."""
        return f"-{self.path}" if self.path else ""

    @property
    def may_nest(self) -> bool:
        """Tell whether a group may be put inside."""
        return self.depth + 1 < MAX_SHOWN_DEPTH

    @property
    def shows_mode(self) -> bool:
        """Tell whether "all" and "any" differ, or something else was chosen."""
        return self.depth > 0 or len(self.parts) > 1 or self.mode not in {"all", "any"}

    def rows(self) -> Iterator[Row]:
        """Yield every row, also of groups inside."""
        for part in self.parts:
            if isinstance(part, Branch):
                yield from part.rows()
            else:
                yield part

    def rename(self, name: str) -> None:
        """Name it and all that is inside by where they stand."""
        self.name = name
        for n, part in enumerate(self.parts):
            if isinstance(part, Branch):
                part.rename(f"{name}-{n}")
                part.depth = self.depth + 1
            else:
                part.name = f"{name}-{n}"
