"""Who would see what, and why: the draft of a slot asked about an address and, if need be, a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from contacts.models import Contact
from prm.conditions.compiling import compile_condition
from prm.conditions.sentences import sentence
from prm.organisations.models import Organisation
from touchpoints.slots.choosing import Looker, ask
from touchpoints.slots.document import Document, Variant
from touchpoints.slots.facts import facts_of, slot_vocabulary
from touchpoints.slots.plans import LiveSlot, LiveVariant, make_question, today_in
from touchpoints.tracking.models import Visitor
from touchpoints.tracking.reading import read_page

# Parts of one condition that are told apart.
MOST_PARTS = 20


@dataclass(frozen=True)
class Part:
    """One part of a condition in words, and whether it holds."""

    words: str
    holds: bool


@dataclass(frozen=True)
class Tried:
    """One variant: whether it fits, of which parts, and whether its days have come."""

    variant: Variant
    fits: bool
    is_on: bool
    parts: tuple[Part, ...]
    # All of the parts must hold, or any of them.
    every: bool = True
    is_shown: bool = False


def try_slot(
    organisation: Organisation,
    document: Document,
    *,
    url: str,
    referrer: str = "",
    language: str = "",
    contact: Contact | None = None,
    hosts: list[str] | None = None,
    today: date | None = None,
) -> list[Tried]:
    """Return what each variant says of somebody who opens an address. Two queries, and those of choices."""
    words, now = slot_vocabulary(), timezone.now()
    today = today or today_in(organisation.time_zone)
    page = read_page({"url": url, "referrer": referrer}) or {}
    visitor = _latest(organisation, contact) if contact is not None else None
    facts = facts_of(page, language, hosts or [], begins=contact is None)
    live: list[LiveVariant] = []
    split: list[tuple[Variant, list[Any], bool]] = []
    for number, variant in enumerate(document.variants):
        parts, every = _parts(variant.condition)
        split.append((variant, parts, every))
        for place, node in enumerate([variant.condition or {}, *parts]):
            compiled = compile_condition(
                node, words, prefix=f"t{number}p{place}", now=now, time_zone=organisation.time_zone
            )
            live.append(LiveVariant(variant, compiled, "", has_marks=False))
    if not live:
        return []
    question = make_question([LiveSlot(0, "", 0, 0, tuple(live))])
    contact_id = contact.pk if contact is not None else None
    row = list(ask(question, Looker(organisation.pk, facts, None, visitor.pk if visitor else None, contact_id)))
    found: list[Tried] = []
    is_taken = False
    for variant, parts, every in split:
        fits, *held = (bool(row.pop(0)) for _n in range(1 + len(parts)))
        told = tuple(Part(sentence(node, words), holds) for node, holds in zip(parts, held, strict=True))
        is_on = variant.is_on(today)
        is_shown = fits and is_on and not is_taken
        is_taken = is_taken or is_shown
        found.append(Tried(variant, fits, is_on, told, every, is_shown))
    return found


def _latest(organisation: Organisation, contact: Contact) -> Visitor | None:
    found = Visitor.objects.filter(organisation=organisation, contact=contact).order_by("-last_at", "-pk")
    visitor: Visitor | None = found.first()
    return visitor


def _parts(condition: Mapping[str, Any]) -> tuple[list[Any], bool]:
    """Return the outermost parts of a condition, and whether all of them must hold."""
    for name in ("all", "any"):
        if set(condition) == {name} and isinstance(condition[name], list):
            return condition[name][:MOST_PARTS], name == "all"
    return ([dict(condition)] if condition else []), True
