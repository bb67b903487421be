"""From an act to a message in the mailbox, as the workers do it."""

from contacts.models import Contact
from nurturing.models import Delivery, Enrolment
from nurturing.tasks import run_due_steps, send_due_mail
from prm.organisations.models import Organisation
from prm.reactions import react
from prm.work.wakeups import list_due
from tests.nurturing.builders import eventually, make_contact, make_scenario
from tests.nurturing.conftest import MailServer
from touchpoints.recording import NewInteraction, record


def test_a_form_leads_to_one_message_however_often_workers_are_woken(
    solvane: Organisation, mail_server: MailServer
) -> None:
    make_scenario(solvane)
    contact: Contact = make_contact(solvane, first_name="Inès")
    record(solvane, [NewInteraction("form_sent", contact_id=contact.pk, key="form-1")])
    assert (solvane.pk, "react") in list_due()

    def work() -> bool:
        react(solvane.pk)
        run_due_steps(solvane.pk)
        send_due_mail(solvane.pk)
        return [due for due in list_due() if due[0] == solvane.pk] == []

    assert eventually(work)
    assert work()
    assert mail_server.recipients == {"ines@acme.example": 1}
    assert Delivery.objects.values_list("status", flat=True).get() == "sent"
    assert Enrolment.objects.values_list("position", flat=True).get() == 3


def test_an_organisation_that_is_gone_is_no_error(solvane: Organisation) -> None:
    run_due_steps(solvane.pk + 1000)
    send_due_mail(solvane.pk + 1000)
    assert Delivery.objects.count() == 0
