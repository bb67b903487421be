"""Figures that cost too much to be worked out for every page: kept for a while, but only where they are slow.

A small organisation always sees live figures. A large one sees figures up to a few minutes old, and the page
can say how old. Redis only spares work: without it everything is worked out each time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.core.cache import cache
from django.utils import timezone

from prm.organisations.models import Organisation

T = TypeVar("T")

# Quicker than this is worked out every time.
SLOW_SECONDS = 0.2
# What took a second is kept for a minute, and so on in proportion; never for longer than this.
KEPT_PER_SECOND = 60
LONGEST_SECONDS = 600


@dataclass(frozen=True)
class Remembered(Generic[T]):
    """A value, and when it was worked out."""

    value: T
    at: datetime

    @property
    def is_old(self) -> bool:
        """Tell whether a reader should be told the age."""
        return (timezone.now() - self.at).total_seconds() > KEPT_PER_SECOND


def remembered(organisation: Organisation, name: str, compute: Callable[[], T]) -> Remembered[T]:
    """Return what `compute` gives, or gave a while ago if that was slow. The value must be picklable.

    `name` says what it is, with every parameter it depends on; letters, digits and dashes.
    """
    key = f"remembered:{organisation.pk}:{name}"
    kept: Remembered[T] | None = cache.get(key)
    if kept is not None:
        return kept
    begun = time.monotonic()
    found = Remembered(compute(), timezone.now())
    taken = time.monotonic() - begun
    if taken > SLOW_SECONDS:
        cache.set(key, found, timeout=min(int(taken * KEPT_PER_SECOND), LONGEST_SECONDS))
    return found
