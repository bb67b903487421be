"""What can be asked of a source, and what it can answer. A provider is one file that implements `Provider`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrichment.providers.records import CompanyRecord
from enrichment.turns import Caller, Pace


@dataclass(frozen=True)
class Question:
    """Who a company is: by number when one is known, else by name and place, by what else leads to it.

    A source reads what it knows to ask about and answers NotFound to anything else.
    """

    siren: str = ""
    siret: str = ""
    name: str = ""
    postcode: str = ""
    city: str = ""
    # Its web domain, or that of its people's addresses.
    domain: str = ""
    # With the two letters of the country.
    vat_number: str = ""
    # An address of its network.
    ip: str = ""

    def to_json(self) -> dict[str, str]:
        """Return what is known, for storage."""
        return {key: value for key, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Question":
        """Read a stored question; keys of other versions are ignored."""
        return cls(**{key: str(stored[key]) for key in cls.__dataclass_fields__ if stored.get(key)})


class Reason(StrEnum):
    """Why a source gave no answer."""

    REFUSED_CONNECTION = "refused_connection"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    QUOTA = "quota"
    BUSY = "busy"
    SERVER_ERROR = "server_error"
    ACCESS_REFUSED = "access_refused"
    UNREADABLE = "unreadable"
    QUESTION_REFUSED = "question_refused"
    ALLOWANCE = "allowance"
    COUNTRY_DOWN = "country_down"
    NO_KEY = "no_key"
    KEY_REFUSED = "key_refused"
    NO_SOURCE = "no_source"


REASON_WORDS: dict[str, str | Promise] = {
    Reason.REFUSED_CONNECTION: _("It refuses the connection."),
    Reason.UNREACHABLE: _("It cannot be reached."),
    Reason.TIMEOUT: _("It did not answer in time."),
    Reason.QUOTA: _("Its quota is used up for the moment."),
    Reason.BUSY: _("Our own limit of requests per second is used up for the moment."),
    Reason.SERVER_ERROR: _("It answered with an error of its own."),
    Reason.ACCESS_REFUSED: _("It lets none of our questions in."),
    Reason.UNREADABLE: _("Its answer could not be read."),
    Reason.QUESTION_REFUSED: _("It refused the question."),
    Reason.ALLOWANCE: _("Your organisation has asked as many questions today as it may."),
    Reason.COUNTRY_DOWN: _("The tax office of that country does not answer for the moment."),
    Reason.NO_SOURCE: _("Every source that could be asked is switched off."),
    Reason.NO_KEY: _("It wants a key, and none is set."),
    Reason.KEY_REFUSED: _("It refuses the key: it was revoked, mistyped, or has no subscription to this service."),
}


@dataclass(frozen=True)
class Mention:
    """A company's number on a page of a website: how sure it is the publisher's (0-1), and the words around it."""

    siren: str
    score: float
    quote: str
    url: str


@dataclass(frozen=True)
class SiteProof:
    """What a website said of who publishes it, best first, and when (ISO)."""

    domain: str
    at: str
    mentions: tuple[Mention, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it for storage."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "SiteProof":
        """Read what was stored."""
        return cls(stored["domain"], stored["at"], tuple(Mention(**one) for one in stored["mentions"]))

    def mention_of(self, siren: str) -> Mention | None:
        """Return what was said of a company."""
        return next((one for one in self.mentions if one.siren == siren), None)


@dataclass(frozen=True)
class Found:
    """Exactly one company; `score`: how sure that is (0-1); `others`: what else was meant perhaps, best first.

    `site`: the website that names it, where that is how it was found.
    """

    record: CompanyRecord
    score: float = field(default=1.0, compare=False)
    others: tuple[CompanyRecord, ...] = field(default=(), compare=False)
    site: SiteProof | None = field(default=None, compare=False)


@dataclass(frozen=True)
class NotFound:
    """The source knows no such company: an answer, not a failure. `why`: a code enrichment/wording.py says."""

    why: str = field(default="", compare=False)


@dataclass(frozen=True)
class Ambiguous:
    """Several companies may be meant, best first; a person chooses."""

    candidates: tuple[CompanyRecord, ...]
    site: SiteProof | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Unavailable:
    """No answer. `retry_after` seconds; `final`: asking again would not help.

    `asked` is False when the source was not even tried (quota, breaker): that is nobody's failed attempt.
    """

    reason: Reason
    retry_after: float | None = None
    message: str = ""
    final: bool = False
    asked: bool = True


Outcome = Found | NotFound | Ambiguous | Unavailable


@dataclass(frozen=True)
class SourceState:
    """How a source is doing, for the page: what holds it back, since when, and until when it is left alone."""

    is_available: bool
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    answered_at: datetime | None = None

    @property
    def words(self) -> str:
        """Say why it is not available."""
        return str(REASON_WORDS.get(self.reason, ""))


class Provider(Protocol):
    """One source of company data."""

    @property
    def name(self) -> str:
        """Stored with each lookup."""
        ...

    @property
    def source(self) -> str:
        """Stored as the provenance of each value."""
        ...

    @property
    def title(self) -> str | Promise:
        """What people call it."""
        ...

    @property
    def pace(self) -> Pace:
        """What we allow ourselves, all workers together."""
        ...

    def ask(self, question: Question, *, patience: float = ..., caller: Caller = ...) -> Outcome:
        """Ask, waiting at most `patience` seconds for a turn. Never raises for what the source does."""
        ...

    def state(self, organisation_id: int = ...) -> SourceState:
        """Tell how the source is doing toward an organisation, without asking it."""
        ...


@runtime_checkable
class AnswersMany(Provider, Protocol):
    """A source that can be asked about many companies at once, each of which is then answered from what is kept."""

    @property
    def most_at_once(self) -> int:
        """SIREN in one request, at most."""
        ...

    def warm(self, sirens: Sequence[str], *, patience: float = ..., caller: Caller = ...) -> int:
        """Ask about companies by SIREN and keep the answers; return how many there are."""
        ...

    def peek(self, siren: str) -> Outcome | None:
        """Return what is kept of a SIREN, without asking; None for nothing."""
        ...
