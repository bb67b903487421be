"""Programs that public lists call robots or people's: robots are found, people are left in peace."""

import csv
from pathlib import Path

import pytest
from django.conf import settings

from touchpoints.tracking.agents import is_bot_agent

FILE = Path(settings.BASE_DIR).parent / "shared" / "data" / "user_agents" / "labelled.csv"

pytestmark = [pytest.mark.real, pytest.mark.skipif(not FILE.exists(), reason="the labelled programs are not here")]


def test_robots_are_found_and_people_are_not_taken_for_them() -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labelled = [(row["user_agent"], row["labels"].split("|")) for row in rows]
    robots = [agent for agent, labels in labelled if "bot" in labels]
    people = [agent for agent, labels in labelled if "human" in labels]
    found = sum(map(is_bot_agent, robots)) / len(robots)
    wronged = sum(map(is_bot_agent, people)) / len(people)
    assert len(robots) > 1600
    assert len(people) > 1100
    assert found >= 0.95, f"{found:.1%} of the robots found"
    assert wronged <= 0.01, f"{wronged:.2%} of the people taken for robots"
