"""What a slot shows: its variants in order, the share that sees none of them, and what is to follow from it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

# Of one slot: who is to see what is no longer clear with more.
MOST_VARIANTS = 20
MOST_CONTROL_PERCENT = 90
# How long after somebody saw a variant what they do is said to follow from it.
WINDOWS = (1, 7, 30, 90)


class GoalKind(StrEnum):
    """What counts as an effect."""

    FORM = "form"
    KIND = "kind"
    STAGE = "stage"


@dataclass(frozen=True)
class Goal:
    """`value`: a form's API name ("" any), a kind of interaction, or a stage that is reached."""

    kind: str = GoalKind.FORM
    value: str = ""
    window_days: int = 30


@dataclass(frozen=True)
class Variant:
    """What some visitors see: safe HTML, a form, or both; `condition` over touchpoints.slots.facts."""

    key: str
    name: str
    html: str = ""
    # A form shown below it, by its id.
    form_id: int | None = None
    condition: Mapping[str, Any] = field(default_factory=dict)
    # Days of the organisation's time zone, both included.
    starts_on: date | None = None
    ends_on: date | None = None
    # The piece of content that is next for this person follows below it, where there is one.
    shows_next: bool = False

    def is_on(self, today: date) -> bool:
        """Tell whether its days have come and are not over."""
        return (self.starts_on is None or self.starts_on <= today) and (self.ends_on is None or today <= self.ends_on)


@dataclass(frozen=True)
class Document:
    """All that is published of a slot at once."""

    variants: tuple[Variant, ...] = ()
    control_percent: int = 10
    goal: Goal = Goal()

    def find(self, key: str) -> Variant | None:
        """Return a variant by its key."""
        return next((one for one in self.variants if one.key == key), None)

    def with_variants(self, variants: Sequence[Variant]) -> "Document":
        """Return the same with other variants."""
        return replace(self, variants=tuple(variants))


def read_document(stored: Mapping[str, Any]) -> Document:
    """Return a stored document."""
    goal = stored.get("goal") or {}
    return Document(
        variants=tuple(_read_variant(one) for one in stored.get("variants", [])),
        control_percent=int(stored.get("control_percent", 10)),
        goal=Goal(goal.get("kind", GoalKind.FORM), goal.get("value", ""), int(goal.get("window_days", 30))),
    )


def write_document(document: Document) -> dict[str, Any]:
    """Return a document as it is stored."""
    return {
        "variants": [_write_variant(one) for one in document.variants],
        "control_percent": document.control_percent,
        "goal": {**asdict(document.goal), "kind": str(document.goal.kind)},
    }


def _read_variant(stored: Mapping[str, Any]) -> Variant:
    return Variant(
        key=str(stored["key"]),
        name=str(stored.get("name", "")),
        html=str(stored.get("html", "")),
        form_id=stored.get("form_id"),
        condition=stored.get("condition") or {},
        starts_on=_date(stored.get("starts_on")),
        ends_on=_date(stored.get("ends_on")),
        shows_next=bool(stored.get("shows_next", False)),
    )


def _write_variant(variant: Variant) -> dict[str, Any]:
    days = {name: one.isoformat() if (one := getattr(variant, name)) else None for name in ("starts_on", "ends_on")}
    return {**asdict(variant), "condition": dict(variant.condition), **days}


def _date(text: Any) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) and text else None
