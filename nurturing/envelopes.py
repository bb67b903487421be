"""A message as it goes over the wire: addresses, headers, and both its forms."""

import binascii
import hashlib
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr, formatdate, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from prm.organisations.models import Organisation


@dataclass(frozen=True)
class Sender:
    """Who a message is from: the organisation's own address, else the installation's with its name."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part behind the @: where the Message-ID and the List-Id are at home."""
        return self.address.rpartition("@")[2] or "localhost"

    def __str__(self) -> str:
        return formataddr((self.name, wire_address(self.address)))


def sender_of(organisation: Organisation) -> Sender:
    """Return who the organisation's messages are from."""
    if organisation.sender_email:
        return Sender(organisation.sender_name or organisation.name, organisation.sender_email)
    return Sender(organisation.sender_name or organisation.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])


def message_id_of(organisation: Organisation, delivery_id: int, sender: Sender) -> str:
    """Return the Message-ID of a ledger row: always the same, so that a copy sent by hand is known as one."""
    row = f"{organisation.pk}.{delivery_id}"
    digest = hashlib.sha256(f"{settings.SECRET_KEY}:{row}".encode()).hexdigest()[:12]
    return f"<prm.{row}.{digest}@{_ascii(sender.domain)}>"


@dataclass(frozen=True)
class Letter:
    """One message ready to go, with the headers of RFC 2919 (list) and RFC 8058 (one-click unsubscription)."""

    sender: Sender
    address: str
    name: str
    subject: str
    text: str
    html: str
    message_id: str
    unsubscribe_url: str
    # The scenario, in words and as an identifier.
    list_name: str
    list_code: str

    @property
    def headers(self) -> dict[str, str]:
        """Headers beyond those every message has."""
        return {
            "Message-ID": self.message_id,
            "List-Unsubscribe": f"<{self.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": formataddr((_plain(self.list_name), f"{self.list_code}.{_ascii(self.sender.domain)}")),
        }

    @property
    def recipient(self) -> str:
        """The person as the To header names them."""
        address = wire_address(self.address)
        return formataddr((_plain(self.name), address)) if self.name else address

    def as_bytes(self) -> bytes:
        """Return the message as SMTP wants it: CRLF, seven bits.

        Written by hand because it is done for every message: the library's generators take eight times as long.
        """
        boundary = f"=_{self.message_id[1:].partition('@')[0]}"
        headers = {
            "From": str(self.sender),
            "To": self.recipient,
            "Subject": Header(self.subject, header_name="Subject").encode(linesep="\r\n"),
            "Date": formatdate(),
            **self.headers,
            "MIME-Version": "1.0",
            "Content-Type": f'multipart/alternative; boundary="{boundary}"',
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        parts = b"".join(_part(boundary, kind, body) for kind, body in (("plain", self.text), ("html", self.html)))
        return head.encode() + b"\r\n" + parts + f"--{boundary}--\r\n".encode()

    def as_django(self) -> EmailMultiAlternatives:
        """Return the message for a way of sending that is not SMTP."""
        message = EmailMultiAlternatives(
            self.subject, self.text, str(self.sender), [self.recipient], headers=self.headers
        )
        message.attach_alternative(self.html, "text/html")
        return message


def wire_address(address: str) -> str:
    """Return an address in ASCII, its domain in IDNA; UnicodeError where that cannot be."""
    name, _, domain = address.rpartition("@")
    name.encode("ascii")
    return f"{name}@{_ascii(domain)}"


def _part(boundary: str, kind: str, body: str) -> bytes:
    encoded = binascii.b2a_qp(body.replace("\r\n", "\n").encode(), istext=True)
    head = (
        f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + encoded.replace(b"\n", b"\r\n") + b"\r\n"


def _plain(text: str) -> str:
    """Return a text that may stand in a header."""
    return " ".join(text.split())


def _ascii(domain: str) -> str:
    return domain.encode("idna").decode() if not domain.isascii() else domain
