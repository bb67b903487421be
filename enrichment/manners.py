"""How we behave toward a source: one shared rate, its wishes obeyed, and silence while it is down.

Insisting on a service that refuses gets an address banned for days, so a refused connection, or failures in a
row, end all requests of the installation for a while; then a single one tries.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from enrichment import board, pacing
from enrichment.providers.outcomes import Reason, SourceState
from enrichment.turns import NOBODY, Caller, Pace
from enrichment.use import count_call

FAILURES_ALLOWED = 3
OPEN_SECONDS = 300.0
# How long the one that tries again may take before another may.
PROBE_SECONDS = 30.0
# A trouble nobody met again for so long is forgotten.
MEMORY_SECONDS = 24 * 3600.0
FAILURES_SECONDS = 600.0
ANSWERED_SECONDS = 30 * 24 * 3600.0


@dataclass(frozen=True)
class Blocked:
    """The source is left alone for so many seconds."""

    reason: Reason
    seconds: float


class Manners:
    """The manners of the whole installation toward one source, or toward one account at it.

    `counted_as`: the source whose use the requests are, where `source` names an account.
    """

    def __init__(self, source: str, *, counted_as: str = "") -> None:
        self._source, self._counted_as = source, counted_as or source
        self._keys = {name: f"{source}:{name}" for name in ("pause", "trouble", "failures", "probe", "answered")}

    def blocked(self) -> Blocked | None:
        """Tell what forbids a request now; None lets it go. After a trouble, None goes to one caller: the probe."""
        pause, trouble = board.get_many(self._keys["pause"], self._keys["trouble"])
        if pause is not None and (left := _seconds_until(pause["until"])) > 0:
            return Blocked(Reason.QUOTA, left)
        if trouble is None:
            return None
        if (left := _seconds_until(trouble["until"])) > 0:
            return Blocked(Reason(trouble["reason"]), left)
        if board.add(self._keys["probe"], PROBE_SECONDS):
            return None
        return Blocked(Reason(trouble["reason"]), PROBE_SECONDS / 6)

    def take_turn(self, pace: Pace, patience: float, caller: Caller = NOBODY) -> float:
        """Wait for one's turn and return 0, or return the wait that would have been longer than `patience`."""
        wait = pacing.take_turn(self._source, pace=pace, caller=caller, patience=patience)
        if not wait:
            count_call(self._counted_as, caller)
        return wait

    def succeeded(self) -> None:
        """Note an answer: the source is well."""
        board.forget(self._keys["trouble"], self._keys["failures"], self._keys["probe"])
        board.set_json(self._keys["answered"], timezone.now().isoformat(), ANSWERED_SECONDS)

    def failed(self, reason: Reason, *, at_once: bool = False) -> float | None:
        """Note a failure; return for how many seconds the source is left alone now, if it is.

        `at_once` leaves it alone from the first failure.
        """
        trouble = board.get_json(self._keys["trouble"])
        failures = board.count_up(self._keys["failures"], FAILURES_SECONDS)
        if not at_once and trouble is None and failures < FAILURES_ALLOWED:
            return None
        now = timezone.now()
        content = {
            "reason": reason.value,
            "since": trouble["since"] if trouble else now.isoformat(),
            "until": (now + timedelta(seconds=OPEN_SECONDS)).isoformat(),
        }
        board.set_json(self._keys["trouble"], content, MEMORY_SECONDS)
        board.forget(self._keys["probe"])
        # Where Valkey is down, this is what the other workers see.
        pacing.hold(self._source, OPEN_SECONDS)
        return OPEN_SECONDS

    def pause(self, seconds: float) -> None:
        """Ask nothing for so long, as the source wished."""
        now = timezone.now()
        content = {"since": now.isoformat(), "until": (now + timedelta(seconds=seconds)).isoformat()}
        board.set_json(self._keys["pause"], content, seconds)
        pacing.hold(self._source, seconds)

    def hold(self, seconds: float) -> None:
        """Give nobody a turn for so long: what the others see where Valkey is down."""
        pacing.hold(self._source, seconds)

    def state(self) -> SourceState:
        """Tell how the source is, without asking it."""
        pause, trouble, answered = board.get_many(self._keys["pause"], self._keys["trouble"], self._keys["answered"])
        answered_at = datetime.fromisoformat(answered) if answered else None
        held, reason = (trouble, trouble["reason"]) if trouble else (pause, Reason.QUOTA.value)
        if held is None:
            return SourceState(is_available=True, answered_at=answered_at)
        return SourceState(
            is_available=False,
            reason=reason,
            since=datetime.fromisoformat(held["since"]),
            until=datetime.fromisoformat(held["until"]),
            answered_at=answered_at,
        )


def _seconds_until(moment: str) -> float:
    return (datetime.fromisoformat(moment) - timezone.now()).total_seconds()
