"""A list as one member sees it now: the view that is open, what was changed since, and the columns.

The address says it all: `?view=5` alone is the view as it was kept; as soon as it says anything else of the list, that
stands, and the view is what it is compared with. Links inside of an opened view always have the whole of it in the
address, so that an export, a selection or a page can never mean more than what is listed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject, Lower
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from prm.lists.models import ListChoice, SavedView
from prm.lists.registry import Column, Listing
from prm.organisations.access import OrgRequest
from prm.organisations.links import org_reverse
from prm.organisations.models import Membership
from prm.organisations.rights import may
from prm.web.numbers import read_id
from prm.work.errors import NotFound

# Parameters of a list's address beside its filters.
VIEW, SORT, COLUMNS, CURSOR = "view", "sort", "columns", "cursor"
# What the address says in place of an id when no view is meant, although one opens by itself.
ALL = "all"
# Beside the name, a card on a phone has room for so many of the columns somebody added.
MOST_ON_CARD = 4
# So many views stand side by side; the others wait in a menu.
MOST_TABS = 6
_BROUGHT = ("id", "list_key", "name", "member_id", "filters", "sort", "columns", "words")


@dataclass(frozen=True)
class State:
    """What a view keeps of a list. Empty order and columns are the usual ones."""

    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    columns: Sequence[str] = ()


@dataclass(frozen=True)
class Place:
    """One column where it stands in the table, with the classes of its cells."""

    column: Column
    css: str
    is_on_card: bool = False


@dataclass(frozen=True)
class Lost:
    """A filter of a view that means nothing any more."""

    key: str
    label: str
    value: str


@dataclass
class Opened:
    """A list opened by a member."""

    listing: Listing
    # Where the list is, and whether its views may be shared by who looks.
    url: str
    may_share: bool
    params: QueryDict
    view: SavedView | None
    views: list[SavedView]
    default_id: int | None
    columns: list[Column]
    # Asked for, but no longer there.
    gone: list[str] = field(default_factory=list)

    # --- What is listed ---

    @property
    def sort(self) -> str:
        """The order."""
        asked = self.params.get(SORT, "")
        return asked if asked in self.listing.orders else self.listing.usual_order

    @cached_property
    def state(self) -> State:
        """What a view of this would keep."""
        filters = {name: text for name in self.listing.filters if (text := _clean(self.params.get(name)))}
        keys = tuple(column.key for column in self.columns)
        return State(
            filters,
            "" if self.sort == self.listing.usual_order else self.sort,
            () if keys == self.listing.usual else keys,
        )

    def prepare(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Let rows bring what the cells of the shown columns need."""
        for column in self.columns:
            if column.prepare:
                rows = column.prepare(rows)
        return rows

    @property
    def is_as_usual(self) -> bool:
        """Tell whether the usual columns are shown."""
        return not self.state.columns

    @cached_property
    def places(self) -> list[Place]:
        """The columns in their places. Those somebody chose stay at any width: the table scrolls beside its names."""
        low = [column for column in self.columns if column.priority or not column.is_usual]
        # What somebody added comes before what has no room on a phone otherwise.
        on_card = sorted(low, key=lambda column: column.is_usual)[:MOST_ON_CARD] if not self.is_as_usual else []
        places = []
        for column in self.columns:
            marks = ["key"] if column.key == self.listing.name_key else []
            is_on_card = column in on_card
            if self.is_as_usual:
                marks += [f"lo{column.priority}"] if column.priority else []
            elif column in low:
                marks.append("also" if is_on_card else "lo1")
            marks += [column.css] if column.css else []
            places.append(Place(column, " ".join(marks), is_on_card))
        return places

    # --- What is kept of it ---

    @property
    def is_changed(self) -> bool:
        """Tell whether the list is no longer what its view says; without one, what it usually is."""
        state = self.state
        if self.view is None:
            return state != State()
        kept = [key for key in self.view.columns if key not in self.gone]
        return (dict(state.filters), state.sort, list(state.columns)) != (self.view.filters, self.view.sort, kept)

    @property
    def may_change(self) -> bool:
        """Tell whether who looks may change the view that is open."""
        return self.view is not None and (self.may_share or not self.view.is_shared)

    def lost(self, understood: Mapping[str, str]) -> list[Lost]:
        """Return what an opened view asks for that there is no more; nobody is meant by it then.

        `understood` holds the value of each filter that the list could make sense of.
        """
        if self.view is None:
            return []
        asked = {**{key: self.params[key] for key in self.view.filters if self.params.get(key)}, **self.state.filters}
        words = self.view.words.get("filters", {})
        return [
            Lost(key, *(words.get(key) or (pgettext("list", "Filter"), key)))
            for key in asked
            if key not in self.listing.filters or not understood.get(key)
        ]

    @property
    def gone_words(self) -> list[str]:
        """What the view's columns were called that there are no more."""
        words = self.view.words.get("columns", {}) if self.view else {}
        return [words.get(key, key) for key in self.gone]

    # --- Where one can go ---

    @property
    def all_url(self) -> str:
        """The list without a view."""
        return f"{self.url}?{VIEW}={ALL}" if self.default_id else self.url

    @property
    def tabs(self) -> list[SavedView]:
        """The views that stand side by side: the first ones; one that is open and not among them leads."""
        first = self.views[:MOST_TABS]
        return first if self.view is None or self.view in first else [self.view, *first[:-1]]

    @property
    def others(self) -> list[SavedView]:
        """The views that wait in a menu."""
        return [view for view in self.views if view not in self.tabs]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What a form of filters sends along with them."""
        return [(name, text) for name in (VIEW, SORT, COLUMNS) if (text := self.params.get(name, ""))]

    def address(self, **changes: str | None) -> str:
        """Return where this list is, with these parameters changed (None: gone)."""
        params = self.params.copy()
        params.pop(CURSOR, None)
        for name, value in changes.items():
            params.pop(name, None)
            if value is not None:
                params[name] = value
        return f"{self.url}?{params.urlencode()}" if params else self.url


def open_list(request: OrgRequest, listing: Listing) -> Opened:
    """Open a list as its address says; `request.GET` then says the whole of what is listed.

    One query, and one more where a column of the organisation's own is shown. Raises NotFound for a view that is gone,
    or somebody else's.
    """
    views, choice = _bring(request.membership, listing)
    params = request.GET.copy()
    said = {*listing.filters, SORT, COLUMNS} & set(params)
    view = _asked_for(params, said, views, choice)
    if view is not None:
        params[VIEW] = str(view.pk)
        if not said:
            params.update(view.filters)
        # Said in any case: without its last filter the address still says something of the list.
        params.setdefault(SORT, view.sort if not said and view.sort else listing.usual_order)
    elif choice.default_view_id is not None:
        params[VIEW] = ALL
    else:
        params.pop(VIEW, None)
    keys = _keys(params, view, choice, listing)
    columns = listing.find_columns(request.organisation, keys)
    found = {column.key for column in columns}
    request.GET = params  # type: ignore[assignment]
    return Opened(
        listing=listing,
        url=org_reverse(request.organisation, listing.page),
        may_share=may(request.membership.role, listing.sharing),
        params=params,
        view=view,
        views=views,
        default_id=choice.default_view_id,
        columns=columns,
        gone=[key for key in keys if key not in found],
    )


def names_view_alone(request: OrgRequest, listing: Listing) -> bool:
    """Tell whether an address names a view without what it lists: only its page knows that."""
    return request.GET.get(VIEW, ALL) != ALL and not set(listing.filters) & set(request.GET)


def to_view(request: OrgRequest, listing: Listing) -> HttpResponseBase:
    """Go to the page of the view an address names."""
    return redirect(f"{org_reverse(request.organisation, listing.page)}?{urlencode({VIEW: request.GET[VIEW]})}")


def name_first(listing: Listing, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the keys, each once, behind the one that always stays."""
    return tuple(dict.fromkeys((listing.name_key, *keys)))


