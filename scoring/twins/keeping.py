"""Keeping a row for everybody who came to sales: at once when they do, and every night for what changed since."""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from contacts.codes.words import HEADCOUNT_BANDS
from prm.organisations.models import Organisation
from prm.work.models import Wakeup
from prm.work.sql import fetch, run, statement
from prm.work.wakeups import horizon, settle, wake
from scoring.twins.bits import BITS
from scoring.twins.functions import CODES, PATTERNS
from scoring.twins.models import TwinRow
from touchpoints.kinds import NEVER_ACTS

QUEUE = "twin"
# People in one statement: about a second.
CHUNK = 2_000
# What is told late of the past, and touchpoints that were merged, come in with the row's next writing.
FRESH_DAYS = 30
# "NN" says that nobody told.
BANDS = [code for code in HEADCOUNT_BANDS if code != "NN"]
NO_BITS = "0" * BITS
PEOPLE = "SELECT * FROM unnest(%(contact_ids)s::bigint[], %(came)s::timestamptz[]) AS u (contact_id, moment)"


def traits_sql() -> str:
    """Return the statement of twin_traits.sql for people given as contact_ids and came (their moments)."""
    return statement("scoring/twin_traits").replace("{people}", PEOPLE)


def traits_params(organisation: Organisation) -> dict[str, Any]:
    """Return the parameters of twin_traits.sql but for the people."""
    return {
        "organisation_id": organisation.pk,
        "no_acts": sorted(NEVER_ACTS),
        "bands": BANDS,
        "functions": CODES,
        "patterns": PATTERNS,
    }


def keep_twins(organisation: Organisation) -> int:
    """Write the rows that are missing or out of date, in short transactions; return how many. In the scope."""
    after, count = 0, 0
    old = timezone.now() - timedelta(days=FRESH_DAYS)
    while True:
        with transaction.atomic():
            params = {"organisation_id": organisation.pk, "after_id": after, "most": CHUNK, "old": old}
            rows = fetch("scoring/list_stale_twins", params)
            if not rows:
                break
            ids, came, accepted, customer = (list(column) for column in zip(*rows, strict=True))
            run(
                "scoring/keep_twins",
                {
                    **traits_params(organisation),
                    "no_bits": NO_BITS,
                    "contact_ids": ids,
                    "came": came,
                    "accepted": accepted,
                    "customer": customer,
                },
                traits=traits_sql(),
            )
        after, count = rows[-1][0], count + len(rows)
    if count or TwinRow.objects.filter(organisation=organisation, bits=NO_BITS).exclude(acts=[]).exists():
        with transaction.atomic():
            run("scoring/count_twin_traits", {"organisation_id": organisation.pk, "bits": BITS})
            run("scoring/mark_twins", {"organisation_id": organisation.pk, "no_bits": NO_BITS})
    return count


def keep_due(organisation: Organisation) -> None:
    """Keep the rows, drop those of people who never came to sales after all, and look again in a day."""
    below = horizon()
    keep_twins(organisation)
    with transaction.atomic():
        settle(organisation.pk, QUEUE, below=below)
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM twins_twinrow r WHERE r.organisation_id = %s AND NOT EXISTS (SELECT 1"
                " FROM contacts_stagechange s WHERE s.organisation_id = r.organisation_id"
                " AND s.contact_id = r.contact_id AND s.to_stage IN ('mql', 'accepted', 'customer'))",
                [organisation.pk],
            )
        if not Wakeup.objects.filter(queue=QUEUE, due_at__gt=Now()).exists():
            wake(organisation.pk, QUEUE, due_at=timezone.now() + timedelta(days=1))
