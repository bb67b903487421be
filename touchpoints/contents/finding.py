"""What the palette finds of contents."""

from django.utils.translation import gettext

from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.web.finding import MOST_FOUND, Found
from touchpoints.contents.queries import find_named


def find_contents(organisation: Organisation, words: str) -> list[Found]:
    """Find contents by a part of their title or summary, accents and case ignored. One query."""
    found = find_named(organisation, words).filter(archived_at=None).order_by("title", "pk")[:MOST_FOUND]
    return [
        Found(one.title, org_reverse(organisation, "contents:content_detail", one.pk), "report", gettext("Content"))
        for one in found
    ]
