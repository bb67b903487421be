"""What the palette finds beside the pages of the menu: things by their names, pages and acts; apps register theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.db.models import Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.organisations.rights import Right

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Of each kind.
MOST_FOUND = 6
ACT, SETTING, PAGE = _("Action"), _("Setting"), _("Page")


@dataclass(frozen=True)
class Found:
    """Something with a page of its own; `kind` says what it is."""

    label: str
    url: str
    icon: str
    kind: str


@dataclass(frozen=True)
class Command:
    """A page that is not in the menu, or something to begin: its URL name, its word, its icon, the right it needs."""

    url_name: str
    label: str | Promise
    icon: str
    right: Right
    # What it is: an act, a setting.
    kind: str | Promise


@dataclass(frozen=True)
class Named:
    """Things of one sort that are found by their names, each with a page: `url_name` takes its id.

    `find` gives (id, name) of those whose name holds some words, ordered; what all sorts find is one query.
    """

    right: Right
    url_name: str
    kind: str | Promise
    icon: str
    find: Callable[[Organisation, str], "QuerySet[Any, tuple[int, str]]"]


Finder = Callable[[Organisation, str], list[Found]]
_finders: list[tuple[Right, Finder]] = []
_named: list[Named] = []


def register_finder(right: Right, finder: Finder) -> None:
    """Add a finder, for members with the right; called from AppConfig.ready. One cheap query, at most MOST_FOUND."""
    _finders.append((right, finder))


def register_named(sort: Named) -> None:
    """Add a sort of things found by their names; called from AppConfig.ready."""
    _named.append(sort)


GROUND = (
    Command("organisations:members", _("Members"), "people", Right.MEMBERS_EDIT, SETTING),
    Command("organisations:member_invite", _("Invite a member"), "plus", Right.MEMBERS_EDIT, ACT),
    Command("organisations:api_keys", _("API keys"), "key", Right.API_KEYS_EDIT, SETTING),
)

_commands: dict[str, Command] = {}


def register_commands(*commands: Command) -> None:
    """Add pages and acts to the palette; called from AppConfig.ready."""
    _commands.update({one.url_name: one for one in commands})


def list_commands(organisation: Organisation, rights: frozenset[str]) -> list[Found]:
    """Return the pages and acts of a member with these rights. No query."""
    return [
        Found(str(one.label), org_reverse(organisation, one.url_name), one.icon, str(one.kind))
        for one in _commands.values()
        if one.right.value in rights
    ]


def find_all(organisation: Organisation, rights: frozenset[str], words: str) -> list[Found]:
    """Return what is found by name: one query for each finder, and one for all that have a name alone."""
    found = [one for right, finder in _finders if right.value in rights for one in finder(organisation, words)]
    return found + _find_named(organisation, [one for one in _named if one.right.value in rights], words)


def _find_named(organisation: Organisation, sorts: list[Named], words: str) -> list[Found]:
    queries = [
        sort.find(organisation, words).annotate(place=Value(place))[:MOST_FOUND] for place, sort in enumerate(sorts)
    ]
    if not queries:
        return []
    # Each brings its rows in its own order; the whole is put in the order of the sorts, which that keeps.
    rows = sorted(queries[0].union(*queries[1:], all=True) if queries[1:] else queries[0], key=itemgetter(2))
    return [
        Found(name, org_reverse(organisation, sorts[place].url_name, pk), sorts[place].icon, str(sorts[place].kind))
        for pk, name, place in rows
    ]
