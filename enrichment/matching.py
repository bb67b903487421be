"""Which company a name means: pure functions over what a register's search brought."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from contacts.normalising import company_key
from enrichment.providers.outcomes import Ambiguous, Found, NotFound, Question
from enrichment.providers.records import CompanyRecord

# What the register's search wants at least.
MIN_NAME_LENGTH = 3
MAX_CANDIDATES = 5
# Below this likeness of two names (0-1) a result is no candidate: it was found by a word of its address or a director.
CANDIDATE_RATIO = 0.7
# From here on two words are the same one, spelt otherwise.
WORD_RATIO = 0.8


def choose(
    question: Question, records: Sequence[CompanyRecord], *, only_here: bool = False
) -> Found | Ambiguous | NotFound:
    """Choose the company of this name, or leave the choice to a person.

    Automatic only when exactly one active company bears the name at the place that is known, or when exactly one
    bears it as its legal name anywhere. `only_here`: the records are those of one place, so they prove nothing of
    the second kind.
    """
    key = company_key(question.name)
    active = [record for record in records if not record.is_closed]
    here = [record for record in active if key in _names(record) and is_here(question, record)]
    if len(here) == 1:
        return Found(here[0])
    namesakes = [record for record in active if record.name and key == company_key(record.name)]
    if not here and not only_here and len(namesakes) == 1:
        return Found(namesakes[0])
    candidates = [
        (likeness + 0.2 * is_here(question, record) + 0.1 * (not record.is_closed), -position, record)
        for position, record in enumerate(records)
        if (likeness := _likeness(key, record)) >= CANDIDATE_RATIO
    ]
    candidates.sort(key=lambda one: one[:2], reverse=True)
    best = tuple(record for _score, _position, record in candidates[:MAX_CANDIDATES])
    return Ambiguous(best) if best else NotFound()


def has_namesake(question: Question, records: Sequence[CompanyRecord]) -> bool:
    """Tell whether an active company of this name is among the records."""
    return any(not record.is_closed and company_key(question.name) in _names(record) for record in records)


def is_here(question: Question, record: CompanyRecord) -> bool:
    """Tell whether the company, or one of its establishments, stands where the question says.

    The postcode decides when it is known, else the town.
    """
    places = ((record.postcode or "", record.city or ""), *record.places)
    if question.postcode:
        return any(postcode == question.postcode for postcode, _city in places)
    town = town_key(question.city)
    return bool(town) and any(town == town_key(city) for _postcode, city in places)


def town_key(town: str | None) -> str:
    """Return a town's name without case, accents, CEDEX or district: "PARIS 8" is "paris"."""
    words = company_key(re.sub(r"(?i)\bcedex\b.*|\b\d{1,2}(?:er?|e|ème)?\b.*", "", town or "")).split()
    return " ".join({"st": "saint", "ste": "sainte"}.get(word, word) for word in words)


def _names(record: CompanyRecord) -> set[str]:
    return {company_key(name) for name in (record.name, *record.trading_names, record.acronym) if name}


def _likeness(key: str, record: CompanyRecord) -> float:
    """Return how alike two names are, 0-1: letter by letter, and word by word."""
    return max((_likeness_of(key, name) for name in _names(record)), default=0.0)


def _likeness_of(key: str, name: str) -> float:
    words, others = key.split(), name.split()
    if not words or not others:
        return 0.0
    found = sum(any(SequenceMatcher(None, word, other).ratio() >= WORD_RATIO for other in others) for word in words)
    likeness = (SequenceMatcher(None, key, name).ratio() + found / len(words)) / 2
    return max(likeness, CANDIDATE_RATIO) if set(words) <= set(others) else likeness
