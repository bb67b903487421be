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
    # With a form, or through the API: a website, a CRM.
    PROGRAM = "program"


# What is said of values that a form or the API brought (a contact's or company's provenance).
_OF_PROGRAMS = frozenset({"form", "api"})


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


def came_by(actor: Actor | None, provenance: str = "") -> Came:
    """Tell how something came in: by a form or a program, which names itself or says so of its values, or by hand.

    Members are people; whoever acts under a name alone is a form, a key of the API or a command.
    """
    return Came.PROGRAM if isinstance(actor, str) or provenance in _OF_PROGRAMS else Came.HAND
