"""What else the script sends to the address of beacons: questions that other rooms answer, and what they let it say.

A site that passes the script and its beacons on from its own address passes these on with them.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from prm.organisations.models import Organisation

# Given the request and what the body says.
Answer = Callable[[HttpRequest, dict[str, Any]], HttpResponse]
# (organisation, the browser's number, properties as a page says them) -> what is true of them, None: nothing.
Proof = Callable[[Organisation, UUID | None, dict[str, Any]], dict[str, Any] | None]
_answers: dict[str, Answer] = {}
_proofs: dict[str, Proof] = {}


def register_question(name: str, answer: Answer) -> None:
    """Answer bodies with this name in them; called from AppConfig.ready."""
    _answers[name] = answer


def register_proof(kind: str, proof: Proof) -> None:
    """Say what of a kind of event is believed: a page can claim anything. Called from AppConfig.ready."""
    _proofs[kind] = proof


def find_answer(said: dict[str, Any]) -> Answer | None:
    """Return who answers a body; None for a beacon."""
    return next((answer for name, answer in _answers.items() if name in said), None)


def find_proof(kind: str) -> Proof | None:
    """Return who believes an event of this kind; None: it is taken as it is."""
    return _proofs.get(kind)
