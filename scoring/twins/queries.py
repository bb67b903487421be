"""Whom somebody resembles among those who came to sales, and what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median
from typing import Any

from django.db import connection
from django.utils import timezone

from contacts.codes.words import NAF_SECTIONS
from contacts.models import Contact, Stage
from prm.organisations.models import Organisation
from prm.work.sql import fetch, statement
from scoring.simulation.backtesting import FLOOR
from scoring.simulation.statistics import Estimate, wilson
from scoring.twins.goals import REACHED, Goal
from scoring.twins.keeping import traits_params, traits_sql
from scoring.twins.weighing import Counted, weigh
from scoring.twins.wording import Names, Traits, differences, shared_traits
from touchpoints.kinds import NEVER_ACTS

# What somebody did last (kinds, touchpoints), and paid (cents, currency).
Sequel = tuple[list[str], list[int | None], int | None, str]
# How many of the nearest are looked at, and shown.
NEAREST = 10
# Acts just before the goal that are told.
LAST_ACTS = 3


@dataclass(frozen=True)
class Base:
    """Who there is to be compared with: how many reached each goal, and how many are over without it."""

    reached: dict[str, int]
    over: dict[str, int]

    def has(self, goal: str) -> bool:
        """Tell whether enough people reached a goal to be compared with."""
        return self.reached[goal] >= FLOOR

    @property
    def best_goal(self) -> str:
        """The furthest goal that enough people reached; the first where none is."""
        return next((goal for goal in Goal.values if self.has(goal)), Goal.CUSTOMER)


@dataclass(frozen=True)
class Twin:
    """Somebody who came to sales and resembles the person: how much, in what, and what then came."""

    contact: Contact
    likeness: float
    shared: tuple[str, ...]
    differences: tuple[str, ...]
    stage: Stage
    came_at: datetime
    accepted_at: datetime | None
    customer_at: datetime | None
    days_to_customer: int | None
    amount_cents: int | None = None
    currency: str = "EUR"
    last_acts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Nearest:
    """What became of the nearest of all who came to sales; `days` to the goal on median, None where nobody did."""

    number: int
    reached: int
    over: int
    share: Estimate
    days: int | None

    @property
    def undecided(self) -> int:
        """How many are still with sales."""
        return self.number - self.reached - self.over

    @property
    def low(self) -> float:
        """The lower end of the interval, in percent."""
        return 100 * self.share.low

    @property
    def high(self) -> float:
        """The upper end of the interval, in percent."""
        return 100 * self.share.high


@dataclass(frozen=True)
class Twins:
    """What is shown of a person's twins; without `twins` and with a base that is too small, it says what is missing."""

    goal: Goal
    base: Base
    twins: tuple[Twin, ...] = ()
    nearest: Nearest | None = None
    is_known: bool = True
    floor: int = FLOOR

    @property
    def goal_words(self) -> str:
        """The goal within a sentence: "customers", but "MQLs"."""
        label = str(self.goal.label)
        return label if label[:2].isupper() else label[:1].lower() + label[1:]

    @property
    def reached(self) -> int:
        """People who reached the goal."""
        return self.base.reached[self.goal]

    @property
    def over(self) -> int:
        """People who are over without it."""
        return self.base.over[self.goal]

    @property
    def is_enough(self) -> bool:
        """Tell whether there are people enough to be compared with."""
        return self.base.has(self.goal)

    @property
    def missing(self) -> int:
        """How many more would have to reach the goal."""
        return max(FLOOR - self.reached, 0)


def find_twins(organisation: Organisation, contact: Contact, *, goal: str = "", shown: int = NEAREST) -> Twins:
    """Return whom a contact resembles among those who reached a goal (the furthest with people enough, if not said).

    At most five queries, none of which grows with anything but those who came to sales (0.1 s for 20,000).
    """
    traits, base = describe(organisation, contact.pk)
    chosen = Goal(goal) if goal in Goal.values else Goal(base.best_goal)
    if not base.has(chosen) or traits.is_empty:
        return Twins(chosen, base, is_known=not traits.is_empty)
    names, counts = load_words(organisation, traits)
    rows = nearest_rows(organisation, contact.pk, traits, goal=chosen, counts=counts, of=base.reached[Goal.MQL])
    rarest_first = sorted(traits.acts, key=lambda token: (counts[token].number if token in counts else 0, token))
    traits = replace(traits, acts=rarest_first)
    reached = [row for row in rows if row[2]][:shown]
    people = Contact.objects.select_related("company").in_bulk([row[0] for row in reached])
    sequels = _sequels(organisation, reached, chosen)
    return Twins(
        chosen,
        base,
        tuple(_twin(row, people[row[0]], traits, names, sequels) for row in reached if row[0] in people),
        _nearest([row for row in rows if row[3] is not None], chosen) if _is_decided(base, chosen) else None,
    )


