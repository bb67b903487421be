"""How often variants are seen and their forms sent, day by day; nobody is told apart."""

import secrets
from typing import Any

from django.db import connection
from django.utils import timezone

from prm.organisations.models import Organisation
from touchpoints.landing_pages.models import PageVariant
from touchpoints.lead_forms.document import Document
from touchpoints.lead_forms.models import Submission

# Rows a day's count is spread over, so that people who look at once do not wait for one another.
SLOTS = 8


def count_view(organisation: Organisation, *, page_id: int, variant_id: int, test_id: int | None) -> None:
    """Note that somebody saw a variant. One statement."""
    _add(organisation, page_id, variant_id, test_id, views=1, sent=0)


def count_sent(organisation: Organisation, submission: Submission, _document: Document) -> None:
    """Note that a form of a landing page was taken in, in its transaction; spam never comes here."""
    landing = submission.context.get("landing")
    if isinstance(landing, dict) and PageVariant.objects.filter(pk=landing["variant"], page=landing["page"]).exists():
        _add(organisation, landing["page"], landing["variant"], landing.get("test"), views=0, sent=1)


def _add(
    organisation: Organisation, page_id: int, variant_id: int, test_id: int | None, *, views: int, sent: int
) -> None:
    day, slot = timezone.localdate(), secrets.randbelow(SLOTS)
    values: list[Any] = [organisation.pk, page_id, variant_id, test_id, day, slot, views, sent]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO landing_pages_pageday AS d"
            " (organisation_id, page_id, variant_id, test_id, day, slot, views, sent)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (organisation_id, variant_id, test_id, day, slot)"
            " DO UPDATE SET views = d.views + excluded.views, sent = d.sent + excluded.sent",
            values,
        )
