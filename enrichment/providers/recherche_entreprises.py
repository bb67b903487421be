"""API Recherche d'entreprises: the State's open search over SIRENE and the RNE. No key.

`q` of 9 or 14 digits looks a number up; anything else is a text search. An unknown number is HTTP 200 with
no result, so "not found" is an answer and everything else but 200 is the lack of one.
"""

import hashlib
import json
import random
import threading
import time
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

import requests
import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrichment import board
from enrichment.manners import Manners
from enrichment.matching import MIN_NAME_LENGTH, choose, has_namesake
from enrichment.providers.outcomes import Found, NotFound, Outcome, Question, Reason, SourceState, Unavailable
from enrichment.providers.recherche_entreprises_reading import is_empty, is_postcode, read_record
from enrichment.providers.records import CompanyRecord
from enrichment.turns import NOBODY, Caller, Pace

log = structlog.get_logger()

MAX_BODY_BYTES = 5 * 1024 * 1024
PER_PAGE = 25
# Establishments sent with each result of a text search: enough to see whether one stands at the asked place.
ESTABLISHMENTS = 5
FOUND_SECONDS = 24 * 3600
# Of searches, and of numbers that are not found.
SEARCH_SECONDS = 3600
# Waited for inside one call; whatever takes longer is handed back to be asked again later.
SHORT_WAIT_SECONDS = 2.0
RETRY_AFTER_CAP_SECONDS = 120.0
DEFAULT_RETRY_AFTER_SECONDS = 10.0
TRIES = 2
# A question somebody else is asking: how long that may last, how often to look, when to come back.
ASKING_SECONDS, LOOK_SECONDS, BUSY_SECONDS = 60.0, 0.05, 2.0
RETRIED_STATUSES = frozenset({"502", "503", "504"})
# Raise when what is kept of an answer changes its shape.
CACHE_VERSION = 1


Results = tuple[CompanyRecord, ...]


