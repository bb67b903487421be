"""What people sent and that never became a contact: kept raw for a member to look at, and purged after a time.

Rooms above keep it, a form for instance; they say how to count and purge it. Nobody of it is in the base, so that what
retention does with people never meets it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise

from contacts.rights.models import Retention
from prm.organisations import audit
from prm.organisations.models import Organisation

DAYS = range(7, 731)
# Rows in one transaction.
BATCH = 1000


@dataclass(frozen=True)
class Waiting:
    """How much there is that could not be taken in, and when the oldest of it was sent."""

    number: int
    oldest_at: datetime | None = None


@dataclass(frozen=True)
class Leftover:
    """One sort of it: its name, what waits of an organisation, and the purging of some that is older than a moment."""

    name: str | Promise
    count: Callable[[Organisation], Waiting]
    # (organisation, sent before, most): how many went.
    purge: Callable[[Organisation, datetime, int], int]


@dataclass(frozen=True)
class Line:
    """A sort of which something waits, for the page: `goes_at` is when the oldest of it is purged."""

    name: str | Promise
    number: int
    goes_at: datetime


_leftovers: dict[str, Leftover] = {}


def register_leftover(code: str, leftover: Leftover) -> None:
    """Say what else is purged at night; called from AppConfig.ready."""
    _leftovers[code] = leftover


def goes_at(retention: Retention, sent_at: datetime) -> datetime:
    """Return when something is purged that was sent at a moment and could not be taken in; the night after it."""
    return sent_at + timedelta(days=retention.raw_days)


def list_leftovers(organisation: Organisation, retention: Retention) -> list[Line]:
    """Return what waits to be looked at or purged. One query for each sort there is."""
    found = [(one, one.count(organisation)) for one in _leftovers.values()]
    return [
        Line(one.name, told.number, goes_at(retention, told.oldest_at))
        for one, told in found
        if told.oldest_at is not None
    ]


def purge_leftovers(organisation: Organisation, retention: Retention) -> int:
    """Purge what was kept long enough, in sets of one transaction each; the log says how much. Return how many."""
    before, purged = timezone.now() - timedelta(days=retention.raw_days), 0
    for code, one in _leftovers.items():
        while True:
            with transaction.atomic():
                number = one.purge(organisation, before, BATCH)
                if number:
                    after = {"what": code, "number": number, "days": retention.raw_days}
                    audit.record(organisation, None, "retention.purge", retention, after=after)
            purged += number
            if number < BATCH:
                break
    return purged
