"""What the pages of nurturing show."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Case, CharField, Count, F, Min, Prefetch, Q, QuerySet, Value, When

from contacts.models import Contact
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
from nurturing.reasons import HELD, SETTLED, Reason, explain
from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from touchpoints.lead_forms.models import LeadForm
from touchpoints.models import Touchpoint

# Deliveries shown on a contact's page.
LATEST = 8
_ENDED = [DeliveryStatus.SENT, DeliveryStatus.HELD, DeliveryStatus.REFUSED, DeliveryStatus.UNKNOWN]
_ON_ITS_WAY = [DeliveryStatus.PENDING, DeliveryStatus.SENDING]


@dataclass
class Tally:
    """People of one scenario, and messages of all its steps."""

    active: int = 0
    done: int = 0
    left: int = 0
    sent: int = 0
    unknown: int = 0

    @property
    def entered(self) -> int:
        """Everybody who ever came in."""
        return self.active + self.done + self.left


@dataclass(frozen=True)
class ScenarioRow:
    """One line of the list of scenarios."""

    scenario: Scenario
    mails: int
    tally: Tally


@dataclass
class StepView:
    """One step with its figures. `came` counts the ledger rows: whose turn it was."""

    step: Step
    waiting: int = 0
    next_at: datetime | None = None
    on_its_way: int = 0
    sent: int = 0
    held: int = 0
    refused: int = 0
    unknown: int = 0
    why_held: list[tuple[str, Reason, int]] = field(default_factory=list)

    @property
    def came(self) -> int:
        """Everybody whose turn this step was."""
        return self.on_its_way + self.sent + self.held + self.refused + self.unknown

    @property
    def not_sent(self) -> int:
        """Held by us or refused by the server."""
        return self.held + self.refused


@dataclass(frozen=True)
class Flow:
    """A scenario with everything its page shows."""

    scenario: Scenario
    steps: list[StepView]
    tally: Tally
    exits: list[tuple[str, int]]

    @property
    def waiting(self) -> int:
        """People who stand before a message."""
        return sum(one.waiting for one in self.steps)

    @property
    def next_at(self) -> datetime | None:
        """When the next message is due."""
        return min((one.next_at for one in self.steps if one.next_at), default=None)

    @property
    def why_held(self) -> list[tuple[str, Reason, int]]:
        """Reasons over all steps, the most frequent first."""
        counts: dict[str, int] = defaultdict(int)
        for one in self.steps:
            for code, _reason, count in one.why_held:
                counts[code] += count
        return _with_reasons(counts)


@dataclass(frozen=True)
class EnrolmentView:
    """One contact's way through one scenario, in the words of their page."""

    enrolment: Enrolment
    steps: int
    last: Delivery | None
    reason: Reason | None

    @property
    def is_active(self) -> bool:
        """Tell whether more is to come."""
        return self.enrolment.status == EnrolmentStatus.ACTIVE


def list_scenarios(organisation: Organisation, *, is_archived: bool = False) -> list[ScenarioRow]:
    """Return scenarios with their figures, those in use first. Four queries, whatever their number."""
    scenarios = Scenario.objects.filter(status=ScenarioStatus.ARCHIVED) if is_archived else _in_use()
    rows = list(scenarios.select_related("trigger_touchpoint", "trigger_lead_form").order_by("-updated_at", "-pk"))
    rows.sort(key=lambda one: one.status != ScenarioStatus.ACTIVE)
    tallies = _tally(rows)
    mails = dict(
        Step.objects.filter(scenario__in=rows, kind=StepKind.EMAIL)
        .values_list("scenario_id")
        .annotate(n=Count("pk"))
        .values_list("scenario_id", "n")
    )
    return [ScenarioRow(one, mails.get(one.pk, 0), tallies[one.pk]) for one in rows]


def count_archived(organisation: Organisation) -> int:
    """Return how many scenarios are archived."""
    return Scenario.objects.filter(status=ScenarioStatus.ARCHIVED).count()


