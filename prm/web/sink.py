"""The embedded run's mail sink, shown as pages: what the demo sent, without a mailbox."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import nh3
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

PER_PAGE = 50


@dataclass(frozen=True)
class SunkMessage:
    """One message as the sink wrote it."""

    name: str
    sender: str
    recipient: str
    subject: str
    received_at: datetime
    headers: list[tuple[str, str]]
    text: str
    html: str


def sink_list(request: HttpRequest) -> HttpResponse:
    """List what was sent, newest first."""
    page = Paginator(_files(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "web/sink_list.html", {"page": page, "messages_sunk": [_read(path) for path in page]})


def sink_message(request: HttpRequest, name: str) -> HttpResponse:
    """Show one message: its text, its HTML made harmless, its headers."""
    for path in _files():
        if path.name == name:
            return render(request, "web/sink_message.html", {"message": _read(path)})
    raise Http404


def _files() -> list[Path]:
    if not settings.EMBEDDED:
        raise Http404
    folder = settings.PRM_DATA_DIR / "mail"
    return sorted(folder.glob("*.eml"), reverse=True) if folder.is_dir() else []


def _read(path: Path) -> SunkMessage:
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    return SunkMessage(
        name=path.name,
        sender=str(message.get("From", "")),
        recipient=str(message.get("To", "")),
        subject=str(message.get("Subject", "")),
        received_at=datetime.fromtimestamp(path.stat().st_mtime).astimezone(),
        headers=[(name, str(value)) for name, value in message.items()],
        text=_part(message, "plain"),
        html=nh3.clean(_part(message, "html"), link_rel="noopener"),
    )


def _part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body(preferencelist=(subtype,))
    return str(body.get_content()) if body is not None else ""
