"""The engine: carries out the steps that are due, a set of people at a time, each set one transaction.

What is due is found by step (index nurturing_enrolment_due), so a pass costs what is due and never what is
enrolled; a paused scenario costs nothing. Rows another worker holds are passed over.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from nurturing.flow import STALE_AFTER, land
from nurturing.models import Step, StepKind
from nurturing.waking import MAIL, STEPS, wake_next
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.sql import fetch, run
from prm.work.wakeups import horizon, settle, wake

# People in one transaction: measured at 1 M enrolled, larger ones gain little and hold their locks for longer.
CHUNK_SIZE = 2000
# A run gives way to other organisations after so long; what is left is woken for again at once.
BUDGET_SECONDS = 5.0

DueStep = tuple[int, int, int, str]


def run_due_steps(organisation: Organisation, now: datetime | None = None) -> int:
    """Carry out what is due; return how many people were moved. Any number of workers may run it at once."""
    moved, deadline = 0, time.monotonic() + BUDGET_SECONDS
    with organisation_scope(organisation.pk):
        below = horizon()
        is_more = True
        while is_more:
            is_more = False
            for due in _list_due(organisation, now or timezone.now()):
                count, leaves_more = _run_chunk(organisation, due, now or timezone.now())
                moved += count
                is_more = is_more or leaves_more
                if time.monotonic() > deadline:
                    wake(organisation.pk, STEPS)
                    return moved
        _settle(organisation, below)
    return moved


def _list_due(organisation: Organisation, now: datetime) -> list[DueStep]:
    return [
        (int(scenario), int(step), int(position), str(kind))
        for scenario, step, position, kind in fetch(
            "nurturing/list_due_steps", {"organisation_id": organisation.pk, "now": now}
        )
    ]


def _run_chunk(organisation: Organisation, due: DueStep, now: datetime) -> tuple[int, bool]:
    """Carry out one step for one set of people, in one transaction.

    Returns how many were moved, and whether somebody may be due once more: the set was full, or who was moved
    stands at a message that follows without a wait.
    """
    scenario_id, step_id, position, kind = due
    with transaction.atomic():
        is_mail = kind == StepKind.EMAIL
        steps = Step.objects.filter(scenario_id=scenario_id)
        landing = land(steps, after=position if is_mail else position - 1)
        params: dict[str, Any] = {
            "organisation_id": organisation.pk,
            "scenario_id": scenario_id,
            "step_id": step_id,
            "position": position,
            "now": now,
            "stale_before": now - STALE_AFTER,
            "limit": CHUNK_SIZE,
            "next_position": landing.position if landing else None,
            "next_due_at": landing.due_at(now) if landing else None,
        }
        if not is_mail:
            moved = run("nurturing/pass_due_waits", params)
        else:
            moved, pending = fetch("nurturing/write_due_mail", params)[0]
            if pending:
                wake(organisation.pk, MAIL)
    goes_on = landing is not None and landing.wait_seconds <= 0
    return int(moved), moved >= CHUNK_SIZE or (moved > 0 and goes_on)


def _settle(organisation: Organisation, below: int) -> None:
    """Drop the wake-ups that led here, and note the next one: rounded up, so that a minute is one run."""
    with transaction.atomic():
        settle(organisation.pk, STEPS, below=below)
        next_due: datetime | None = fetch("nurturing/find_next_due", {"organisation_id": organisation.pk})[0][0]
        if next_due is not None:
            at = max(next_due, timezone.now()).replace(second=0, microsecond=0) + timedelta(minutes=1)
            wake_next(organisation, STEPS, at)
