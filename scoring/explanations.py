"""Why a contact has its score, and when it will cool."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from contacts.models import Contact, Tier
from prm.organisations.models import Organisation
from scoring.models import Axis, ModelVersion
from scoring.published import find_published
from scoring.rulesets import build_ruleset
from scoring.scores import Contribution, Explanation, clock, explain

# How far ahead cooling is looked for.
HORIZON_DAYS = 730


@dataclass(frozen=True)
class Cooling:
    """When the tier falls if nothing happens, and to what."""

    at: datetime
    tier: Tier


def explain_contact(organisation: Organisation, contact: Contact) -> tuple[Explanation, ModelVersion] | None:
    """Return why a contact has its score, with the published version; None where nothing is published.

    As of when it was scored, so that what is shown adds up to what is stored; as of now where another version gave
    the stored score. At most six queries.
    """
    version = find_published()
    if version is None:
        return None
    standing = contact.standing
    is_current = standing.scored_at is not None and standing.model_number == version.number
    at = standing.scored_at if is_current and standing.scored_at else clock()
    found = explain(build_ruleset(organisation, version), contact.pk, at=at)
    return (found, version) if found else None


def find_cooling(found: Explanation, version: ModelVersion) -> Cooling | None:
    """Return when the tier falls if nothing happens; None when it is cold, or does not fall within two years.

    Every act of a rule loses the same share with each day, so a rule's points tomorrow follow from its points today.
    Acts of a rule with a window count until the last of them leaves it.
    """
    acts = [one for one in found.contributions if one.rule.axis == Axis.INTENT]
    for days in range(1, HORIZON_DAYS + 1):
        intent = sum(_points_after(one, days, found.at) for one in acts)
        tier = tier_of(round(round(intent * 1e6) / 1e5) / 10, version)
        if tier < found.tier:
            return Cooling(found.at + timedelta(days=days), tier)
    return None


def tier_of(intent: float, version: ModelVersion) -> Tier:
    """Return the tier of so many intent points."""
    if intent >= version.hot_from:
        return Tier.HOT
    return Tier.WARM if intent >= version.warm_from else Tier.COLD


def _points_after(one: Contribution, days: int, at: datetime) -> float:
    rule = one.rule
    if rule.window_days and one.last_at and one.last_at <= at + timedelta(days=days - rule.window_days):
        return 0.0
    decayed = one.decayed * (math.exp(-math.log(2) * days / rule.half_life_days) if rule.half_life_days else 1)
    cap = math.inf if rule.cap is None else rule.cap
    return max(min(decayed, cap), -cap)
