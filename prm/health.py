"""The state of the installation for monitors: database, cache, workers, lag of the consumers."""

from datetime import datetime

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from prm.reactions import CONSUMERS
from prm.work.tasks import HEARTBEAT
from prm.work.wakeups import is_broker_there

router = Router(tags=["health"])

# The sweep beats every few seconds; older than this means that no worker runs.
DEAD_AFTER_SECONDS = 60


class HealthOut(Schema):
    """`ok` is what a load balancer asks; the rest says why not. Seconds where not said otherwise."""

    ok: bool
    database: bool
    cache: bool
    worker: bool
    worker_heartbeat_seconds: float | None
    # Oldest interaction each consumer has not read, over all organisations.
    consumer_lag_seconds: dict[str, float]
    # Work whose hour has come and that nobody has done: oldest of each queue.
    due_seconds: dict[str, float]


@router.get("/health", response={200: HealthOut, 503: HealthOut}, auth=None, url_name="health")
def health(request: HttpRequest) -> tuple[int, HealthOut]:
    """Answer 200 when database, cache and a worker are there, else 503; needs no key."""
    lag, due = _measure()
    beat, cached = _heartbeat()
    alive = beat is not None and beat < DEAD_AFTER_SECONDS
    out = HealthOut(
        ok=lag is not None and cached and alive,
        database=lag is not None,
        cache=cached,
        worker=alive,
        worker_heartbeat_seconds=beat,
        consumer_lag_seconds=lag or {},
        due_seconds=due,
    )
    return (200 if out.ok else 503), out


def _measure() -> tuple[dict[str, float] | None, dict[str, float]]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT queue, seconds FROM work_waiting()")
            due = {queue: round(float(seconds), 1) for queue, seconds in cursor.fetchall()}
            cursor.execute("SELECT consumer, seconds FROM touchpoints_consumer_lag()")
            lag = {consumer: round(float(seconds), 1) for consumer, seconds in cursor.fetchall()}
    except DatabaseError:
        return None, {}
    return {consumer.name: lag.get(consumer.name, 0.0) for consumer in CONSUMERS}, due


def _heartbeat() -> tuple[float | None, bool]:
    if not is_broker_there():
        return None, False
    beat = cache.get(HEARTBEAT)
    if beat is None:
        return None, True
    return round((timezone.now() - datetime.fromisoformat(beat)).total_seconds(), 1), True
