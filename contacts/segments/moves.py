"""Who entered or left a segment: the room that keeps the log is told, and says so at start-up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from prm.organisations.models import Organisation


@dataclass(frozen=True)
class Move:
    """A contact entered a segment, or left it, because something about the contact changed."""

    contact_id: int
    segment_id: int
    segment_name: str
    has_entered: bool
    at: datetime


Recorder = Callable[[Organisation, Sequence[Move]], None]
_recorders: list[Recorder] = []


def register_recorder(recorder: Recorder) -> None:
    """Say who notes moves, in the transaction of the moves; called from AppConfig.ready."""
    _recorders[:] = [recorder]


def tell(organisation: Organisation, moves: Sequence[Move]) -> None:
    """Have moves noted."""
    if moves:
        for recorder in _recorders:
            recorder(organisation, moves)
