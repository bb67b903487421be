"""The few words of a variant that follow who looks: `{{ sector|your sector }}`.

Whoever holds the browser may be somebody else than whom it is known as: a shared computer, a borrowed telephone. So a
variant may only say what the visit itself brought, and what the public register says of the company, in words that
thousands share. No name, no address, no employer, no figure of ours.
"""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from touchpoints.slots.cleaning import as_text

MARKS: dict[str, str | Promise] = {
    "source": _("where the visit comes from, by name: Google, LinkedIn"),
    "campaign": _("the campaign in the address"),
    "sector": _("the company’s sector, in the register’s words"),
    "department": _("the company’s département"),
}
# Of the values of an address: longer ones are somebody's idea of a joke.
LONGEST_VALUE = 60
# What an address may have a page say: words, and nothing that leads or writes somewhere.
_PLAIN = re.compile(r"[\w .,'’&+-]+")
_TAG = re.compile(r"<[a-zA-Z/](?:\"[^\"]*\"|'[^']*'|[^'\">])*>")
_MARK = re.compile(r"\{\{\s*([a-z_]{1,20})\s*(?:\|([^{}|]{0,120}))?\}\}")


def find_unknown(html: str) -> list[str]:
    """Return the marks of a text that nobody knows."""
    return sorted({match[1] for match in _MARK.finditer(html)} - MARKS.keys())


def has_marks(html: str) -> bool:
    """Tell whether a text follows who looks."""
    return _MARK.search(html) is not None


def is_within_tag(html: str) -> bool:
    """Tell whether a mark stands where a value would change what an element does: where a link leads, a class."""
    tags = _tags(html)
    return any(_stands_within(match, tags) for match in _MARK.finditer(html))


def plain(value: str) -> str:
    """Return a value that an address brought, "" for what is no few words: whoever made the address wrote it."""
    return value if len(value) <= LONGEST_VALUE and _PLAIN.fullmatch(value) else ""


def fill(html: str, values: Mapping[str, str]) -> str:
    """Return a text with its marks filled in, or what it says in their place. The result wants cleaning.

    Within tags no value is used.
    """
    tags = _tags(html)

    def word(match: re.Match[str]) -> str:
        value = "" if _stands_within(match, tags) else values.get(match[1], "")
        # What stands in its place is the writer's, and was cleaned with the text.
        return as_text(value[:LONGEST_VALUE]) if value else (match[2] or "").strip()

    return _MARK.sub(word, html)


def _tags(html: str) -> list[tuple[int, int]]:
    return [match.span() for match in _TAG.finditer(html)]


def _stands_within(mark: re.Match[str], tags: list[tuple[int, int]]) -> bool:
    return any(start < mark.start() and mark.end() <= end for start, end in tags)
