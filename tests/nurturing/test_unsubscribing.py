"""Leaving by the link of a message."""

from typing import Any

import pytest
from django.test import Client

from contacts.consent.tokens import preferences_url
from contacts.models import Contact, Suppression
from nurturing.engine import run_due_steps
from nurturing.models import Delivery, Enrolment
from nurturing.sending import send_due_mail
from nurturing.tokens import Ticket, read_ticket, unsubscribe_url
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.nurturing.builders import make_contact, make_scenario, queue_mail, read_log
from tests.nurturing.conftest import MailServer
from touchpoints.models import Interaction


def path_of(organisation: Organisation, contact: Contact, delivery_id: int = 0) -> str:
    url = unsubscribe_url(Ticket(organisation.pk, contact.pk, delivery_id))
    return url[url.index("/u/") :]


def one_click(path: str) -> Any:
    """POST as a mail program does: no cookie, no token of ours, the body of RFC 8058."""
    return Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})


def test_get_shows_the_way_out_and_changes_nothing(solvane: Organisation) -> None:
    contact = make_contact(solvane)
    for method in ("get", "head"):
        response = getattr(Client(headers={"accept-language": "fr"}), method)(path_of(solvane, contact))
        assert response.status_code == 200
    assert Suppression.objects.count() == 0
    assert Interaction.objects.filter(organisation=solvane).count() == 0


def test_one_click_opts_out_at_once_and_may_be_repeated(solvane: Organisation, mail_server: MailServer) -> None:
    scenario, contact = make_scenario(solvane), make_contact(solvane)
    (delivery,) = queue_mail(scenario, contact)
    send_due_mail(solvane)
    path = mail_server.messages()[0]["List-Unsubscribe"].strip("<>").partition("8000")[2]
    for _ in range(2):
        response = one_click(path)
        assert (response.status_code, "Location" in response.headers) == (200, False)
    (suppression,) = Suppression.objects.all()
    assert (suppression.contact, suppression.email, suppression.reason) == (contact, contact.email, "opt_out")
    assert suppression.source == "unsubscribe link"
    (interaction,) = Interaction.objects.filter(organisation=solvane, kind="unsubscribed")
    assert (interaction.contact_id, interaction.properties) == (contact.pk, {"delivery": delivery.pk})


def test_who_unsubscribed_leaves_every_scenario_and_gets_nothing_more(
    solvane: Organisation, mail_server: MailServer
) -> None:
    contact = make_contact(solvane)
    queue_mail(make_scenario(solvane), contact)
    queue_mail(make_scenario(solvane, name="Second"), contact)
    one_click(path_of(solvane, contact))
    assert send_due_mail(solvane) == 0
    read_log(solvane)
    assert set(Enrolment.objects.values_list("status", "exit_reason")) == {("left", "unsubscribed")}
    assert run_due_steps(solvane) == 0
    assert set(Delivery.objects.values_list("status", "reason")) == {("held", "opt_out")}
    assert not mail_server.taken


def test_the_address_the_message_went_to_is_suppressed_as_well(solvane: Organisation) -> None:
    contact = make_contact(solvane, "old@acme.example")
    (delivery,) = queue_mail(make_scenario(solvane), contact, status="sent")
    contact.email = "new@acme.example"
    contact.save()
    one_click(path_of(solvane, contact, delivery.pk))
    later = make_contact(solvane, "old@acme.example")
    (again,) = queue_mail(make_scenario(solvane, name="Second"), later)
    send_due_mail(solvane)
    again.refresh_from_db()
    assert (again.status, again.reason) == ("held", "opt_out")


@pytest.mark.parametrize(
    ("of_person", "of_organisation", "before", "after"),
    [
        ("", "fr", "Ne plus recevoir de messages de Solvane\u202f?", "Vous êtes désabonné"),
        ("en", "fr", "No more messages from Solvane?", "You are unsubscribed"),
        ("", "en", "No more messages from Solvane?", "You are unsubscribed"),
        ("fr", "en", "Ne plus recevoir de messages de Solvane\u202f?", "Vous êtes désabonné"),
    ],
)
def test_the_page_speaks_the_persons_language(
    solvane: Organisation, of_person: str, of_organisation: str, before: str, after: str
) -> None:
    solvane.language = of_organisation
    solvane.save()
    path = path_of(solvane, make_contact(solvane, language=of_person))
    client = Client(headers={"accept-language": "de"})
    shown = client.get(path)
    assert before in shown.content.decode()
    assert f'<html lang="{of_person or of_organisation}"' in shown.content.decode()
    assert after in client.post(path).content.decode()


def test_a_link_that_was_not_made_here_is_a_clear_404(solvane: Organisation, world: World) -> None:
    contact = make_contact(solvane)
    path = path_of(solvane, contact)
    for bad in ("/u/nonsense/", path.replace(".", "..", 1), path[:-6] + "/", f"/u/{solvane.pk}.{contact.pk}.0/"):
        response = Client(headers={"accept-language": "en"}).post(bad)
        assert response.status_code == 404
        assert "This link is not recognised" in response.content.decode()
    assert Suppression.objects.count() == 0


def test_a_link_of_an_erased_person_and_of_a_test_message_changes_nothing(solvane: Organisation) -> None:
    contact = make_contact(solvane)
    path = path_of(solvane, contact)
    contact.delete()
    assert "Vous êtes désabonné" in one_click(path).content.decode()
    trial = unsubscribe_url(Ticket(solvane.pk, 0, 0))
    response = one_click(trial[trial.index("/u/") :])
    assert "essai" in response.content.decode()
    assert Suppression.objects.count() == 0


def test_who_left_is_led_to_where_they_may_come_back(solvane: Organisation) -> None:
    contact = make_contact(solvane)
    page = one_click(path_of(solvane, contact)).content.decode()
    assert f'<a href="{preferences_url(solvane.pk, contact.pk)}">' in page


def test_a_link_reaches_only_its_own_organisation(solvane: Organisation, world: World) -> None:
    with organisation_scope(world.twin.pk):
        foreign = make_contact(world.twin)
    one_click(path_of(solvane, foreign))
    assert Suppression.objects.count() == 0
    with organisation_scope(world.twin.pk):
        assert Suppression.objects.count() == 0


def test_a_ticket_is_read_as_it_was_written() -> None:
    ticket = Ticket(7, 123456789, 42)
    token = unsubscribe_url(ticket).rstrip("/").rpartition("/")[2]
    assert read_ticket(token) == ticket
    assert read_ticket(token[:-1]) is None
