"""A line to a service on the network: each request in its turn, and what goes wrong understood alike for all.

A provider says what to send and how to read the reply; whose turn it is, when to try again, when to leave the service
alone and what it wished (Retry-After, rate-limit headers) are the same everywhere and stand here.
"""

import json
import random
import threading
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import requests
import structlog
from django.conf import settings

from enrichment.manners import Manners
from enrichment.providers.outcomes import Reason, Unavailable
from enrichment.turns import Caller, Pace

log = structlog.get_logger()

T = TypeVar("T")

MAX_BODY_BYTES = 5 * 1024 * 1024
# Waited for inside one call; whatever takes longer is handed back to be asked again later.
SHORT_WAIT_SECONDS = 2.0
RETRY_AFTER_CAP_SECONDS = 120.0
DEFAULT_RETRY_AFTER_SECONDS = 10.0
TRIES = 2
RETRIED_STATUSES = frozenset({"502", "503", "504"})
# A moment in milliseconds is larger than any in seconds.
_MILLISECONDS = 10**11


@dataclass(frozen=True)
class Request:
    """What is sent. `form`: fields of a POST; without them it is a GET. `timeout`: seconds to connect, to answer."""

    url: str
    timeout: tuple[float, float]
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    # Keys may be among them.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Reply:
    """What came back, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        """Return the body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


Read = Callable[[Reply], T | Unavailable]


class Line:
    """The line to one service; threads share it, each with a session of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.manners = Manners(name)
        self._local = threading.local()

    def ask(
        self,
        request: Request,
        read: Read[T],
        *,
        pace: Pace,
        patience: float,
        caller: Caller,
        account: Manners | None = None,
    ) -> T | Unavailable:
        """Send at most TRIES requests, each in its turn, and return what `read` makes of the reply.

        `read` sees neither 429 nor 5xx. When it returns QUESTION_REFUSED, the service is well; any other Unavailable
        of its own counts as a failure. `account`: whose quota and key it is, where that is not the service's address.
        """
        account = account or self.manners
        trouble = Unavailable(Reason.UNREACHABLE)
        for attempt in range(TRIES):
            blocked = account.blocked() or (self.manners.blocked() if account is not self.manners else None)
            if blocked is not None:
                return trouble if attempt else Unavailable(blocked.reason, blocked.seconds, asked=False)
            wait = account.take_turn(pace, patience, caller)
            if wait > 0:
                return trouble if attempt else Unavailable(Reason.BUSY, wait, asked=False)
            answer = self._send(request, read, account)
            if not isinstance(answer, Unavailable):
                return answer
            trouble = answer
            if answer.final or attempt + 1 == TRIES or not _is_worth_another(answer):
                break
            time.sleep(answer.retry_after or random.uniform(0.3, 1.0))  # noqa: S311  (jitter)
        return trouble

    def _send(self, request: Request, read: Read[T], account: Manners) -> T | Unavailable:
        reply = self._request(request, account)
        if isinstance(reply, Unavailable):
            return reply
        _heed_quota(reply, account)
        if reply.status == 429:
            seconds = min(_wished_wait(reply.headers), RETRY_AFTER_CAP_SECONDS)
            if seconds > SHORT_WAIT_SECONDS:
                account.pause(seconds)
            account.failed(Reason.QUOTA)
            return Unavailable(Reason.QUOTA, seconds)
        if reply.status >= 500:
            return self._failed(Unavailable(Reason.SERVER_ERROR, message=str(reply.status)), account)
        answer = read(reply)
        if isinstance(answer, Unavailable) and answer.reason != Reason.QUESTION_REFUSED:
            return self._failed(answer, account)
        self.manners.succeeded()
        if account is not self.manners:
            account.succeeded()
        return answer

    def _request(self, request: Request, account: Manners) -> Reply | Unavailable:
        deadline = time.monotonic() + sum(request.timeout)
        try:
            with self._session().request(
                "GET" if request.form is None else "POST",
                request.url,
                params=dict(request.params),
                data=None if request.form is None else dict(request.form),
                headers=dict(request.headers),
                timeout=request.timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                return Reply(response.status_code, response.headers, _read_body(response, deadline))
        except requests.Timeout:
            return self._failed(Unavailable(Reason.TIMEOUT), account)
        except requests.RequestException as error:
            refused = _is_refused(error)
            reason = Reason.REFUSED_CONNECTION if refused else Reason.UNREACHABLE
            return self._failed(Unavailable(reason), account, at_once=refused)

    def _failed(self, trouble: Unavailable, account: Manners, *, at_once: bool = False) -> Unavailable:
        """Note a failure: of the key where that was refused, else of the service, whoever asks it."""
        log.warning("enrichment_source_failed", source=self.name, reason=trouble.reason.value, message=trouble.message)
        if trouble.reason == Reason.KEY_REFUSED:
            seconds = account.failed(trouble.reason, at_once=True)
        else:
            seconds = self.manners.failed(trouble.reason, at_once=at_once)
            if seconds is not None and account is not self.manners:
                account.hold(seconds)
        return Unavailable(trouble.reason, seconds, message=trouble.message, final=trouble.final)

    def _session(self) -> requests.Session:
        """Return the thread's own session: connections are kept, and never shared between threads."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.headers.update(
                {"User-Agent": f"PRM/{version()} (+{settings.BASE_URL})", "Accept": "application/json"}
            )
        return session


