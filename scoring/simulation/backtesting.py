"""What a draft would have said of people before they converted, beside what became of them."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from contacts.models import Stage
from prm.work.sql import fetch
from scoring.rulesets import Ruleset
from scoring.scores import CHOSEN, scores_sql
from scoring.simulation.statistics import Judged, auc, cut, deciles

DAYS = 90
# Below so many of either kind nothing is concluded.
FLOOR = 50
# Scored of each kind; of more, a fair sample stands for all.
SAMPLE = 20_000
# Thresholds the trade-off is shown for.
CUTS = 20
OUTCOMES = (Stage.CUSTOMER, Stage.ACCEPTED)


def backtest(ruleset: Ruleset, *, at: datetime) -> dict[str, Any]:
    """Score everybody known DAYS ago as of then, and compare with who converted since.

    {"outcome": stage, "converted", "others": people, "since": ISO time}, and, unless one of them is below FLOOR,
    "auc": estimate, "lifts": ten numbers, "cuts": thresholds of intent with "taken", "precision" and "recall", and
    "hot": the same for the draft's own threshold. Acts after the moment are unknown to the score; fit is today's.
    """
    since = at - timedelta(days=DAYS)
    for outcome in OUTCOMES:
        rows = fetch(
            "scoring/sample_outcomes",
            {"organisation_id": ruleset.organisation.pk, "since": since, "outcome": outcome, "size": SAMPLE},
        )
        counts = {converted: next((row[2] for row in rows if row[1] == converted), 0) for converted in (True, False)}
        if counts[True] >= FLOOR:
            break
    found: dict[str, Any] = {
        "outcome": str(outcome),
        "converted": counts[True],
        "others": counts[False],
        "since": since.isoformat(),
    }
    if min(counts.values()) < FLOOR:
        return found
    weights = {kind: counts[kind] / sum(row[1] == kind for row in rows) for kind in counts}
    scores = _scores(ruleset, [row[0] for row in rows], since)
    by_total = [Judged(scores[row[0]][1], row[1], weights[row[1]]) for row in rows if row[0] in scores]
    by_intent = [Judged(scores[row[0]][0], row[1], weights[row[1]]) for row in rows if row[0] in scores]
    return {
        **found,
        "auc": asdict(auc(by_total)),
        "lifts": [round(lift, 3) for lift in deciles(by_total)],
        "cuts": [asdict(cut(by_intent, threshold)) for threshold in thresholds(ruleset)],
        "hot": asdict(cut(by_intent, ruleset.hot_from)),
    }


def thresholds(ruleset: Ruleset) -> list[float]:
    """Return the thresholds of intent to be shown: even steps to twice where hot begins."""
    return [round(ruleset.hot_from * step * 2 / CUTS, 2) for step in range(1, CUTS + 1)]


def _scores(ruleset: Ruleset, ids: list[int], moment: datetime) -> dict[int, tuple[float, float]]:
    scores = scores_sql(ruleset, chosen=CHOSEN, looking_back=True)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT f.contact_id, f.intent, f.total FROM ({scores}) f",
            {**ruleset.at(moment), "contact_ids": ids},
        )
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