def _bring(membership: Membership, listing: Listing) -> tuple[list[SavedView], ListChoice]:
    """Return the views a member sees, their own ones first, and what they chose. One query."""
    seen = Q(member=OuterRef("pk")) | Q(member=None)
    views = SavedView.objects.filter(seen, list_key=listing.key, deleted_at=None).order_by(
        "member_id", Lower("name"), "pk"
    )
    chosen = ListChoice.objects.filter(member=OuterRef("pk"), list_key=listing.key)
    rows, choices = (
        Membership.objects.filter(pk=membership.pk)
        .values_list(
            ArraySubquery(views.values(row=JSONObject(**{name: name for name in _BROUGHT}))),
            ArraySubquery(chosen.values(row=JSONObject(columns="columns", default_view_id="default_view_id"))),
        )
        .get()
    )
    found = [SavedView(organisation_id=membership.organisation_id, **row) for row in rows]
    choice = ListChoice(list_key=listing.key, **choices[0]) if choices else ListChoice(list_key=listing.key)
    if choice.default_view_id not in {view.pk for view in found}:
        # Deleted since, or no longer shared.
        choice.default_view_id = None
    return found, choice


def _asked_for(params: QueryDict, said: set[str], views: list[SavedView], choice: ListChoice) -> SavedView | None:
    wanted = params.get(VIEW, "")
    if wanted == ALL:
        return None
    if not wanted:
        return None if said else next((view for view in views if view.pk == choice.default_view_id), None)
    view_id = read_id(wanted)
    for view in views:
        if view.pk == view_id:
            return view
    raise NotFound(_("This view does not exist, or no longer."))


def _keys(params: QueryDict, view: SavedView | None, choice: ListChoice, listing: Listing) -> tuple[str, ...]:
    asked: Sequence[str] = [key for key in params.get(COLUMNS, "")[:4000].split(",") if key]
    if not asked:
        asked = view.columns if view is not None else choice.columns
    return name_first(listing, asked) if asked else listing.usual


def _clean(text: str | None) -> str:
    # A column of JSON holds no NUL.
    return (text or "").replace("\x00", "").strip()
