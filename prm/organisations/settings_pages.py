"""The pages of an organisation's settings, as tabs: its own, and what apps add."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prm.organisations.access import OrgRequest
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right, may
from prm.web.tabs import Tab


@dataclass(frozen=True)
class SettingsPage:
    """One tab: the name of its address, its word, and who sees it."""

    url_name: str
    label: str | Promise
    right: Right


_FIRST = (
    SettingsPage("organisations:settings", _("Organisation"), Right.SETTINGS_EDIT),
    SettingsPage("organisations:members", _("Members"), Right.MEMBERS_EDIT),
)
_LAST = (
    SettingsPage("organisations:api_keys", _("API keys"), Right.API_KEYS_EDIT),
    SettingsPage("organisations:audit", _("Audit log"), Right.AUDIT_VIEW),
)
_added: dict[str, SettingsPage] = {}


def register_settings_page(url_name: str, label: str | Promise, right: Right) -> None:
    """Add a tab between the organisation's own; called from AppConfig.ready."""
    _added[url_name] = SettingsPage(url_name, label, right)


def settings_tabs(request: OrgRequest, current: str) -> list[Tab]:
    """Return the tabs that this member may open; `current` is the name of an address."""
    return [
        Tab(page.label, org_reverse(request.organisation, page.url_name), is_current=page.url_name == current)
        for page in (*_FIRST, *_added.values(), *_LAST)
        if may(request.membership.role, page.right)
    ]
