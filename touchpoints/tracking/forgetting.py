"""Visitors who never said who they are are kept twenty-five months from their last visit, as the CNIL allows."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

KEPT_DAYS = 760


def forget_visitors(*, batch_size: int = 1000, batches: int = 100) -> int:
    """Forget old visitors of every organisation, in batches each committed; return how many."""
    before, forgotten = timezone.now() - timedelta(days=KEPT_DAYS), 0
    for _batch in range(batches):
        with connection.cursor() as cursor:
            cursor.execute("SELECT tracking_forget(%s, %s)", [before, batch_size])
            found = int(cursor.fetchone()[0])
        forgotten += found
        if found < batch_size:
            break
    return forgotten
