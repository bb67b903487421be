"""Whose turn it is to ask a source: pure arithmetic over what the installation has asked lately.

No window ever holds more requests than the source allows, requests come evenly rather than in bursts, a person who
waits goes before a job, and organisations take turns however much each of them wants.
"""

from dataclasses import dataclass, field
from typing import Any

# Windows are a little longer here than at the source, so that a request that arrives late never makes one too many.
MARGIN = 1.02
# A worker that woke late is made up for by the next one, by so much of an interval at most: never a burst.
CATCH_UP = 0.75
# A waiter who does not come back in time after the moment it was told is taken for dead.
GRACE_SECONDS = 0.25
# When somebody else goes first: how long until the next look, as a part of the interval, and its bounds.
NEXT_LOOK, SHORTEST_LOOK, LONGEST_LOOK = 0.25, 0.002, 0.25
# An organisation that did not ask for so long is as good as one that never did.
SERVED_SECONDS = 600.0


@dataclass(frozen=True)
class Pace:
    """What a source allows the whole installation; 0 per minute: only seconds count."""

    per_second: float
    per_minute: float = 0.0

    @property
    def interval(self) -> float:
        """Seconds between two requests at the full rate."""
        return max(1 / self.per_second, 60 / self.per_minute if self.per_minute else 0.0)

    @property
    def windows(self) -> list[tuple[float, int]]:
        """Length of each window in seconds, and how many requests it holds. Slow rates have a longer one."""
        seconds = max(1.0, 1 / self.per_second)
        limits = [(seconds * MARGIN, max(int(self.per_second * seconds), 1))]
        return [*limits, (60 * MARGIN, max(int(self.per_minute), 1))] if self.per_minute else limits


@dataclass(frozen=True)
class Caller:
    """On whose behalf a source is asked. 0: nobody's in particular."""

    organisation_id: int = 0
    # A job, or what follows a rule: whoever waits before a screen goes first.
    is_bulk: bool = False


NOBODY = Caller()


@dataclass
class Turns:
    """What is known of one source: moments in seconds of one clock."""

    granted: list[float] = field(default_factory=list)
    # {ticket: [1 if bulk else 0, organisation, until when it counts as waiting]}.
    waiting: dict[str, tuple[int, int, float]] = field(default_factory=dict)
    # {organisation: when it last had a turn}.
    served: dict[str, float] = field(default_factory=dict)
    held_until: float = 0.0
    # When the next turn is due at even intervals.
    due_at: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return it for storage."""
        return {
            "granted": self.granted,
            "waiting": {ticket: list(one) for ticket, one in self.waiting.items()},
            "served": self.served,
            "held_until": self.held_until,
            "due_at": self.due_at,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Turns":
        """Read what is stored."""
        waiting = {ticket: (int(one[0]), int(one[1]), float(one[2])) for ticket, one in stored["waiting"].items()}
        return cls(list(stored["granted"]), waiting, dict(stored["served"]), stored["held_until"], stored["due_at"])


def take(turns: Turns, now: float, *, pace: Pace, caller: Caller, ticket: str) -> float:
    """Take the turn and return 0, or stand in the queue and return the seconds until it is worth asking again."""
    windows = pace.windows
    longest = max(length for length, _count in windows)
    turns.granted = [at for at in turns.granted if at > now - longest]
    turns.served = {key: at for key, at in turns.served.items() if at > now - SERVED_SECONDS}
    turns.waiting = {key: one for key, one in turns.waiting.items() if one[2] > now}
    wait = _next_at(turns, pace) - now
    if wait <= 0 and _goes_first(turns, caller, ticket):
        turns.waiting.pop(ticket, None)
        turns.granted.append(now)
        is_late = now - turns.due_at <= CATCH_UP * pace.interval
        turns.due_at = (turns.due_at if is_late else now) + pace.interval
        turns.served[str(caller.organisation_id)] = now
        return 0.0
    if wait <= 0:
        wait = min(max(pace.interval * NEXT_LOOK, SHORTEST_LOOK), LONGEST_LOOK)
    turns.waiting[ticket] = (int(caller.is_bulk), caller.organisation_id, now + wait + GRACE_SECONDS)
    return wait


def _next_at(turns: Turns, pace: Pace) -> float:
    """Return the first moment that breaks no limit."""
    earliest = [turns.held_until]
    if turns.granted:
        earliest.append(turns.due_at)
    for length, count in pace.windows:
        if len(turns.granted) >= count:
            earliest.append(turns.granted[-count] + length)
    return max(earliest)


def _goes_first(turns: Turns, caller: Caller, ticket: str) -> bool:
    def place(is_bulk: int, organisation_id: int) -> tuple[int, float]:
        return is_bulk, turns.served.get(str(organisation_id), 0.0)

    mine = place(int(caller.is_bulk), caller.organisation_id)
    others = (one for key, one in turns.waiting.items() if key != ticket)
    return all(mine <= place(one[0], one[1]) for one in others)
