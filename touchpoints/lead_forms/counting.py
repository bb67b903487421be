"""How often forms are shown and sent, day by day; nobody is told apart."""

import secrets
from typing import Any

from django.db import connection
from django.utils import timezone

from touchpoints.lead_forms.models import LeadForm

# Rows a day's count is spread over, so that people who look at once do not wait for one another.
SLOTS = 8


def count_shown(form: LeadForm) -> None:
    """Note that somebody was shown the form. One statement."""
    _add(form, shown=1, sent=0)


def count_sent(form: LeadForm) -> None:
    """Note that somebody sent it. One statement."""
    _add(form, shown=0, sent=1)


def _add(form: LeadForm, *, shown: int, sent: int) -> None:
    values: list[Any] = [form.organisation_id, form.pk, timezone.localdate(), secrets.randbelow(SLOTS), shown, sent]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO lead_forms_formday AS d (organisation_id, form_id, day, slot, shown, sent)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (organisation_id, form_id, day, slot)"
            " DO UPDATE SET shown = d.shown + excluded.shown, sent = d.sent + excluded.sent",
            values,
        )
