"""New companies: whoever wants to hear of them is told, in the transaction that makes them."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from prm.organisations.audit import Actor
from prm.organisations.models import Organisation


class Came(StrEnum):
    """How a company came in."""

    # Written by a member.
    HAND = "hand"
    # With a file.
    IMPORT = "import"
    # Through the API: a form on a website, a CRM.
    PROGRAM = "program"


# Must be quick, and write only what goes with the companies should they be taken back.
Listener = Callable[[Organisation, Sequence[int], Came], None]
_listeners: list[Listener] = []


def on_new_companies(listener: Listener) -> None:
    """Say who is told of new companies; called from AppConfig.ready."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell_of_companies(organisation: Organisation, company_ids: Sequence[int], came: Came) -> None:
    """Tell whoever listens."""
    for listener in _listeners:
        listener(organisation, company_ids, came)


def came_by(actor: Actor | None) -> Came:
    """Tell how something came in that an actor brought: members are people, all others programs."""
    return Came.PROGRAM if isinstance(actor, str) else Came.HAND
