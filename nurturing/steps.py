"""Building a scenario: steps come, go and change places while it is a draft or paused; texts change at any time."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nurturing.asking import find_survey_fault
from nurturing.models import Delivery, Scenario, ScenarioStatus, Step, StepKind
from nurturing.own_fields import OwnFields
from nurturing.personalising import TemplateError, check_template
from nurturing.scenarios import lock_scenario
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.sql import run

MOST_STEPS = 40
LONGEST_WAIT_SECONDS = 366 * 86400
DEFAULT_WAIT_SECONDS = 3 * 86400


def add_step(organisation: Organisation, *, scenario_id: int, kind: str, after: int, by: Actor) -> Step:
    """Put a new step behind position `after` (0: first); people stay at their step."""
    with transaction.atomic():
        scenario = _lock_for_building(scenario_id)
        steps = list(scenario.steps.order_by("position"))
        if len(steps) >= MOST_STEPS:
            raise Conflict(_("A scenario has at most %(n)s steps.") % {"n": MOST_STEPS})
        after = min(max(after, 0), len(steps))
        wait = DEFAULT_WAIT_SECONDS if kind == StepKind.WAIT else 0
        step = Step.objects.create(
            organisation=organisation, scenario=scenario, position=after + 1, kind=StepKind(kind), wait_seconds=wait
        )
        _renumber(organisation, scenario, before=steps, after=[*steps[:after], step, *steps[after:]])
        audit.record(organisation, by, "scenario.step_add", scenario, after={"kind": kind, "position": step.position})
    return step


def edit_message(organisation: Organisation, *, step_id: int, subject: str, body: str, by: Actor) -> Step:
    """Change what an e-mail says, from the next one sent on. Raises Invalid where the text cannot be used."""
    subject, body = " ".join(subject.split()), body.replace("\r\n", "\n").strip()
    own = OwnFields(organisation)
    found = {"subject": _fault(own, subject), "body": _fault(own, body)}
    fields = {name: text for name, text in found.items() if text}
    if len(subject) > 200:
        fields["subject"] = _("A subject has at most 200 characters.")
    if fields:
        raise Invalid(fields=fields)
    with transaction.atomic():
        step = _lock_step(step_id, StepKind.EMAIL)
        before = {"subject": step.subject, "body": step.body}
        step.subject, step.body = subject, body
        step.save(update_fields=["subject", "body"])
        after = {"subject": subject, "body": body}
        audit.record(organisation, by, "scenario.step_edit", step.scenario, before=before, after=after)
    return step


def set_wait(organisation: Organisation, *, step_id: int, seconds: int, by: Actor) -> Step:
    """Change how long a wait is, for those who come to it from now on."""
    if not 0 < seconds <= LONGEST_WAIT_SECONDS:
        raise Invalid(fields={"amount": _("A wait lasts from a minute to a year.")})
    with transaction.atomic():
        step = _lock_step(step_id, StepKind.WAIT)
        _refuse_active(step.scenario)
        before = {"wait_seconds": step.wait_seconds}
        step.wait_seconds = seconds
        step.save(update_fields=["wait_seconds"])
        audit.record(
            organisation, by, "scenario.step_edit", step.scenario, before=before, after={"wait_seconds": seconds}
        )
    return step


def move_step(organisation: Organisation, *, step_id: int, is_up: bool, by: Actor) -> Step:
    """Let a step change places with its neighbour; at the end of the row nothing happens."""
    with transaction.atomic():
        step = _lock_step(step_id)
        _refuse_active(step.scenario)
        steps = list(step.scenario.steps.order_by("position"))
        at = [one.pk for one in steps].index(step.pk)
        to = at - 1 if is_up else at + 1
        if not 0 <= to < len(steps):
            return step
        _refuse_used(steps[at], steps[to])
        swapped = steps.copy()
        swapped[at], swapped[to] = swapped[to], swapped[at]
        _renumber(organisation, step.scenario, before=steps, after=swapped)
        audit.record(
            organisation,
            by,
            "scenario.step_move",
            step.scenario,
            before={"position": at + 1},
            after={"position": to + 1},
        )
        moved: Step = swapped[to]
    return moved


def delete_step(organisation: Organisation, *, step_id: int, by: Actor) -> Scenario:
    """Take a step out; who stands at it goes on to what follows. Not once its message was written to somebody."""
    with transaction.atomic():
        step = _lock_step(step_id)
        scenario: Scenario = step.scenario
        _refuse_active(scenario)
        _refuse_used(step)
        before = {"kind": str(step.kind), "position": step.position, "subject": step.subject, "body": step.body}
        steps = list(scenario.steps.order_by("position"))
        Step.objects.filter(pk=step.pk).delete()
        _renumber(organisation, scenario, before=steps, after=[one for one in steps if one.pk != step.pk])
        audit.record(organisation, by, "scenario.step_delete", scenario, before=before)
    return scenario


def _renumber(organisation: Organisation, scenario: Scenario, *, before: list[Step], after: list[Step]) -> None:
    """Number the steps in their new order, and let the people in the scenario follow theirs. Two statements."""
    numbers = {step.pk: number for number, step in enumerate(after, start=1)}
    moves = {
        step.position: numbers.get(step.pk) or (step.position if step.position <= len(after) else None)
        for step in before
    }
    params = {"organisation_id": organisation.pk, "scenario_id": scenario.pk}
    run("nurturing/renumber_enrolments", {**params, "before": list(moves), "after": list(moves.values())})
    for step in after:
        step.position = numbers[step.pk]
    Step.objects.bulk_update(after, ["position"])


def _lock_for_building(scenario_id: int) -> Scenario:
    scenario = lock_scenario(scenario_id)
    _refuse_active(scenario)
    return scenario


def _lock_step(step_id: int, kind: StepKind | None = None) -> Step:
    step: Step | None = Step.objects.filter(pk=step_id).first()
    if step is None or (kind is not None and step.kind != kind):
        raise NotFound
    scenario = lock_scenario(step.scenario_id)
    step.refresh_from_db()
    step.scenario = scenario
    if scenario.status == ScenarioStatus.ARCHIVED:
        raise Conflict(_("This scenario is archived: it stays as it was."))
    return step


def _refuse_active(scenario: Scenario) -> None:
    if scenario.status == ScenarioStatus.ACTIVE:
        raise Conflict(_("This scenario is active. Pause it to change its steps; texts can be corrected at any time."))
    if scenario.status == ScenarioStatus.ARCHIVED:
        raise Conflict(_("This scenario is archived: it stays as it was."))


def _refuse_used(*steps: Step) -> None:
    used = Delivery.objects.filter(step__in=[step.pk for step in steps]).count()
    if used:
        raise Conflict(
            ngettext(
                "%(n)s message of this step is in the ledger: its text can be changed, its place cannot.",
                "%(n)s messages of this step are in the ledger: its text can be changed, its place cannot.",
                used,
            )
            % {"n": used}
        )


def _fault(own: OwnFields, text: str) -> str:
    """Say what is wrong with a text, also with the own fields it names; "" where nothing is."""
    try:
        check_template(text)
        if own.are_named(text):
            check_template(text, own.sample(own.organisation.language))
            if faults := own.find_faults(text):
                return " ".join(faults)
        return find_survey_fault(own.organisation, text)
    except TemplateError as error:
        return _("This cannot be read: %(error)s.") % {"error": error}
