"""Figures that cost too much to be worked out for every page: kept for a while, but only where they are slow.

A small organisation always sees live figures. A large one sees figures up to a few minutes old, and the page
can say how old. Those a worker can work out by itself are shown even when they are older, while it does: nobody waits
for them but the very first. Redis only spares work: without it everything is worked out each time.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

from django.core.cache import cache
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.work.wakeups import horizon, settle, wake

T = TypeVar("T")

QUEUE = "figures"
# Quicker than this is worked out every time.
SLOW_SECONDS = 0.2
# What took a second is good for a minute, and so on in proportion; never for longer than this.
KEPT_PER_SECOND = 60
LONGEST_SECONDS = 600
# Shown for so long after, while a worker works them out anew.
SHOWN_SECONDS = 24 * 3600
# Who asks a worker again for what one was asked for.
_ASKED_SECONDS = 300

_figures: dict[str, Callable[[Organisation], Any]] = {}


@dataclass(frozen=True)
class _Family:
    """Figures of the same sort of many things: how those of one are worked out, and whose there may be."""

    compute: Callable[[Organisation, int], Any]
    members: Callable[[Organisation], Iterable[int]]


_families: dict[str, _Family] = {}


@dataclass(frozen=True)
class Remembered(Generic[T]):
    """A value, when it was worked out, and for how many seconds it is good."""

    value: T
    at: datetime
    seconds: int = 0

    @property
    def is_old(self) -> bool:
        """Tell whether a reader should be told the age."""
        return self._age > KEPT_PER_SECOND

    @property
    def is_due(self) -> bool:
        """Tell whether it should be worked out anew."""
        return self._age > self.seconds

    @property
    def _age(self) -> float:
        return (timezone.now() - self.at).total_seconds()


def register_figures(name: str, compute: Callable[[Organisation], Any]) -> None:
    """Let a worker work figures out, for `remembered` by this name; called from AppConfig.ready."""
    _figures[name] = compute


def register_family(
    name: str, compute: Callable[[Organisation, int], Any], members: Callable[[Organisation], Iterable[int]]
) -> None:
    """Let a worker work out figures of each of `members`, remembered by `name_in_family`; called from ready."""
    _families[name] = _Family(compute, members)


def name_in_family(name: str, member: int) -> str:
    """Return what the figures of one member are remembered by."""
    return f"{name}-{member}"


def remembered(organisation: Organisation, name: str, compute: Callable[[], T]) -> Remembered[T]:
    """Return what `compute` gives, or gave a while ago if that was slow. The value must be picklable.

    `name` says what it is, with every parameter it depends on; letters, digits and dashes.
    """
    kept: Remembered[T] | None = _find(organisation, name)
    return _work_out(organisation, name, compute) if kept is None else kept


def find_remembered(organisation: Organisation, name: str) -> Remembered[Any] | None:
    """Return what is kept by this name, None where nothing is: for a page that can stand without."""
    return _find(organisation, name)


def refresh(organisation: Organisation) -> int:
    """Work out anew what is shown and due; return how many figures. In the scope, by a worker."""
    below, count = horizon(), 0
    for name, compute in _registered(organisation):
        kept = cache.get(_key(organisation, name))
        if kept is not None and kept.is_due:
            # Quick by now: the next page works it out itself.
            cache.delete(_key(organisation, name))
            _work_out(organisation, name, compute)
            count += 1
        cache.delete(_asked(organisation, name))
    settle(organisation.pk, QUEUE, below=below)
    return count


def _find(organisation: Organisation, name: str) -> Remembered[Any] | None:
    """Return what is kept; a worker is asked for what is due."""
    kept: Remembered[Any] | None = cache.get(_key(organisation, name))
    if kept is not None and kept.is_due and cache.add(_asked(organisation, name), 1, timeout=_ASKED_SECONDS):
        wake(organisation.pk, QUEUE)
    return kept


def _registered(organisation: Organisation) -> Iterator[tuple[str, Callable[[], Any]]]:
    for name, compute in _figures.items():
        yield name, partial(compute, organisation)
    for family, one in _families.items():
        for member in one.members(organisation):
            yield name_in_family(family, member), partial(one.compute, organisation, member)


def _is_registered(name: str) -> bool:
    return name in _figures or name.rpartition("-")[0] in _families


def _work_out(organisation: Organisation, name: str, compute: Callable[[], T]) -> Remembered[T]:
    at, begun = timezone.now(), time.monotonic()
    value = compute()
    taken = time.monotonic() - begun
    found = Remembered(value, at, min(int(taken * KEPT_PER_SECOND), LONGEST_SECONDS))
    if taken > SLOW_SECONDS:
        kept_for = found.seconds + (SHOWN_SECONDS if _is_registered(name) else 0)
        cache.set(_key(organisation, name), found, timeout=kept_for)
    return found


def _key(organisation: Organisation, name: str) -> str:
    return f"remembered:{organisation.pk}:{name}"


def _asked(organisation: Organisation, name: str) -> str:
    return f"{_key(organisation, name)}:asked"
