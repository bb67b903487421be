"""What the pages of one landing page have in common: their tabs, and what it is about."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from prm.organisations.access import OrgRequest
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right, may
from prm.web.tabs import Tab
from touchpoints.landing_pages.models import LandingPage, PageVariant
from touchpoints.landing_pages.queries import is_changed
from touchpoints.landing_pages.tokens import public_url


def frame_of(request: OrgRequest, page: LandingPage, current: str, variants: Sequence[PageVariant]) -> dict[str, Any]:
    """Return what the head of a page's pages shows. No query."""
    role = request.membership.role
    may_edit = may(role, Right.PAGES_EDIT)
    tabs = [("page_detail", _("Content")), ("variant_list", _("Variants and tests")), ("page_settings", _("Settings"))]
    shown = [(name, label) for name, label in tabs if may_edit or name != "page_settings"]
    return {
        "page_of": page,
        "is_changed": page.is_live and is_changed(variants),
        "public_url": public_url(request.organisation, page.slug),
        "may_edit": may_edit and page.archived_at is None,
        "may_publish": may(role, Right.PAGES_PUBLISH) and page.archived_at is None,
        "other_language": "en" if page.language == "fr" else "fr",
        "tabs": [
            Tab(label, org_reverse(request.organisation, f"landing_pages:{name}", page.pk), name == current)
            for name, label in shown
        ],
    }
