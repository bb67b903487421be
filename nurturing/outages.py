"""Whether the mail server can be reached, as the last sender found it: shared through the cache, never relied on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

_FORGET_SECONDS = 600


@dataclass(frozen=True)
class Outage:
    """Since when the server does not answer, in what words, and until when nothing is tried."""

    since: datetime
    until: datetime
    words: str


def find_outage() -> Outage | None:
    """Return the outage during which nothing is tried, or None."""
    outage = last_outage()
    return outage if outage is not None and outage.until > timezone.now() else None


def last_outage() -> Outage | None:
    """Return the outage that no message sent has ended yet, or None: for pages."""
    outage: Outage | None = cache.get(_key())
    return outage


def note_outage(words: str, wait: timedelta) -> Outage:
    """Note that the server did not answer."""
    before, now = last_outage(), timezone.now()
    outage = Outage(before.since if before else now, now + wait, words)
    cache.set(_key(), outage, timeout=_FORGET_SECONDS)
    return outage


def note_recovery() -> None:
    """Note that the server takes messages."""
    cache.delete(_key())


def _key() -> str:
    return f"nurturing:outage:{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
