"""People as they were just before they converted, and others at a moment like it: what rules said of them then."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from contacts.models import Stage
from prm.conditions.documents import Comparison, Condition, Group, Negation, read
from prm.work.sql import fetch
from scoring.learning.models import Among, Goal
from scoring.models import Rule
from scoring.rulesets import Ruleset
from scoring.scores import PROFILES, contributions_sql
from scoring.vocabulary import profile_vocabulary
from touchpoints.kinds import NEVER_ACTS

# Looked at, of each kind; of more, a fair sample stands for all.
SAMPLE = 20_000
# People in one statement: less than a second.
CHUNK = 4_000

# Stages that count as the goal reached, and those of people sales has not decided on.
REACHED: Mapping[str, tuple[str, ...]] = {
    Goal.CUSTOMER: (Stage.CUSTOMER,),
    Goal.ACCEPTED: (Stage.ACCEPTED, Stage.CUSTOMER),
    Goal.MQL: (Stage.MQL, Stage.ACCEPTED, Stage.CUSTOMER),
}
UNDECIDED: Mapping[str, tuple[str, ...]] = {
    Goal.CUSTOMER: (Stage.MQL, Stage.ACCEPTED),
    Goal.ACCEPTED: (Stage.MQL,),
    Goal.MQL: (),
}
# Where the value of a field of conditions stands in provenance, when it is called otherwise there.
_HELD_AS = {"naf_division": "naf_code", "email_domain": "email", "phone_kind": "phone"}
_PLAIN = re.compile(r"(custom\.)?[a-z0-9_]+")
# Fields that are part of the way to a sale, whatever was known before.
OUTCOMES = frozenset({"stage", "owner"})

Matrix = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Person:
    """Somebody of the sample; `with_sales_at` only of those who converted."""

    contact_id: int
    converted: bool
    moment: datetime
    with_sales_at: datetime | None


@dataclass(frozen=True)
class Sample:
    """Who is compared, and of how many each kind stands."""

    people: tuple[Person, ...]
    converted: int
    others: int


@dataclass
class Seen:
    """What rules said of people: one row a person, one column a rule; a value is what the rule's points multiply."""

    people: list[Person]
    values: Matrix
    # With what was written of people after their moment; only profile rules differ.
    values_today: Matrix
    # Of those who converted and were with sales before: what they had done until then. The same rows; else as `values`.
    values_before_sales: Matrix
    # People left out because nothing they did was known, by whether they converted.
    silent: dict[bool, int] = field(default_factory=dict)

    @property
    def converted(self) -> Truth:
        """Who converted, row by row."""
        return np.array([one.converted for one in self.people], dtype=bool)


def draw_sample(ruleset: Ruleset, *, goal: str, among: str) -> Sample:
    """Choose whom to learn from: the same people as long as the base is the same. One statement."""
    rows = fetch(
        "scoring/sample_conversions",
        {
            "organisation_id": ruleset.organisation.pk,
            "goals": list(REACHED[goal]),
            "undecided": list(UNDECIDED[goal]),
            "active": among == Among.ACTIVE,
            "size": SAMPLE,
        },
    )
    people = tuple(Person(*row[:4]) for row in rows)
    counts = {converted: next((row[4] for row in rows if row[1] == converted), 0) for converted in (True, False)}
    return Sample(people, counts[True], counts[False])


def read_features(
    ruleset: Ruleset, sample: Sample, *, now: datetime, active: bool, advance: Callable[[int], None]
) -> Seen:
    """Return what the rules said of each person at their moment; `advance` is called with the people read.

    Two statements for CHUNK people, and one for those who were with sales before they converted.
    """
    columns = {rule.pk: number for number, rule in enumerate(ruleset.rules)}
    people: list[Person] = []
    parts: list[tuple[Matrix, Matrix, Matrix]] = []
    silent = {True: 0, False: 0}
    for start in range(0, len(sample.people), CHUNK):
        chunk = sample.people[start : start + CHUNK]
        values = _acts(ruleset, columns, chunk, [one.moment for one in chunk], now)
        before_sales = _before_sales(ruleset, columns, chunk, values, now)
        values_today, acts = _profiles(ruleset, columns, chunk, values, now)
        before_sales[:, _profile_columns(ruleset, columns)] = values[:, _profile_columns(ruleset, columns)]
        kept = [row for row in range(len(chunk)) if acts[row] or not active]
        for row, person in enumerate(chunk):
            silent[person.converted] += bool(active and not acts[row])
        people += [chunk[row] for row in kept]
        parts.append((values[kept], values_today[kept], before_sales[kept]))
        advance(start + len(chunk))
    empty = np.zeros((0, len(columns)))
    values, values_today, before_sales = (np.vstack([empty, *(part[number] for part in parts)]) for number in range(3))
    return Seen(people, values, values_today, before_sales, silent)


