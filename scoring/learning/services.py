"""Starting to learn, and taking over what was learned into the draft."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.web.figures import figure
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import start_job, stop_job
from prm.work.models import Job
from scoring.learning.models import Among, Goal, Learning
from scoring.learning.running import JOB_KIND
from scoring.learning.shape import shape_of
from scoring.learning.suggesting import cap_with
from scoring.models import ModelVersion, VersionStatus
from scoring.versions import check_rule, create_draft, find_problems, lock_draft


def start_learning(
    organisation: Organisation,
    *,
    goal: str,
    by: Actor,
    among: str = Among.ACTIVE,
    taken_in: Collection[int] = (),
) -> Learning:
    """Let a worker learn weights for the draft's rules, starting a draft where there is none.

    The same question that is being answered already gives the run under way; another one is stopped. Raises Invalid
    for a draft that could not be published.
    """
    if goal not in Goal.values or among not in Among.values:
        raise Invalid(_("Choose what counts as converted, and who is compared."))
    with transaction.atomic():
        if not ModelVersion.objects.filter(status=VersionStatus.DRAFT).exists():
            create_draft(organisation, by=by)
        draft = lock_draft()
        if problems := find_problems(draft):
            raise Invalid(_("Nothing can be learned for this draft yet."), fields=problems)
        ids = sorted(draft.rules.filter(pk__in=taken_in).values_list("pk", flat=True))
        asked: dict[str, Any] = {"goal": goal, "among": among, "taken_in": ids, "fingerprint": shape_of(draft)}
        newest = find_newest(draft)
        if newest and newest.job and not newest.job.is_over:
            if all(getattr(newest, name) == value for name, value in asked.items()):
                return newest
            stop_job(organisation, job_id=newest.job.pk)
        person = by if isinstance(by, User) else None
        learning = Learning.objects.create(organisation=organisation, version=draft, created_by=person, **asked)
        title = _("Learning weights for draft %(version)s") % {"version": draft}
        learning.job = start_job(organisation, kind=JOB_KIND, title=title, params={"learning": learning.pk}, by=person)
        learning.save(update_fields=["job"])
        audit.record(organisation, by, "scoring_model.learn", draft, after={"number": draft.number, "goal": goal})
    return learning


def find_newest(version: ModelVersion) -> Learning | None:
    """Return what was learned last for a version, with its job. One query."""
    found: Learning | None = (
        Learning.objects.filter(version=version).select_related("job").order_by("-created_at", "-pk").first()
    )
    return found


def find_job(learning: Learning) -> Job | None:
    """Return the job while nothing is found yet."""
    return None if learning.result else learning.job


def take_over(organisation: Organisation, *, learning_id: int, rule_ids: Collection[int], by: Actor) -> int:
    """Give these rules of the draft their suggested points, with caps that go along; return how many changed.

    A rule that is worth nothing is put out of use. The draft's note says where its points come from. Raises Conflict
    where the rules ask something else than when it was learned.
    """
    with transaction.atomic():
        draft = lock_draft()
        learning = Learning.objects.filter(pk=learning_id, version=draft).first()
        if learning is None:
            raise NotFound
        if learning.fingerprint != shape_of(draft):
            raise Conflict(_("The rules were changed since. Learn again before you take anything over."))
        before, after = {}, {}
        for rule in draft.rules.filter(pk__in=rule_ids).order_by("pk"):
            suggested = learning.result.get("rules", {}).get(str(rule.pk), {}).get("suggested")
            if suggested is None:
                raise Invalid(_("For “%(rule)s” nothing is suggested.") % {"rule": rule.name})
            known = {"points": rule.points, "cap": rule.cap, "is_enabled": rule.is_enabled}
            if suggested:
                rule.cap = cap_with(rule.cap, rule.points, suggested)
                rule.points = suggested
            else:
                rule.is_enabled = False
            now = {"points": rule.points, "cap": rule.cap, "is_enabled": rule.is_enabled}
            if now != known:
                check_rule(rule)
                rule.save(update_fields=["points", "cap", "is_enabled"])
                before[rule.name], after[rule.name] = known, now
        if not rule_ids:
            raise Invalid(_("Choose at least one rule."))
        if after:
            draft.note = note_of(learning, len(after))[:250]
            draft.save(update_fields=["note"])
            audit.record(organisation, by, "scoring_model.take_over", draft, before=before, after=after)
    return len(after)


def note_of(learning: Learning, rules: int) -> str:
    """Say where points come from, as a version's note does."""
    words = ngettext(
        "Points of %(rules)s rule learned from %(converted)s conversions (%(goal)s; AUC %(auc)s).",
        "Points of %(rules)s rules learned from %(converted)s conversions (%(goal)s; AUC %(auc)s).",
        rules,
    )
    return words % {
        "rules": figure(rules),
        "converted": figure(learning.result["converted"]),
        "goal": Goal(learning.goal).label,
        "auc": figure(learning.result["auc"]["value"], 2),
    }
