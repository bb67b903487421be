"""Learning as long work: people of the past are read in chunks, weights are fitted, nobody is touched."""

from dataclasses import asdict
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from prm.work.errors import Conflict
from prm.work.jobs import JobRun
from scoring.learning.leaks import Look, look
from scoring.learning.models import Among, Learning
from scoring.learning.sampling import Matrix, Sample, Seen, Truth, draw_sample, read_features
from scoring.learning.shape import shape_of
from scoring.learning.suggesting import Doubt, as_typed, doubts_of, points_per_weight
from scoring.models import Rule, VersionStatus
from scoring.rulesets import Ruleset, build_ruleset
from scoring.scores import clock
from scoring.simulation.backtesting import FLOOR

JOB_KIND = "learn"
# Progress is told in hundredths: so many for reading, the rest for fitting.
READING, WHOLE = 60, 100


def run_learning(work: JobRun) -> None:
    """Learn the weights of a draft's rules as a job; one that was killed begins anew.

    The result is {"converted", "others", "of_converted", "of_others", "silent": people, "floor", "rules": {id: a look,
    and where something was learned "weight", "low", "high" (points), "suggested", "doubts", "together": [rule,
    correlation]}, "auc", "auc_today", "slope", "bins"}; below the floor nothing after "rules".
    """
    learning = Learning.objects.filter(pk=work.job.params["learning"]).select_related("version").first()
    if learning is None or learning.version.status != VersionStatus.DRAFT:
        raise Conflict(_("The draft was published or discarded meanwhile."))
    if shape_of(learning.version) != learning.fingerprint:
        raise Conflict(_("The rules were changed meanwhile. Learn again."))
    Learning.objects.exclude(pk=learning.pk).filter(
        version=learning.version, created_at__lt=learning.created_at
    ).delete()
    ruleset = build_ruleset(work.organisation, learning.version)
    work.advance(done=0, total=WHOLE)
    sample = draw_sample(ruleset, goal=learning.goal, among=learning.among)
    size = len(sample.people) or 1
    seen = read_features(
        ruleset,
        sample,
        now=clock(),
        active=learning.among == Among.ACTIVE,
        advance=lambda done: work.advance(done=READING * done // size),
    )
    learning.result = _learn(ruleset, sample, seen, set(learning.taken_in), work)
    learning.save(update_fields=["result"])


def _learn(ruleset: Ruleset, sample: Sample, seen: Seen, taken_in: set[int], work: JobRun) -> dict[str, Any]:
    looks = {
        rule.pk: look(rule, seen, column, taken_in=rule.pk in taken_in) for column, rule in enumerate(ruleset.rules)
    }
    yes = seen.converted
    found: dict[str, Any] = {
        "converted": int(yes.sum()),
        "others": int((~yes).sum()),
        "of_converted": sample.converted,
        "of_others": sample.others,
        "silent": {"converted": seen.silent[True], "others": seen.silent[False]},
        "floor": FLOOR,
        "rules": {str(pk): one.to_json() for pk, one in looks.items()},
    }
    used = [
        (column, rule)
        for column, rule in enumerate(ruleset.rules)
        if not looks[rule.pk].unfit and (not looks[rule.pk].leaks or rule.pk in taken_in)
    ]
    if min(found["converted"], found["others"]) < FLOOR or not used:
        return found
    values = np.column_stack(
        [(seen.values_today if rule.pk in taken_in else seen.values)[:, column] for column, rule in used]
    )
    rules = [rule for _column, rule in used]
    learned, suggestions = _fit(rules, [looks[rule.pk] for rule in rules], values, yes, work)
    for rule, suggestion in zip(rules, suggestions, strict=True):
        found["rules"][str(rule.pk)].update(suggestion)
    return {**found, **learned}


def _fit(
    rules: list[Rule], looks: list[Look], values: Matrix, converted: Truth, work: JobRun
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what is learned of all rules together, and of each of them in their order."""
    from scoring.learning.fitting import fit, judge, moving_together  # noqa: PLC0415  (seconds to load; workers only)

    fitted = fit(values, converted, beat=lambda part: work.advance(done=READING + int((WHOLE - READING) * part)))
    together = moving_together(values)
    points = [float(rule.points) for rule in rules]
    doubts = [
        doubts_of(weight, rule, converted=one.converted, others=one.others, moves_together=column in together)
        for column, (weight, rule, one) in enumerate(zip(fitted.weights, rules, looks, strict=True))
    ]
    firm = [not {Doubt.FEW, Doubt.UNSURE} & set(one) for one in doubts]
    scale = points_per_weight(points, [one.value for one in fitted.weights], firm)
    suggestions = [
        {
            "weight": round(weight.value * scale, 3),
            "low": round(weight.low * scale, 3),
            "high": round(weight.high * scale, 3),
            "suggested": as_typed(weight.value * scale),
            "doubts": [str(one) for one in doubts[column]],
            "together": [rules[together[column][0]].pk, round(together[column][1], 2)] if column in together else None,
        }
        for column, weight in enumerate(fitted.weights)
    ]
    learned = {
        "auc": asdict(fitted.auc),
        "auc_today": asdict(judge(values @ np.array(points), converted)),
        "slope": round(fitted.slope, 3),
        "bins": [asdict(one) for one in fitted.bins],
        "strength": fitted.strength,
    }
    return learned, suggestions
