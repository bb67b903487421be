"""Keeping the standings of companies: by what changed and what ran out, never by looking at all of them.

Which companies changed is on a list (TouchedCompany) that triggers write in the transaction of the change, so that no
writer of contacts or scores ever waits for a company's row. A step takes companies off the list and works their
standings out anew from their people in one transaction: a worker may die at any moment. One worker at a time keeps an
organisation's standings, so that no answer overtakes a newer one.
"""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Min
from django.db.models.functions import Now

from contacts.standings.models import CompanyStanding
from prm.organisations.models import Organisation
from prm.work.models import Wakeup
from prm.work.sql import fetch, run
from prm.work.wakeups import horizon, settle, wake

QUEUE = "company"
# Companies worked out in one transaction.
BATCH_SIZE = 2000
# An act of one's own keeps a person engaged for so long.
ENGAGED_FOR = timedelta(days=30)


def keep_standings(organisation: Organisation) -> int:
    """Work out what changed or ran out; return how many companies were looked at. In the scope.

    Leaves it to another worker that is at it; the sweep comes back for whatever that one does not see.
    """
    below, looked_at = horizon(), 0
    while True:
        done = _step(organisation)
        if done is None:
            return looked_at
        if not done:
            break
        looked_at += done
    with transaction.atomic():
        settle(organisation.pk, QUEUE, below=below)
        _wake_next(organisation)
    return looked_at


def _wake_next(organisation: Organisation) -> None:
    """Make sure that the next time to run out is noted, once."""
    due_at = CompanyStanding.objects.aggregate(first=Min("due_at"))["first"]
    if due_at is None:
        return
    noted = Wakeup.objects.filter(queue=QUEUE, due_at__gt=Now(), due_at__lte=due_at + timedelta(seconds=1))
    if not noted.exists():
        wake(organisation.pk, QUEUE, due_at=due_at)


def _step(organisation: Organisation) -> int | None:
    """Do one batch in one transaction; return of how many companies, None when another worker is at it."""
    with transaction.atomic():
        if not _lock(organisation):
            return None
        params = {"organisation_id": organisation.pk, "most": BATCH_SIZE, "engaged_for": ENGAGED_FOR}
        company_ids = sorted({row[0] for row in fetch("contacts/take_touched_companies", params)})
        if company_ids:
            run("contacts/write_company_standings", {**params, "company_ids": company_ids})
        return len(company_ids)


def _lock(organisation: Organisation) -> bool:
    """Keep other workers from these standings until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('standings.keeping'), %s)", [organisation.pk % 2**31])
        return bool(cursor.fetchone()[0])
