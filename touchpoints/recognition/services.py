"""What people do with recognition rules: add, change, put in order, remove; and give homes backwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import start_job
from prm.work.models import Job, JobStatus
from prm.work.texts import is_storable
from touchpoints.models import Touchpoint
from touchpoints.recognition.facts import FACTS, PROPERTY
from touchpoints.recognition.models import RecognitionRule
from touchpoints.recording import KIND_SHAPE

# The kind of job that gives homes to what has none.
KIND = "recognise"
# Each interaction that comes in without a touchpoint is held against every rule.
MOST_RULES = 200
MOST_KINDS = 40
LONGEST_PATTERN = 300


@dataclass(frozen=True)
class RuleInput:
    """A rule as somebody gives it."""

    touchpoint_id: int
    kinds: tuple[str, ...] = ()
    patterns: Mapping[str, str] = field(default_factory=dict)


def create_rule(organisation: Organisation, *, values: RuleInput, by: Actor | None) -> RecognitionRule:
    """Add a rule after the others. Raises Invalid, and Conflict where the same rule stands already."""
    with transaction.atomic():
        _hold_order(organisation)
        rule = RecognitionRule(organisation=organisation, created_by=by if isinstance(by, User) else None)
        _set(rule, values)
        if RecognitionRule.objects.count() >= MOST_RULES:
            raise Conflict(
                _("There are %(n)s rules already: remove one, or let one do for several.") % {"n": MOST_RULES}
            )
        rule.position = (RecognitionRule.objects.aggregate(last=Max("position"))["last"] or 0) + 1
        rule.save()
        audit.record(organisation, by, "recognition_rule.create", rule, label=_label(rule), after=_told(rule))
    return rule


def update_rule(organisation: Organisation, *, rule_id: int, values: RuleInput, by: Actor | None) -> RecognitionRule:
    """Change a rule; its place stays. Raises NotFound, Invalid, Conflict."""
    with transaction.atomic():
        rule = _lock(rule_id)
        before = _told(rule)
        _set(rule, values)
        after = _told(rule)
        if after != before:
            rule.save()
            audit.record(
                organisation, by, "recognition_rule.update", rule, label=_label(rule), before=before, after=after
            )
    return rule


def delete_rule(organisation: Organisation, *, rule_id: int, by: Actor | None) -> RecognitionRule:
    """Remove a rule; what it recognised keeps its touchpoint. Raises NotFound."""
    with transaction.atomic():
        rule = _lock(rule_id)
        audit.record(organisation, by, "recognition_rule.delete", rule, label=_label(rule), before=_told(rule))
        rule.delete()
    return rule


def move_rule(organisation: Organisation, *, rule_id: int, earlier: bool, by: Actor | None) -> None:
    """Let a rule change places with the one before or after it; the first and last stay. Raises NotFound."""
    with transaction.atomic():
        _hold_order(organisation)
        ids = list(RecognitionRule.objects.order_by("position", "pk").values_list("pk", flat=True))
        if rule_id not in ids:
            raise NotFound
        place = ids.index(rule_id)
        other = place + (-1 if earlier else 1)
        if not 0 <= other < len(ids):
            return
        ids[place], ids[other] = ids[other], ids[place]
        rules = RecognitionRule.objects.in_bulk(ids)
        moved = [rules[pk] for position, pk in enumerate(ids, start=1) if rules[pk].position != position]
        for position, pk in enumerate(ids, start=1):
            rules[pk].position = position
        RecognitionRule.objects.bulk_update(moved, ["position"])
        rule = rules[rule_id]
        audit.record(
            organisation, by, "recognition_rule.move", rule, label=_label(rule), after={"position": rule.position}
        )


def give_homes(organisation: Organisation, *, by: User | None) -> Job:
    """Let a worker hold everything in the log that has no touchpoint against the rules. One run at a time.

    Raises Invalid without a rule, Conflict while one runs.
    """
    with transaction.atomic():
        _hold_order(organisation)
        if not RecognitionRule.objects.exists():
            raise Invalid(_("There is no rule yet: say first how interactions are recognised."))
        if find_open_run() is not None:
            raise Conflict(_("Interactions are being given their touchpoints already; wait until that is done."))
        job = start_job(organisation, kind=KIND, title=_("Touchpoints for past interactions"), by=by)
        audit.record(organisation, by, "recognition.give_homes", job)
    return job


def find_open_run() -> Job | None:
    """Return the run that is not over yet, if there is one."""
    open_statuses = (JobStatus.WAITING, JobStatus.RUNNING, JobStatus.STOPPING)
    job: Job | None = Job.objects.filter(kind=KIND, status__in=open_statuses).order_by("-pk").first()
    return job


def _hold_order(organisation: Organisation) -> None:
    """Let one at a time add or move rules of an organisation."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)


def _lock(rule_id: int) -> RecognitionRule:
    found = RecognitionRule.objects.select_for_update(of=("self",)).select_related("touchpoint")
    rule: RecognitionRule | None = found.filter(pk=rule_id).first()
    if rule is None:
        raise NotFound
    return rule


def _set(rule: RecognitionRule, values: RuleInput) -> None:
    fields: dict[str, str] = {}
    touchpoint = Touchpoint.objects.filter(pk=values.touchpoint_id).first()
    if touchpoint is None or (touchpoint.archived_at and touchpoint.pk != rule.touchpoint_id):
        fields["touchpoint"] = _("Choose a touchpoint of the inventory.")
    kinds = sorted(set(values.kinds))
    if len(kinds) > MOST_KINDS or not all(KIND_SHAPE.fullmatch(kind) for kind in kinds):
        fields["kinds"] = _("Choose kinds of the list.")
    patterns = {name: " ".join(text.split()) for name, text in values.patterns.items() if text.strip()}
    for name, text in patterns.items():
        if not _is_known(name):
            fields["property_name"] = _("Give the property’s name, without blanks around it.")
        elif len(text) > LONGEST_PATTERN or not is_storable(text) or not is_storable(name) or len(name) > 100:
            fields[name] = _("This is too long, or holds characters that cannot be stored.")
    if not kinds and not patterns and not fields:
        fields["__all__"] = _("Ask for something: a kind, an address, a campaign, a form, a scenario or a property.")
    if fields:
        raise Invalid(fields=fields)
    rule.touchpoint, rule.kinds, rule.patterns = touchpoint, kinds, patterns
    same = (
        RecognitionRule.objects.filter(kinds=kinds, patterns=patterns).exclude(pk=rule.pk).select_related("touchpoint")
    )
    if (other := same.first()) is not None:
        raise Conflict(
            _("The same is asked for “%(name)s” already: change that rule, or ask for more.")
            % {"name": other.touchpoint.name}
        )


def _is_known(name: str) -> bool:
    """Tell a fact, or a property that has a name without blanks around it."""
    own = name.removeprefix(PROPERTY)
    return name in FACTS or (name.startswith(PROPERTY) and own == own.strip() != "")


def _told(rule: RecognitionRule) -> dict[str, Any]:
    return {"touchpoint": rule.touchpoint.name, "kinds": rule.kinds, "patterns": rule.patterns}


def _label(rule: RecognitionRule) -> str:
    return str(rule.touchpoint.name)
