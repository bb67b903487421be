"""What merging two contacts does to each table that refers to one: said by the app that owns the table.

Every reference to a contact needs a rule; a test over all models fails without one. Four are enough:
`move`: the rows follow. `move_one`: they follow, but of rows alike in `one_of` only one may stay. `drop`: they go, to
come back when the merge is undone. `leave`: the column is no reference that has to hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.apps import apps
from django.db import models
from django.db.models import Model

Way = Literal["move", "move_one", "drop", "leave"]


@dataclass(frozen=True)
class Rule:
    """What happens to the rows of one table. SQL speaks of `t`, the row, and `%(survivor_id)s`, who stays."""

    model: type[Model]
    # The column's field: "contact".
    field: str
    way: Way
    # Fields in which no two rows of a person may be alike.
    one_of: tuple[str, ...] = ()
    # Which rows that concerns; all of them where it is empty.
    among: str = ""
    # Of rows alike, the order in which one is chosen to stay; the survivor's is preferred after that.
    best: str = ""
    # What becomes of the others: a SET list. They are removed where it is empty, or where `unless` holds.
    instead: str = ""
    unless: str = ""

    @property
    def table(self) -> str:
        """The table's name."""
        return self.model._meta.db_table

    @property
    def column(self) -> str:
        """The column's name."""
        return str(self.model._meta.get_field(self.field).column)  # type: ignore[union-attr]

    @property
    def key(self) -> str:
        """The column of the primary key."""
        return str(self.model._meta.pk.column)

    @property
    def code(self) -> str:
        """What the rule is called where its rows are kept."""
        return f"{self.table}.{self.column}"


_rules: dict[str, Rule] = {}


def move(model: type[Model], field: str = "contact") -> None:
    """Let the rows follow to the survivor."""
    _add(Rule(model, field, "move"))


def move_one(
    model: type[Model],
    field: str = "contact",
    *,
    one_of: tuple[str, ...],
    among: str = "",
    best: str = "",
    instead: str = "",
    unless: str = "",
) -> None:
    """Let the rows follow, but of those alike in `one_of` only one; see Rule."""
    _add(Rule(model, field, "move_one", one_of, among, best, instead, unless))


def drop(model: type[Model], field: str = "contact") -> None:
    """Let the rows go: the survivor has its own, or they are worked out anew."""
    _add(Rule(model, field, "drop"))


def leave(model: type[Model], field: str = "contact_id") -> None:
    """Leave a number that is no reference: whoever reads it bears with a contact that is gone."""
    _add(Rule(model, field, "leave"))


def _add(rule: Rule) -> None:
    _rules[rule.code] = rule


def list_rules() -> list[Rule]:
    """Return every rule, in the order of their codes: so that two merges lock tables alike."""
    return [_rules[code] for code in sorted(_rules)]


def find_rule(code: str) -> Rule | None:
    """Return a rule by the code its rows were kept under."""
    return _rules.get(code)


def references_of(target: type[Model]) -> Iterator[tuple[type[Model], "models.Field[Any, Any]"]]:
    """Yield each column that holds a contact's id: references, and plain numbers called contact_id."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if getattr(field, "related_model", None) is target or field.name == "contact_id":
                yield model, field