@cache
def version() -> str:
    """Return the product's version, as pyproject.toml has it."""
    text = (Path(settings.BASE_DIR) / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def _is_worth_another(trouble: Unavailable) -> bool:
    """Try again at once only what may have passed in a moment."""
    if (trouble.retry_after or 0.0) > SHORT_WAIT_SECONDS:
        return False
    return trouble.reason in {Reason.QUOTA, Reason.TIMEOUT} or trouble.message in RETRIED_STATUSES


def _heed_quota(reply: Reply, account: Manners) -> None:
    """Ask nothing more until the window is over, where a reply says that it was the last one of it."""
    seconds = _seconds_until_reset(reply.headers)
    if seconds and reply.status != 429 and reply.headers.get("X-Rate-Limit-Remaining", "").strip() == "0":
        account.pause(min(seconds, RETRY_AFTER_CAP_SECONDS))


def _wished_wait(headers: Mapping[str, str]) -> float:
    """Return the seconds a 429 asks for: Retry-After, seconds or a date; else when the quota's window ends."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        seconds = _seconds_until_reset(headers)
        return DEFAULT_RETRY_AFTER_SECONDS if seconds is None else seconds
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max((until - datetime.now(tz=UTC)).total_seconds(), 0.0)


def _seconds_until_reset(headers: Mapping[str, str]) -> float | None:
    """Read X-Rate-Limit-Reset, a moment in seconds or in milliseconds."""
    text = headers.get("X-Rate-Limit-Reset", "").strip()
    if not (text.isascii() and text.isdigit()):
        return None
    moment = float(text)
    return max((moment / 1000 if moment > _MILLISECONDS else moment) - time.time(), 0.0)


def _read_body(response: requests.Response, deadline: float) -> bytes:
    """Read the body; one that drips or never ends is given up."""
    parts, size = [], 0
    for part in response.iter_content(65_536):
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise requests.ConnectionError("The body is too large.")
        if time.monotonic() > deadline:
            raise requests.ReadTimeout("The body came too slowly.")
        parts.append(part)
    return b"".join(parts)


def _is_refused(error: BaseException) -> bool:
    """Tell a refused connection (the address may be banned) from a network that is down."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ConnectionRefusedError):
            return True
        inner = getattr(seen, "reason", None) or (seen.args[0] if seen.args else None)
        seen = seen.__cause__ or (inner if isinstance(inner, BaseException) else None)
    return False
