"""Weights learned on 9,240 real leads, through the product: their columns as rules of fit, without what sales wrote.

`python -m pytest tests/real/test_learning_leads.py -s` prints the AUC. A plain regression over the columns gives 0.896.
"""

import csv
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from contacts.models import Contact, Stage, StageChange
from prm.organisations.models import Organisation
from prm.work.jobs import run_jobs
from scoring.learning.models import Among, Learning
from scoring.learning.services import start_learning
from scoring.models import Axis, Rule
from tests.conftest import World
from tests.scoring.worlds import behaviour, publish

LEADS = Path(settings.BASE_DIR).parent / "shared" / "data" / "leads" / "x_education_leads.csv"
pytestmark = [pytest.mark.real, pytest.mark.skipif(not LEADS.is_file(), reason="the real files are not here")]

# What sales, or what it uses, wrote about a lead while working it: known only once somebody was called.
SALES = {
    "Tags": "how the call went: “Will revert after reading the email”, “Closed by Horizzon”",
    "Lead Quality": "how likely the caller thinks it is",
    "Lead Profile": "the class the caller put the lead in",
    "Asymmetrique Activity Index": "a score of a tool of theirs, as of an unknown day",
    "Asymmetrique Profile Index": "a score of a tool of theirs, as of an unknown day",
    "Asymmetrique Activity Score": "a score of a tool of theirs, as of an unknown day",
    "Asymmetrique Profile Score": "a score of a tool of theirs, as of an unknown day",
    "Last Notable Activity": "changed by whoever edits the lead: “Modified”",
}
NO_TRAIT = {"Prospect ID", "Lead Number", "Converted", *SALES}
STEPS = {
    "TotalVisits": (0, 2, 4, 8),
    "Total Time Spent on Website": (0, 100, 250, 500, 800, 1100, 1500),
    "Page Views Per Visit": (0, 2, 4),
}
# Rules for what at least so many leads have, and as many have not.
LEAST = 30


def rules_of(leads: list[dict[str, str]], columns: list[str]) -> list[Rule]:
    conditions: list[dict[str, Any]] = []
    for column in columns:
        name = f"properties.{column}"
        if column in STEPS:
            conditions += [{"field": name, "op": "gt", "value": step} for step in STEPS[column]]
            continue
        values = Counter(lead[column] for lead in leads)
        conditions += [
            {"field": name, "op": "is", "value": value}
            for value, number in values.items()
            if value and min(number, len(leads) - number) >= LEAST
        ]
    return [
        Rule(axis=Axis.FIT, name=f"{one['field'][11:]} {one['op']} {one['value']}"[:120], points=5, condition=one)
        for one in conditions
    ]


def bring_in(organisation: Organisation, leads: list[dict[str, str]]) -> None:
    """Add every lead a year ago, and let those who converted do so half a year later."""
    people = Contact.objects.bulk_create(
        Contact(
            organisation=organisation,
            external_id=lead["Prospect ID"],
            stage=Stage.CUSTOMER if lead["Converted"] == "1" else Stage.PROSPECT,
            properties={name: value for name, value in lead.items() if value},
        )
        for lead in leads
    )
    now = timezone.now()
    Contact.objects.update(created_at=now - timedelta(days=365))
    StageChange.objects.bulk_create(
        StageChange(
            organisation=organisation,
            contact=one,
            from_stage=Stage.PROSPECT,
            to_stage=Stage.CUSTOMER,
            cause="person",
            at=now - timedelta(days=180),
        )
        for one in people
        if one.stage == Stage.CUSTOMER
    )


def learn(world: World, rules: list[Rule]) -> dict[str, Any]:
    publish(world.organisation, behaviour("page_view", 1), *rules)
    started = start_learning(world.organisation, goal="customer", among=Among.EVERYBODY, by=world.admin)
    run_jobs(world.organisation)
    found: dict[str, Any] = Learning.objects.get(pk=started.pk).result
    return found


def test_real_leads_are_sorted_without_what_sales_wrote(scoped: World) -> None:
    leads = list(csv.DictReader(LEADS.open(encoding="utf-8")))
    bring_in(scoped.organisation, leads)
    found = learn(scoped, rules_of(leads, [column for column in leads[0] if column not in NO_TRAIT]))
    auc = found["auc"]
    print(f"AUC {auc['value']:.4f} ({auc['low']:.3f} to {auc['high']:.3f}), slope {found['slope']:.2f}")  # noqa: T201
    assert (found["converted"], found["others"]) == (3561, 5679)
    assert auc["value"] >= 0.89


def test_what_sales_wrote_is_found_out(scoped: World) -> None:
    leads = list(csv.DictReader(LEADS.open(encoding="utf-8")))
    bring_in(scoped.organisation, leads)
    rules = rules_of(leads, ["Tags"])
    found = learn(scoped, rules)
    version = Learning.objects.get().version
    names = {str(rule.pk): rule.name for rule in version.rules.all()}
    suspect = {names[pk] for pk, one in found["rules"].items() if one["leaks"]}
    assert {
        "Tags is Will revert after reading the email",
        "Tags is Closed by Horizzon",
        "Tags is Lost to EINS",
    } <= suspect
