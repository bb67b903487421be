"""VIES: whether a VAT number is valid, asked of the tax offices of the Union through the Commission. No key.

It answers 200 with `valid`; a country whose office is down, or asked too much, comes as `errorWrappers` (mostly with
200 as well): nobody looked the number up then, so that says nothing of it. `valid: false` alone is "not valid".
"""

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

import requests
import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from stdnum.eu import vat as vat_numbers
from stdnum.fr import siren as siren_numbers

from enrichment import board
from enrichment.manners import Manners
from enrichment.providers.line import version
from enrichment.providers.outcomes import Found, NotFound, Outcome, Question, Reason, SourceState, Unavailable
from enrichment.providers.records import CompanyRecord
from enrichment.providers.values import digits_of, text_of
from enrichment.turns import NOBODY, Caller, Pace

log = structlog.get_logger()

MAX_BODY_BYTES = 256 * 1024
VALID_SECONDS, NOT_VALID_SECONDS = 24 * 3600, 3600
# What a tax office writes where it tells nothing.
UNTOLD = frozenset({"---", "-", "n/a"})
# Of one country, or of everybody at once: it passes.
_BUSY = frozenset(
    {"MS_MAX_CONCURRENT_REQ", "MS_MAX_CONCURRENT_REQ_TIME", "GLOBAL_MAX_CONCURRENT_REQ", "SERVER_BUSY"}
    | {"GLOBAL_MAX_CONCURRENT_REQ_TIME"}
)
_COUNTRY_DOWN = frozenset({"MS_UNAVAILABLE", "TIMEOUT"})
BUSY_SECONDS, COUNTRY_SECONDS = 30.0, 900.0


def normalise_vat(text: str) -> str:
    """Return a VAT number of the Union in its one writing, "FR44732829320"; "" for what is none by its check digits."""
    compact = "".join(one for one in text.upper() if one.isalnum() and one.isascii())
    # Greece writes itself EL there.
    compact = f"EL{compact[2:]}" if compact.startswith("GR") else compact
    return compact if 4 <= len(compact) <= 20 and compact[:2].isalpha() and vat_numbers.is_valid(compact) else ""


def vat_of_siren(siren: str | None) -> str:
    """Return the number a French company has if it has any: the register does not say whether it is in use."""
    return f"FR{siren_numbers.to_tva(siren)}".replace(" ", "") if siren and siren_numbers.is_valid(siren) else ""


def siren_of_vat(number: str) -> str:
    """Return the SIREN within a French number; "" for another country's, and for Monaco's, which have none."""
    siren = number[4:] if number.startswith("FR") and len(number) == 13 else ""
    return siren if digits_of(siren, 9) and siren_numbers.is_valid(siren) and not siren.startswith("000") else ""


