"""Pieces of a page that other apps bring: panels on a contact's page, on a company's, in the settings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
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


def register(place: str, order: int, template: str, loader: Loader, *, is_wide: bool = False) -> None:
    """Add a piece to a place; called from AppConfig.ready. Lower orders come first; a second call replaces."""
    _panels[:] = [panel for panel in _panels if (panel.place, panel.template) != (place, template)]
    _panels.append(Panel(place, order, template, loader, is_wide))
    _panels.sort(key=lambda panel: (panel.place, panel.order, panel.template))


def panels(place: str) -> tuple[Panel, ...]:
    """Return the pieces of a place, in their order."""
    return tuple(panel for panel in _panels if panel.place == place)


def render(place: str, request: HttpRequest, obj: object) -> list[Shown]:
    """Load and render every piece of a place for an object; those whose loader returns None are left out."""
    shown = []
    for panel in panels(place):
        context = panel.loader(request, obj)
        if context is not None:
            html = render_to_string(panel.template, {**context, "panel": panel}, request=request)
            shown.append(Shown(panel.slug, html, panel.is_wide, panel.order))
    return shown
