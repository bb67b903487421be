"""The cache of an installation whose Redis may be down: then it is empty, and pages go on."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger()

# After a failure, seconds during which Redis is not asked at all.
PAUSE_SECONDS = 5.0

R = TypeVar("R")


def _tolerant(fallback: Any) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Return the fallback (called, if it can be) when Redis does not answer."""

    def decorate(method: Callable[..., R]) -> Callable[..., R]:
        @wraps(method)
        def guarded(self: "TolerantRedisCache", *args: Any, **kwargs: Any) -> Any:
            if time.monotonic() >= self.silent_until:
                try:
                    return method(self, *args, **kwargs)
                except (RedisError, OSError) as error:
                    TolerantRedisCache.silent_until = time.monotonic() + PAUSE_SECONDS
                    log.warning("cache_unreachable", error=str(error))
            return fallback(*args, **kwargs) if callable(fallback) else fallback

        return guarded

    return decorate


def _default(key: str, default: Any = None, *_: Any, **__: Any) -> Any:
    return default


class TolerantRedisCache(RedisCache):
    """Django's Redis cache that holds nothing while Redis is away. Counters then count nothing: limits open."""

    silent_until = 0.0

    get = _tolerant(_default)(RedisCache.get)
    add = _tolerant(True)(RedisCache.add)
    set = _tolerant(None)(RedisCache.set)
    touch = _tolerant(False)(RedisCache.touch)
    delete = _tolerant(False)(RedisCache.delete)
    get_many = _tolerant(lambda *_, **__: {})(RedisCache.get_many)
    set_many = _tolerant(lambda *_, **__: [])(RedisCache.set_many)
    delete_many = _tolerant(None)(RedisCache.delete_many)
    has_key = _tolerant(False)(RedisCache.has_key)
    incr = _tolerant(1)(RedisCache.incr)
    clear = _tolerant(False)(RedisCache.clear)