def describe(organisation: Organisation, contact_id: int) -> tuple[Traits, Base]:
    """Return what a person is compared by, as of now, and how many there are to be compared with. One query."""
    params = {
        **traits_params(organisation),
        "contact_id": contact_id,
        "contact_ids": [contact_id],
        "came": [timezone.now()],
    }
    counts = statement("scoring/count_twins")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({traits_sql()}) t CROSS JOIN ({counts}) b", params)
        _id, *row = cursor.fetchone()
    came, accepted, customers, not_accepted, no_customers = row[10:]
    return Traits(*row[:10]), Base(
        {Goal.MQL: came, Goal.ACCEPTED: accepted, Goal.CUSTOMER: customers},
        {Goal.MQL: 0, Goal.ACCEPTED: not_accepted, Goal.CUSTOMER: no_customers},
    )


def load_words(organisation: Organisation, traits: Traits) -> tuple[Names, dict[str, Counted]]:
    """Return what traits are called, and how many of those who came to sales have each of these. One query."""
    tokens = [*traits.acts, *traits.tokens.values()]
    rows = fetch("scoring/name_twin_traits", {"organisation_id": organisation.pk, "tokens": tokens})
    wanted = set(tokens)
    return (
        Names({token: name for token, name, _number, _mask in rows}),
        {token: Counted(number, mask) for token, _name, number, mask in rows if token in wanted},
    )


def nearest_rows(
    organisation: Organisation, contact_id: int, traits: Traits, *, goal: str, counts: Mapping[str, Counted], of: int
) -> list[tuple[Any, ...]]:
    """Return the rows of find_twins.sql, the likest first; `counts` of traits, `of` people came to sales. One query."""
    return fetch(
        "scoring/find_twins",
        {
            "organisation_id": organisation.pk,
            "contact_id": contact_id,
            **traits.params,
            **weigh(traits, counts, of),
            "divisions": _section(traits.naf_division),
            "goals": list(REACHED[goal]),
            "most": NEAREST,
        },
    )


def _is_decided(base: Base, goal: str) -> bool:
    """Tell whether there are people enough of either outcome to say what share reaches the goal."""
    return base.has(goal) and base.over[goal] >= FLOOR


def _section(division: str) -> list[str]:
    if not division.isdigit():
        return []
    bounds = next(((low, high) for low, high in NAF_SECTIONS.values() if low <= int(division) <= high), (1, 0))
    return [f"{number:02}" for number in range(bounds[0], bounds[1] + 1)]


def _nearest(rows: Sequence[tuple[Any, ...]], goal: str) -> Nearest | None:
    """Say what became of the nearest; None where fewer than NEAREST share anything with the person."""
    if len(rows) < NEAREST:
        return None
    reached = [row for row in rows if row[2]]
    over = [row for row in rows if not row[2] and row[7] not in {Stage.MQL, Stage.ACCEPTED}]
    days = [(_reached_at(row, goal) - row[4]).days for row in reached]
    share = wilson(len(reached) / len(rows), len(rows))
    return Nearest(len(rows), len(reached), len(over), share, round(median(days)) if days else None)


def _reached_at(row: tuple[Any, ...], goal: str) -> datetime:
    came, accepted, customer = row[4:7]
    found: datetime = {Goal.CUSTOMER: customer, Goal.ACCEPTED: accepted or customer}.get(Goal(goal)) or came
    return found


def _sequels(organisation: Organisation, rows: Sequence[tuple[Any, ...]], goal: str) -> dict[int, Sequel]:
    found = fetch(
        "scoring/list_twin_sequels",
        {
            "organisation_id": organisation.pk,
            "contact_ids": [row[0] for row in rows],
            "moments": [_reached_at(row, goal) for row in rows],
            "no_acts": sorted(NEVER_ACTS),
            "most": LAST_ACTS,
        },
    )
    return {row[0]: (row[1] or [], row[2] or [], row[3], row[4]) for row in found}


def _twin(
    row: tuple[Any, ...],
    contact: Contact,
    traits: Traits,
    names: Names,
    sequels: dict[int, Sequel],
) -> Twin:
    theirs = Traits(*row[8:18])
    kinds, places, amount_cents, currency = sequels.get(row[0], ([], [], None, ""))
    return Twin(
        contact=contact,
        likeness=100 * row[1],
        shared=tuple(shared_traits(traits, theirs, names)),
        differences=tuple(differences(traits, theirs)),
        stage=Stage(row[7]),
        came_at=row[4],
        accepted_at=row[5],
        customer_at=row[6],
        days_to_customer=(row[6] - row[4]).days if row[6] else None,
        amount_cents=amount_cents,
        currency=currency or "EUR",
        last_acts=tuple(names.act(kind, place) for kind, place in zip(kinds, places, strict=True)),
    )
