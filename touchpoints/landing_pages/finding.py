"""What the palette finds of landing pages, and what the tracker is told of them."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.web.finding import Named
from touchpoints.landing_pages.models import LandingPage
from touchpoints.landing_pages.queries import find_named

if TYPE_CHECKING:
    from django.db.models import QuerySet


def find_pages(organisation: Organisation, words: str) -> "QuerySet[LandingPage, tuple[int, str]]":
    """Return (id, name) of pages in use by a part of their name or address, accents and case ignored."""
    found = find_named(organisation, words).filter(archived_at=None)
    return found.order_by("name", "pk").values_list("pk", "name")


PAGES = Named(Right.PAGES_VIEW, "landing_pages:page_detail", _("Landing page"), "device", find_pages)


def find_own_pages(organisation: Organisation, urls: set[str]) -> dict[str, tuple[int | None, dict[str, Any]]]:
    """Return the landing pages among these addresses: touchpoint, and what is told of a view. At most one query."""
    start = reverse("landing_pages_public:page", args=[organisation.slug, "x"]).removesuffix("x/")
    host = urlsplit(settings.BASE_URL).netloc
    slugs: dict[str, list[str]] = {}
    for url in urls:
        parts = urlsplit(url)
        if parts.netloc == host and parts.path.startswith(start):
            slugs.setdefault(parts.path.removeprefix(start).partition("/")[0], []).append(url)
    if not slugs:
        return {}
    pages = LandingPage.objects.filter(organisation=organisation, slug__in=slugs)
    rows = pages.values_list("slug", "touchpoint__merged_into", "touchpoint")
    return {
        url: (merged_into or touchpoint, {"landing_page": slug})
        for slug, merged_into, touchpoint in rows
        for url in slugs[slug]
    }