class Vies:
    """The provider. Found: the number is valid; NotFound: it is not; Unavailable: nobody could look."""

    name = "vies"
    source = "vies"
    title: str | Promise = _("VIES (VAT numbers of the European Union)")
    # The Commission names no figure and closes its doors to whoever hurries.
    pace = Pace(1.0)

    def __init__(self) -> None:
        self.manners = Manners(self.name)

    def state(self) -> SourceState:
        """Tell how the service is doing."""
        return self.manners.state()

    def ask(self, question: Question, *, patience: float = 5.0, caller: Caller = NOBODY) -> Outcome:
        """Check a VAT number; the record of a valid one says what the tax office tells of its holder."""
        number = normalise_vat(question.vat_number)
        if not number or not settings.VIES_URL:
            return NotFound()
        asked = hashlib.sha256(f"{settings.VIES_URL} {number}".encode()).hexdigest()[:32]
        key = f"{self.name}:answer:{asked}"
        stored = board.get_json(key)
        if stored is not None:
            return Found(CompanyRecord.from_json(stored)) if stored else NotFound()
        blocked = self.manners.blocked()
        if blocked is not None:
            return Unavailable(blocked.reason, blocked.seconds, asked=False)
        wait = self.manners.take_turn(self.pace, patience, caller)
        if wait > 0:
            return Unavailable(Reason.BUSY, wait, asked=False)
        outcome = self._request(number)
        if isinstance(outcome, Found):
            board.set_json(key, outcome.record.to_json(), VALID_SECONDS)
        elif isinstance(outcome, NotFound):
            board.set_json(key, {}, NOT_VALID_SECONDS)
        return outcome

    def _request(self, number: str) -> Outcome:
        connect, read = settings.VIES_TIMEOUT
        deadline = time.monotonic() + connect + read
        try:
            with requests.post(
                f"{settings.VIES_URL.rstrip('/')}/check-vat-number",
                json={"countryCode": number[:2], "vatNumber": number[2:]},
                headers={"User-Agent": f"PRM/{version()} (+{settings.BASE_URL})", "Accept": "application/json"},
                timeout=(connect, read),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read(response, deadline)
        except requests.Timeout:
            return self._failed(Reason.TIMEOUT)
        except requests.RequestException:
            return self._failed(Reason.UNREACHABLE)
        try:
            content = json.loads(body)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            is_server = response.status_code >= 500
            return self._failed(Reason.SERVER_ERROR if is_server else Reason.UNREADABLE, str(response.status_code))
        return self._understand(number, response.status_code, content)

    def _understand(self, number: str, status: int, content: Mapping[str, Any]) -> Outcome:
        error = _error_of(content)
        if error == "INVALID_INPUT":
            # It asked nobody: by its rules that is no number of the country.
            self.manners.succeeded()
            return NotFound()
        if error in _COUNTRY_DOWN:
            # The service works; one country's office does not, and the others may be asked.
            self.manners.succeeded()
            return Unavailable(Reason.COUNTRY_DOWN, COUNTRY_SECONDS, message=error)
        if error in _BUSY or status == 429:
            self.manners.pause(BUSY_SECONDS)
            return Unavailable(Reason.QUOTA, BUSY_SECONDS, message=error)
        valid = content.get("valid", content.get("isValid"))
        if error or status != 200:
            return self._failed(Reason.SERVER_ERROR, error or str(status))
        if not isinstance(valid, bool):
            return self._failed(Reason.UNREADABLE)
        self.manners.succeeded()
        return Found(_record(number, content)) if valid else NotFound()

    def _failed(self, reason: Reason, message: str = "") -> Unavailable:
        log.warning("enrichment_source_failed", source=self.name, reason=reason.value, message=message)
        return Unavailable(reason, self.manners.failed(reason), message=message)


def _error_of(content: Mapping[str, Any]) -> str:
    """Return the code of what went wrong; "" where an office answered."""
    wrappers = content.get("errorWrappers")
    if isinstance(wrappers, list) and wrappers and isinstance(wrappers[0], dict):
        return str(wrappers[0].get("error", ""))[:60] or "UNKNOWN"
    said = content.get("userError")
    if isinstance(said, str) and said not in {"", "VALID", "INVALID"}:
        return said[:60]
    return "UNKNOWN" if content.get("actionSucceed") is False else ""


def _record(number: str, content: Mapping[str, Any]) -> CompanyRecord:
    name, address = (_told(content.get(key)) for key in ("name", "address"))
    return CompanyRecord(
        siren_of_vat(number), name=name, address=address, vat_number=number, fetched_at=timezone.now().isoformat()
    )


def _told(value: object) -> str | None:
    text = text_of(value)
    return None if text is None or text.lower() in UNTOLD else text


def _read(response: requests.Response, deadline: float) -> bytes:
    """Read the body; one that drips or never ends is given up."""
    parts, size = [], 0
    for part in response.iter_content(4096):
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise requests.ConnectionError("The body is too large.")
        if time.monotonic() > deadline:
            raise requests.ReadTimeout("The body came too slowly.")
        parts.append(part)
    return b"".join(parts)
