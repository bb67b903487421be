"""What all workers know together about the sources: turns, troubles, answers. In Valkey; nothing here must last.

When Valkey does not answer, the process keeps a board of its own and goes on, more slowly.
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
# Requests a second of one process that knows nothing of the others.
ALONE_PER_SECOND = 1.0

# Turns at even intervals. KEYS[1]: the next free turn, in microseconds of Valkey's clock; ARGV: interval, patience.
# Answers the wait until the turn taken, or minus the wait when that is more than the patience: then none is taken.
_TAKE_TURN = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local turn = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local wait = turn - now
if wait > tonumber(ARGV[2]) then return -wait end
local interval = tonumber(ARGV[1])
local next = string.format('%.0f', turn + interval)
redis.call('SET', KEYS[1], next, 'PX', math.ceil((wait + interval) / 1000) + 1000)
return wait
"""

_silent_until = 0.0
_own = LocMemCache("enrichment-board", {})
_own_turns: dict[str, float] = {}
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


def take_turn(key: str, per_second: float, patience: float) -> float:
    """Wait for one's turn, at most `patience` seconds, and return 0; else return the wait there would have been.

    Turns are even intervals over all workers of the installation, never bursts.
    """
    name = _name(key)
    wait = _shared(
        lambda client: _script(client)(keys=[name], args=[round(1e6 / per_second), round(patience * 1e6)]) / 1e6,
        lambda: _own_turn(name, 1 / min(per_second, ALONE_PER_SECOND), patience),
    )
    if wait < 0:
        return -wait
    time.sleep(wait)
    return 0.0


def _own_turn(name: str, interval: float, patience: float) -> float:
    with _own_lock:
        now = time.monotonic()
        turn = max(_own_turns.get(name, 0.0), now)
        if turn - now > patience:
            return now - turn
        _own_turns[name] = turn + interval
        return turn - now


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


def _script(client: redis.Redis) -> Callable[..., int]:
    return client.register_script(_TAKE_TURN)


def _name(key: str) -> str:
    return str(caches["default"].make_key(f"enrichment:{key}"))
