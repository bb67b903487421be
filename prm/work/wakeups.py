"""What is due, for whom: written with the work itself, found again whatever Redis or a worker loses.

The life of a wake-up: `wake` in the transaction that makes work due; a Celery message at commit, so that it
is done at once; `sweep` every few seconds for those whose message was lost or whose hour has come; `settle`
in the transaction that did the work.
"""

import time
from datetime import datetime
from functools import cache

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from kombu.exceptions import OperationalError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger()

# After a failure to reach the broker, seconds during which no message is tried: the sweep takes over.
PAUSE_SECONDS = 5.0
_silence = {"until": 0.0}


def wake(organisation_id: int, queue: str, due_at: datetime | None = None) -> None:
    """Note that work is due (now, or at `due_at`), in the current transaction; tell a worker at commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO work_wakeup (organisation_id, queue, due_at) VALUES (%s, %s, coalesce(%s, now()))",
            [organisation_id, queue, due_at],
        )
    if due_at is None:
        transaction.on_commit(lambda: send(organisation_id, queue))


def send(organisation_id: int, queue: str) -> bool:
    """Send the message that says "look"; return whether the broker took it. Never raises, never waits long."""
    if time.monotonic() < _silence["until"]:
        return False
    name, celery_queue = settings.WAKEUP_TASKS[queue]
    try:
        _broker().ping()
        current_app.send_task(name, args=[organisation_id], queue=celery_queue, ignore_result=True, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        _silence["until"] = time.monotonic() + PAUSE_SECONDS
        log.warning("broker_unreachable", queue=queue, error=str(error))
        return False
    return True


@cache
def _broker() -> Redis:
    """Return a client that gives up at once: Celery's own would keep a page waiting for seconds."""
    return Redis.from_url(
        current_app.conf.broker_url, socket_connect_timeout=0.5, socket_timeout=1, retry=Retry(NoBackoff(), 0)
    )


def is_broker_there() -> bool:
    """Tell whether Redis answers now."""
    try:
        return bool(_broker().ping())
    except (RedisError, OSError):
        return False


def horizon() -> int:
    """Return the oldest transaction still running: every row written below it is final and visible."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def settle(organisation_id: int, queue: str, *, below: int) -> int:
    """Delete the due wake-ups written below this transaction: their work is done. Return how many.

    Take `below` from `horizon()` *before* looking for work, or from how far the work got.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM work_wakeup WHERE organisation_id = %s AND queue = %s AND due_at <= now()"
            " AND transaction_id < %s",
            [organisation_id, queue, below],
        )
        return int(cursor.rowcount)


def list_due() -> list[tuple[int, str]]:
    """Return (organisation, queue) of everything due, over all organisations. Cost: one index range."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id, queue FROM work_due()")
        return [(int(organisation_id), queue) for organisation_id, queue in cursor.fetchall()]


def sweep() -> int:
    """Send a message for everything that is due; return how many were sent."""
    return sum(send(organisation_id, queue) for organisation_id, queue in list_due())
