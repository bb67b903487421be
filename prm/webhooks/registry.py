"""What can be told: events, said by the apps in which they happen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prm.organisations.models import Organisation

# Returns what is told of a row, None where it is no longer there. Called in the organisation's scope, without a lock.
Teller = Callable[[Organisation, int], dict[str, Any] | None]

PING = "ping"


@dataclass(frozen=True)
class Event:
    """One kind of thing that is told."""

    code: str
    label: str | Promise
    tell: Teller


_events: dict[str, Event] = {}


def register_event(code: str, label: str | Promise, tell: Teller) -> None:
    """Let webhooks be told of something; called from AppConfig.ready."""
    _events[code] = Event(code, label, tell)


def list_events() -> list[Event]:
    """Return what can be told, a trial left aside."""
    return list(_events.values())


def find_event(code: str) -> Event | None:
    """Return an event; None for one that nobody knows any more."""
    return Event(PING, _("Trial"), lambda _organisation, _number: {}) if code == PING else _events.get(code)
