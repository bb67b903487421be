"""What is kept for a time and no longer: each part says what it forgets, and when to look."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.work.wakeups import horizon, settle, wake

QUEUE = "tidy"
# Something that is forgotten after a time is looked for a little later.
_GRACE = timedelta(minutes=5)

Tidier = Callable[[Organisation], Any]
_tidiers: list[Tidier] = []


def register_tidier(tidier: Tidier) -> None:
    """Say what forgets things whose time is over; called from AppConfig.ready."""
    if tidier not in _tidiers:
        _tidiers.append(tidier)


def tidy_after(organisation: Organisation, kept_for: timedelta) -> None:
    """Have a look taken once so much time has gone by."""
    wake(organisation.pk, QUEUE, due_at=timezone.now() + kept_for + _GRACE)


def tidy(organisation: Organisation) -> None:
    """Forget whatever is kept for longer than it should be."""
    below = horizon()
    for tidier in _tidiers:
        with transaction.atomic():
            tidier(organisation)
    settle(organisation.pk, QUEUE, below=below)
