"""What all workers know together about the sources: troubles and answers. In Valkey; nothing here must last.

When Valkey does not answer, the process keeps a board of its own and goes on. Turns are in enrichment/pacing.py.
"""

import json
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import redis
import structlog
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger()

T = TypeVar("T")

# After Valkey failed, seconds during which it is not tried.
SILENCE_SECONDS = 5.0

_silent_until = 0.0
_own = LocMemCache("enrichment-board", {})
_own_lock = threading.Lock()


def get_json(key: str) -> Any:
    """Return what was set, or None."""
    return get_many(key)[0]


def get_many(*keys: str) -> list[Any]:
    """Return what was set under each key, or None, in one round trip."""
    names = [_name(key) for key in keys]
    found = _shared(lambda client: client.mget(names), lambda: [_own.get(name) for name in names])
    return [None if one is None else json.loads(one) for one in found]


def set_json(key: str, value: Any, seconds: float) -> None:
    """Keep a value for so long."""
    name, text = _name(key), json.dumps(value)
    milliseconds = max(int(seconds * 1000), 1)
    _shared(lambda client: client.set(name, text, px=milliseconds), lambda: _own.set(name, text, seconds))


def add(key: str, seconds: float) -> bool:
    """Set a mark unless it is there; tell whether it was this call that set it."""
    name = _name(key)
    return bool(
        _shared(
            lambda client: client.set(name, "1", px=int(seconds * 1000), nx=True), lambda: _own.add(name, "1", seconds)
        )
    )


def count_up(key: str, seconds: float) -> int:
    """Add one to a counter that is forgotten after so long without a change; return it."""
    name = _name(key)

    def shared(client: redis.Redis) -> int:
        pipeline = client.pipeline()
        pipeline.incr(name)
        pipeline.pexpire(name, int(seconds * 1000))
        return int(pipeline.execute()[0])

    def own() -> int:
        with _own_lock:
            value = int(_own.get(name) or 0) + 1
            _own.set(name, str(value), seconds)
        return value

    return _shared(shared, own)


def forget(*keys: str) -> None:
    """Remove values, marks and counters."""
    names = [_name(key) for key in keys]
    _shared(lambda client: client.delete(*names), lambda: _own.delete_many(names))


def _shared(ask: Callable[[redis.Redis], Any], otherwise: Callable[[], T]) -> T:
    global _silent_until  # noqa: PLW0603  (one per process, as the connection is)
    if time.monotonic() >= _silent_until:
        try:
            answer: T = ask(_client())
        except redis.RedisError as error:
            _silent_until = time.monotonic() + SILENCE_SECONDS
            log.warning("enrichment_board_unreachable", error=str(error))
        else:
            return answer
    return otherwise()


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_connect_timeout=1,
        socket_timeout=2,
        retry=Retry(NoBackoff(), 0),
    )


def _name(key: str) -> str:
    return str(caches["default"].make_key(f"enrichment:{key}"))
