"""Pieces of a page that other apps bring: panels on a contact's page, on a company's, in the settings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString

Loader = Callable[[Any, Any], dict[str, Any] | None]


@dataclass(frozen=True)
class Panel:
    """One piece: where it stands, its template, and what loads its context (None hides it)."""

    place: str
    order: int
    template: str
    loader: Loader
    # Stands in the broad column, where the page has two.
    is_wide: bool = False
    # Its heading, for one that is costly to load: the page shows that first and fetches the piece when it is there.
    later: str | Promise = ""

    @property
    def slug(self) -> str:
        """Name of the piece in an address: "scoring-score_panel" for "scoring/_score_panel.html"."""
        return self.template.removesuffix(".html").replace("/_", "-").replace("/", "-")


@dataclass(frozen=True)
class Shown:
    """A piece ready to be put on the page."""

    slug: str
    html: SafeString
    is_wide: bool = False
    order: int = 0


_panels: list[Panel] = []


def register(
    place: str, order: int, template: str, loader: Loader, *, is_wide: bool = False, later: str | Promise = ""
) -> None:
    """Add a piece to a place; called from AppConfig.ready. Lower orders come first; a second call replaces."""
    _panels[:] = [panel for panel in _panels if (panel.place, panel.template) != (place, template)]
    _panels.append(Panel(place, order, template, loader, is_wide, later))
    _panels.sort(key=lambda panel: (panel.place, panel.order, panel.template))


def panels(place: str) -> tuple[Panel, ...]:
    """Return the pieces of a place, in their order."""
    return tuple(panel for panel in _panels if panel.place == place)


def render(
    place: str, request: HttpRequest, obj: object, *, address: Callable[[str], str] | None = None
) -> list[Shown]:
    """Load and render every piece of a place for an object; those whose loader returns None are left out.

    `address` gives where one piece is fetched by its slug: those for later then stand as a heading until they are.
    """
    shown = []
    for panel in panels(place):
        if panel.later and address:
            html = _promise(panel, request, address(panel.slug))
        else:
            html = _render(panel, request, obj)
        if html:
            shown.append(Shown(panel.slug, html, panel.is_wide, panel.order))
    return shown


def render_one(place: str, slug: str, request: HttpRequest, obj: object) -> SafeString | None:
    """Load and render one piece: empty where its loader hides it, None where there is no such piece."""
    panel = next((one for one in panels(place) if one.slug == slug), None)
    return _render(panel, request, obj) if panel else None


def _render(panel: Panel, request: HttpRequest, obj: object) -> SafeString:
    context = panel.loader(request, obj)
    if context is None:
        return SafeString("")
    return render_to_string(panel.template, {**context, "panel": panel}, request=request)


def _promise(panel: Panel, request: HttpRequest, url: str) -> SafeString:
    return render_to_string("components/panel_later.html", {"panel": panel, "url": url}, request=request)
