"""Versions of the model: one draft is edited, published, and never changes again."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.conditions.documents import check, read
from prm.conditions.fields import Vocabulary
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import start_job
from prm.work.models import Job
from scoring.models import Axis, ModelVersion, Rule, VersionStatus
from scoring.nightly import wake_nightly
from scoring.published import lock_published
from scoring.rescoring import JOB_KIND, job_title
from scoring.vocabulary import interaction_vocabulary, profile_vocabulary
from touchpoints.kinds import INTERNAL
from touchpoints.models import Touchpoint
from touchpoints.recording import KIND_SHAPE

THRESHOLDS = ("warm_from", "hot_from", "minimum_fit")
# What a rule is made of, beside its axis.
PARTS = (
    "name", "points", "kind", "touchpoint_id", "property_condition", "condition", "cap", "half_life_days",
    "window_days", "once_a_day", "is_enabled",
)  # fmt: skip
LARGEST = 1_000_000


def get_draft() -> ModelVersion:
    """Return the draft; raise NotFound."""
    draft: ModelVersion | None = ModelVersion.objects.filter(status=VersionStatus.DRAFT).first()
    if draft is None:
        raise NotFound(_("There is no draft. Start one from the published model."))
    return draft


def create_draft(organisation: Organisation, *, by: Actor, from_number: int | None = None) -> ModelVersion:
    """Copy a version (the published one, if not said) into a draft; raise Conflict when there is one."""
    with transaction.atomic():
        lock_published(organisation)
        if ModelVersion.objects.filter(status=VersionStatus.DRAFT).exists():
            raise Conflict(_("There is a draft already; publish it or discard it first."))
        source = _source(from_number)
        newest = ModelVersion.objects.aggregate(newest=Max("number"))["newest"] or 0
        draft = ModelVersion(
            organisation=organisation, number=newest + 1, created_by=by if isinstance(by, User) else None
        )
        if source is not None:
            for name in THRESHOLDS:
                setattr(draft, name, getattr(source, name))
        draft.save()
        if source is not None:
            copies = [_copy(rule, draft) for rule in source.rules.order_by("axis", "position", "pk")]
            Rule.objects.bulk_create(copies)
        after = {"number": draft.number, "from": source.number if source else None}
        audit.record(organisation, by, "scoring_model.draft", draft, after=after)
    return draft


def discard_draft(organisation: Organisation, *, by: Actor) -> None:
    """Throw the draft away."""
    with transaction.atomic():
        draft = lock_draft()
        audit.record(organisation, by, "scoring_model.discard", draft, before=thresholds(draft))
        draft.delete()


def set_thresholds(
    organisation: Organisation, *, warm_from: float, hot_from: float, minimum_fit: float, by: Actor
) -> ModelVersion:
    """Change the thresholds of the draft."""
    problems = check_thresholds(warm_from, hot_from, minimum_fit)
    if problems:
        raise Invalid(fields=problems)
    with transaction.atomic():
        draft = lock_draft()
        before = thresholds(draft)
        draft.warm_from, draft.hot_from, draft.minimum_fit = warm_from, hot_from, minimum_fit
        draft.save(update_fields=list(THRESHOLDS))
        audit.record(organisation, by, "scoring_model.thresholds", draft, before=before, after=thresholds(draft))
    return draft


def save_rule(
    organisation: Organisation, *, axis: str, values: Mapping[str, Any], by: Actor, rule_id: int | None = None
) -> Rule:
    """Add a rule to the draft, or change one of its rules; `values` are those of PARTS that change."""
    with transaction.atomic():
        draft = lock_draft()
        if rule_id is None:
            last = draft.rules.filter(axis=axis).aggregate(last=Max("position"))["last"]
            rule = Rule(organisation=organisation, version=draft, axis=axis, position=0 if last is None else last + 1)
            before: dict[str, Any] = {}
        else:
            rule = _get_rule(draft, rule_id)
            before = rule_parts(rule)
        for name in PARTS:
            if name in values:
                setattr(rule, name, values[name])
        check_rule(rule)
        rule.save()
        action = "scoring_rule.create" if rule_id is None else "scoring_rule.update"
        audit.record(organisation, by, action, rule, before=before, after=rule_parts(rule))
    return rule


def delete_rule(organisation: Organisation, *, rule_id: int, by: Actor) -> Rule:
    """Remove a rule from the draft."""
    with transaction.atomic():
        rule = _get_rule(lock_draft(), rule_id)
        audit.record(organisation, by, "scoring_rule.delete", rule, before=rule_parts(rule))
        Rule.objects.filter(pk=rule.pk).delete()
    return rule


def switch_rule(organisation: Organisation, *, rule_id: int, by: Actor) -> Rule:
    """Put a rule of the draft in use, or out of it."""
    with transaction.atomic():
        rule = _get_rule(lock_draft(), rule_id)
        rule.is_enabled = not rule.is_enabled
        rule.save(update_fields=["is_enabled"])
        after = {"is_enabled": rule.is_enabled}
        audit.record(
            organisation, by, "scoring_rule.switch", rule, before={"is_enabled": not rule.is_enabled}, after=after
        )
    return rule


def publish_draft(organisation: Organisation, *, by: Actor, note: str = "", shown: str = "") -> Job:
    """Publish the draft, archive the version before it, and start the rescore of everybody.

    `shown`: the fingerprint of the draft somebody looked at; raises Conflict where it was changed since. From the
    moment of the commit no score of the older version is written any more.
    """
    with transaction.atomic():
        lock_published(organisation)
        draft = lock_draft()
        if shown and shown != fingerprint_of(draft):
            raise Conflict(_("The draft was changed meanwhile. Look at it again before you publish it."))
        problems = find_problems(draft)
        if problems:
            raise Invalid(_("This draft cannot be published yet."), fields=problems)
        person = by if isinstance(by, User) else None
        before = ModelVersion.objects.filter(status=VersionStatus.PUBLISHED).first()
        ModelVersion.objects.filter(status=VersionStatus.PUBLISHED).update(status=VersionStatus.ARCHIVED)
        draft.status, draft.note = VersionStatus.PUBLISHED, note.strip()[:250]
        draft.published_at, draft.published_by = timezone.now(), person
        draft.save(update_fields=["status", "note", "published_at", "published_by"])
        audit.record(
            organisation,
            by,
            "scoring_model.publish",
            draft,
            before={"number": before.number if before else None},
            after={"number": draft.number, "note": draft.note},
        )
        wake_nightly(organisation)
        return start_job(organisation, kind=JOB_KIND, title=job_title(organisation), by=person)


def fingerprint_of(version: ModelVersion) -> str:
    """Return a digest of what decides scores: the rules in use and the thresholds. At most one query."""
    rules = [[rule.axis, rule_parts(rule)] for rule in version.list_rules() if rule.is_enabled]
    text = json.dumps([version.number, thresholds(version), rules], sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()


def find_problems(version: ModelVersion) -> dict[str, str]:
    """Return what keeps a version from being published, by the name of the rule or threshold."""
    problems = check_thresholds(version.warm_from, version.hot_from, version.minimum_fit)
    rules = list(version.rules.filter(is_enabled=True))
    if not any(rule.axis == Axis.INTENT for rule in rules):
        problems["rules"] = _("Put at least one rule of intent in use: without it nobody can become warm or hot.")
    acts = interaction_vocabulary()
    for rule in rules:
        if stale := rule_problem(rule, acts):
            problems[rule.name] = stale
    return problems


def rule_problem(rule: Rule, acts: Vocabulary) -> str:
    """Return why a rule matches nobody; "" when nothing is wrong with it. `acts` is interaction_vocabulary()."""
    if rule.axis == Axis.FIT:
        problems = read(rule.condition, profile_vocabulary())[1]
    else:
        problems = read(rule.property_condition, acts)[1]
    return " ".join(one.message for one in problems)


def _source(number: int | None) -> ModelVersion | None:
    if number is None:
        return ModelVersion.objects.filter(status=VersionStatus.PUBLISHED).first()
    found: ModelVersion | None = ModelVersion.objects.filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def lock_draft() -> ModelVersion:
    """Return the draft, locked until the transaction ends; raise Conflict when there is none any more."""
    draft: ModelVersion | None = (
        ModelVersion.objects.select_for_update(of=("self",)).filter(status=VersionStatus.DRAFT).first()
    )
    if draft is None:
        raise Conflict(_("There is no draft any more: somebody published or discarded it."))
    return draft


def _get_rule(draft: ModelVersion, rule_id: int) -> Rule:
    rule: Rule | None = Rule.objects.filter(version=draft, pk=rule_id).first()
    if rule is None:
        raise NotFound(_("This rule is not in the draft."))
    return rule


def _copy(rule: Rule, version: ModelVersion) -> Rule:
    return Rule(
        organisation=version.organisation, version=version, axis=rule.axis, position=rule.position, **rule_parts(rule)
    )


def rule_parts(rule: Rule) -> dict[str, Any]:
    """Return what a rule is made of, by the names in PARTS."""
    return {name: getattr(rule, name) for name in PARTS}


def thresholds(version: ModelVersion) -> dict[str, Any]:
    """Return the thresholds of a version by their names."""
    return {name: getattr(version, name) for name in THRESHOLDS}


def check_thresholds(warm_from: float, hot_from: float, minimum_fit: float) -> dict[str, str]:
    """Return what is wrong with thresholds, by their names."""
    problems = {}
    if not 0 < warm_from <= LARGEST:
        problems["warm_from"] = _("Warm begins above 0 points.")
    if not warm_from < hot_from <= LARGEST:
        problems["hot_from"] = _("Hot begins above warm.")
    if not abs(minimum_fit) <= LARGEST:
        problems["minimum_fit"] = _("Give a number.")
    return problems


def check_rule(rule: Rule) -> None:
    """Raise Invalid with everything that is wrong with a rule."""
    problems: dict[str, str] = {}
    rule.name = rule.name.strip()
    if not rule.name:
        problems["name"] = _("Give the rule a name.")
    elif Rule.objects.filter(version=rule.version_id, axis=rule.axis, name=rule.name).exclude(pk=rule.pk).exists():
        problems["name"] = _("Another rule of this axis has this name.")
    if not 0 < abs(rule.points) <= LARGEST:
        problems["points"] = _("Give points, more or less than 0.")
    if rule.cap is not None and not 0 < rule.cap <= LARGEST:
        problems["cap"] = _("A cap is above 0.")
    if rule.half_life_days is not None and not 0 < rule.half_life_days <= 36_500:
        problems["half_life_days"] = _("A half-life is above 0 days.")
    if rule.window_days is not None and not 0 < rule.window_days <= 36_500:
        problems["window_days"] = _("Give a number of days above 0.")
    if problems:
        raise Invalid(fields=problems)
    if rule.axis == Axis.FIT:
        _check_profile(rule)
    else:
        _check_behaviour(rule)


def _check_profile(rule: Rule) -> None:
    if not rule.condition:
        raise Invalid(fields={"condition": _("Say whom the rule is for: give at least one condition.")})
    check(rule.condition, profile_vocabulary())
    rule.kind, rule.touchpoint_id, rule.property_condition = "", None, {}
    rule.cap = rule.half_life_days = rule.window_days = None
    rule.once_a_day = False


def _check_behaviour(rule: Rule) -> None:
    if not KIND_SHAPE.fullmatch(rule.kind) or rule.kind in INTERNAL:
        raise Invalid(fields={"kind": _("Choose what the person did.")})
    if rule.touchpoint_id is not None and not Touchpoint.objects.filter(pk=rule.touchpoint_id).exists():
        raise Invalid(fields={"touchpoint": _("This touchpoint does not exist, or no longer.")})
    if rule.property_condition:
        check(rule.property_condition, interaction_vocabulary(), name="property_condition")
    rule.condition = {}
