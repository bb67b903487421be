"""Bases in which it is known what made people convert."""

import math
import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from contacts.models import Contact, Stage, StageChange, Standing
from prm.organisations.models import Organisation
from tests.scoring.reference import Act
from tests.scoring.worlds import add_log
from touchpoints.models import Interaction

NOW = timezone.now()
# Everybody came in a year ago; conversions are between 100 and 40 days old.
CAME = NOW - timedelta(days=365)


def add_people(organisation: Organisation, number: int, prefix: str = "p", **values: Any) -> list[Contact]:
    """Add people who came in a year ago and have done something."""
    people = Contact.objects.bulk_create(
        Contact(organisation=organisation, email=f"{prefix}{one}@example.com", stage=Stage.PROSPECT, **values)
        for one in range(number)
    )
    ids = [one.pk for one in people]
    Contact.objects.filter(pk__in=ids).update(created_at=CAME)
    Standing.objects.filter(pk__in=ids).update(last_act_at=NOW - timedelta(days=1))
    return people


def convert(
    organisation: Organisation, people: Sequence[Contact], *, to: str = Stage.CUSTOMER, days: int = 60, back: int = 0
) -> None:
    """Let people reach a stage, a day apart over 60 days; `back`: so many days before that moment."""
    ids = [one.pk for one in people]
    Contact.objects.filter(pk__in=ids).update(stage=to)
    StageChange.objects.bulk_create(
        StageChange(
            organisation=organisation,
            contact=one,
            from_stage=Stage.PROSPECT,
            to_stage=to,
            cause="person",
            at=moment_of(number, days) - timedelta(days=back),
        )
        for number, one in enumerate(people)
    )


def moment_of(number: int, days: int = 60) -> Any:
    """Return when the so-manieth of those who convert does."""
    return NOW - timedelta(days=100) + timedelta(days=number % days)


def log_all(organisation: Organisation, kind: str, people: Sequence[Contact], at: Any) -> None:
    """Let everybody do something once: `at` the moment, or a function of their place."""
    for number, one in enumerate(people):
        add_log(organisation, one, [Act(kind, at(number) if callable(at) else at)])


def grow_base(
    organisation: Organisation, number: int, truth: Mapping[str, float], *, base: float = -1.0, seed: int = 7
) -> tuple[list[Contact], list[Contact]]:
    """Add people who each did some of the kinds of `truth`, and convert with the chance these log-odds give them.

    What they did lies 300 days back, before any conversion; everybody viewed a page, so that something is known of all.
    """
    chance = random.Random(seed)
    people = add_people(organisation, number)
    rows: list[Interaction] = []
    converted: list[Contact] = []
    others: list[Contact] = []
    for one in people:
        done = [kind for kind in truth if chance.random() < 0.4]
        odds = base + sum(truth[kind] for kind in done)
        (converted if chance.random() < 1 / (1 + math.exp(-odds)) else others).append(one)
        rows += [
            Interaction(
                organisation=organisation,
                contact=one,
                kind=kind,
                occurred_at=NOW - timedelta(days=300),
                properties={},
            )
            for kind in ("page_view", *done)
        ]
    Interaction.objects.bulk_create(rows)
    convert(organisation, converted)
    return converted, others
