"""What changed at a company between two words of a register: the room that keeps the log is told of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prm.organisations.models import Organisation

CLOSED = "company_closed"
REOPENED = "company_reopened"
MOVED = "company_moved"
GROWN = "company_grown"
SHRUNK = "company_shrunk"
DIRECTORS = "company_director_changed"
ACTIVITY = "company_activity_changed"
RENAMED = "company_renamed"
# Also what the log calls them.
KINDS = (CLOSED, REOPENED, MOVED, GROWN, SHRUNK, DIRECTORS, ACTIVITY, RENAMED)


@dataclass(frozen=True)
class CompanyNews:
    """One change at a company. `at`: as of when it was told; `key` makes it count once, however often it is told.

    `properties` name no person: they end in the log of everybody who works there.
    """

    company_id: int
    kind: str
    at: datetime
    key: str
    properties: dict[str, Any] = field(default_factory=dict)


Recorder = Callable[[Organisation, Sequence[CompanyNews]], None]
_recorders: list[Recorder] = []


def register_recorder(recorder: Recorder) -> None:
    """Say who notes news, in the transaction that learnt them; called from AppConfig.ready."""
    _recorders[:] = [recorder]


def tell(organisation: Organisation, news: Sequence[CompanyNews]) -> None:
    """Have news noted."""
    if news:
        for recorder in _recorders:
            recorder(organisation, news)
