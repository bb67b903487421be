"""Other programs are told: signed, with patience, through the front door alone; against a real server on loopback."""

import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.utils import timezone

from contacts.consent.services import add_starting_purposes
from contacts.models import Contact
from contacts.rights.erasing import erase_contact
from prm.organisations.models import AuditEntry, Organisation
from prm.organisations.scope import organisation_scope
from prm.webhooks import sending
from prm.webhooks.models import Webhook, WebhookMessage
from prm.webhooks.sending import WAITS, send_due
from prm.webhooks.services import create_webhook, tell, update_webhook
from prm.work.errors import Invalid
from tests.conftest import World
from tests.touchpoints.lead_forms.builders import consent, latest, make_form, visitor
from touchpoints.kinds import ensure_kinds
from touchpoints.lead_forms.document import Element, ElementKind
from touchpoints.lead_forms.processing import process_due


class Receiver(ThreadingHTTPServer):
    """Somebody's program: keeps what it is told, and answers as the test says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Any] = []
        self.told: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?x=1"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.told]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((dict(self.headers), body))
        answer = self.server.answers.pop(0) if self.server.answers else 204
        if answer == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if answer == "slow":
            time.sleep(1.5)
            answer = 204
        self.send_response(answer)
        if answer == 302:
            self.send_header("Location", self.server.url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    server = Receiver()
    settings.WEBSITES_LOOPBACK_PORT = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def solvane(world: World) -> Iterator[Organisation]:
    with organisation_scope(world.organisation.pk):
        ensure_kinds(world.organisation)
        add_starting_purposes(world.organisation)
        yield world.organisation


def make(solvane: Organisation, world: World, url: str, **more: Any) -> tuple[Webhook, str]:
    return create_webhook(solvane, name="CRM", url=url, events=["form.sent"], by=world.admin, **more)


def due_again() -> None:
    WebhookMessage.objects.filter(status="waiting").update(due_at=timezone.now() - timedelta(seconds=1))


def fates() -> list[tuple[str, int, int | None, str]]:
    return list(WebhookMessage.objects.order_by("pk").values_list("status", "attempts", "answer", "trouble"))


def sent(solvane: Organisation, email: str = "ines@acme.example") -> None:
    form = make_form(solvane, Element("size", ElementKind.QUESTION, label="Size"), consent())
    visitor(form, query="?utm_source=x").send(email=email, size="Große", consent_partners="on")
    process_due(solvane)


def test_a_form_that_was_sent_is_told_signed_and_once(solvane: Organisation, world: World, receiver: Receiver) -> None:
    _webhook, secret = make(solvane, world, receiver.url)
    make(solvane, world, receiver.url, only=["another-form"])
    sent(solvane)

    assert send_due(solvane) == 1
    assert send_due(solvane) == 0

    ((headers, body),) = receiver.told
    told = json.loads(body)
    stamp, proof = (part.partition("=")[2] for part in headers["PRM-Signature"].split(","))
    assert proof == hmac.digest(secret.encode(), f"{stamp}.".encode() + body, "sha256").hex()
    assert abs(int(stamp) - time.time()) < 60
    assert (headers["PRM-Event"], headers["PRM-Delivery"]) == ("form.sent", str(told["id"]))
    assert (told["event"], told["organisation"]) == ("form.sent", "solvane")
    data = told["data"]
    assert (data["form"]["code"], data["form"]["version"], data["campaign"]) == ("contact", 1, {"utm_source": "x"})
    assert (data["contact"]["email"], data["contact"]["is_new"]) == ("ines@acme.example", True)
    assert data["contact"]["id"] == Contact.objects.get().pk
    assert data["consents"] == {"partners": "given"}
    assert [one["answer"] for one in data["answers"]] == ["ines@acme.example", "Große", True]
    assert fates() == [("taken", 1, 204, "")]
    # Nothing of it is kept here.
    assert "ines" not in json.dumps(list(WebhookMessage.objects.values()), default=str)
    assert tell(solvane, "form.sent", latest().pk, about="contact") == 1
    assert WebhookMessage.objects.count() == 1


def test_who_does_not_take_it_is_told_again_later_and_later(
    solvane: Organisation, world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 1.0)
    webhook, _secret = make(solvane, world, receiver.url)
    sent(solvane)
    receiver.answers = [500, "cut", "slow", 302, 429, 200]
    expected = [(500, ""), (None, "unreachable"), (None, "timeout"), (302, ""), (429, "")]

    for number, (answer, trouble) in enumerate(expected):
        before = timezone.now()
        assert send_due(solvane) == 1
        assert fates() == [("waiting", number + 1, answer, trouble)]
        wait = (WebhookMessage.objects.get().due_at - before).total_seconds()
        assert wait == pytest.approx(WAITS[number], abs=5)
        assert send_due(solvane) == 0
        assert Webhook.objects.get().failing_since is not None
        due_again()
    assert send_due(solvane) == 1
    assert fates() == [("taken", 6, 200, "")]
    assert Webhook.objects.get(pk=webhook.pk).failing_since is None
    # A redirect was not followed: each attempt is one request.
    assert len({body["id"] for body in receiver.bodies}) == 1
    assert len(receiver.told) == 6


def test_after_days_it_is_given_up_and_a_member_may_tell_it_again(
    solvane: Organisation, world: World, receiver: Receiver
) -> None:
    webhook, _secret = make(solvane, world, receiver.url)
    sent(solvane)
    receiver.answers = [503] * (len(WAITS) + 1)
    for _attempt in range(len(WAITS) + 1):
        send_due(solvane)
        due_again()
    assert fates() == [("failed", len(WAITS) + 1, 503, "")]
    assert send_due(solvane) == 0
    client, message = world.client(world.admin), WebhookMessage.objects.get()
    page = client.get(world.path(f"settings/webhooks/{webhook.pk}/")).content.decode()
    assert "It answered 503." in page
    assert "does not answer as it should" in page
    client.post(world.path(f"settings/webhooks/messages/{message.pk}/again/"))
    assert client.post(world.path(f"settings/webhooks/messages/{message.pk}/again/")).status_code == 409
    assert send_due(solvane) == 1
    assert fates() == [("taken", 1, 204, "")]


def test_who_says_gone_is_told_nothing_more(solvane: Organisation, world: World, receiver: Receiver) -> None:
    make(solvane, world, receiver.url)
    sent(solvane)
    receiver.answers = [410]
    send_due(solvane)
    assert fates() == [("failed", 1, 410, "")]
    assert not Webhook.objects.get().is_active
    sent(solvane, "jean@acme.example")
    assert WebhookMessage.objects.count() == 1


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://10.1.2.3/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/"),
        *("http://[::ffff:127.0.0.1]/", "http://100.64.0.1/", "http://0.0.0.0/", "http://2130706433/"),
    ],
)
def test_nobody_is_told_behind_our_own_walls(solvane: Organisation, world: World, settings: Any, url: str) -> None:
    settings.WEBSITES_LOOPBACK_PORT = 0
    settings.WEBSITES_NAMESERVER = "127.0.0.1:9"
    make(solvane, world, url)
    sent(solvane)
    assert send_due(solvane) == 1
    ((status, _attempts, answer, trouble),) = fates()
    assert (status, answer) == ("waiting", None)
    assert trouble in {"private_site", "unreachable", "no_site"}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a.example/",
        "https://u:p@a.example/",
        "https://a.example:8443/",
        "//a.example",
        "https://a b/",
        "https://é.fr/",
    ],
)
def test_an_address_that_cannot_be_is_refused(solvane: Organisation, world: World, url: str) -> None:
    with pytest.raises(Invalid):
        make(solvane, world, url)
    assert Webhook.objects.count() == 0


def test_a_worker_that_died_leaves_it_due_again(solvane: Organisation, world: World, receiver: Receiver) -> None:
    make(solvane, world, receiver.url)
    sent(solvane)
    # Claimed, and then nothing: as a worker leaves it that is killed before it spoke.
    assert sending._claim(solvane) == [WebhookMessage.objects.get().pk]
    assert send_due(solvane) == 0
    due_again()
    assert send_due(solvane) == 1
    assert fates() == [("taken", 2, 204, "")]


def test_what_was_erased_meanwhile_is_told_nobody(solvane: Organisation, world: World, receiver: Receiver) -> None:
    make(solvane, world, receiver.url)
    sent(solvane)
    erase_contact(solvane, contact_id=Contact.objects.get().pk, by=world.admin)
    assert latest().answers == {}
    assert send_due(solvane) == 1
    assert fates() == [("dropped", 1, None, "")]
    assert receiver.told == []


def test_an_admin_sets_one_up_and_tries_it(solvane: Organisation, world: World, receiver: Receiver) -> None:
    client, url = world.client(world.admin), world.path("settings/webhooks/")
    assert "No webhook yet" in client.get(url).content.decode()
    values = {"name": "CRM", "url": receiver.url, "events": "form.sent", "only": " contact  demo "}
    assert client.post(f"{url}new/", {**values, "events": ""}).status_code == 422
    made = client.post(f"{url}new/", values)
    webhook = Webhook.objects.get()
    secret = made.content.decode().partition('<code id="secret">')[2].partition("<")[0]
    assert secret.startswith("whsec_")
    assert "no-store" in made["Cache-Control"]
    assert secret not in json.dumps(list(Webhook.objects.values()), default=str)
    assert webhook.only == ["contact", "demo"]
    page = client.get(f"{url}{webhook.pk}/").content.decode()
    assert secret not in page
    client.post(f"{url}{webhook.pk}/try/")
    assert send_due(solvane) == 1
    assert [(one["event"], one["data"]) for one in receiver.bodies] == [("ping", {})]
    assert "It answered 204." in client.get(f"{url}{webhook.pk}/").content.decode()
    client.post(f"{url}{webhook.pk}/", {**values, "name": "Our CRM"})
    assert (Webhook.objects.get().name, Webhook.objects.get().is_active) == ("Our CRM", False)
    assert world.client(world.marketer).get(url).status_code == 403
    client.post(f"{url}{webhook.pk}/delete/")
    assert (Webhook.objects.count(), WebhookMessage.objects.count()) == (0, 0)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "webhook.create", "webhook.try", "webhook.update", "webhook.delete",
    ]  # fmt: skip


def test_one_that_is_off_is_told_nothing(solvane: Organisation, world: World, receiver: Receiver) -> None:
    webhook, _secret = make(solvane, world, receiver.url)
    sent(solvane)
    update_webhook(
        solvane, webhook_id=webhook.pk, name="CRM", url=receiver.url, events=["form.sent"], only=[], is_active=False,
        by=world.admin,
    )  # fmt: skip
    assert send_due(solvane) == 1
    assert fates() == [("dropped", 1, None, "")]
    form = make_form(solvane, name="Second")
    after = world.client(world.marketer).get(world.path(f"forms/{form.pk}/after/")).content.decode()
    assert "told of every form" in after
