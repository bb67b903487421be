"""Talking to the mail server: one kept connection, and for each message exactly what became of it.

The conversation is held step by step, because at-most-once depends on *where* it broke: before the last line of the
message left, the server has nothing and the message may be sent again; after it, nobody knows.
"""

import re
import smtplib
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from nurturing.envelopes import Letter, wire_address

LONGEST_WORDS = 250


class Fate(Enum):
    """What became of a message."""

    SENT = "sent"
    # The server will not take it; BOUNCED: because of this very address.
    REFUSED = "refused"
    BOUNCED = "bounced"
    # Not taken now; LOST: the connection went before the message was handed over.
    LATER = "later"
    LOST = "lost"
    # The connection went after the message was handed over and before the answer.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """The fate, and the server's own words."""

    fate: Fate
    words: str = ""


class ServerUnreachableError(Exception):
    """The mail server cannot be talked to at all; nothing was sent."""


class Transport(Protocol):
    """A way of sending; kept open for a run."""

    def open(self) -> None:
        """Connect, unless connected. Raises ServerUnreachableError."""

    def send(self, letter: Letter) -> Outcome:
        """Send one message."""

    def close(self) -> None:
        """Say goodbye; never raises."""


def get_transport() -> Transport:
    """Return the way of sending that EMAIL_URL names."""
    backend = get_connection(fail_silently=False)
    return SmtpTransport(backend) if isinstance(backend, EmailBackend) else BackendTransport(backend)


class SmtpTransport:
    """SMTP over one connection of Django's backend, which knows about TLS and signing in."""

    def __init__(self, backend: EmailBackend) -> None:
        self._backend = backend

    def open(self) -> None:
        """Connect, greet and sign in, unless that is done."""
        try:
            self._backend.open()
        except (OSError, smtplib.SMTPException) as error:
            raise ServerUnreachableError(_words(error)) from error

    def send(self, letter: Letter) -> Outcome:
        """Hold the conversation of one message; the connection is closed where it can no longer be used."""
        smtp = self._backend.connection
        if not isinstance(smtp, smtplib.SMTP):
            return Outcome(Fate.LOST, "not connected")
        handed_over = False
        try:
            # Before a word is spoken: what cannot be written must not stop in the middle of a conversation.
            address, payload = wire_address(letter.address), letter.as_bytes()
        except UnicodeError:
            return Outcome(Fate.REFUSED, f"{letter.address}: this address cannot be written in SMTP")
        try:
            smtp.ehlo_or_helo_if_needed()
            refusal = self._introduce(smtp, letter.sender.address, address)
            if refusal is not None:
                self._start_over(smtp)
                return refusal
            smtp.send(_with_dots(payload) + b".\r\n")
            handed_over = True
            code, words = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(Fate.UNKNOWN if handed_over else Fate.LOST, _words(error))
        return self._answered(smtp, code, words)

    def _answered(self, smtp: smtplib.SMTP, code: int, words: bytes) -> Outcome:
        """Take the answer to a whole message."""
        if code == 250:
            return Outcome(Fate.SENT, _text(words))
        if not 400 <= code < 600:
            self._drop()
            return Outcome(Fate.UNKNOWN, f"{code} {_text(words)}"[:LONGEST_WORDS])
        self._start_over(smtp)
        return _judge(code, words)

    def close(self) -> None:
        """Quit where that is still possible."""
        try:
            self._backend.close()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _introduce(self, smtp: smtplib.SMTP, sender: str, address: str) -> Outcome | None:
        """Say from whom and to whom; return the refusal, or None when the server waits for the message."""
        code, words = smtp.mail(wire_address(sender))
        if code != 250:
            return _judge(code, words)
        code, words = smtp.rcpt(address)
        if code not in {250, 251}:
            return _judge(code, words, is_recipient=True)
        smtp.putcmd("data")
        code, words = smtp.getreply()
        return _judge(code, words) if code != 354 else None

    def _start_over(self, smtp: smtplib.SMTP) -> None:
        """Make ready for the next message after a refusal."""
        try:
            if smtp.rset()[0] != 250:
                self._drop()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self._backend.connection is not None:
            self._backend.connection.close()
            self._backend.connection = None


class BackendTransport:
    """Whatever else Django sends with. It says little: an error leaves the message unknown."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend

    def open(self) -> None:
        """Connect where the backend has something to connect to."""
        try:
            self._backend.open()
        except (OSError, smtplib.SMTPException) as error:
            raise ServerUnreachableError(_words(error)) from error

    def send(self, letter: Letter) -> Outcome:
        """Send one message."""
        try:
            self._backend.send_messages([letter.as_django()])
        except UnicodeError:
            return Outcome(Fate.REFUSED, f"{letter.address}: this address cannot be written in SMTP")
        except (OSError, smtplib.SMTPException) as error:
            return Outcome(Fate.UNKNOWN, _words(error))
        return Outcome(Fate.SENT)

    def close(self) -> None:
        """Let go of what was opened."""
        self._backend.close()


# What an enhanced status code (RFC 3463) says of a refused recipient: 5.1.x is the address, 5.2.1 a mailbox that is
# switched off. Everything else (5.7.x policy, 5.2.2 full, 5.3.x server) says nothing against the address for good.
_ENHANCED = re.compile(r"\b5\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS_CODES = {550, 551, 553}


def is_hard_bounce(code: int, words: str) -> bool:
    """Tell whether the refusal of a recipient means that the address does not work and never will."""
    enhanced = _ENHANCED.search(words)
    if enhanced:
        return enhanced[1] == "1" or (enhanced[1], enhanced[2]) == ("2", "1")
    return code in _ADDRESS_CODES


def _judge(code: int, words: bytes, *, is_recipient: bool = False) -> Outcome:
    text = f"{code} {_text(words)}".strip()[:LONGEST_WORDS]
    if not 500 <= code < 600:
        return Outcome(Fate.LATER, text)
    bounced = is_recipient and is_hard_bounce(code, text)
    return Outcome(Fate.BOUNCED if bounced else Fate.REFUSED, text)


def _text(words: bytes) -> str:
    return " ".join(words.decode("utf-8", "replace").split())


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        raw = error.smtp_error
        return f"{error.smtp_code} {_text(raw if isinstance(raw, bytes) else str(raw).encode())}"[:LONGEST_WORDS]
    return (str(error) or type(error).__name__)[:LONGEST_WORDS]


def _with_dots(payload: bytes) -> bytes:
    return re.sub(rb"(?m)^\.", b"..", payload)
