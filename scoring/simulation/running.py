"""A simulation as long work: everybody in ranges, then the weeks behind us, then what converted."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.work.errors import Conflict
from prm.work.jobs import JobRun
from prm.work.sql import fetch
from scoring.distribution import BARS, bar_width
from scoring.models import ModelVersion, VersionStatus
from scoring.rescoring import COLLECT_SETTINGS, RANGE, end_of_range
from scoring.rulesets import Ruleset, build_ruleset
from scoring.scores import clock, scores_sql
from scoring.simulation.backtesting import backtest
from scoring.simulation.models import Simulation
from scoring.simulation.weeks import replay
from scoring.versions import fingerprint_of

JOB_KIND = "simulate"
# Contacts in one transaction: a few seconds, after which it can be stopped.
RANGE_SIZE = 100_000


def run_simulation(work: JobRun) -> None:
    """Carry out a simulation as a job; goes on where a run before it ended."""
    organisation = work.organisation
    simulation = Simulation.objects.filter(pk=work.job.params["simulation"]).select_related("version").first()
    if simulation is None or simulation.version.status != VersionStatus.DRAFT:
        raise Conflict(_("The draft was published or discarded meanwhile."))
    if fingerprint_of(simulation.version) != simulation.fingerprint:
        raise Conflict(_("The draft was changed meanwhile. Simulate it again."))
    Simulation.objects.exclude(pk=simulation.pk).filter(
        version=simulation.version, created_at__lt=simulation.created_at
    ).delete()
    draft = build_ruleset(organisation, simulation.version)
    published = _published(organisation)
    at = simulation.at or clock()
    if simulation.at is None:
        simulation.at = at
        simulation.against = published.number if published else 0
        simulation.save(update_fields=["at", "against"])
    total, done = Contact.objects.count(), Contact.objects.filter(pk__lte=simulation.last_id).count()
    work.advance(done=done, total=total)
    while (upto := end_of_range(organisation, simulation.last_id, RANGE_SIZE)) is not None:
        _count_range(simulation, draft, published, at=at, upto=upto[0])
        done += upto[1]
        work.advance(done=min(done, total), total=total)
    if "weeks" not in simulation.result:
        rulesets = [one for one in (published, draft) if one]
        weeks = replay(rulesets, at=at, beat=lambda: work.advance(done=min(done, total)))
        _keep(simulation, weeks=weeks)
    if "backtest" not in simulation.result:
        _keep(simulation, backtest=backtest(draft, at=at))
    work.result.update({"moved": sum(moved_of(simulation.result).values())})


def moved_of(result: dict[str, Any]) -> dict[str, int]:
    """Return the people who would change tier, by "<was>.<becomes>"."""
    return {cell: count for cell, count in result.get("cells", {}).items() if cell[0] != cell[-1]}


def _published(organisation: Organisation) -> Ruleset | None:
    version = ModelVersion.objects.filter(status=VersionStatus.PUBLISHED).first()
    return build_ruleset(organisation, version) if version else None


def _keep(simulation: Simulation, **parts: Any) -> None:
    simulation.result = {**simulation.result, **parts}
    simulation.save(update_fields=["result"])


def _count_range(simulation: Simulation, draft: Ruleset, published: Ruleset | None, *, at: datetime, upto: int) -> None:
    """Count one range and keep who would move: one transaction with where to go on."""
    width = bar_width(draft.hot_from)
    params = {
        **draft.at(at),
        "after_id": simulation.last_id,
        "upto_id": upto,
        "simulation_id": simulation.pk,
        "width": width,
        "last": BARS - 1,
        "was_minimum_fit": published.minimum_fit if published else 0.0,
        "minimum_fit": draft.minimum_fit,
    }
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(COLLECT_SETTINGS)
        rows = fetch("scoring/simulate_range", params, scores=scores_sql(draft, chosen=RANGE))
        simulation.result = add(simulation.result, rows, width)
        simulation.last_id = upto
        simulation.save(update_fields=["result", "last_id"])


def add(result: dict[str, Any], rows: list[tuple[Any, ...]], width: float) -> dict[str, Any]:
    """Return a result with the rows of simulate_range.sql added."""
    cells, ready = Counter(result.get("cells", {})), Counter(result.get("ready", {}))
    before = list(result.get("before", [0] * BARS))
    after = list(result.get("after", [0] * BARS))
    for was_tier, tier, was_bar, bar, was_ready, is_ready, count in rows:
        cells[f"{was_tier}.{tier}"] += count
        before[was_bar] += count
        after[bar] += count
        ready.update(
            {
                "before": count * was_ready,
                "after": count * is_ready,
                "gained": count * (is_ready and not was_ready),
                "lost": count * (was_ready and not is_ready),
            }
        )
    return {**result, "cells": dict(cells), "ready": dict(ready), "before": before, "after": after, "width": width}
