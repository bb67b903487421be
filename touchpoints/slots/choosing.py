"""Which variant somebody sees: the first that fits, none for those who are the control group."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from contacts.codes.words import department_words, naf_section_of, naf_section_words
from touchpoints.slots.cleaning import clean_html
from touchpoints.slots.facts import Facts
from touchpoints.slots.following import following_html
from touchpoints.slots.marks import fill, plain
from touchpoints.slots.plans import LiveSlot, LiveVariant, Plan, Question, today_in


@dataclass(frozen=True)
class Looker:
    """Who looks, as far as that may be known. `visitor_id` None: nobody told from others."""

    organisation_id: int
    facts: Facts
    # What the browser's cookie says; None without consent.
    browser: UUID | None = None
    visitor_id: int | None = None
    contact_id: int | None = None


@dataclass(frozen=True)
class Shown:
    """What a slot shows somebody: `html` is "" where the site's own content stays."""

    slot: LiveSlot
    variant: LiveVariant
    is_control: bool
    html: str = ""


def choose(plan: Plan, keys: Sequence[str], looker: Looker) -> dict[str, Shown]:
    """Return what slots show somebody, by key; those for which nothing fits are left out. One query."""
    known = tuple(key for key in dict.fromkeys(keys) if key in plan.slots and plan.slots[key].variants)
    if not known:
        return {}
    question = plan.question(known)
    row = ask(question, looker)
    fits = dict(zip(question.columns, row, strict=False))
    values = mark_values(looker.facts, row[-2:] if question.asks_marks else ())
    today = today_in(plan.time_zone)
    found: dict[str, Shown] = {}
    for key in known:
        slot = plan.slots[key]
        first = next((one for one in slot.variants if one.variant.is_on(today) and fits[key, one.variant.key]), None)
        if first is None:
            continue
        if is_control(slot, looker.browser):
            found[key] = Shown(slot, first, is_control=True)
        else:
            found[key] = Shown(slot, first, False, make_html(first, values, looker))
    return found


def ask(question: Question, looker: Looker) -> tuple[Any, ...]:
    """Return the row of a question about somebody."""
    params = {
        **question.params,
        **looker.facts.params,
        "organisation_id": looker.organisation_id,
        "visitor_id": looker.visitor_id,
        "contact_id": looker.contact_id,
        "contact_ids": [looker.contact_id] if looker.contact_id is not None else [],
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(question.sql, params)
        row: tuple[Any, ...] = cursor.fetchone()
    return row


def is_control(slot: LiveSlot, browser: UUID | None) -> bool:
    """Tell whether a browser is one of those who see what the site itself has: always the same of one slot.

    Whoever may not be told from others is in no group: what they do later could not be told either.
    """
    if browser is None or not slot.control_percent:
        return False
    digest = hashlib.sha256(f"slots.control:{slot.pk}:{browser}".encode()).digest()
    return int.from_bytes(digest[:8]) % 10_000 < slot.control_percent * 100


def mark_values(facts: Facts, company: Sequence[Any]) -> dict[str, str]:
    """Return what marks say of a visit and of the company."""
    values = {"source": plain(facts.source.name), "campaign": plain(facts.source.campaign)}
    if company:
        naf_code, department = company
        section = naf_section_of(naf_code)
        language = "fr" if facts.language == "fr" else "en"
        values["sector"] = naf_section_words(section, language) if section else ""
        values["department"] = department_words(department) if department else ""
    return values


def make_html(one: LiveVariant, values: dict[str, str], looker: Looker) -> str:
    """Return what a variant says to somebody, cleaned once more."""
    html = fill(one.html, values) if one.has_marks else one.html
    if one.variant.shows_next:
        html += following_html(
            looker.organisation_id, looker.contact_id, looker.visitor_id, language=looker.facts.language
        )
    return clean_html(html)
