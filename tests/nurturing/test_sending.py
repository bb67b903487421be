"""Sending: what the server, the ledger and the log say agrees, whatever goes wrong."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from contacts.consent.tokens import preferences_url
from contacts.models import Suppression
from contacts.services import record_opt_out
from nurturing import sending
from nurturing.models import Delivery, Enrolment, Scenario, Step
from nurturing.outages import last_outage
from nurturing.sending import recover_leases, send_due_mail
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.models import Wakeup
from tests.conftest import World
from tests.nurturing.builders import make_contact, make_contacts, make_scenario, open_handoff, queue_mail
from tests.nurturing.conftest import DROP, MailServer
from touchpoints.models import Interaction


def test_addresses_beyond_ascii_leave_in_idna_or_are_refused_before_a_word(
    solvane: Organisation, mail_server: MailServer
) -> None:
    solvane.sender_email = "lea@solväne.example"
    solvane.save()
    addresses = ("user@exämple.example", "é@acme.example", "p1@acme.example")
    contacts = [make_contact(solvane, email, first_name="Inès") for email in addresses]
    queue_mail(make_scenario(solvane), *contacts)
    assert send_due_mail(solvane) == 2
    assert mail_server.recipients == {"user@xn--exmple-cua.example": 1, "p1@acme.example": 1}
    assert mail_server.connections == 1
    assert mail_server.messages()[0]["From"].addresses[0].addr_spec == "lea@xn--solvne-eua.example"
    assert [status for status, _reason in states()] == ["sent", "refused", "sent"]


def states() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("status", "reason"))


def test_a_message_leaves_in_both_forms_with_the_headers_of_a_list(
    solvane: Organisation, mail_server: MailServer
) -> None:
    solvane.sender_name, solvane.sender_email = "Léa de Solvane", "lea@solvane.example"
    solvane.postal_address = "1 quai du Rhône, Lyon"
    solvane.save()
    contact = make_contact(solvane, first_name="Inès", last_name="Roux")
    (delivery,) = queue_mail(make_scenario(solvane, name="Bienvenue été"), contact)
    assert send_due_mail(solvane) == 1
    (message,) = mail_server.messages()
    assert message["Subject"] == "Hello 1, Inès"
    assert message["From"] == "Léa de Solvane <lea@solvane.example>"
    assert message["To"] == "Inès Roux <ines@acme.example>"
    assert message["Message-ID"].startswith(f"<prm.{solvane.pk}.{delivery.pk}.")
    assert message["List-Unsubscribe"].startswith(f"<{django_settings.BASE_URL}/u/")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"].startswith("Bienvenue été <scenario-")
    assert message["Auto-Submitted"] is None
    assert message["Precedence"] is None
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert rich is not None
    link = message["List-Unsubscribe"].strip("<>")
    assert plain.get_content().startswith("Hello Inès")
    assert "1 quai du Rhône, Lyon" in plain.get_content()
    assert link in plain.get_content()
    assert "<p>Hello Inès</p>" in rich.get_content()
    assert f'<a href="{link}">Se désabonner</a>' in rich.get_content()
    choices = preferences_url(solvane.pk, delivery.contact_id)
    assert f"Vos préférences\u202f: {choices}" in plain.get_content()
    assert f'<a href="{choices}">Vos préférences</a>' in rich.get_content()


def test_what_was_sent_is_in_the_ledger_and_once_in_the_log(solvane: Organisation, mail_server: MailServer) -> None:
    contacts = make_contacts(solvane, 120)
    queue_mail(make_scenario(solvane), *contacts)
    assert send_due_mail(solvane) == 120
    assert send_due_mail(solvane) == 0
    assert Delivery.objects.filter(status="sent", attempts=1, lease_until=None, sent_at__isnull=False).count() == 120
    assert set(mail_server.recipients.values()) == {1}
    assert mail_server.connections == 1
    noted = Interaction.objects.filter(organisation=solvane, kind="email_delivered", verdict="system")
    assert sorted(noted.values_list("contact_id", flat=True)) == sorted(contact.pk for contact in contacts)
    delivery = Delivery.objects.earliest("pk")
    interaction = noted.get(contact=delivery.contact_id)
    assert interaction.properties == {"delivery": delivery.pk, "subject": "Hello 1, P0", "scenario": "Welcome"}
    assert Wakeup.objects.filter(queue="mail").count() == 0


def test_who_unsubscribes_between_the_ledger_and_smtp_gets_nothing(
    solvane: Organisation, mail_server: MailServer
) -> None:
    out, stays = make_contact(solvane), make_contact(solvane, "b@acme.example")
    queue_mail(make_scenario(solvane), out, stays)
    record_opt_out(solvane, contact=out, source="test")
    assert send_due_mail(solvane) == 1
    assert states() == [("held", "opt_out"), ("sent", "")]
    assert mail_server.recipients == {"b@acme.example": 1}


def test_an_address_suppressed_without_its_person_gets_nothing(solvane: Organisation, mail_server: MailServer) -> None:
    contact = make_contact(solvane, "first@acme.example")
    record_opt_out(solvane, email="other@acme.example", source="test")
    queue_mail(make_scenario(solvane), contact)
    contact.email = "other@acme.example"
    contact.save()
    send_due_mail(solvane)
    assert states() == [("held", "opt_out")]
    assert not mail_server.taken


def test_a_handoff_a_departure_and_an_archive_hold_what_waits(solvane: Organisation, mail_server: MailServer) -> None:
    scenario, old = make_scenario(solvane), make_scenario(solvane, name="Old")
    sold, gone, late = (make_contact(solvane, f"{name}@acme.example") for name in ("sold", "gone", "late"))
    queue_mail(scenario, sold, gone)
    queue_mail(old, late)
    open_handoff(solvane, sold)
    Enrolment.objects.filter(contact=gone).update(status="left", exit_reason="by_hand")
    Scenario.objects.filter(pk=old.pk).update(status="archived")
    assert send_due_mail(solvane) == 0
    assert states() == [("held", "handoff"), ("held", "left"), ("held", "archived")]
    assert mail_server.connections == 1


def test_a_paused_scenario_holds_what_was_about_to_leave(solvane: Organisation, mail_server: MailServer) -> None:
    scenario = make_scenario(solvane)
    queue_mail(scenario, make_contact(solvane))
    Scenario.objects.update(status="paused")
    assert send_due_mail(solvane) == 0
    assert states() == [("held", "paused")]
    assert Delivery.objects.get().lease_until is None


def test_a_corrected_address_is_the_one_written_to(solvane: Organisation, mail_server: MailServer) -> None:
    contact = make_contact(solvane, "wrong@acme.example")
    queue_mail(make_scenario(solvane), contact)
    contact.email = "right@acme.example"
    contact.save()
    send_due_mail(solvane)
    assert mail_server.recipients == {"right@acme.example": 1}
    assert Delivery.objects.get().address == "right@acme.example"


@pytest.mark.parametrize(
    ("stage", "answer", "suppressed"),
    [
        ("rcpt", "550 5.1.1 No such user", True),
        ("rcpt", "550 Mailbox unavailable", True),
        ("rcpt", "550 5.7.1 Blocked by policy", False),
        ("rcpt", "552 5.2.2 Mailbox full", False),
        ("body", "554 5.6.0 Not in this form", False),
        ("mail", "550 5.7.1 Sender not allowed", False),
    ],
)
def test_a_refusal_is_noted_in_the_servers_words_and_a_dead_address_is_suppressed(
    solvane: Organisation, mail_server: MailServer, stage: str, answer: str, suppressed: bool
) -> None:
    bad, good = make_contact(solvane, "bad@acme.example"), make_contact(solvane, "good@acme.example")
    queue_mail(make_scenario(solvane), bad, good)
    if stage == "mail":
        answers = iter([answer, None])
        mail_server.manner = lambda at, address: next(answers) if at == "mail" else None
    else:
        mail_server.manner = lambda at, address: answer if (at, address) == (stage, "bad@acme.example") else None
    assert send_due_mail(solvane) == 1
    assert states() == [("refused", answer), ("sent", "")]
    assert list(Suppression.objects.values_list("contact_id", "reason")) == ([(bad.pk, "bounce")] if suppressed else [])
    left = Enrolment.objects.filter(status="left", exit_reason="suppressed").values_list("contact_id", flat=True)
    assert list(left) == ([bad.pk] if suppressed else [])
    refusal = Interaction.objects.get(organisation=solvane, kind="email_bounced")
    assert (refusal.contact_id, refusal.properties["words"], refusal.properties["hard"]) == (bad.pk, answer, suppressed)


@pytest.mark.parametrize(("stage", "answer"), [("rcpt", "450 4.2.0 Greylisted"), ("body", "451 4.3.0 Try later")])
def test_what_is_not_taken_now_waits_and_is_sent_once(
    solvane: Organisation, mail_server: MailServer, stage: str, answer: str
) -> None:
    queue_mail(make_scenario(solvane), make_contact(solvane))
    mail_server.manner = lambda at, address: answer if at == stage else None
    before = timezone.now()
    assert send_due_mail(solvane) == 0
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.reason, delivery.attempts, delivery.lease_until) == ("pending", answer, 1, None)
    assert timedelta(seconds=45) < delivery.due_at - before < timedelta(seconds=75)
    (wakeup,) = Wakeup.objects.filter(queue="mail")
    assert abs(wakeup.due_at - delivery.due_at) < timedelta(seconds=1)
    assert send_due_mail(solvane) == 0
    mail_server.manner = lambda at, address: None
    Delivery.objects.update(due_at=timezone.now())
    assert send_due_mail(solvane) == 1
    assert states() == [("sent", "")]
    assert mail_server.recipients == {"ines@acme.example": 1}


def test_a_message_not_taken_for_five_days_is_given_up(solvane: Organisation, mail_server: MailServer) -> None:
    queue_mail(make_scenario(solvane), make_contact(solvane), created_at=timezone.now() - timedelta(days=6))
    mail_server.manner = lambda at, address: "450 4.2.0 Greylisted" if at == "rcpt" else None
    send_due_mail(solvane)
    assert states() == [("refused", "450 4.2.0 Greylisted")]
    assert Suppression.objects.count() == 0


@pytest.mark.parametrize("stage", ["mail", "rcpt"])
def test_a_connection_lost_before_the_message_costs_a_retry(
    solvane: Organisation, mail_server: MailServer, stage: str
) -> None:
    queue_mail(make_scenario(solvane), *make_contacts(solvane, 3))
    mail_server.manner = lambda at, address: DROP if at == stage and mail_server.connections == 1 else None
    assert send_due_mail(solvane) == 2
    assert [status for status, _ in states()] == ["pending", "sent", "sent"]
    assert mail_server.connections == 2
    assert mail_server.recipients["p0@acme.example"] == 0


def test_a_connection_lost_after_the_message_leaves_it_unknown_for_ever(
    solvane: Organisation, mail_server: MailServer
) -> None:
    queue_mail(make_scenario(solvane), *make_contacts(solvane, 3))
    mail_server.manner = lambda at, address: DROP if (at, address) == ("body", "p1@acme.example") else None
    assert send_due_mail(solvane) == 2
    assert states() == [("sent", ""), ("unknown", ""), ("sent", "")]
    mail_server.manner = lambda at, address: None
    assert send_due_mail(solvane) == 0
    assert mail_server.recipients == {"p0@acme.example": 1, "p1@acme.example": 1, "p2@acme.example": 1}
    assert Interaction.objects.filter(organisation=solvane, kind="email_delivered").count() == 2


def test_a_server_that_answers_421_to_all_is_left_alone_for_a_while(
    solvane: Organisation, mail_server: MailServer
) -> None:
    queue_mail(make_scenario(solvane), *make_contacts(solvane, 10))
    mail_server.manner = lambda at, address: DROP if at == "mail" else None
    assert send_due_mail(solvane) == 0
    assert sorted(Delivery.objects.values_list("status", "attempts")) == [("pending", 0)] * 7 + [("pending", 1)] * 3
    assert Delivery.objects.exclude(lease_until=None).count() == 0
    assert last_outage() is not None
    assert mail_server.connections == 3
    assert send_due_mail(solvane) == 0
    assert mail_server.connections == 3


def test_a_server_that_is_gone_costs_no_try_and_is_asked_again_later(
    solvane: Organisation, mail_server: MailServer, settings: Any
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    queue_mail(make_scenario(solvane), *make_contacts(solvane, 3))
    before = timezone.now()
    assert send_due_mail(solvane) == 0
    assert list(Delivery.objects.values_list("status", "attempts", "lease_until")) == [("pending", 0, None)] * 3
    (wakeup,) = Wakeup.objects.filter(queue="mail")
    assert timedelta(seconds=25) < wakeup.due_at - before < timedelta(seconds=50)
    outage = last_outage()
    assert outage is not None
    assert "refused" in outage.words
    settings.EMAIL_PORT = port
    assert send_due_mail(solvane) == 3
    assert set(mail_server.recipients.values()) == {1}


def test_a_run_gives_way_lets_go_of_the_rest_and_is_woken_again(
    solvane: Organisation, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue_mail(make_scenario(solvane), *make_contacts(solvane, 5))
    monkeypatch.setattr(sending, "BUDGET_SECONDS", 0.2)
    mail_server.manner = lambda at, address: time.sleep(0.3) if at == "body" else None
    assert send_due_mail(solvane) == 1
    assert sorted(Delivery.objects.values_list("status", "lease_until")) == [("pending", None)] * 4 + [("sent", None)]
    assert Wakeup.objects.filter(queue="mail", due_at__lte=timezone.now()).count() == 1


def test_two_senders_at_once_send_each_message_once(solvane: Organisation, mail_server: MailServer) -> None:
    queue_mail(make_scenario(solvane), *make_contacts(solvane, 200))
    sent: list[int] = []

    def work() -> None:
        while count := send_due_mail(solvane):
            sent.append(count)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == 200
    assert set(mail_server.recipients.values()) == {1}
    assert Delivery.objects.filter(status="sent").count() == 200
    assert Interaction.objects.filter(organisation=solvane, kind="email_delivered").count() == 200


# Forks one sender for each line it reads, so that Django is loaded once.
SENDERS = """
import os, sys, django
django.setup()
from prm.organisations.models import Organisation
from nurturing.sending import send_due_mail
for _ in sys.stdin:
    pid = os.fork()
    if pid == 0:
        organisation = Organisation.objects.get(slug="solvane")
        while send_due_mail(organisation):
            pass
        os._exit(0)
    print(pid, flush=True)
    os.waitpid(pid, 0)