def get_scenario(organisation: Organisation, pk: int) -> Scenario:
    """Return a scenario with its trigger's touchpoint, or raise NotFound."""
    scenario = Scenario.objects.filter(pk=pk).select_related("trigger_touchpoint", "trigger_lead_form").first()
    if scenario is None:
        raise NotFound
    return scenario


def get_step(organisation: Organisation, pk: int) -> Step:
    """Return a step with its scenario, or raise NotFound."""
    step = Step.objects.filter(pk=pk).select_related("scenario__trigger_touchpoint").first()
    if step is None:
        raise NotFound
    return step


def get_flow(organisation: Organisation, scenario: Scenario) -> Flow:
    """Return a scenario's steps with their figures. Five queries, each over one index."""
    steps = [StepView(step) for step in sorted(scenario.steps.all(), key=lambda step: step.position)]
    by_position = {one.step.position: one for one in steps}
    by_step = {one.step.pk: one for one in steps}
    active = Enrolment.objects.filter(scenario=scenario, status=EnrolmentStatus.ACTIVE)
    for row in active.values("position").annotate(n=Count("pk"), next_at=Min("due_at")).order_by():
        if row["position"] in by_position:
            by_position[row["position"]].waiting = row["n"]
            by_position[row["position"]].next_at = row["next_at"]
    _count_messages(by_step)
    exits, done = _count_exits(scenario)
    tally = Tally(
        active=sum(one.waiting for one in steps),
        done=done,
        left=sum(count for _word, count in exits),
        sent=sum(one.sent for one in steps),
        unknown=sum(one.unknown for one in steps),
    )
    return Flow(scenario, steps, tally, exits)


def list_touchpoints(organisation: Organisation) -> QuerySet[Touchpoint]:
    """Return the touchpoints at which a form can start a scenario."""
    return Touchpoint.objects.filter(archived_at=None).order_by("name")


def list_forms(organisation: Organisation, chosen_id: int | None = None) -> QuerySet[LeadForm]:
    """Return the forms that can start a scenario, the one that is chosen among them."""
    return LeadForm.objects.filter(Q(archived_at=None) | Q(pk=chosen_id or 0)).order_by("name")


def list_started_by(form: LeadForm) -> list[Scenario]:
    """Return the scenarios that a form starts, those that any form starts as well. One query."""
    of_forms = _in_use().filter(trigger=Trigger.FORM)
    at = Q(trigger_touchpoint=None) | Q(trigger_touchpoint=form.touchpoint_id or 0)
    by = Q(trigger_lead_form=None) | Q(trigger_lead_form=form.pk)
    return list(of_forms.filter(at, by).order_by("name"))


def list_deliveries(organisation: Organisation, *, status: str = "", step_id: int | None = None) -> QuerySet[Delivery]:
    """Return the ledger, in the order of `-pk`; "undecided" is unknown and not settled."""
    rows = Delivery.objects.select_related("contact", "step__scenario")
    if status == "undecided":
        rows = rows.filter(status=DeliveryStatus.UNKNOWN).exclude(reason=SETTLED)
    elif status == "waiting":
        rows = rows.filter(status__in=_ON_ITS_WAY)
    elif status:
        rows = rows.filter(status=status)
    return rows.filter(step=step_id) if step_id else rows


def count_undecided(organisation: Organisation) -> int:
    """Return how many messages wait for somebody to decide."""
    return list_deliveries(organisation, status="undecided").count()


def list_enrolments(organisation: Organisation, contact: Contact) -> list[EnrolmentView]:
    """Return the scenarios a contact is or was in, those under way first. Three queries."""
    rows = list(
        Enrolment.objects.filter(contact=contact)
        .select_related("scenario")
        .prefetch_related(Prefetch("scenario__steps", queryset=Step.objects.order_by("position")))
        .order_by("-entered_at")
    )
    rows.sort(key=lambda one: one.status != EnrolmentStatus.ACTIVE)
    last: dict[int, Delivery] = {}
    for delivery in Delivery.objects.filter(contact=contact).select_related("step").order_by("pk"):
        if delivery.step is not None:
            last[delivery.step.scenario_id] = delivery
    return [
        EnrolmentView(one, len(one.scenario.steps.all()), found, explain(found) if found else None)
        for one in rows
        for found in [last.get(one.scenario_id)]
    ]


