"""Two touchpoints that are one: rules and actions move at once, interactions by a worker."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid
from prm.work.jobs import JobRun, start_job
from prm.work.sql import fetch
from prm.work.wakeups import wake
from touchpoints.actions.models import EnrichmentAction
from touchpoints.contents.models import Content
from touchpoints.interests.models import ThemeRule
from touchpoints.landing_pages.models import LandingPage
from touchpoints.lead_forms.models import LeadForm
from touchpoints.models import Touchpoint
from touchpoints.recognition.homes import STRETCH, follow
from touchpoints.recognition.models import RecognitionRule
from touchpoints.services import lock_touchpoint
from touchpoints.surveys.answering import QUEUE as SURVEY_QUEUE
from touchpoints.surveys.models import Answer, Survey

KIND = "merge_touchpoints"


@dataclass(frozen=True)
class Consequences:
    """What merging would move."""

    interactions: int
    rules: int
    actions: int


def foresee(organisation: Organisation, touchpoint: Touchpoint) -> Consequences:
    """Return what a touchpoint would bring along. Three queries; interactions are counted by their index."""
    ((interactions,),) = fetch(
        "touchpoints/count_interactions", {"organisation_id": organisation.pk, "touchpoint_id": touchpoint.pk}
    )
    return Consequences(
        int(interactions),
        RecognitionRule.objects.filter(touchpoint=touchpoint).count(),
        EnrichmentAction.objects.filter(touchpoint=touchpoint, deleted_at=None).count(),
    )


def merge_touchpoints(organisation: Organisation, *, gone_id: int, kept_id: int, by: User | None) -> Touchpoint:
    """Make one touchpoint part of another and return that one. It cannot be taken back.

    Its API name goes on meaning the other, in conditions and for programs; ratings stay those of the one kept. Raises
    NotFound; Invalid for one and the same, Conflict where either is no longer in the inventory.
    """
    if gone_id == kept_id:
        raise Invalid(fields={"into": _("Choose another touchpoint.")})
    with transaction.atomic():
        # In the order of ids, so that two who merge the same pair wait for each other.
        locked = {pk: lock_touchpoint(pk) for pk in sorted((gone_id, kept_id))}
        gone, kept = locked[gone_id], locked[kept_id]
        if gone.merged_into_id or kept.merged_into_id or kept.archived_at:
            raise Conflict(_("One of them is not in the inventory any more. Look at the list again."))
        moved = foresee(organisation, gone)
        RecognitionRule.objects.filter(touchpoint=gone).update(touchpoint=kept)
        EnrichmentAction.objects.filter(touchpoint=gone).update(touchpoint=kept)
        Survey.objects.filter(touchpoint=gone).update(touchpoint=kept)
        if Answer.objects.filter(touchpoint=gone).update(touchpoint=kept):
            wake(organisation.pk, SURVEY_QUEUE)
        LeadForm.objects.filter(touchpoint=gone).update(touchpoint=kept)
        LandingPage.objects.filter(touchpoint=gone).update(touchpoint=kept)
        ThemeRule.objects.filter(touchpoint=gone).update(touchpoint=kept)
        Content.objects.filter(touchpoint=gone).update(touchpoint=kept)
        Touchpoint.objects.filter(merged_into=gone).update(merged_into=kept)
        gone.merged_into, gone.archived_at = kept, gone.archived_at or timezone.now()
        gone.save(update_fields=["merged_into", "archived_at", "updated_at"])
        params = {"gone": gone.pk, "kept": kept.pk, "total": moved.interactions}
        start_job(
            organisation,
            kind=KIND,
            title=_("“%(gone)s” becomes part of “%(kept)s”") % {"gone": gone.name, "kept": kept.name},
            params=params,
            by=by,
        )
        audit.record(
            organisation,
            by,
            "touchpoint.merge",
            kept,
            before={"merged": gone.name, "code": gone.code},
            after={"interactions": moved.interactions, "rules": moved.rules, "actions": moved.actions},
        )
    return kept


def run_merge(run: JobRun) -> None:
    """Carry out a job: interactions in stretches, each committed; what comes in under the old one meanwhile as well."""
    params: dict[str, Any] = run.job.params
    done = run.job.done
    run.advance(done=done, total=max(int(params["total"]), done))
    statement = {
        "organisation_id": run.organisation.pk,
        "gone_id": params["gone"],
        "kept_id": params["kept"],
        "most": STRETCH,
    }
    while True:
        with transaction.atomic():
            ((moved,),) = fetch("touchpoints/move_interactions", statement)
        if not moved:
            break
        done += int(moved)
        run.advance(done=done)
    run.result["moved"] = done
    follow(run.organisation, given=done)