def fields_of(rule: Rule) -> set[str]:
    """Return the names of the fields a profile rule asks about."""
    return set(_fields(read(rule.condition, profile_vocabulary())[0]))


def _fields(condition: Condition) -> list[str]:
    if isinstance(condition, Comparison):
        return [condition.field.name]
    if isinstance(condition, Negation):
        return _fields(condition.part)
    return [name for part in condition.parts for name in _fields(part)] if isinstance(condition, Group) else []


def _acts(
    ruleset: Ruleset, columns: Mapping[int, int], people: Sequence[Person], moments: Sequence[datetime], now: datetime
) -> Matrix:
    """Return, for each behaviour rule, how many times its points a person had at their moment."""
    rows = {one.contact_id: row for row, one in enumerate(people)}
    points = {rule.pk: rule.points for rule in ruleset.rules}
    values = np.zeros((len(people), len(columns)))
    params = {**ruleset.at(now), "contact_ids": [one.contact_id for one in people], "moments": list(moments)}
    chosen = "i.contact_id = ANY (%(contact_ids)s::bigint[])"
    with connection.cursor() as cursor:
        cursor.execute(contributions_sql(ruleset, contacts=chosen, each=True), params)
        for contact_id, rule_id, given, *_rest in cursor.fetchall():
            values[rows[contact_id], columns[rule_id]] = given / points[rule_id]
    return values


def _before_sales(
    ruleset: Ruleset, columns: Mapping[int, int], people: Sequence[Person], values: Matrix, now: datetime
) -> Matrix:
    known = [(row, one) for row, one in enumerate(people) if one.with_sales_at is not None]
    found = values.copy()
    if known:
        moments = [one.with_sales_at for _row, one in known if one.with_sales_at is not None]
        found[[row for row, _one in known]] = _acts(ruleset, columns, [one for _row, one in known], moments, now)
    return found


def _profiles(
    ruleset: Ruleset, columns: Mapping[int, int], people: Sequence[Person], values: Matrix, now: datetime
) -> tuple[Matrix, dict[int, int]]:
    """Fill in profile rules by what was written before each moment; return them by what is known today, and acts."""
    rows = {one.contact_id: row for row, one in enumerate(people)}
    own = _profile_columns(ruleset, columns)
    written = ", ".join(_written(test.rule) for test in ruleset.profile)
    found = fetch(
        "scoring/known_then",
        {
            **ruleset.at(now),
            "contact_ids": [one.contact_id for one in people],
            "moments": [one.moment for one in people],
            "no_acts": sorted(NEVER_ACTS),
        },
        hits=ruleset.fit_hits,
        written=f"ARRAY[{written}]::timestamptz[]",
        profiles=PROFILES,
    )
    acts: dict[int, int] = dict.fromkeys(range(len(people)), 0)
    today = values.copy()
    for contact_id, hits, late, number in found:
        row = rows[contact_id]
        acts[row] = number
        today[row, own] = hits
        values[row, own] = np.logical_and(hits, np.logical_not(late))
    return today, acts


def _profile_columns(ruleset: Ruleset, columns: Mapping[int, int]) -> list[int]:
    return [columns[test.rule.pk] for test in ruleset.profile]


def _written(rule: Rule) -> str:
    """Return when the last of what a rule asks for was written, as SQL; without a note it came with the contact."""
    moments = []
    for name in sorted(fields_of(rule)):
        table, key = ("co", name.removeprefix("company.")) if name.startswith("company.") else ("c", name)
        held = _HELD_AS.get(key, key)
        # Of free properties nothing is noted.
        if _PLAIN.fullmatch(held):
            moments.append(f"({table}.provenance -> '{held}' ->> 'at')::timestamptz")
    return f"greatest({', '.join(moments)})" if moments else "NULL::timestamptz"
