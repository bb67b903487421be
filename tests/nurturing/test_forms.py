"""A box of a form whose yes is confirmed by e-mail: from the form to the ledger, through a real mail server."""

import re

from django.test import Client

from contacts.consent.models import ConsentEntry, ConsentState, Source
from contacts.consent.services import add_starting_purposes
from nurturing.models import Enrolment, Scenario, Step
from nurturing.sending import send_due_mail
from prm.organisations.models import Organisation
from prm.reactions import CONSUMERS
from tests.conftest import World
from tests.nurturing.builders import make_contact, make_scenario, queue_mail
from tests.nurturing.conftest import MailServer
from tests.touchpoints.lead_forms.builders import consent, latest, make_form, visitor
from touchpoints.consuming import consume
from touchpoints.kinds import ensure_kinds
from touchpoints.lead_forms.processing import process_due
from touchpoints.lead_forms.starting import Start, element_of
from touchpoints.lead_forms.tokens import public_url


def test_the_tick_counts_once_the_person_pressed_the_button(solvane: Organisation, mail_server: MailServer) -> None:
    ensure_kinds(solvane)
    add_starting_purposes(solvane)
    form = make_form(solvane, start=Start.NEWSLETTER, language="fr")
    ines = visitor(form)
    assert ines.send(email="ines@acme.example").status_code == 422
    assert ines.send(email="ines@acme.example", consent_email="on").status_code == 303

    process_due(solvane)

    assert latest().outcome["consents"] == {"email": "asked"}
    assert ConsentEntry.objects.count() == 0
    assert send_due_mail(solvane) == 1
    (message,) = mail_server.messages()
    assert message["To"] == "ines@acme.example"
    body = message.get_body(("plain",))
    assert body is not None
    link = re.search(r"/p/confirm/\S+", body.get_content())
    assert link is not None
    assert Client(enforce_csrf_checks=True).post(link[0]).status_code == 200
    state = ConsentState.objects.get()
    assert (state.purpose.code, state.state, state.source) == ("email", "given", Source.CENTRE)

    # The same again, within the week: nobody is asked twice, and the answer tells nothing of that.
    assert ines.send(email="ines@acme.example", consent_email="on").status_code == 303
    process_due(solvane)
    assert latest().outcome["consents"] == {"email": "confirmed"}
    assert send_due_mail(solvane) == 0


def test_a_box_that_needs_no_confirmation_sends_nothing(solvane: Organisation, mail_server: MailServer) -> None:
    ensure_kinds(solvane)
    add_starting_purposes(solvane)
    form = make_form(solvane, consent("partners"))
    visitor(form).send(email="ines@acme.example", consent_partners="on")
    process_due(solvane)
    assert send_due_mail(solvane) == 0
    assert ConsentState.objects.get().source == Source.FORM


def test_a_scenario_is_started_by_its_own_form_alone(solvane: Organisation, world: World) -> None:
    ensure_kinds(solvane)
    form, other = make_form(solvane, name="Demo"), make_form(solvane, name="Other")
    client = world.client(world.marketer)
    page = client.get(world.path(f"scenarios/new/?form={form.pk}")).content.decode()
    assert f'<option value="{form.pk}" selected>Demo</option>' in page
    values = {"name": "After the demo", "trigger": "form", "trigger_lead_form": str(form.pk)}
    assert client.post(world.path("scenarios/new/"), {**values, "trigger_lead_form": "999"}).status_code == 422
    client.post(world.path("scenarios/new/"), values)
    made = Scenario.objects.get(name="After the demo")
    assert made.trigger_lead_form_id == form.pk
    scenario = make_scenario(solvane, trigger_lead_form=form)
    for one, email in ((other, "jean@acme.example"), (form, "ines@acme.example")):
        visitor(one).send(email=email)
    process_due(solvane)
    consume(solvane, CONSUMERS)

    (enrolment,) = Enrolment.objects.filter(scenario=scenario)
    assert enrolment.contact.email == "ines@acme.example"
    after = client.get(world.path(f"forms/{form.pk}/after/")).content.decode()
    assert "started by this form" in after
    assert "After the demo" in after
    listed = client.get(world.path("scenarios/")).content.decode()
    assert "Starts when a person sends the form “Demo”." in listed


def test_a_persons_own_link_in_a_message_asks_what_is_missing(solvane: Organisation, mail_server: MailServer) -> None:
    ensure_kinds(solvane)
    form = make_form(solvane, element_of("contact.first_name", is_progressive=True))
    ines = make_contact(solvane, first_name="Inès")
    scenario = make_scenario(solvane, steps=[("email", 0)])
    link = public_url(form) + "?prm_person={{ form_key }}"
    Step.objects.filter(scenario=scenario).update(body=f"[Tell us more]({link})")
    queue_mail(scenario, ines)
    assert send_due_mail(solvane) == 1

    (message,) = mail_server.messages()
    html = message.get_body(("html",))
    assert html is not None
    address = re.search(r'href="http://localhost:8000(/f/[^"]+)"', html.get_content())
    assert address is not None
    page = Client().get(address[1]).content.decode()
    assert 'name="email"' not in page
    assert 'name="first_name"' not in page
    assert "Inès" not in page
