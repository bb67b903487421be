"""Notices that come up and go: Django's messages on whole pages, a header on htmx answers."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponseBase

LEVELS = {messages.DEBUG: "info", messages.INFO: "info", messages.SUCCESS: "success", messages.WARNING: "warning"}
# htmx loads another page: its messages wait for that page.
LEAVING = ("HX-Redirect", "HX-Refresh", "HX-Location")


class ToastMiddleware:
    """Send messages that no template has shown along with an htmx answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and add the waiting messages to answers that stay on the page."""
        response = self.get_response(request)
        stays = not any(header in response.headers for header in LEAVING)
        if getattr(request, "htmx", False) and stays and not 300 <= response.status_code < 400:
            for message in _waiting(request):
                add_toast(response, str(message.message), LEVELS.get(message.level, "error"), undo_url=_undo(message))
        return response


def add_toast(response: HttpResponseBase, text: str, level: str = "success", *, undo_url: str = "") -> None:
    """Let an htmx answer bring up a notice; `undo_url` adds a button that POSTs there."""
    events = _events(response)
    events.setdefault("toasts", []).append({"text": text, "level": level, "undo": undo_url})
    response.headers["HX-Trigger"] = json.dumps(events)


def add_event(response: HttpResponseBase, name: str, detail: object = None) -> None:
    """Let an htmx answer trigger an event on the page; keeps those already there."""
    response.headers["HX-Trigger"] = json.dumps({**_events(response), name: detail if detail is not None else True})


def _events(response: HttpResponseBase) -> dict[str, Any]:
    header = response.headers.get("HX-Trigger", "")
    if not header:
        return {}
    if header.startswith("{"):
        found: dict[str, Any] = json.loads(header)
        return found
    return {name.strip(): True for name in header.split(",")}


def _undo(message: Message) -> str:
    """Return the address that takes back what a message tells, where it carries one (components/toasts.html)."""
    tags = message.extra_tags or ""
    return tags if tags.startswith("/") else ""


def _waiting(request: HttpRequest) -> list[Message]:
    # get_messages counts as shown only when somebody looks; an answer without messages must not touch the session.
    storage = messages.get_messages(request)
    return list(storage) if len(storage) else []
