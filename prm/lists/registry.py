"""Lists and their columns, said by the apps that show them.

A list registers itself in its app's `ready()`; its page then opens it (opening.py), draws `opened.places` by the tags
of `{% load lists %}`, and includes the parts in templates/lists. docs/decisions/0017-lists.md says why it is so.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.work.errors import NotFound


@dataclass(frozen=True)
class Column:
    """One column: its head, and how a cell is drawn: by `text`, or by a snippet of a template that is given `row`."""

    key: str
    label: str | Promise
    text: Callable[[Any], str] | None = None
    template: str = ""
    # Under which heading it is offered.
    group: str | Promise = ""
    # The order of the list that its head asks for, and "-" where the first click sorts down.
    sort: str = ""
    first: str = ""
    # "num" for figures.
    css: str = ""
    # Which columns give way first where there is no room, 4 before 1; 0 never does.
    priority: int = 0
    # Shown to who chose nothing.
    is_usual: bool = False
    # Brings what the cell needs with the rows; called only when the column is shown.
    prepare: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None


@dataclass(frozen=True)
class Listing:
    """One list. The first column is what a row is called by: it always stays, in its place."""

    key: str
    label: str | Promise
    # The page: "app:name".
    page: str
    # What one needs to see it, and to share views of it and change shared ones.
    right: Right
    sharing: Right
    # The parameters of its address that narrow it.
    filters: Sequence[str]
    orders: Collection[str]
    usual_order: str
    columns: Sequence[Column]
    # Filters of an address in words: (parameter, label, value); asked when a view is kept.
    describe: Callable[[Organisation, Mapping[str, str]], list[tuple[str, str, Any]]]
    # Columns that each organisation has of its own. One query, asked only when one of them is shown or offered.
    own_columns: Callable[[Organisation], list[Column]] | None = None

    @property
    def usual(self) -> tuple[str, ...]:
        """The keys of the columns that who chose nothing sees."""
        return tuple(column.key for column in self.columns if column.is_usual)

    @property
    def name_key(self) -> str:
        """The key of the column that always stays."""
        return self.columns[0].key

    def all_columns(self, organisation: Organisation) -> dict[str, Column]:
        """Return every column that can be shown, by key. One query where the organisation has some of its own."""
        own = self.own_columns(organisation) if self.own_columns else []
        return {column.key: column for column in (*self.columns, *own)}

    def find_columns(self, organisation: Organisation, keys: Sequence[str]) -> list[Column]:
        """Return the columns with these keys that there are, in this order. At most one query."""
        known = {column.key: column for column in self.columns}
        if any(key not in known for key in keys):
            known = self.all_columns(organisation)
        return [known[key] for key in keys if key in known]


_listings: dict[str, Listing] = {}


def register_list(listing: Listing) -> None:
    """Let members choose the columns of a list and keep views of it; called from AppConfig.ready."""
    _listings[listing.key] = listing


def get_listing(key: str) -> Listing:
    """Return a list, or raise NotFound."""
    if key not in _listings:
        raise NotFound
    return _listings[key]
