"""The way through a scenario: where a person stands next, and after how long. Pure rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

# A message overdue by more than this is not sent any more: after a pause or a breakdown nobody gets a flood of
# what has gone stale. The person goes on to the next step.
STALE_AFTER = timedelta(days=7)


class Place(Protocol):
    """What the rules need to know of a step."""

    position: int
    kind: str
    wait_seconds: int


@dataclass(frozen=True)
class Landing:
    """The step a person stands at next, and how long they wait before it is carried out."""

    position: int
    wait_seconds: int

    def due_at(self, now: datetime) -> datetime:
        """Return when the step is carried out for who sets out now."""
        return now + timedelta(seconds=self.wait_seconds)


def land(steps: Iterable[Place], *, after: int) -> Landing | None:
    """Return the first message behind position `after`, waits on the way added up; None is the end.

    Nobody ever stands at a wait: it is the time between two messages. Waits behind the last message are not
    waited for. nurturing/sql/enrol_triggered.sql holds the same rule for `after=0`.
    """
    waited = 0
    for step in sorted(steps, key=lambda one: one.position):
        if step.position <= after:
            continue
        if step.kind == "email":
            return Landing(step.position, waited)
        waited += step.wait_seconds
    return None
