"""What differs between two versions of the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scoring.models import ModelVersion
from scoring.versions import rule_parts, thresholds


@dataclass(frozen=True)
class Difference:
    """One thing that differs: a rule by its name, or the thresholds (no name). None: it is not there."""

    axis: str
    name: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def changed(self) -> list[tuple[str, Any, Any]]:
        """What differs within it: (part, before, after)."""
        old, new = self.before or {}, self.after or {}
        return [(part, old.get(part), new.get(part)) for part in new if old.get(part) != new.get(part)]


def compare(older: ModelVersion, newer: ModelVersion) -> list[Difference]:
    """Return what differs between two versions; rules are the same when axis and name are. Two queries at most."""
    found = []
    if thresholds(older) != thresholds(newer):
        found.append(Difference("", "", thresholds(older), thresholds(newer)))
    old, new = _by_name(older), _by_name(newer)
    keys = [*new, *(key for key in old if key not in new)]
    return found + [Difference(*key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]


def _by_name(version: ModelVersion) -> dict[tuple[str, str], dict[str, Any]]:
    return {(rule.axis, rule.name): rule_parts(rule) for rule in version.list_rules()}
