"""What the palette finds by name beside pages and contacts; apps register what is theirs."""

from collections.abc import Callable
from dataclasses import dataclass

from prm.organisations.models import Organisation
from prm.organisations.rights import Right

# Of each kind.
MOST_FOUND = 6


@dataclass(frozen=True)
class Found:
    """Something with a page of its own; `kind` says what it is."""

    label: str
    url: str
    icon: str
    kind: str


Finder = Callable[[Organisation, str], list[Found]]
_finders: list[tuple[Right, Finder]] = []


def register_finder(right: Right, finder: Finder) -> None:
    """Add a finder, for members with the right; called from AppConfig.ready. One cheap query, at most MOST_FOUND."""
    _finders.append((right, finder))


def find_named(organisation: Organisation, rights: frozenset[str], words: str) -> list[Found]:
    """Return what is found by name."""
    return [found for right, finder in _finders if right.value in rights for found in finder(organisation, words)]
