"""The turns of the whole installation, kept in PostgreSQL: one row a source, locked for as long as one decision takes.

The limit is a promise to somebody else, so it does not live where things may be flushed: with Valkey down it holds as
before. At the rates sources allow, a decision (three statements by primary key, about a millisecond) costs nothing.
"""

import time
from uuid import uuid4

from django.db import connection, transaction

from enrichment.models import SourceTurns
from enrichment.turns import Caller, Pace, Turns, take

# Returned as the wait of somebody whose patience has run out, when their turn might have come the next moment.
SHORTEST_WAIT = 0.01


def take_turn(source: str, *, pace: Pace, caller: Caller, patience: float) -> float:
    """Wait for a turn at a source, at most `patience` seconds, and return 0; else return the wait still ahead.

    Locks the source's row for each decision, never while waiting.
    """
    ticket, end = uuid4().hex[:12], time.monotonic() + patience
    while (wait := _decide(source, pace, caller, ticket)) > 0:
        if time.monotonic() + wait > end:
            _leave(source, ticket)
            return max(wait, SHORTEST_WAIT)
        time.sleep(wait)
    return 0.0


def hold(source: str, seconds: float) -> None:
    """Give nobody a turn for so long, as the source wished."""
    with transaction.atomic():
        turns, now = _lock(source)
        turns.held_until = max(turns.held_until, now + seconds)
        _keep(source, turns)


def _decide(source: str, pace: Pace, caller: Caller, ticket: str) -> float:
    with transaction.atomic():
        turns, now = _lock(source)
        wait = take(turns, now, pace=pace, caller=caller, ticket=ticket)
        _keep(source, turns)
    return wait


def _leave(source: str, ticket: str) -> None:
    with transaction.atomic():
        turns, _now = _lock(source)
        if turns.waiting.pop(ticket, None):
            _keep(source, turns)


def _lock(source: str) -> tuple[Turns, float]:
    """Return what is known of a source, its row locked, and the database's clock read after that."""
    row = SourceTurns.objects.select_for_update().filter(pk=source).first()
    if row is None:
        SourceTurns.objects.bulk_create([SourceTurns(source=source)], ignore_conflicts=True)
        row = SourceTurns.objects.select_for_update().get(pk=source)
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        now = float(cursor.fetchone()[0])
    return (Turns.from_json(row.state) if row.state else Turns()), now


def _keep(source: str, turns: Turns) -> None:
    SourceTurns.objects.filter(pk=source).update(state=turns.to_json())
