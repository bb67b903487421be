"""A real mail server on loopback, told how to behave; an organisation whose data is committed."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.cache import cache

from nurturing import engine, sending
from prm.embedded.folder import find_free_port
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from tests.conftest import World

DROP = "drop"
# Given the stage ("mail", "rcpt", "data", "body") and the address: an answer, DROP, or None for "all is well".
Manner = Callable[[str, str], str | None]


class MailServer:
    """Takes messages, keeps them, and misbehaves as told."""

    def __init__(self) -> None:
        self.manner: Manner = lambda stage, address: None
        self.taken: list[tuple[str, bytes]] = []
        self.connections = 0
        self._lock = threading.Lock()

    @property
    def recipients(self) -> Counter[str]:
        """How many messages each address got."""
        return Counter(address for address, _ in self.taken)

    def messages(self) -> list[EmailMessage]:
        """Return what was taken, in order, as messages."""
        return [message_from_bytes(content, policy=policy.default) for _, content in self.taken]

    def keep(self, address: str, content: bytes) -> None:
        """Note a message as taken."""
        with self._lock:
            self.taken.append((address, content))


class _Smtp(SMTP):
    """A conversation that may end at the wrong moment."""

    server: MailServer

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.event_handler.server.connections += 1

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        server: MailServer = self.event_handler.server
        answer = server.manner("data", self.envelope.rcpt_tos[0] if self.envelope else "")
        if answer == DROP:
            _abort(self)
        elif answer is not None:
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)


def _abort(smtp: SMTP) -> None:
    transport: Any = smtp.transport
    transport.abort()


class _Handler:
    def __init__(self, server: MailServer) -> None:
        self.server = server

    async def handle_MAIL(  # noqa: N802
        self, smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self._answer(smtp, "mail", address) or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._answer(smtp, "rcpt", address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, smtp: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        address = envelope.rcpt_tos[0]
        answer = self.server.manner("body", address)
        if answer in {None, DROP}:
            # It was taken, whether or not the sender hears of it.
            self.server.keep(address, envelope.original_content or b"")
        if answer == DROP:
            _abort(smtp)
        return answer if answer and answer != DROP else "250 2.0.0 Taken"

    def _answer(self, smtp: SMTP, stage: str, address: str) -> str | None:
        answer = self.server.manner(stage, address)
        if answer == DROP:
            _abort(smtp)
            return "421 Gone"
        return answer


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Smtp(self.handler, enable_SMTPUTF8=True, hostname="localhost")


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    """Start a server, and let the product send through it."""
    server = MailServer()
    controller = _Controller(_Handler(server), hostname="127.0.0.1", port=find_free_port(avoiding=set()))
    controller.start()
    server.connections = 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    settings.EMAIL_TIMEOUT = 5
    yield server
    controller.stop()


@pytest.fixture
def solvane(committed: None, world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Organisation]:
    """Return the organisation with its scope open; what the test writes is committed. Runs have time enough."""
    cache.clear()
    for module in (engine, sending):
        monkeypatch.setattr(module, "BUDGET_SECONDS", 60.0)
    with organisation_scope(world.organisation.pk):
        yield world.organisation
