"""A version of the model as the parts and parameters of the scoring query."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prm.conditions.compiling import Compiled, compile_condition
from prm.conditions.documents import Problem
from prm.organisations.models import Organisation
from scoring.models import Axis, ModelVersion, Rule
from scoring.vocabulary import interaction_vocabulary, profile_vocabulary


@dataclass(frozen=True)
class ProfileTest:
    """A profile rule: a boolean expression over c and co, and the name of the parameter that holds its points."""

    rule: Rule
    sql: str
    parameter: str


@dataclass(frozen=True)
class Ruleset:
    """What the query needs of one version; `stale` says what is wrong with rules that match nobody, by id."""

    organisation: Organisation
    number: int
    warm_from: float
    hot_from: float
    minimum_fit: float
    rules: tuple[Rule, ...]
    stale: dict[int, tuple[Problem, ...]]
    params: dict[str, Any]
    # "WHEN 1 THEN ..." for every behaviour rule that asks for properties.
    tests: str
    profile: tuple[ProfileTest, ...]

    @property
    def fit_points(self) -> str:
        """The sum of profile rules as SQL."""
        terms = [f"CASE WHEN {one.sql} THEN %({one.parameter})s::float8 ELSE 0 END" for one in self.profile]
        return " + ".join(terms) or "0::float8"

    @property
    def fit_hits(self) -> str:
        """Which profile rules hold, as an SQL array in the order of `profile`."""
        return f"ARRAY[{', '.join(one.sql for one in self.profile)}]::boolean[]"

    def at(self, now: datetime) -> dict[str, Any]:
        """Return the parameters of the query as of a moment."""
        windows: Sequence[int | None] = self.params["rule_windows"]
        return {
            **{name: value for name, value in self.params.items() if name != "rule_windows"},
            "organisation_id": self.organisation.pk,
            "time_zone": self.organisation.time_zone,
            "now": now,
            "now_epoch": now.timestamp(),
            "rule_since": [None if days is None else now - timedelta(days=days) for days in windows],
            "warm_from": self.warm_from,
            "hot_from": self.hot_from,
            "model_number": self.number,
        }

    @property
    def decays(self) -> bool:
        """Tell whether scores change by time alone."""
        return any(self.params["rule_rates"]) or any(days is not None for days in self.params["rule_windows"])


def build_ruleset(organisation: Organisation, version: ModelVersion, rules: Sequence[Rule] | None = None) -> Ruleset:
    """Compile a version's rules in use, in the organisation's scope. At most two queries."""
    known = rules if rules is not None else version.rules.order_by("axis", "position", "pk")
    used = tuple(rule for rule in known if rule.is_enabled)
    behaviour = [rule for rule in used if rule.axis == Axis.INTENT]
    vocabulary = interaction_vocabulary() if any(rule.property_condition for rule in behaviour) else None
    stale: dict[int, tuple[Problem, ...]] = {}
    params: dict[str, Any] = {}
    tests: list[str] = []
    numbers: list[int] = []
    for rule in behaviour:
        if not rule.property_condition or vocabulary is None:
            numbers.append(0)
            continue
        compiled = compile_condition(rule.property_condition, vocabulary, prefix=f"test_{len(tests) + 1}")
        numbers.append(len(tests) + 1)
        tests.append(f"WHEN {len(tests) + 1} THEN {_taken(rule, compiled, params, stale)}")
    profile: list[ProfileTest] = []
    profile_words = profile_vocabulary()
    for rule in used:
        if rule.axis == Axis.FIT:
            compiled = compile_condition(rule.condition, profile_words, prefix=f"fit_{len(profile)}")
            parameter = f"fit_points_{len(profile)}"
            params[parameter] = float(rule.points)
            profile.append(ProfileTest(rule, _taken(rule, compiled, params, stale), parameter))
    return Ruleset(
        organisation=organisation,
        number=version.number,
        warm_from=version.warm_from,
        hot_from=version.hot_from,
        minimum_fit=version.minimum_fit,
        rules=used,
        stale=stale,
        params={
            **params,
            "rule_ids": [rule.pk for rule in behaviour],
            "rule_kinds": [rule.kind for rule in behaviour],
            "rule_touchpoints": [rule.touchpoint_id for rule in behaviour],
            "rule_points": [float(rule.points) for rule in behaviour],
            "rule_caps": [math.inf if rule.cap is None else float(rule.cap) for rule in behaviour],
            "rule_rates": [_rate(rule) for rule in behaviour],
            "rule_windows": [rule.window_days for rule in behaviour],
            "rule_once": [rule.once_a_day for rule in behaviour],
            "rule_tests": numbers,
        },
        tests=" ".join(tests) or "WHEN 0 THEN TRUE",
        profile=tuple(profile),
    )


def _taken(rule: Rule, compiled: Compiled, params: dict[str, Any], stale: dict[int, tuple[Problem, ...]]) -> str:
    params.update(compiled.params)
    if compiled.problems:
        stale[rule.pk] = compiled.problems
    return compiled.sql


def _rate(rule: Rule) -> float:
    return math.log(2) / rule.half_life_days if rule.half_life_days else 0.0