class RechercheEntreprises:
    """The provider. One instance serves all threads of a process."""

    name = "recherche_entreprises"
    source = "sirene"
    title: str | Promise = _("Recherche d’entreprises (SIRENE)")

    def __init__(self) -> None:
        self.manners = Manners(self.name)
        self._local = threading.local()

    @property
    def pace(self) -> Pace:
        """What we allow ourselves, all workers together."""
        return Pace(float(settings.RECHERCHE_ENTREPRISES_PER_SECOND))

    def state(self) -> SourceState:
        """Tell how the service is doing."""
        return self.manners.state()

    def ask(self, question: Question, *, patience: float = SHORT_WAIT_SECONDS, caller: Caller = NOBODY) -> Outcome:
        """Look up by SIREN or SIRET, else search by name: with the postcode first, then everywhere."""
        number = question.siren or question.siret
        if number:
            return self._look_up(number, patience, caller)
        if len(question.name.strip()) < MIN_NAME_LENGTH:
            return NotFound()
        nearby: Results = ()
        if is_postcode(question.postcode):
            found = self._search({"q": question.name, "code_postal": question.postcode}, patience, caller)
            if isinstance(found, Unavailable):
                return found
            nearby = found
            outcome = choose(question, nearby, only_here=True)
            if isinstance(outcome, Found) or has_namesake(question, nearby):
                return outcome
        everywhere = self._search({"q": question.name}, patience, caller)
        if isinstance(everywhere, Unavailable):
            return everywhere
        known = {record.siren for record in nearby}
        return choose(question, (*nearby, *(one for one in everywhere if one.siren not in known)))

    def _look_up(self, number: str, patience: float, caller: Caller) -> Outcome:
        include = "siege,complements,tva" + (",matching_etablissements" if len(number) == 14 else "")
        siret = number if len(number) == 14 else ""
        found = self._cached({"q": number, "include": include, "per_page": "1"}, patience, caller, siret=siret)
        if isinstance(found, Unavailable):
            return found
        if not found:
            return NotFound()
        record = found[0]
        if record.siren != number[:9] or (siret and record.siret != siret):
            # Another company than the one asked for: no answer, rather than a wrong value.
            log.warning("enrichment_unexpected_record", asked=number, answered=record.siren)
            return Unavailable(Reason.UNREADABLE)
        return Found(record)

    def _search(self, params: Mapping[str, str], patience: float, caller: Caller) -> Results | Unavailable:
        return self._cached(
            {
                **params,
                "include": "siege,complements,tva,matching_etablissements",
                "limite_matching_etablissements": str(ESTABLISHMENTS),
                "per_page": str(PER_PAGE),
            },
            patience,
            caller,
        )

    def _cached(
        self, params: Mapping[str, str], patience: float, caller: Caller, *, siret: str = ""
    ) -> Results | Unavailable:
        asked = json.dumps([CACHE_VERSION, settings.RECHERCHE_ENTREPRISES_URL, sorted(params.items())])
        key = f"{self.name}:answer:{hashlib.sha256(asked.encode()).hexdigest()[:32]}"
        end = time.monotonic() + patience
        while (stored := board.get_json(key)) is None and not board.add(f"{key}:asking", ASKING_SECONDS):
            # Somebody is asking this very question: their answer is ours as well.
            if time.monotonic() > end:
                return Unavailable(Reason.BUSY, BUSY_SECONDS, asked=False)
            time.sleep(LOOK_SECONDS)
        if stored is not None:
            return tuple(CompanyRecord.from_json(one) for one in stored)
        try:
            return self._asked(params, patience, caller, key=key, siret=siret)
        finally:
            board.forget(f"{key}:asking")

    def _asked(
        self, params: Mapping[str, str], patience: float, caller: Caller, *, key: str, siret: str
    ) -> Results | Unavailable:
        body = self._get(params, patience, caller)
        if isinstance(body, Unavailable):
            return body
        now = timezone.now().isoformat()
        records = [read_record(one, siret=siret, fetched_at=now) for one in body["results"] if not is_empty(one)]
        results = tuple(record for record in records if record is not None)
        if len(results) < len(records):
            # A result without a SIREN: the service speaks another language than the one we know.
            return self._failed(Reason.UNREADABLE)
        seconds = FOUND_SECONDS if results and "limite_matching_etablissements" not in params else SEARCH_SECONDS
        board.set_json(key, [record.to_json() for record in results], seconds)
        return results

    def _get(self, params: Mapping[str, str], patience: float, caller: Caller) -> dict[str, Any] | Unavailable:
        """Ask over the network: at most TRIES requests, each in its turn."""
        trouble = Unavailable(Reason.UNREACHABLE)
        for attempt in range(TRIES):
            blocked = self.manners.blocked()
            if blocked is not None:
                return trouble if attempt else Unavailable(blocked.reason, blocked.seconds, asked=False)
            wait = self.manners.take_turn(self.pace, patience, caller)
            if wait > 0:
                return trouble if attempt else Unavailable(Reason.BUSY, wait, asked=False)
            answer = self._request(params)
            if not isinstance(answer, Unavailable):
                self.manners.succeeded()
                return answer
            trouble = answer
            if answer.final or attempt + 1 == TRIES or not self._is_worth_another(answer):
                break
            time.sleep(answer.retry_after or random.uniform(0.3, 1.0))  # noqa: S311  (jitter)
        return trouble

    def _is_worth_another(self, trouble: Unavailable) -> bool:
        """Try again at once only what may have passed in a moment."""
        if (trouble.retry_after or 0.0) > SHORT_WAIT_SECONDS:
            return False
        return trouble.reason in {Reason.QUOTA, Reason.TIMEOUT} or trouble.message in {
            str(status) for status in RETRIED_STATUSES
        }

    def _request(self, params: Mapping[str, str]) -> dict[str, Any] | Unavailable:
        connect, read = settings.RECHERCHE_ENTREPRISES_TIMEOUT
        query = {**params, "minimal": "true", "mtm_campaign": "prm"}
        deadline = time.monotonic() + connect + read
        try:
            with self._session().get(
                f"{settings.RECHERCHE_ENTREPRISES_URL.rstrip('/')}/search",
                params=query,
                timeout=(connect, read),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read_body(response, deadline)
        except requests.Timeout:
            return self._failed(Reason.TIMEOUT)
        except requests.RequestException as error:
            refused = _is_refused(error)
            return self._failed(Reason.REFUSED_CONNECTION if refused else Reason.UNREACHABLE, at_once=refused)
        return self._understand(response, body)

    def _understand(self, response: requests.Response, body: bytes) -> dict[str, Any] | Unavailable:
        status = response.status_code
        if status == 429:
            seconds = min(_retry_after(response.headers.get("Retry-After")), RETRY_AFTER_CAP_SECONDS)
            if seconds > SHORT_WAIT_SECONDS:
                self.manners.pause(seconds)
            self.manners.failed(Reason.QUOTA)
            return Unavailable(Reason.QUOTA, seconds)
        try:
            content = json.loads(body)
        except ValueError:
            content = None
        if status == 400 and isinstance(content, dict):
            # The service works; it is our question that it does not take.
            self.manners.succeeded()
            return Unavailable(Reason.QUESTION_REFUSED, message=str(content.get("erreur", ""))[:200], final=True)
        if status != 200:
            return self._failed(Reason.SERVER_ERROR, message=str(status))
        results = content.get("results") if isinstance(content, dict) else None
        if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
            return self._failed(Reason.UNREADABLE)
        return dict(content)

    def _failed(self, reason: Reason, *, message: str = "", at_once: bool = False) -> Unavailable:
        log.warning("enrichment_source_failed", source=self.name, reason=reason.value, message=message)
        return Unavailable(reason, self.manners.failed(reason, at_once=at_once), message=message)

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


def _retry_after(header: str | None) -> float:
    """Read Retry-After, seconds or a date."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return DEFAULT_RETRY_AFTER_SECONDS
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max((until - datetime.now(tz=UTC)).total_seconds(), 0.0)
