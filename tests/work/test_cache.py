"""Pages go on without Redis."""

import pytest
from django.core.cache import caches

from prm.work.cache import TolerantRedisCache


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> TolerantRedisCache:
    monkeypatch.setattr(TolerantRedisCache, "silent_until", 0.0)
    return TolerantRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 1}})


def test_a_cache_without_redis_is_empty_and_never_fails(absent: TolerantRedisCache) -> None:
    absent.set("key", 1)
    assert absent.get("key", "nothing") == "nothing"
    assert absent.get_many(["key"]) == {}
    assert absent.add("key", 1) is True
    assert absent.incr("key") == 1


def test_a_cache_with_redis_keeps_what_it_is_given() -> None:
    caches["default"].set("tests:kept", "value", timeout=5)
    assert caches["default"].get("tests:kept") == "value"