def list_latest_deliveries(organisation: Organisation, contact: Contact) -> list[Delivery]:
    """Return a contact's latest messages, newest first."""
    rows = Delivery.objects.filter(contact=contact).select_related("step__scenario").order_by("-pk")
    return list(rows[:LATEST])


def list_open_scenarios(organisation: Organisation, contact: Contact) -> list[Scenario]:
    """Return the active scenarios a contact was never in."""
    taken = Enrolment.objects.filter(contact=contact).values("scenario_id")
    return list(Scenario.objects.filter(status=ScenarioStatus.ACTIVE).exclude(pk__in=taken).order_by("name"))


def _in_use() -> QuerySet[Scenario]:
    return Scenario.objects.exclude(status=ScenarioStatus.ARCHIVED)


def _tally(scenarios: Iterable[Scenario]) -> dict[int, Tally]:
    tallies: dict[int, Tally] = {one.pk: Tally() for one in scenarios}
    people = Enrolment.objects.filter(scenario__in=list(tallies)).values("scenario_id", "status").order_by()
    for row in people.annotate(n=Count("*")):
        setattr(tallies[row["scenario_id"]], row["status"], row["n"])
    messages = Delivery.objects.filter(
        step__in=Step.objects.filter(scenario__in=list(tallies)).values("pk"), status__in=["sent", "unknown"]
    ).exclude(reason=SETTLED)
    for sent in messages.values("step__scenario_id", "status").annotate(n=Count("*")).order_by():
        setattr(tallies[sent["step__scenario_id"]], sent["status"], sent["n"])
    return tallies


def _count_messages(by_step: dict[int, StepView]) -> None:
    """Fill in what became of the messages of these steps. Two queries."""
    ended = (
        Delivery.objects.filter(step__in=list(by_step), status__in=_ENDED)
        .annotate(
            why=Case(
                # The server's own words are as many as its messages.
                When(Q(status=DeliveryStatus.HELD) | Q(status=DeliveryStatus.UNKNOWN), then=F("reason")),
                default=Value(""),
                output_field=CharField(),
            )
        )
        .values("step_id", "status", "why")
        .annotate(n=Count("*"))
        .order_by()
    )
    held: dict[int, dict[str, int]] = defaultdict(dict)
    for row in ended:
        view = by_step[row["step_id"]]
        setattr(view, row["status"], getattr(view, row["status"]) + row["n"])
        if row["status"] == DeliveryStatus.HELD:
            held[row["step_id"]][row["why"]] = row["n"]
    for step_id, counts in held.items():
        by_step[step_id].why_held = _with_reasons(counts)
    waiting = Delivery.objects.filter(step__in=list(by_step), status__in=_ON_ITS_WAY)
    for one in waiting.values("step_id").annotate(n=Count("*")).order_by():
        by_step[one["step_id"]].on_its_way = one["n"]


def _count_exits(scenario: Scenario) -> tuple[list[tuple[str, int]], int]:
    """Return why people left before the end, the most frequent first, and how many went through."""
    over = Enrolment.objects.filter(scenario=scenario, status__in=[EnrolmentStatus.DONE, EnrolmentStatus.LEFT])
    rows = list(over.values("status", "exit_reason").annotate(n=Count("*")).order_by())
    exits = [
        (str(ExitReason(row["exit_reason"]).label) if row["exit_reason"] else "", row["n"])
        for row in rows
        if row["status"] == EnrolmentStatus.LEFT
    ]
    exits.sort(key=lambda one: -one[1])
    return exits, sum(row["n"] for row in rows if row["status"] == EnrolmentStatus.DONE)


def _with_reasons(counts: dict[str, int]) -> list[tuple[str, Reason, int]]:
    return sorted(((code, HELD.get(code, Reason(code)), n) for code, n in counts.items()), key=lambda one: -one[2])
