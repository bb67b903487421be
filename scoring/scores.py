"""The scoring query: the same for one contact, for those of a batch and for all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from contacts.models import Tier
from prm.organisations.models import Organisation
from prm.work.sql import fetch, statement
from scoring.models import Rule
from scoring.rulesets import Ruleset
from touchpoints.models import Verdict
from touchpoints.recording import NewInteraction, record

PROFILES = (
    "JOIN contacts_contact c ON c.organisation_id = s.organisation_id AND c.id = s.contact_id"
    " LEFT JOIN contacts_company co ON co.organisation_id = c.organisation_id AND co.id = c.company_id"
)


@dataclass(frozen=True)
class Written:
    """A standing that was written; `was` is the tier before."""

    contact_id: int
    was: Tier
    tier: Tier
    intent: float
    fit: float
    total: float


@dataclass(frozen=True)
class Contribution:
    """What one rule gives one contact; `decayed` is before its cap, `raw` before decay and cap."""

    rule: Rule
    points: float
    decayed: float
    raw: float
    occurrences: int
    last_at: datetime | None

    @property
    def is_capped(self) -> bool:
        """Tell whether the cap takes points away."""
        return abs(self.decayed) > abs(self.points) + 0.05

    @property
    def is_decayed(self) -> bool:
        """Tell whether time has taken points away."""
        return abs(self.raw) > abs(self.decayed) + 0.05


@dataclass(frozen=True)
class Explanation:
    """A score with everything it is made of, as of a moment; contributions with the most points first."""

    intent: float
    fit: float
    total: float
    tier: Tier
    number: int
    at: datetime
    contributions: tuple[Contribution, ...]


def clock() -> datetime:
    """Return the database's time: what scores are as of, whatever the clocks of web and worker machines say."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        return moment


# All as of one moment; or each person as of their own, before which alone acts count.
_AT_ONCE = {"people": "", "since": "r.since", "epoch": "%(now_epoch)s::float8"}
_EACH = {
    "people": "JOIN unnest(%(contact_ids)s::bigint[], %(moments)s::timestamptz[]) AS p (contact_id, moment)"
    " ON p.contact_id = i.contact_id AND i.occurred_at < p.moment",
    "since": "r.since - (%(now)s::timestamptz - p.moment)",
    "epoch": "date_part('epoch', p.moment)",
}


def contributions_sql(ruleset: Ruleset, *, contacts: str, each: bool = False) -> str:
    """Return the statement of contributions.sql; `contacts` narrows i.contact_id.

    `each`: as of a moment of each person's own; the parameters are then contact_ids and moments, of one length.
    """
    matches = statement("scoring/matches").replace("{tests}", ruleset.tests)
    for name, sql in (_EACH if each else _AT_ONCE).items():
        matches = matches.replace(f"{{{name}}}", sql)
    return statement("scoring/contributions").replace("{matches}", matches).replace("{contacts}", contacts)


def scores_sql(ruleset: Ruleset, *, chosen: str, looking_back: bool = False) -> str:
    """Return the statement of scores.sql; `chosen` narrows `{id}`, the contact's id.

    `looking_back`: as of a moment in the past, of which later acts know nothing.
    """
    acts = chosen.replace("{id}", "i.contact_id")
    if looking_back:
        acts += " AND i.occurred_at <= %(now)s"
    parts = {
        "fit": ruleset.fit_points,
        "profiles": PROFILES if ruleset.profile else "",
        "scored": chosen.replace("{id}", "s.contact_id"),
        "contributions": contributions_sql(ruleset, contacts=acts),
    }
    text = statement("scoring/scores")
    for name, sql in parts.items():
        text = text.replace(f"{{{name}}}", sql)
    return text


CHOSEN = "{id} = ANY (%(contact_ids)s::bigint[])"


def rescore(ruleset: Ruleset, contact_ids: Sequence[int], *, at: datetime) -> list[Written]:
    """Score these contacts as of `at` and write their standings, changed or not. One statement; locks the rows."""
    if not contact_ids:
        return []
    params = {**ruleset.at(at), "contact_ids": sorted(contact_ids)}
    return write(params, fresh=scores_sql(ruleset, chosen=CHOSEN), only_changed=False)


def write(params: dict[str, Any], *, fresh: str, only_changed: bool) -> list[Written]:
    """Write what the statement `fresh` gives; return the rows written, in the order of contacts."""
    rows = fetch("scoring/write_scores", {**params, "only_changed": only_changed}, fresh=fresh)
    return [Written(row[0], Tier(row[1]), Tier(row[2]), *row[3:]) for row in sorted(rows)]


def note_crossings(organisation: Organisation, written: Sequence[Written]) -> int:
    """Note in the log who changed tier; return how many did."""
    crossed = [
        NewInteraction(
            "tier_changed",
            contact_id=one.contact_id,
            verdict=Verdict.SYSTEM,
            properties={
                "from": one.was.code,
                "to": one.tier.code,
                "intent": one.intent,
                "fit": one.fit,
                "total": one.total,
            },
        )
        for one in written
        if one.tier != one.was
    ]
    record(organisation, crossed)
    return len(crossed)


def explain(ruleset: Ruleset, contact_id: int, *, at: datetime) -> Explanation | None:
    """Return the score of one contact as of `at` with what each rule gives; None for one that does not exist."""
    params = {**ruleset.at(at), "contact_ids": [contact_id]}
    with connection.cursor() as cursor:
        cursor.execute(scores_sql(ruleset, chosen=CHOSEN), params)
        row = cursor.fetchone()
    if row is None:
        return None
    return Explanation(
        intent=row[1],
        fit=row[2],
        total=row[3],
        tier=Tier(row[4]),
        number=ruleset.number,
        at=at,
        contributions=tuple(explain_many(ruleset, [contact_id], at=at).get(contact_id, [])),
    )


def explain_many(ruleset: Ruleset, contact_ids: Sequence[int], *, at: datetime) -> dict[int, list[Contribution]]:
    """Return what each rule gives each of these contacts, most points first. Two statements."""
    rules = {rule.pk: rule for rule in ruleset.rules}
    params = {**ruleset.at(at), "contact_ids": sorted(contact_ids)}
    found: dict[int, list[Contribution]] = {}
    with connection.cursor() as cursor:
        cursor.execute(contributions_sql(ruleset, contacts=CHOSEN.replace("{id}", "i.contact_id")), params)
        for contact_id, rule_id, *values in cursor.fetchall():
            found.setdefault(contact_id, []).append(Contribution(rules[rule_id], *values))
    for contact_id, hits in _profile_hits(ruleset, params):
        for test, hit in zip(ruleset.profile, hits, strict=True):
            if hit:
                points = float(test.rule.points)
                found.setdefault(contact_id, []).append(Contribution(test.rule, points, points, points, 1, None))
    for contributions in found.values():
        contributions.sort(key=lambda one: (-abs(one.points), one.rule.position, one.rule.pk))
    return found


def _profile_hits(ruleset: Ruleset, params: dict[str, Any]) -> list[tuple[int, list[bool]]]:
    if not ruleset.profile:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.contact_id, {ruleset.fit_hits} FROM contacts_standing s {PROFILES}"
            " WHERE s.organisation_id = %(organisation_id)s AND s.contact_id = ANY (%(contact_ids)s::bigint[])",
            params,
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]
