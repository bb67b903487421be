"""What a form on a landing page says of where it stood, and the page's public addresses."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from prm.organisations.models import Organisation

_SALT = "landing_pages.stands_on"
# The field of a form that carries it.
STANDS_ON = "prm_landing"


@dataclass(frozen=True)
class Place:
    """A block of a variant of a page, in a test or outside of any."""

    page_id: int
    variant_id: int
    test_id: int | None
    block: str


def make_place_token(place: Place) -> str:
    """Return what a form carries along."""
    return signing.dumps([place.page_id, place.variant_id, place.test_id, place.block], salt=_SALT)


def read_place_token(text: str) -> Place | None:
    """Return where a form stood, or None for what was not made here."""
    try:
        return Place(*signing.loads(text, salt=_SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def public_path(organisation: Organisation, slug: str) -> str:
    """Return the path of a page."""
    return reverse("landing_pages_public:page", args=[organisation.slug, slug])


def public_url(organisation: Organisation, slug: str) -> str:
    """Return the absolute address of a page."""
    return f"{settings.BASE_URL}{public_path(organisation, slug)}"
