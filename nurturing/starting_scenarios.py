"""The scenarios a new organisation starts with, as drafts in its language: nurturing/starting/<language>.toml."""

import tomllib
from pathlib import Path
from typing import Any

from contacts.models import Tier
from nurturing.models import Scenario, ScenarioStatus, Step, StepKind
from prm.organisations.models import Organisation

_FOLDER = Path(__file__).parent / "starting"
_DAY_SECONDS = 86400


def add_starting_scenarios(organisation: Organisation) -> None:
    """Give an organisation a welcome and a scenario for warm prospects, both drafts. Two statements."""
    drafts = _read(organisation.language)
    scenarios = Scenario.objects.bulk_create(
        Scenario(
            organisation=organisation,
            name=draft["name"],
            status=ScenarioStatus.DRAFT,
            trigger=draft["trigger"],
            trigger_tier=Tier[draft["tier"].upper()] if "tier" in draft else None,
        )
        for draft in drafts
    )
    steps: list[Step] = []
    for scenario, draft in zip(scenarios, drafts, strict=True):
        steps += _make_steps(scenario, draft["message"])
    Step.objects.bulk_create(steps)


def _read(language: str) -> list[dict[str, Any]]:
    path = _FOLDER / f"{language}.toml"
    text = (path if path.is_file() else _FOLDER / "fr.toml").read_text(encoding="utf-8")
    drafts: list[dict[str, Any]] = tomllib.loads(text)["scenario"]
    return drafts


def _make_steps(scenario: Scenario, messages: list[dict[str, Any]]) -> list[Step]:
    steps: list[Step] = []
    for message in messages:
        if days := message.get("after_days"):
            steps.append(Step(kind=StepKind.WAIT, wait_seconds=days * _DAY_SECONDS))
        steps.append(Step(kind=StepKind.EMAIL, subject=message["subject"], body=message["body"].strip()))
    for number, step in enumerate(steps, start=1):
        step.organisation, step.scenario, step.position = scenario.organisation, scenario, number
    return steps
