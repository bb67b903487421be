"""Requests to INSEE's API Sirene and what its replies mean, status by status."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from enrichment.manners import Manners
from enrichment.providers.answers import Results
from enrichment.providers.insee_reading import Json, read_establishments, read_unit
from enrichment.providers.line import Line, Reply, Request
from enrichment.providers.outcomes import Reason, Unavailable
from enrichment.providers.records import CompanyRecord
from enrichment.turns import Caller, Pace

T = TypeVar("T")

NAME = "insee"
# Rows of a question about many: the service gives a thousand.
MOST_ROWS = 1000
# Whoever asked that nothing be said: INSEE answered so until 2023.
_IS_PRIVATE = re.compile("non diffus", re.IGNORECASE)


@dataclass(frozen=True)
class Nothing:
    """The register knows no such thing."""


@dataclass(frozen=True)
class Moved:
    """A number that gave way to another."""

    number: str


@dataclass(frozen=True)
class Private:
    """A number of which the register says nothing, as its holder wished."""


Said = Json | Nothing | Moved | Private


@dataclass(frozen=True)
class Establishments:
    """What the service of establishments said."""

    records: Results = ()
    moved: Moved | None = None


@dataclass(frozen=True)
class Asking:
    """One question on its way: with which key, how long it may wait, on whose behalf."""

    line: Line
    pace: Pace
    key: str = field(repr=False)
    patience: float
    caller: Caller

    def establishments(
        self, path: str, fields: dict[str, str], *, siret: str = "", is_long: bool = False
    ) -> Establishments | Unavailable:
        """Ask for establishments; one record for each legal unit."""

        def read(reply: Reply) -> Establishments | Unavailable:
            said = understand(reply)
            if isinstance(said, Unavailable):
                return said
            if isinstance(said, Private):
                return Establishments((CompanyRecord(siret[:9], siret, partial_diffusion=True),) if siret else ())
            if isinstance(said, Moved):
                return Establishments(moved=said)
            if isinstance(said, Nothing):
                return Establishments()
            told = [said["etablissement"]] if "etablissement" in said else said.get("etablissements")
            if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
                return Unavailable(Reason.UNREADABLE)
            records = read_establishments(told, siret=siret, fetched_at=timezone.now().isoformat())
            return Unavailable(Reason.UNREADABLE) if records is None else Establishments(tuple(records))

        return self._send(path, fields, read, is_long=is_long)

    def unit(self, siren: str) -> CompanyRecord | Nothing | Moved | Unavailable:
        """Ask for one legal unit."""

        def read(reply: Reply) -> CompanyRecord | Nothing | Moved | Unavailable:
            said = understand(reply)
            if isinstance(said, Private):
                return CompanyRecord(siren, partial_diffusion=True)
            if isinstance(said, (Unavailable, Nothing, Moved)):
                return said
            unit = said.get("uniteLegale")
            record = read_unit(unit, fetched_at=timezone.now().isoformat()) if isinstance(unit, dict) else None
            return record if record and record.siren == siren else Unavailable(Reason.UNREADABLE)

        return self._send(f"/siren/{siren}", {}, read)

    def units(self, sirens: Sequence[str]) -> dict[str, CompanyRecord] | Unavailable:
        """Ask for many legal units."""

        def read(reply: Reply) -> dict[str, CompanyRecord] | Unavailable:
            said = understand(reply)
            if isinstance(said, Unavailable):
                return said
            told = said.get("unitesLegales") if isinstance(said, dict) else []
            if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
                return Unavailable(Reason.UNREADABLE)
            return {record.siren: record for one in told if (record := read_unit(one))}

        query = f"siren:({' OR '.join(sirens)})"
        return self._send("/siren", {"q": query, "nombre": str(MOST_ROWS)}, read, is_long=True)

    def _send(
        self, path: str, fields: dict[str, str], read: Callable[[Reply], T | Unavailable], *, is_long: bool = False
    ) -> T | Unavailable:
        return self.line.ask(
            Request(
                settings.INSEE_URL.rstrip("/") + path,
                settings.INSEE_TIMEOUT,
                {} if is_long else fields,
                fields if is_long else None,
                {"X-INSEE-Api-Key-Integration": self.key},
            ),
            read,
            pace=self.pace,
            patience=self.patience,
            caller=self.caller,
            account=account_of(self.key),
        )


def account_of(key: str) -> Manners:
    """Return the manners of everybody who asks with this key; its name tells nothing of it."""
    return Manners(f"{NAME}:{sha256(key.encode()).hexdigest()[:12]}", counted_as=NAME)


def understand(reply: Reply) -> Said | Unavailable:
    """Tell INSEE's answers from those of the gateway before it, which knows nothing of companies."""
    content = reply.content
    header = content.get("header") if isinstance(content, dict) else None
    header = header if isinstance(header, dict) else {}
    if reply.status == 200:
        return content if isinstance(content, dict) else Unavailable(Reason.UNREADABLE)
    if reply.status == 301:
        number = re.search(r"(\d{14}|\d{9})$", reply.headers.get("Location", "").split("?")[0])
        return Moved(number[1]) if number else Unavailable(Reason.UNREADABLE)
    is_own = str(header.get("statut")) == str(reply.status)
    return _refused(reply.status, str(header.get("message") or "")[:200], is_own=is_own)


def _refused(status: int, message: str, *, is_own: bool) -> Nothing | Private | Unavailable:
    """Say what a status of the 400s means; `is_own`: INSEE itself said it."""
    if status == 404 and is_own:
        return Nothing()
    if status == 403 and is_own and _IS_PRIVATE.search(message):
        return Private()
    if status in {401, 403}:
        return Unavailable(Reason.KEY_REFUSED, message=message)
    if status in {400, 413, 414} and is_own:
        # The service works; it is our question that it does not take.
        return Unavailable(Reason.QUESTION_REFUSED, message=message, final=True)
    return Unavailable(Reason.SERVER_ERROR, message=str(status))
