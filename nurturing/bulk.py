"""Taking many contacts into a scenario at once, and out of it again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.types.json import Jsonb

from contacts.bulk.actions import ActionForm, BulkAction, Outcome, Turn
from nurturing.flow import land
from nurturing.models import Enrolment, EnrolmentStatus, ExitReason, Scenario, ScenarioStatus
from nurturing.waking import STEPS
from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.work.errors import Conflict
from prm.work.sql import fetch
from prm.work.wakeups import wake


class EnrolForm(ActionForm):
    """The scenario they are taken into."""

    scenario = forms.TypedChoiceField(label=gettext_lazy("Scenario"), coerce=int)


def _form(organisation: Organisation, data: QueryDict | None) -> ActionForm:
    form = EnrolForm(data)
    active = Scenario.objects.filter(organisation=organisation, status=ScenarioStatus.ACTIVE).order_by("name")
    choices = [("", _("Choose a scenario")), *active.values_list("pk", "name")]
    cast("forms.TypedChoiceField", form.fields["scenario"]).choices = choices
    return form


def _title(organisation: Organisation, values: Mapping[str, Any]) -> str:
    name = Scenario.objects.filter(organisation=organisation, pk=values["scenario"]).values_list("name", flat=True)
    return _("Into “%(scenario)s”") % {"scenario": name.first() or "–"}


def _enrol(turn: Turn) -> Outcome:
    scenario = Scenario.objects.filter(pk=turn.values["scenario"]).first()
    landing = land(scenario.steps.all(), after=0) if scenario else None
    if scenario is None or scenario.status != ScenarioStatus.ACTIVE or landing is None:
        raise Conflict(_("This scenario is not active, or sends nothing."))
    due_at = landing.due_at(timezone.now())
    params = {
        "organisation_id": turn.organisation.pk,
        "scenario_id": scenario.pk,
        "contact_ids": turn.contact_ids,
        "position": landing.position,
        "due_at": due_at,
        "cause": Jsonb({"by": str(turn.by or "PRM"), "bulk": turn.run_id}),
    }
    told: dict[str, list[int]] = {}
    for contact_id, obstacle in fetch("nurturing/enrol_chosen", params):
        told.setdefault(obstacle, []).append(int(contact_id))
    done = told.pop("", [])
    if done:
        wake(turn.organisation.pk, STEPS, due_at=due_at if landing.wait_seconds else None)
    return Outcome(done, told, {"ids": done, "scenario": scenario.pk})


def _leave(turn: Turn, before: dict[str, Any], _done_at: datetime) -> int:
    """Let those go who are still in it by this run; what waits to leave for them is held."""
    enrolled = Enrolment.objects.filter(
        contact__in=before["ids"], scenario=before["scenario"], status=EnrolmentStatus.ACTIVE, cause__bulk=turn.run_id
    )
    locked = enrolled.select_for_update().order_by("pk").values_list("pk", flat=True)
    return Enrolment.objects.filter(pk__in=list(locked)).update(
        status=EnrolmentStatus.LEFT, exit_reason=ExitReason.BY_HAND, left_at=timezone.now(), due_at=None
    )


ENROL = BulkAction(
    "enrol",
    gettext_lazy("Add to a scenario"),
    "flow",
    Right.NURTURING_EDIT,
    _title,
    _enrol,
    form=_form,
    undo=_leave,
    reasons={
        "no_address": gettext_lazy("has no e-mail address"),
        "suppressed": gettext_lazy("may not be written to"),
        "handoff": gettext_lazy("is with sales"),
        "customer": gettext_lazy("is a customer"),
        "already": gettext_lazy("was in this scenario already; everybody goes through it once"),
    },
)