"""


@pytest.fixture
def start_sender(mail_server: MailServer) -> Iterator[Callable[[], int]]:
    """Return what starts a sender in a process of its own, and gives its number."""
    environment = {
        **os.environ,
        "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
        "DATABASE_APP_URL": os.environ["TEST_DATABASE_APP_URL"],
        "EMAIL_URL": f"smtp://127.0.0.1:{django_settings.EMAIL_PORT}",
        "DJANGO_SETTINGS_MODULE": "prm.settings",
    }
    command = [sys.executable, "-c", SENDERS]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, cwd=django_settings.BASE_DIR, stdin=pipe, stdout=pipe) as senders:
        told, heard = senders.stdin, senders.stdout
        assert told is not None
        assert heard is not None

        def start() -> int:
            told.write(b"go\n")
            told.flush()
            return int(heard.readline())

        yield start
        told.close()


def test_a_sender_killed_again_and_again_sends_nothing_twice(
    solvane: Organisation, mail_server: MailServer, start_sender: Callable[[], int]
) -> None:
    queue_mail(make_scenario(solvane), *make_contacts(solvane, 60))
    mail_server.manner = lambda at, address: time.sleep(0.01) if at == "body" else None
    for goal in (5, 16, 30, 48):
        sender = start_sender()
        deadline = time.monotonic() + 10
        while len(mail_server.taken) < goal and time.monotonic() < deadline:
            time.sleep(0.001)
        os.kill(sender, signal.SIGKILL)
        assert Delivery.objects.filter(status="sending").count() <= 1
        Delivery.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))
        recover_leases(solvane)
    while send_due_mail(solvane):
        pass
    unknown = Delivery.objects.filter(status="unknown").count()
    sent = set(Delivery.objects.filter(status="sent").values_list("address", flat=True))
    assert max(mail_server.recipients.values()) == 1
    assert len(sent) + unknown == 60
    assert unknown <= 4
    assert sent <= set(mail_server.recipients)
    assert Interaction.objects.filter(organisation=solvane, kind="email_delivered").count() == len(sent)


def test_a_slow_senders_word_beats_the_lease(solvane: Organisation, mail_server: MailServer) -> None:
    queue_mail(make_scenario(solvane), make_contact(solvane))

    def outlive(at: str, address: str) -> str | None:
        if at == "body":
            thread = threading.Thread(target=expire)
            thread.start()
            thread.join()
        return None

    def expire() -> None:
        with organisation_scope(solvane.pk):
            Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
            send_due_mail(solvane)
            assert states() == [("unknown", "")]
        connection.close()

    mail_server.manner = outlive
    assert send_due_mail(solvane) == 1
    assert states() == [("sent", "")]
    assert mail_server.recipients == {"ines@acme.example": 1}


def test_a_silent_server_ends_as_an_outage_not_as_a_hang(solvane: Organisation, settings: Any) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", deaf.getsockname()[1], 0.3
        queue_mail(make_scenario(solvane), make_contact(solvane))
        assert send_due_mail(solvane) == 0
    assert states() == [("pending", "")]
    assert last_outage() is not None


def test_a_text_that_cannot_be_made_personal_is_held_and_stops_nobody(
    solvane: Organisation, mail_server: MailServer
) -> None:
    broken, sound = make_scenario(solvane), make_scenario(solvane, name="Sound")
    Step.objects.filter(scenario=broken).update(body="{% for x in (1..100000) %}x{% endfor %}")
    contact = make_contact(solvane)
    queue_mail(broken, contact)
    queue_mail(sound, contact)
    assert send_due_mail(solvane) == 1
    assert states() == [("held", "template"), ("sent", "")]


def test_the_twin_organisation_is_left_alone(solvane: Organisation, mail_server: MailServer, world: World) -> None:
    with organisation_scope(world.twin.pk):
        queue_mail(make_scenario(world.twin), make_contact(world.twin))
    queue_mail(make_scenario(solvane), make_contact(solvane))
    assert send_due_mail(solvane) == 1
    with organisation_scope(world.twin.pk):
        assert states() == [("pending", "")]


def test_another_way_of_sending_works_too(solvane: Organisation, mailoutbox: list[Any]) -> None:
    queue_mail(make_scenario(solvane), make_contact(solvane, first_name="Inès"))
    assert send_due_mail(solvane) == 1
    (message,) = mailoutbox
    assert message.subject == "Hello 1, Inès"
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert states() == [("sent", "")]
