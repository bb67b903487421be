"""Taking one person into a scenario by hand, and out of it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.models import Contact, Stage
from contacts.services import is_contactable
from nurturing.flow import land
from nurturing.models import Enrolment, EnrolmentStatus, ExitReason, Scenario, ScenarioStatus
from nurturing.waking import STEPS
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Conflict, NotFound
from prm.work.wakeups import wake
from scoring.models import OPEN_STATUSES, Handoff


def enrol_contact(organisation: Organisation, *, scenario_id: int, contact_id: int, by: Actor) -> Enrolment:
    """Take a contact into an active scenario, at its first message. Raises Conflict with the reason why not."""
    with transaction.atomic():
        scenario = Scenario.objects.filter(pk=scenario_id).first()
        contact = Contact.objects.filter(pk=contact_id).first()
        if scenario is None or contact is None:
            raise NotFound
        obstacle = find_obstacle(scenario, contact)
        landing = land(scenario.steps.all(), after=0)
        if obstacle or landing is None:
            raise Conflict(obstacle or _("This scenario sends nothing yet."))
        now = timezone.now()
        # Whose way ended for what was no act of theirs had never begun it.
        Enrolment.objects.filter(scenario=scenario, contact=contact, exit_reason=ExitReason.VERDICT).delete()
        enrolment, is_new = Enrolment.objects.get_or_create(
            organisation=organisation,
            scenario=scenario,
            contact=contact,
            defaults={"position": landing.position, "due_at": landing.due_at(now), "cause": {"by": str(by)}},
        )
        if not is_new:
            raise Conflict(_("This person was in this scenario already; everybody goes through it once."))
        wake(organisation.pk, STEPS, due_at=landing.due_at(now) if landing.wait_seconds else None)
        audit.record(organisation, by, "scenario.enrol", contact, after={"scenario": scenario.name})
    return enrolment


def find_obstacle(scenario: Scenario, contact: Contact) -> str:
    """Return why a contact cannot be taken in, in words; empty when nothing forbids it. At most two queries."""
    if scenario.status != ScenarioStatus.ACTIVE:
        return _("This scenario is not active.")
    if not contact.email:
        return _("No e-mail address is known.")
    if contact.stage == Stage.CUSTOMER:
        return _("This person is a customer: customers leave nurturing.")
    if not is_contactable(contact):
        return _("This person may not be written to.")
    if Handoff.objects.filter(contact=contact, status__in=OPEN_STATUSES).exists():
        return _("This person is with sales.")
    return ""


def take_out(organisation: Organisation, *, enrolment_id: int, by: Actor) -> Enrolment:
    """Let a person go of a scenario; what waits to leave for them is held."""
    with transaction.atomic():
        enrolment: Enrolment | None = (
            Enrolment.objects.select_for_update(of=("self",))
            .select_related("scenario", "contact")
            .filter(pk=enrolment_id)
            .first()
        )
        if enrolment is None:
            raise NotFound
        if enrolment.status != EnrolmentStatus.ACTIVE:
            raise Conflict(_("This person had left the scenario already."))
        enrolment.status, enrolment.exit_reason = EnrolmentStatus.LEFT, ExitReason.BY_HAND
        enrolment.left_at, enrolment.due_at = timezone.now(), None
        enrolment.save(update_fields=["status", "exit_reason", "left_at", "due_at"])
        after = {"scenario": enrolment.scenario.name}
        audit.record(organisation, by, "scenario.take_out", enrolment.contact, after=after)
    return enrolment
