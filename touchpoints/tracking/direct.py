"""The way of beacons past what only pages need: sessions, languages, members, headers for people.

A beacon is one statement; going through all that would cost more than it does. Nothing here depends on a cookie.
"""

from collections.abc import Callable, Iterable
from http.client import responses
from typing import Any

import structlog
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpResponse

from touchpoints.tracking.public import take

log = structlog.get_logger()

PATH = "/t"
Start = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]


def answer_hits(pages: Callable[..., Any]) -> Application:
    """Return an application that takes beacons itself and leaves everything else to `pages`."""

    def application(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH or environ.get("REQUEST_METHOD") != "POST":
            answer: Iterable[bytes] = pages(environ, start_response)
            return answer
        response = _answer(WSGIRequest(environ))
        # Some servers wait for it where there is no content.
        is_told = bool(response.content) or response.status_code >= 400
        headers = [*response.items(), *([("Content-Length", str(len(response.content)))] if is_told else [])]
        start_response(f"{response.status_code} {responses[response.status_code]}", headers)
        return [response.content]

    return application


def _answer(request: WSGIRequest) -> HttpResponse:
    """Take a beacon; once more where the connection turns out to be lost, as after PostgreSQL was started anew."""
    for _attempt in range(2):
        # As at the beginning of any request, but without asking the database whether it is there.
        connection.close_if_unusable_or_obsolete()
        connection.health_check_done = True  # type: ignore[attr-defined]
        try:
            return take(request)
        except (DatabaseError, InterfaceError) as error:
            log.warning("hit_not_taken", error=f"{type(error).__name__}: {error}"[:300])
            connection.close()
    response = HttpResponse(status=503)
    response.headers["Retry-After"] = "5"
    return response
