"""A version of the model as one JSON document that can live in a repository: exported, and taken into the draft."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Invalid
from scoring.models import Axis, ModelVersion, Rule, VersionStatus
from scoring.versions import PARTS, THRESHOLDS, check_rule, check_thresholds, create_draft, lock_draft, rule_parts
from touchpoints.models import Touchpoint

MOST_RULES = 500
# A touchpoint goes by its API name: ids differ between organisations.
_PARTS = tuple(part for part in PARTS if part != "touchpoint_id")


def document_of(version: ModelVersion) -> dict[str, Any]:
    """Return thresholds and rules in their order, intent first; what is empty is left out. Two queries."""
    codes = dict(Touchpoint.objects.values_list("pk", "code"))
    return {
        **{name: getattr(version, name) for name in THRESHOLDS},
        "rules": [
            _rule_document(rule, codes) for rule in sorted(version.list_rules(), key=lambda rule: rule.axis == Axis.FIT)
        ],
    }


def _rule_document(rule: Rule, codes: Mapping[int, str]) -> dict[str, Any]:
    parts = {"axis": rule.axis, **{name: value for name, value in rule_parts(rule).items() if name in _PARTS}}
    if rule.touchpoint_id is not None:
        parts["touchpoint"] = codes[rule.touchpoint_id]
    if parts.pop("is_enabled") is False:
        parts["is_enabled"] = False
    return {name: value for name, value in parts.items() if value or name in {"points", "is_enabled"}}


def replace_draft(
    organisation: Organisation,
    *,
    thresholds: Mapping[str, float],
    rules: Sequence[Mapping[str, Any]],
    by: Actor,
) -> ModelVersion:
    """Make the draft say exactly this, starting one where there is none; all or nothing.

    A rule is what `document_of` gives. Raises Invalid with every problem, by "rules.<number from 0>.<part>".
    """
    if len(rules) > MOST_RULES:
        raise Invalid(fields={"rules": _("At most %(most)s rules.") % {"most": MOST_RULES}})
    with transaction.atomic():
        if not ModelVersion.objects.filter(status=VersionStatus.DRAFT).exists():
            create_draft(organisation, by=by)
        draft = lock_draft()
        before = document_of(draft)
        problems = dict(check_thresholds(**{name: thresholds[name] for name in THRESHOLDS}))
        draft.rules.all().delete()
        ids = {code: pk for pk, code in Touchpoint.objects.values_list("pk", "code")}
        for number, given in enumerate(rules):
            problems.update(_add(organisation, draft, number, given, ids))
        if problems:
            raise Invalid(fields=problems)
        for name in THRESHOLDS:
            setattr(draft, name, thresholds[name])
        draft.save(update_fields=list(THRESHOLDS))
        draft = ModelVersion.objects.get(pk=draft.pk)
        audit.record(organisation, by, "scoring_model.replace", draft, before=before, after=document_of(draft))
    return draft


def _add(
    organisation: Organisation, draft: ModelVersion, number: int, given: Mapping[str, Any], ids: Mapping[str, int]
) -> dict[str, str]:
    """Add one rule to the draft; return what is wrong with it instead, by its place."""
    rule = Rule(
        organisation=organisation,
        version=draft,
        axis=given["axis"],
        position=number,
        **{name: given[name] for name in _PARTS if name in given},
    )
    code = given.get("touchpoint")
    if code and code not in ids:
        return {f"rules.{number}.touchpoint": _("This touchpoint does not exist, or no longer.")}
    rule.touchpoint_id = ids[code] if code else None
    try:
        check_rule(rule)
    except Invalid as refusal:
        return {f"rules.{number}.{name}": str(message) for name, message in refusal.fields.items()}
    rule.save()
    return {}
