"""The menu: the method's four steps, then steering. The one place that knows every page of the product by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation


@dataclass(frozen=True)
class Item:
    """A page of the menu: its URL name, its word, its icon, and the right one needs to see it."""

    url_name: str
    label: str | Promise
    icon: str
    right: str
    # Only these roles see the item; empty: every role with the right.
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Section:
    """A step of the method; without a word it is the head of the menu."""

    number: str
    label: str | Promise
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Link:
    """An item as one member sees it on one page."""

    label: str
    icon: str
    url: str
    url_name: str
    is_current: bool
    badge: int | None


@dataclass(frozen=True)
class Group:
    """A section as one member sees it."""

    number: str
    label: str
    links: tuple[Link, ...]


_HOME = "steering:home"
_QUEUE = "handoffs:queue"
_REPS = frozenset({"sales"})
_OTHERS = frozenset({"admin", "marketer", "viewer"})

MENU: tuple[Section, ...] = (
    Section(
        "",
        "",
        (
            Item(_HOME, _("Home"), "home", "home.view"),
            # The rep's page comes first for reps; for the others it is the fourth step.
            Item(_QUEUE, _("MQL queue"), "hand", "handoffs.view", _REPS),
        ),
    ),
    Section("1", _("Map"), (Item("touchpoints:touchpoint_list", _("Touchpoints"), "map", "touchpoints.view"),)),
    Section(
        "2",
        _("Enrich"),
        (
            Item("tracking:overview", _("Tracking"), "globe", "touchpoints.view"),
            Item("actions:board", _("Actions"), "columns", "touchpoints.view"),
            Item("lead_forms:form_list", _("Forms"), "form", "forms.view"),
            Item("landing_pages:page_list", _("Landing pages"), "device", "pages.view"),
            Item("contents:content_list", _("Contents"), "report", "contents.view"),
            Item("slots:slot_list", _("Slots"), "split", "touchpoints.view"),
            Item("contacts:import_list", _("Imports"), "in", "contacts.import"),
        ),
    ),
    Section(
        "3",
        _("Qualify"),
        (
            Item("contacts:contact_list", _("Contacts"), "people", "contacts.view"),
            Item("contacts:company_list", _("Companies"), "company", "contacts.view"),
            Item("personas:persona_list", _("Personas"), "target", "segments.view"),
            Item("doubles:pair_list", _("Doubles"), "copy", "contacts.view"),
            Item("segments:segment_list", _("Segments"), "filter", "segments.view"),
            Item("audiences:audience_list", _("Audiences"), "megaphone", "audiences.make"),
            Item("enrichment:lookup_list", _("Enrichment"), "data", "enrichment.view"),
            Item("scoring:model", _("Scoring"), "score", "scoring.view"),
            Item("nurturing:scenario_list", _("Scenarios"), "flow", "nurturing.view"),
        ),
    ),
    Section(
        "4",
        _("Hand over"),
        (
            Item(_QUEUE, _("MQL queue"), "hand", "handoffs.view", _OTHERS),
            Item("handoffs:contract", pgettext_lazy("menu", "Contract"), "contract", "handoffs.view"),
        ),
    ),
    Section(
        "",
        _("Steer"),
        (
            Item("rights:request_list", _("Requests"), "shield", "contacts.view"),
            Item("organisations:audit", _("Audit log"), "list", "audit.view"),
            Item("fields:field_list", _("Fields"), "columns", "fields.edit"),
            Item("organisations:settings", _("Settings"), "gear", "settings.edit"),
        ),
    ),
)
# The four tabs of a phone, before "More".
TABS = (_HOME, _QUEUE, "contacts:contact_list")

Badge = Callable[[Organisation], int | None]
_badges: dict[str, tuple[Badge, int]] = {}


def register_badge(url_name: str, badge: Badge, *, kept_seconds: int = 0) -> None:
    """Say what counts beside a menu item; called from AppConfig.ready. At most one cheap query; 0 and None hide it.

    What need not be true to the second is kept for a while, so that it costs most pages nothing.
    """
    _badges[url_name] = (badge, kept_seconds)


def build(organisation: Organisation, role: str, rights: frozenset[str], path: str) -> tuple[Group, ...]:
    """Return the menu of a member on the page at `path`; pages without a URL are left out."""
    found = [
        (section, [(item, url) for item in section.items if (url := _url(organisation, item, role, rights))])
        for section in MENU
    ]
    current = _current([(item, url) for _section, items in found for item, url in items], path)
    return tuple(
        Group(
            section.number,
            str(section.label),
            tuple(_link(organisation, item, url, is_current=url == current) for item, url in items),
        )
        for section, items in found
        if items
    )


def _url(organisation: Organisation, item: Item, role: str, rights: frozenset[str]) -> str:
    if item.right not in rights or (item.roles and role not in item.roles):
        return ""
    try:
        return org_reverse(organisation, item.url_name)
    except NoReverseMatch:
        return ""


def _current(pages: list[tuple[Item, str]], path: str) -> str:
    """Return the longest address `path` lies below; the home page, above all others, only counts for itself."""
    below = [url for item, url in pages if path == url or (path.startswith(url) and item.url_name != _HOME)]
    return max(below, key=len, default="")


def _link(organisation: Organisation, item: Item, url: str, *, is_current: bool) -> Link:
    count = _count(organisation, item.url_name)
    return Link(str(item.label), item.icon, url, item.url_name, is_current, count or None)


def _count(organisation: Organisation, url_name: str) -> int | None:
    if url_name not in _badges:
        return None
    badge, kept_seconds = _badges[url_name]
    if not kept_seconds:
        return badge(organisation)
    count: Any = cache.get_or_set(f"badge:{organisation.pk}:{url_name}", lambda: badge(organisation) or 0, kept_seconds)
    return int(count)
