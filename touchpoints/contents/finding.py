"""What the palette finds of contents."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.web.finding import Named
from touchpoints.contents.queries import find_named

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from touchpoints.contents.models import Content


def find_contents(organisation: Organisation, words: str) -> "QuerySet[Content, tuple[int, str]]":
    """Return (id, title) of contents in use by a part of their title or summary, accents and case ignored."""
    found = find_named(organisation, words).filter(archived_at=None)
    return found.order_by("title", "pk").values_list("pk", "title")


CONTENTS = Named(Right.CONTENTS_VIEW, "contents:content_detail", _("Content"), "report", find_contents)
