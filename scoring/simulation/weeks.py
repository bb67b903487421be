"""How many MQLs a model would have made each week, by scoring people as of the end of each week."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection

from prm.organisations.models import Membership, Role
from prm.work.sql import fetch
from scoring.rulesets import Ruleset
from scoring.scores import CHOSEN, scores_sql

WEEKS = 13
# People looked at; where more did something in these weeks, what is found is projected.
SAMPLE = 20_000


def replay(rulesets: Sequence[Ruleset], *, at: datetime, beat: Callable[[], None]) -> dict[str, Any]:
    """Return how many people would have become ready for sales in each of the last weeks, by each ruleset.

    {"ends": [ISO time of a week's end], "frame": people who did something, "sample": those looked at, "made":
    [[people a week] for each ruleset], "reps": members who sell}. Fit is as of today: nobody kept what was known
    then. `beat` is called after every statement; there are one more than weeks for each ruleset.
    """
    rows = fetch(
        "scoring/sample_recent",
        {
            "organisation_id": rulesets[0].organisation.pk,
            "since": at - timedelta(weeks=WEEKS + 1),
            "size": SAMPLE,
        },
    )
    ids = sorted(row[0] for row in rows)
    moments = [at - timedelta(weeks=back) for back in range(WEEKS, -1, -1)]
    made = []
    for ruleset in rulesets:
        ready = []
        for moment in moments:
            ready.append(_ready(ruleset, ids, moment))
            beat()
        made.append([len(now - before) for before, now in pairwise(ready)])
    return {
        "ends": [moment.isoformat() for moment in moments[1:]],
        "frame": rows[0][1] if rows else 0,
        "sample": len(ids),
        "made": made,
        "reps": Membership.objects.filter(role=Role.SALES).count(),
    }


def _ready(ruleset: Ruleset, ids: list[int], moment: datetime) -> set[int]:
    scores = scores_sql(ruleset, chosen=CHOSEN, looking_back=True)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT f.contact_id FROM ({scores}) f WHERE f.tier = 2 AND f.fit >= %(minimum_fit)s",
            {**ruleset.at(moment), "contact_ids": ids, "minimum_fit": ruleset.minimum_fit},
        )
        return {row[0] for row in cursor.fetchall()}
