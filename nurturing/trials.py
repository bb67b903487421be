"""A test message to a member's own address: made as a real one, outside the ledger."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nurturing.envelopes import sender_of
from nurturing.models import Step, StepKind
from nurturing.own_fields import OwnFields
from nurturing.personalising import TemplateError
from nurturing.transport import Fate, ServerUnreachableError, get_transport
from nurturing.writing import Recipient, write_letter
from prm.organisations.models import Organisation, User
from prm.work.errors import Invalid, NotFound, Refused
from prm.work.jobs import JobRun, start_job
from prm.work.models import Job

KIND = "nurturing.trial"


def sample_recipient(organisation: Organisation, step: Step, user: User) -> Recipient:
    """Return the member as if the message were written to them; the link out is that of a test."""
    first_name, _space, last_name = str(user).partition(" ") if user.full_name else ("", "", "")
    return Recipient(
        delivery_id=0,
        contact_id=0,
        step_id=step.pk,
        subject=step.subject,
        body=step.body,
        scenario_id=step.scenario_id,
        scenario_name=step.scenario.name,
        email=user.email,
        first_name=first_name or "Camille",
        last_name=last_name or "Martin",
        job_title=_("Head of purchasing"),
        language=organisation.language,
        company=organisation.name,
        **OwnFields(organisation).examples(step.subject, step.body),
    )


def start_trial(organisation: Organisation, *, step_id: int, by: User) -> Job:
    """Let a worker send the step's message to the member who asks."""
    step = Step.objects.filter(pk=step_id, kind=StepKind.EMAIL).first()
    if step is None:
        raise NotFound
    if not step.subject or not step.body:
        raise Invalid(_("Write a subject and a text first."))
    title = _("Test message to %(address)s") % {"address": by.email}
    return start_job(organisation, kind=KIND, title=title, params={"step": step.pk, "user": by.pk}, by=by)


def run_trial(run: JobRun) -> None:
    """Send one test message; the job says what the server answered."""
    step = Step.objects.select_related("scenario").filter(pk=run.job.params["step"]).first()
    user = User.objects.filter(pk=run.job.params["user"]).first()
    if step is None or user is None:
        raise NotFound
    transport = get_transport()
    try:
        letter = write_letter(
            run.organisation,
            sender_of(run.organisation),
            sample_recipient(run.organisation, step, user),
            OwnFields(run.organisation),
        )
        transport.open()
        outcome = transport.send(letter)
    except TemplateError as error:
        raise Invalid(gettext_noop("The text could not be made personal.")) from error
    except ServerUnreachableError as error:
        raise Refused(gettext_noop("The mail server cannot be reached.")) from error
    finally:
        transport.close()
    if outcome.fate is not Fate.SENT:
        raise Refused(outcome.words or gettext_noop("The mail server did not take the message."))
    run.advance(done=1, total=1)
