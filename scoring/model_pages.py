"""What the pages of the model show, worked out from versions and rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from contacts.models import Tier
from prm.organisations.models import Organisation
from prm.web.figures import figure
from prm.work.models import Job
from scoring.comparing import Difference, compare
from scoring.models import Axis, ModelVersion, Rule, VersionStatus
from scoring.rescoring import JOB_KIND
from scoring.versions import rule_problem
from scoring.wording import Words


@dataclass(frozen=True)
class RuleRow:
    """A rule as a line of the table."""

    rule: Rule
    sentence: str
    limits: str
    problem: str
    is_changed: bool


@dataclass(frozen=True)
class TierRow:
    """A tier with its contacts and its range in words."""

    tier: Tier
    count: int
    range: str


@dataclass(frozen=True)
class Change:
    """A difference between two versions, in words."""

    what: str
    how: str


def rule_rows(version: ModelVersion, differences: Sequence[Difference] = ()) -> dict[str, list[RuleRow]]:
    """Return the rules of a version by axis; those among the differences are marked. Three queries at most."""
    words = Words()
    changed = {(one.axis, one.name) for one in differences}
    rows: dict[str, list[RuleRow]] = {Axis.INTENT: [], Axis.FIT: []}
    for rule in version.list_rules():
        row = RuleRow(
            rule,
            words.sentence(rule),
            words.limits(rule),
            rule_problem(rule, words.acts),
            (rule.axis, rule.name) in changed,
        )
        rows[rule.axis].append(row)
    return rows


def tier_rows(tiers: dict[Tier, int], version: ModelVersion) -> list[TierRow]:
    """Return the tiers, cold first, with where they lie."""
    warm, hot = figure(version.warm_from), figure(version.hot_from)
    ranges = {
        Tier.COLD: _("below %(warm)s pts") % {"warm": warm},
        Tier.WARM: _("from %(warm)s, below %(hot)s pts") % {"warm": warm, "hot": hot},
        Tier.HOT: _("from %(hot)s pts on") % {"hot": hot},
    }
    return [TierRow(tier, tiers[tier], ranges[tier]) for tier in Tier]


def list_versions() -> Sequence[ModelVersion]:
    """Return every version, newest first, with who published it. One query."""
    return list(ModelVersion.objects.select_related("published_by", "created_by").order_by("-number"))


def find_rescore(organisation: Organisation) -> Job | None:
    """Return the newest rescore, while it runs or when it came to nothing."""
    job = Job.objects.filter(kind=JOB_KIND).order_by("-created_at").first()
    return job if job is not None and job.status != "done" else None


def differences_since(older: ModelVersion | None, newer: ModelVersion) -> list[Difference]:
    """Return what differs from the version before; nothing where there is none."""
    return compare(older, newer) if older else []


def in_words(differences: Sequence[Difference]) -> list[Change]:
    """Return differences in words."""
    return [_change(one) for one in differences]


def version_before(version: ModelVersion, every: Sequence[ModelVersion]) -> ModelVersion | None:
    """Return what a version is compared with, of every one: for a draft the published one, else the one before it."""
    if version.status == VersionStatus.DRAFT:
        return next((one for one in every if one.status == VersionStatus.PUBLISHED), None)
    return next((one for one in every if one.number < version.number), None)


def version_shown(every: Sequence[ModelVersion]) -> ModelVersion | None:
    """Return what the page of the model is about, of every version: the draft where there is one, else what counts."""
    shown = [one for one in every if one.status in {VersionStatus.DRAFT, VersionStatus.PUBLISHED}]
    return min(shown, key=lambda one: one.status != VersionStatus.DRAFT, default=None)


def _change(one: Difference) -> Change:
    if not one.name:
        return Change(_("Thresholds"), _differences(one))
    if one.before is None:
        return Change(one.name, _("new rule, %(points)s") % {"points": _points(one.after)})
    if one.after is None:
        return Change(one.name, _("rule removed, it gave %(points)s") % {"points": _points(one.before)})
    return Change(one.name, _differences(one))


def _differences(one: Difference) -> str:
    names = {
        "warm_from": _("warm from"),
        "hot_from": _("hot from"),
        "minimum_fit": _("minimum fit for an MQL"),
        "points": _("points"),
        "kind": _("what the person did"),
        "touchpoint_id": _("touchpoint"),
        "property_condition": _("condition"),
        "condition": _("condition"),
        "cap": _("cap"),
        "half_life_days": _("half-life"),
        "window_days": _("only the last days"),
        "once_a_day": _("once a day"),
        "is_enabled": _("in use"),
    }
    return ", ".join(_difference(names[part], before, after) for part, before, after in one.changed)


def _difference(name: str, before: object, after: object) -> str:
    if isinstance(after, dict) or isinstance(before, dict) or name == _("touchpoint"):
        return _("%(part)s changed") % {"part": name}
    return _("%(part)s: %(before)s, now %(after)s") % {"part": name, "before": _plain(before), "after": _plain(after)}


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return figure(value)
    return _("none") if value in (None, "") else str(value)


def _points(parts: object) -> str:
    points = parts["points"] if isinstance(parts, dict) else 0
    return _("%(n)s pts") % {"n": figure(points, signed=True)}
