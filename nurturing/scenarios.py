"""Creating scenarios, and letting them run: draft -> active <-> paused -> archived."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.models import Tier
from nurturing.envelopes import sender_of
from nurturing.flow import STALE_AFTER
from nurturing.models import (
    Delivery,
    DeliveryStatus,
    Enrolment,
    EnrolmentStatus,
    ExitReason,
    Scenario,
    ScenarioStatus,
    Step,
    StepKind,
    Trigger,
)
from nurturing.own_fields import OwnFields, is_own
from nurturing.personalising import TemplateError, check_template, find_unknown_names
from nurturing.waking import MAIL, STEPS
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.wakeups import wake
from touchpoints.kinds import NEWS
from touchpoints.lead_forms.models import LeadForm
from touchpoints.models import Touchpoint


@dataclass(frozen=True)
class ScenarioInput:
    """What a member says of a scenario."""

    name: str
    trigger: str
    trigger_tier: int | None = None
    trigger_touchpoint_id: int | None = None
    trigger_lead_form_id: int | None = None
    trigger_kind: str = ""


def create_scenario(organisation: Organisation, *, values: ScenarioInput, by: Actor) -> Scenario:
    """Create a draft without steps."""
    with transaction.atomic():
        scenario = Scenario(organisation=organisation, created_by=by if isinstance(by, User) else None)
        _set_values(scenario, values)
        scenario.save()
        audit.record(organisation, by, "scenario.create", scenario, after=_audited(scenario))
    return scenario


def update_scenario(organisation: Organisation, *, scenario_id: int, values: ScenarioInput, by: Actor) -> Scenario:
    """Rename a scenario, or change what starts it; the latter not while it is active."""
    with transaction.atomic():
        scenario = lock_scenario(scenario_id)
        if scenario.status == ScenarioStatus.ARCHIVED:
            raise Conflict(_("This scenario is archived: it stays as it was."))
        before = _audited(scenario)
        _set_values(scenario, values)
        after = _audited(scenario)
        if scenario.status == ScenarioStatus.ACTIVE and {**before, "name": ""} != {**after, "name": ""}:
            raise Conflict(_("This scenario is active. Pause it to change what starts it."))
        scenario.save()
        audit.record(organisation, by, "scenario.update", scenario, before=before, after=after)
    return scenario


def activate_scenario(organisation: Organisation, *, scenario_id: int, by: Actor) -> Scenario:
    """Let a draft start or a paused scenario go on. Raises Invalid with what is missing.

    Messages held by the pause leave now, those more than a week late do not.
    """
    with transaction.atomic():
        scenario = lock_scenario(scenario_id)
        if scenario.status not in {ScenarioStatus.DRAFT, ScenarioStatus.PAUSED}:
            raise Conflict(_("Only a draft or a paused scenario can be activated."))
        problems = find_problems(organisation, scenario)
        if problems:
            raise Invalid(
                _("This scenario cannot start yet."), fields={str(n): text for n, text in enumerate(problems)}
            )
        _change_status(organisation, scenario, ScenarioStatus.ACTIVE, "scenario.activate", by)
        held = _deliveries_of(scenario).filter(status=DeliveryStatus.HELD, reason="paused")
        now = timezone.now()
        held.filter(due_at__lt=now - STALE_AFTER).update(reason="expired")
        if held.update(status=DeliveryStatus.PENDING, reason="", lease_until=None, due_at=now):
            wake(organisation.pk, MAIL)
        wake(organisation.pk, STEPS)
    return scenario


def pause_scenario(organisation: Organisation, *, scenario_id: int, by: Actor) -> Scenario:
    """Keep everybody where they are; what is about to leave is held."""
    with transaction.atomic():
        scenario = lock_scenario(scenario_id)
        if scenario.status != ScenarioStatus.ACTIVE:
            raise Conflict(_("Only an active scenario can be paused."))
        _change_status(organisation, scenario, ScenarioStatus.PAUSED, "scenario.pause", by)
        _hold_waiting(scenario, "paused")
    return scenario


def archive_scenario(organisation: Organisation, *, scenario_id: int, by: Actor) -> Scenario:
    """End a scenario for good: everybody leaves it, nothing more is sent; figures and ledger stay."""
    with transaction.atomic():
        scenario = lock_scenario(scenario_id)
        if scenario.status == ScenarioStatus.ARCHIVED:
            return scenario
        _change_status(organisation, scenario, ScenarioStatus.ARCHIVED, "scenario.archive", by)
        _hold_waiting(scenario, "archived")
        _deliveries_of(scenario).filter(status=DeliveryStatus.HELD, reason="paused").update(reason="archived")
        Enrolment.objects.filter(scenario=scenario, status=EnrolmentStatus.ACTIVE).update(
            status=EnrolmentStatus.LEFT, exit_reason=ExitReason.ARCHIVED, left_at=timezone.now(), due_at=None
        )
    return scenario


def find_problems(organisation: Organisation, scenario: Scenario, own: OwnFields | None = None) -> list[str]:
    """Return what keeps a scenario from starting, in words; empty when it may. Two queries."""
    own = own or OwnFields(organisation)
    steps = sorted(scenario.steps.all(), key=lambda step: step.position)
    mails = [step for step in steps if step.kind == StepKind.EMAIL]
    problems = []
    if not mails:
        problems.append(_("It sends nothing yet: add an e-mail."))
    if sender_of(organisation).domain == "localhost":
        problems.append(_("Nobody knows who writes: an admin gives the sender’s address in the settings."))
    if scenario.trigger == Trigger.TIER and scenario.trigger_tier is None:
        problems.append(_("Say which tier starts it."))
    for step in mails:
        number = {"n": step.position}
        if not step.subject.strip():
            problems.append(_("Step %(n)s has no subject.") % number)
        if not step.body.strip():
            problems.append(_("Step %(n)s has no text.") % number)
        problems += _find_text_problems(own, step)
    problems += [
        _("Step %(n)s waits for no time at all.") % {"n": step.position}
        for step in steps
        if step.kind == StepKind.WAIT and step.wait_seconds <= 0
    ]
    return problems


def lock_scenario(scenario_id: int) -> Scenario:
    """Return a scenario nobody else changes meanwhile, or raise NotFound."""
    scenario: Scenario | None = Scenario.objects.select_for_update().filter(pk=scenario_id).first()
    if scenario is None:
        raise NotFound
    return scenario


def find_gone_fields(scenario: Scenario, own: OwnFields) -> list[str]:
    """Return what messages name of own fields that are not there any more: nothing stands in its place. Two queries."""
    return [
        _("Step %(n)s: %(fault)s") % {"n": step.position, "fault": fault}
        for step in sorted(scenario.steps.all(), key=lambda step: step.position)
        for fault in own.find_gone(step.subject, step.body)
    ]


def _find_text_problems(own: OwnFields, step: Step) -> list[str]:
    try:
        check_template(step.subject)
        check_template(step.body)
    except TemplateError as error:
        return [_("Step %(n)s cannot be read: %(error)s.") % {"n": step.position, "error": error}]
    faults = own.find_gone(step.subject, step.body)
    problems = [_("Step %(n)s: %(fault)s") % {"n": step.position, "fault": fault} for fault in faults]
    unknown = [name for name in find_unknown_names(step.subject, step.body) if not is_own(name)]
    if unknown:
        names = ", ".join(unknown)
        problems.append(_("Step %(n)s uses what nobody has: %(names)s.") % {"n": step.position, "names": names})
    return problems


def _set_values(scenario: Scenario, values: ScenarioInput) -> None:
    name = " ".join(values.name.split())
    if not name:
        raise Invalid(fields={"name": _("Give it a name.")})
    scenario.name, scenario.trigger = name[:120], Trigger(values.trigger)
    scenario.trigger_tier, scenario.trigger_touchpoint_id, scenario.trigger_kind = None, None, ""
    scenario.trigger_lead_form_id = None
    if scenario.trigger == Trigger.TIER:
        if values.trigger_tier not in {Tier.WARM, Tier.HOT}:
            raise Invalid(fields={"trigger_tier": _("Say which tier starts it.")})
        scenario.trigger_tier = values.trigger_tier
    elif scenario.trigger == Trigger.COMPANY:
        if values.trigger_kind and values.trigger_kind not in NEWS:
            raise Invalid(fields={"trigger_kind": _("Say which change starts it.")})
        scenario.trigger_kind = values.trigger_kind
    else:
        _set_form(scenario, values)


def _set_form(scenario: Scenario, values: ScenarioInput) -> None:
    touchpoint_id, form_id = values.trigger_touchpoint_id, values.trigger_lead_form_id
    if touchpoint_id is not None and not Touchpoint.objects.filter(pk=touchpoint_id).exists():
        raise Invalid(fields={"trigger_touchpoint": _("This touchpoint does not exist, or no longer.")})
    if form_id is not None and not LeadForm.objects.filter(pk=form_id).exists():
        raise Invalid(fields={"trigger_lead_form": _("This form does not exist, or no longer.")})
    scenario.trigger_touchpoint_id, scenario.trigger_lead_form_id = touchpoint_id, form_id


def _change_status(
    organisation: Organisation, scenario: Scenario, status: ScenarioStatus, action: str, by: Actor
) -> None:
    before, scenario.status = scenario.status, status
    scenario.save(update_fields=["status", "updated_at"])
    audit.record(organisation, by, action, scenario, before={"status": before}, after={"status": str(status)})


def _hold_waiting(scenario: Scenario, reason: str) -> None:
    """Hold what no sender has in its hands; what one has is looked at again before it is sent."""
    _deliveries_of(scenario).filter(status=DeliveryStatus.PENDING, lease_until=None).update(
        status=DeliveryStatus.HELD, reason=reason
    )


def _deliveries_of(scenario: Scenario) -> QuerySet[Delivery]:
    return Delivery.objects.filter(step__in=list(scenario.steps.values_list("pk", flat=True)))


def _audited(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "trigger": str(scenario.trigger),
        "tier": scenario.trigger_tier,
        "touchpoint": scenario.trigger_touchpoint_id,
        "form": scenario.trigger_lead_form_id,
        "change": scenario.trigger_kind,
    }
