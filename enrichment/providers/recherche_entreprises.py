"""API Recherche d'entreprises: the State's open search over SIRENE and the RNE. No key.

`q` of 9 or 14 digits looks a number up; anything else is a text search. An unknown number is HTTP 200 with
no result, so "not found" is an answer and everything else but 200 is the lack of one.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrichment.matching import MIN_NAME_LENGTH, choose, has_namesake
from enrichment.providers.answers import FOUND_SECONDS, SEARCH_SECONDS, Answers, Results
from enrichment.providers.line import SHORT_WAIT_SECONDS, Line, Reply, Request
from enrichment.providers.outcomes import Found, NotFound, Outcome, Question, Reason, SourceState, Unavailable
from enrichment.providers.recherche_entreprises_reading import is_empty, is_postcode, read_record
from enrichment.turns import NOBODY, Caller, Pace

log = structlog.get_logger()

PER_PAGE = 25
# Establishments sent with each result of a text search: enough to see whether one stands at the asked place.
ESTABLISHMENTS = 5


class RechercheEntreprises:
    """The provider. One instance serves all threads of a process."""

    name = "recherche_entreprises"
    source = "sirene"
    title: str | Promise = _("Recherche d’entreprises (SIRENE)")

    def __init__(self) -> None:
        self.line = Line(self.name)
        self.answers = Answers(self.name)

    @property
    def pace(self) -> Pace:
        """What we allow ourselves, all workers together."""
        return Pace(float(settings.RECHERCHE_ENTREPRISES_PER_SECOND))

    def state(self, organisation_id: int = 0) -> SourceState:
        """Tell how the service is doing; it is the same for every organisation."""
        return self.line.manners.state()

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
        siret = number if len(number) == 14 else ""
        found = self._cached(_look_up_params(number), patience, caller, siret=siret)
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

    def probe(self, siren: str, *, patience: float = SHORT_WAIT_SECONDS, caller: Caller = NOBODY) -> Outcome:
        """Ask about a company whatever is kept of it, to see whether the service answers."""
        found = self._asked(_look_up_params(siren), patience, caller, siret="")
        return found if isinstance(found, Unavailable) else Found(found[0]) if found else NotFound()

    def _cached(
        self, params: Mapping[str, str], patience: float, caller: Caller, *, siret: str = ""
    ) -> Results | Unavailable:
        return self.answers.get_or_ask(
            _asked_key(params), lambda: self._asked(params, patience, caller, siret=siret), patience=patience
        )

    def _asked(
        self, params: Mapping[str, str], patience: float, caller: Caller, *, siret: str
    ) -> Results | Unavailable:
        request = Request(
            f"{settings.RECHERCHE_ENTREPRISES_URL.rstrip('/')}/search",
            settings.RECHERCHE_ENTREPRISES_TIMEOUT,
            {**params, "minimal": "true", "mtm_campaign": "prm"},
        )
        results = self.line.ask(
            request, lambda reply: _read(reply, siret), pace=self.pace, patience=patience, caller=caller
        )
        if not isinstance(results, Unavailable):
            is_look_up = "limite_matching_etablissements" not in params
            if is_look_up and results and results[0].siren != params["q"][:9]:
                # It speaks of another company: kept, the question would never be asked again.
                return results
            seconds = FOUND_SECONDS if results and is_look_up else SEARCH_SECONDS
            self.answers.keep(_asked_key(params), results, seconds)
        return results


def _look_up_params(number: str) -> dict[str, str]:
    include = "siege,complements,tva,dirigeants" + (",matching_etablissements" if len(number) == 14 else "")
    return {"q": number, "include": include, "per_page": "1"}


def _asked_key(params: Mapping[str, str]) -> list[Any]:
    return [settings.RECHERCHE_ENTREPRISES_URL, sorted(params.items())]


def _read(reply: Reply, siret: str) -> Results | Unavailable:
    content = reply.content
    if reply.status == 400 and isinstance(content, dict):
        # The service works; it is our question that it does not take.
        return Unavailable(Reason.QUESTION_REFUSED, message=str(content.get("erreur", ""))[:200], final=True)
    if reply.status != 200:
        is_refused = reply.status in {401, 403}
        return Unavailable(Reason.ACCESS_REFUSED if is_refused else Reason.SERVER_ERROR, message=str(reply.status))
    results = content.get("results") if isinstance(content, dict) else None
    if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
        return Unavailable(Reason.UNREADABLE)
    now = timezone.now().isoformat()
    records = [read_record(one, siret=siret, fetched_at=now) for one in results if not is_empty(one)]
    found = tuple(record for record in records if record is not None)
    # A result without a SIREN: the service speaks another language than the one we know.
    return found if len(found) == len(records) else Unavailable(Reason.UNREADABLE)
