"""Scoring the slow and obvious way: loops over rules, contacts and what they did."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scoring.models import ModelVersion, Rule


@dataclass(frozen=True)
class Act:
    kind: str
    at: datetime
    touchpoint_id: int | None = None
    verdict: str = "human"
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    points: float
    decayed: float
    raw: float
    occurrences: int
    last_at: datetime


def matches(rule: Rule, act: Act, now: datetime) -> bool:
    if act.verdict != "human" or act.kind != rule.kind:
        return False
    if rule.touchpoint_id is not None and act.touchpoint_id != rule.touchpoint_id:
        return False
    if rule.window_days is not None and act.at <= now - timedelta(days=rule.window_days):
        return False
    return holds(rule.property_condition, act.properties)


def holds(condition: dict[str, Any], properties: dict[str, Any]) -> bool:
    """Only the operators the random models use."""
    if "any" in condition:
        return any(holds(part, properties) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], properties)
    if "field" not in condition:
        return all(holds(part, properties) for part in condition.get("all", []))
    return compares(condition, properties.get(condition["field"]))


def compares(condition: dict[str, Any], stored: Any) -> bool:
    wanted = condition.get("value")
    if condition["op"] == "contains":
        return str(wanted).lower() in ("" if stored is None else str(stored)).lower()
    if condition["op"] == "is_set":
        return stored not in (None, "")
    assert condition["op"] == "gt"
    try:
        return not isinstance(stored, bool) and float(stored) > float(wanted or 0)
    except (TypeError, ValueError):
        return False


def contribution(rule: Rule, acts: Sequence[Act], now: datetime, zone: ZoneInfo) -> Given | None:
    counted = [act for act in acts if matches(rule, act, now)]
    if not counted:
        return None
    last_at = max(act.at for act in counted)
    if rule.once_a_day:
        days: dict[Any, Act] = {}
        for act in counted:
            day = act.at.astimezone(zone).date()
            if day not in days or act.at > days[day].at:
                days[day] = act
        counted = list(days.values())
    decayed = 0.0
    for act in counted:
        age_days = max((now - act.at).total_seconds(), 0) // 86400
        decayed += rule.points * (0.5 ** (age_days / rule.half_life_days) if rule.half_life_days else 1)
    points = decayed
    if rule.cap is not None:
        points = max(min(points, rule.cap), -rule.cap)
    return Given(points, decayed, rule.points * len(counted), len(counted), last_at)


def fits(rule: Rule, job_title: str) -> bool:
    return str(rule.condition["value"]).lower() in job_title.lower()


def one_decimal(value: float) -> float:
    return round(round(value * 1e6) / 1e5) / 10 + 0.0


def score(
    version: ModelVersion, rules: Sequence[Rule], acts: Sequence[Act], *, job_title: str, now: datetime, zone: ZoneInfo
) -> tuple[float, float, float, int, dict[int, Given]]:
    """Return intent, fit, total, tier and what each behaviour rule gives."""
    given: dict[int, Given] = {}
    intent = fit = 0.0
    for rule in rules:
        if not rule.is_enabled:
            continue
        if rule.axis == "fit":
            fit += rule.points if fits(rule, job_title) else 0
            continue
        found = contribution(rule, acts, now, zone)
        if found is not None:
            given[rule.pk] = found
            intent += found.points
    intent, fit = one_decimal(intent), one_decimal(fit)
    tier = 2 if intent >= version.hot_from else 1 if intent >= version.warm_from else 0
    return intent, fit, round((intent + fit) * 10) / 10, tier, given
