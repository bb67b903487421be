"""Small values that components show: tabs, actions of a menu, the state of a sortable head."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Tab:
    """One tab or segment: its word and address, how many things lie behind it, and the pane it shows on a phone."""

    label: str | Promise
    url: str
    is_current: bool = False
    count: int | None = None
    icon: str = ""
    pane: str = ""


@dataclass(frozen=True)
class Action:
    """One entry of a menu: a link, or a POST; `opens` names a <dialog> on the page that the link opens."""

    label: str | Promise
    icon: str
    url: str
    is_post: bool = False
    is_danger: bool = False
    opens: str = ""


@dataclass(frozen=True)
class SortHead:
    """How a sortable head stands: for screen readers, as an icon, and what a click asks for."""

    aria: str
    icon: str
    next: str


def sort_head(key: str, current: str, first: str = "") -> SortHead:
    """Return the state of a head; a first click sorts as `first` ("-" or "") says, the next one turns it round."""
    if current == key:
        return SortHead("ascending", "sorta", f"-{key}")
    if current == f"-{key}":
        return SortHead("descending", "sortd", key)
    return SortHead("", "", f"{first}{key}")
