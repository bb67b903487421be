"""Who publishes the website of a domain, as its legal notice says: French law wants it to name the company.

It gives a number and how sure it is; what stands under it, the register says (enrichment/websites/identifying.py).
"""

import time

import structlog
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrichment import board
from enrichment.domains.kinds import DomainKind, kind_of, registrable_domain
from enrichment.providers.outcomes import (
    Ambiguous,
    Found,
    NotFound,
    Outcome,
    Question,
    Reason,
    SiteProof,
    SourceState,
    Unavailable,
)
from enrichment.providers.records import CompanyRecord
from enrichment.turns import NOBODY, Caller, Pace
from enrichment.websites.visiting import VISIT_SECONDS, NothingSaid, Visit, VisitFailedError, pace

log = structlog.get_logger()

# What a site said is taken as it was for so long; what it did not say, for a day.
SAID_SECONDS, NOTHING_SECONDS = 7 * 24 * 3600.0, 24 * 3600.0
BUSY_SECONDS, LOOK_SECONDS = 5.0, 0.2
# How much surer than the next one a number must be.
MARGIN = 0.05
# Raise when what is kept of an answer changes its shape.
CACHE_VERSION = 1


class LegalNotice:
    """The provider."""

    name = "legal_notice"
    source = "website"
    title: str | Promise = _("Legal notice of the company’s website")

    @property
    def pace(self) -> Pace:
        """What we allow ourselves at each host, all workers together."""
        return pace()

    def ask(self, question: Question, *, patience: float = 5.0, caller: Caller = NOBODY) -> Outcome:
        """Read the site of a domain, unless somebody did lately; providers of mailboxes have no company behind them."""
        domain = registrable_domain(question.domain)
        if not settings.READ_WEBSITES:
            return NotFound("not_read")
        if kind_of(domain) != DomainKind.COMPANY:
            return NotFound("no_company")
        key = f"{self.name}:{CACHE_VERSION}:answer:{domain}"
        end = time.monotonic() + patience
        while (stored := board.get_json(key)) is None and not board.add(f"{key}:asking", VISIT_SECONDS + 30):
            if time.monotonic() > end:
                return Unavailable(Reason.BUSY, BUSY_SECONDS, asked=False)
            time.sleep(LOOK_SECONDS)
        if stored is not None:
            return _outcome(NothingSaid(stored["why"]) if "why" in stored else SiteProof.from_json(stored))
        try:
            said = Visit(domain, caller).read()
        except VisitFailedError as error:
            log.info("website_failed", domain=domain, reason=error.reason.value)
            return Unavailable(error.reason, error.retry_after, asked=error.asked)
        finally:
            board.forget(f"{key}:asking")
        if isinstance(said, NothingSaid):
            board.set_json(key, {"why": said.why}, NOTHING_SECONDS)
        else:
            board.set_json(key, said.to_json(), SAID_SECONDS)
        return _outcome(said)

    def state(self) -> SourceState:
        """Tell whether websites are read at all: each of them is a source of its own."""
        return SourceState(is_available=bool(settings.READ_WEBSITES))


def _outcome(proof: SiteProof | NothingSaid) -> Outcome:
    if isinstance(proof, NothingSaid):
        return NotFound(proof.why)
    records = tuple(CompanyRecord(one.siren, fetched_at=proof.at) for one in proof.mentions)
    best = proof.mentions[0].score
    if len(records) > 1 and best - proof.mentions[1].score < MARGIN:
        return Ambiguous(records, site=proof)
    return Found(records[0], score=best, others=records[1:], site=proof)
