"""Search over names, addresses, telephones, external ids and companies: every word must be found somewhere.

Two ways, because row level security keeps LIKE from the index (migration 0003): few matches are found by their
trigrams in a function of the owner; where there are many, walking any order of the list meets a page of them soon.
What nobody is spelt like is looked for again, a typing mistake in each word forgiven (migration 0008).
"""

import re
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TypeVar

from django.db import connection
from django.db.models import CharField, F, Func, Model, Q, QuerySet, TextField, Value

from contacts.models import Company, Contact
from prm.organisations.models import Organisation

M = TypeVar("M", bound=Model)
# The owner's functions.
CONTACTS, COMPANIES = "contacts_search", "contacts_search_companies"
# Up to here matches are found by index, counted exactly, and put in any order.
MOST_BY_INDEX = 5000
_MOST_WORDS = 8
_LONGEST = 200
# Of a longer word no mistake is forgiven: each letter has four, and each spelling as many trigrams as letters.
_LONGEST_FORGIVEN = 40
# Telephones and SIREN as people type them; the base holds them without blanks.
_FIGURES = re.compile(r"[+(]?[\d\s().\u00a0\u202f/-]{6,}")


@dataclass(frozen=True)
class Matches:
    """What a search found: `ids`, or None when there are more than MOST_BY_INDEX."""

    ids: list[int] | None
    words: list[str]
    # Nobody is spelt as was asked; these are spelt nearly so. At most MOST_BY_INDEX of them.
    is_near: bool = False


def read_words(text: str) -> list[str]:
    """Return the words to look for: "06 39 98" is one, without what changes between ways of writing a number."""
    plain = text.replace("\x00", "").strip()[:_LONGEST]
    digits = re.sub(r"\D", "", plain)
    if _FIGURES.fullmatch(plain) and len(digits) >= 5:
        return [digits.lstrip("0") or digits]
    return plain.split()[:_MOST_WORDS]


def search_contacts(organisation: Organisation, text: str, *, forgiving: bool = True) -> Matches:
    """Find contacts. One query."""
    return _search(CONTACTS, organisation, text, forgiving=forgiving)


def search_companies(organisation: Organisation, text: str, *, forgiving: bool = True) -> Matches:
    """Find companies. One query."""
    return _search(COMPANIES, organisation, text, forgiving=forgiving)


def narrow_contacts(contacts: "QuerySet[Contact]", matches: Matches) -> "QuerySet[Contact]":
    """Keep what a search found."""
    if matches.ids is not None:
        return contacts.filter(pk__in=matches.ids)
    for word in matches.words:
        pattern = _pattern(word)
        contacts = contacts.filter(Q(search_text__contains=pattern) | Q(company__search_text__contains=pattern))
    return contacts


def narrow_companies(companies: "QuerySet[Company]", matches: Matches) -> "QuerySet[Company]":
    """Keep what a search found."""
    if matches.ids is not None:
        return companies.filter(pk__in=matches.ids)
    for word in matches.words:
        companies = companies.filter(search_text__contains=_pattern(word))
    return companies


def find_ids(
    function: str, organisation: Organisation, words: list[str], *, most: int, forgiving: bool = True
) -> tuple[list[int], bool]:
    """Return at most so many ids that CONTACTS or COMPANIES finds, and whether a mistake was forgiven. One query."""
    forgiving = forgiving and all(len(word) <= _LONGEST_FORGIVEN for word in words)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, is_near FROM {function}(%s, %s, %s, %s)", [organisation.pk, words, most, forgiving])
        found = cursor.fetchall()
    return [int(row[0]) for row in found], bool(found and found[0][1])


def _search(function: str, organisation: Organisation, text: str, *, forgiving: bool) -> Matches:
    words = read_words(text)
    ids, is_near = find_ids(function, organisation, words, most=MOST_BY_INDEX + 1, forgiving=forgiving)
    if is_near:
        return Matches(ids[:MOST_BY_INDEX], words, is_near=True)
    return Matches(ids if len(ids) <= MOST_BY_INDEX else None, words)


def holding(rows: QuerySet[M], text: str, *columns: str) -> QuerySet[M]:
    """Return those of the rows of which one of these columns holds the text, accents and case ignored."""
    wanted = Func(Value(text), function="contacts_fold", output_field=TextField())
    folded = {
        f"folded_{column}": Func(F(column), function="contacts_fold", output_field=TextField()) for column in columns
    }
    either = reduce(or_, (Q(**{f"{name}__contains": wanted}) for name in folded))
    found: QuerySet[M] = rows.annotate(**folded).filter(either)
    return found


def _pattern(word: str) -> Func:
    """Return the word as the search text holds it; one of one or two letters begins a word."""
    text = Value(word if len(word) > 2 else f" {word}", output_field=CharField())
    return Func(text, function="contacts_fold", output_field=TextField())
