"""How many beacons a minute are taken of one site and of one address.

Each process counts for itself and tells the others about once a second: a hit waits for nobody, and with Redis away
each process keeps the limit alone.
"""

import threading
import time
from collections import defaultdict

from django.conf import settings
from django.core.cache import cache

WINDOW_SECONDS = 60
TELL_SECONDS = 1.0
# Of one window, addresses that are told apart; whoever comes after that shares one count.
MOST_NAMES = 20_000
_REST = "rest"


class Counts:
    """The counts of one process in the current window, and what all of them had when they were last told."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._own: dict[str, int] = {}
        self._untold: dict[str, int] = {}
        self._others: dict[str, int] = {}
        self._told_at: dict[str, float] = {}

    def add(self, name: str) -> int:
        """Count one more; return how many that makes, all processes together as far as known."""
        now = time.time()
        window = int(now // WINDOW_SECONDS)
        with self._lock:
            if window != self._window:
                self._window = window
                self._own, self._others = defaultdict(int), defaultdict(int)
                self._untold, self._told_at = defaultdict(int), defaultdict(float)
            if name not in self._own and len(self._own) >= MOST_NAMES:
                name = _REST
            self._own[name] += 1
            self._untold[name] += 1
            total = self._own[name] + self._others[name]
            # Few hits are nobody's business: telling of each would cost more than the limit is worth.
            if self._untold[name] < 20 or now - self._told_at[name] < TELL_SECONDS:
                return total
            untold, self._untold[name], self._told_at[name] = self._untold[name], 0, now
            own = self._own[name]
        others = self._tell(window, name, untold) - own
        with self._lock:
            if window == self._window:
                self._others[name] = max(others, 0)
        return max(total, own + others)

    def _tell(self, window: int, name: str, number: int) -> int:
        """Add to the common count and return it; 0 while Redis is away."""
        key = f"tracking:{window}:{name}"
        cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
        try:
            return int(cache.incr(key, number))
        except ValueError:
            # The key was lost in between.
            return 0


_counts = Counts()


def is_too_much(key: str, address: str) -> bool:
    """Count a hit; tell whether its site or its address sent too many this minute."""
    limits = (
        (f"a:{address}", settings.TRACKING_ADDRESS_PER_MINUTE),
        (f"s:{key}", settings.TRACKING_PER_MINUTE),
    )
    return any(limit and _counts.add(name) > limit for name, limit in limits)
