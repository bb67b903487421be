"""INSEE's own API Sirene, 3.11: the register itself, with a key; thirty requests a minute for each key.

An unknown number, and a search that finds nothing, are HTTP 404 with INSEE's own body: an answer. A unit closed as a
duplicate is 301 to the one that stays. A company is read from the establishments service, which has its address; the
service of legal units is asked for what that one cannot say: why there is none, and since when it is closed.
"""

from collections.abc import Sequence
from dataclasses import replace

import structlog
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.normalising import company_key
from enrichment.matching import FILLERS, MIN_NAME_LENGTH, choose, has_namesake
from enrichment.providers.answers import FOUND_SECONDS, SEARCH_SECONDS, Answers, Results
from enrichment.providers.insee_calls import MOST_ROWS, NAME, Asking, Establishments, Moved, Nothing, account_of
from enrichment.providers.line import SHORT_WAIT_SECONDS, Line
from enrichment.providers.outcomes import (
    Ambiguous,
    Found,
    NotFound,
    Outcome,
    Question,
    Reason,
    SourceState,
    Unavailable,
)
from enrichment.providers.recherche_entreprises_reading import is_postcode
from enrichment.providers.records import CompanyRecord
from enrichment.sources.keys import find_key
from enrichment.turns import NOBODY, Caller, Pace

log = structlog.get_logger()

# Rows of a search.
MOST_FOUND = 50
# Head offices of one unit: one, and what errors of the register may add.
MOST_SEATS = 20
# SIREN in one request: their question stays far below what the service takes.
AT_ONCE = 100
MOST_WORDS = 6


class InseeSirene:
    """The provider. One instance serves all threads of a process; the key is that of the organisation who asks."""

    name = NAME
    source = "sirene"
    title: str | Promise = _("INSEE Sirene")
    most_at_once = AT_ONCE

    def __init__(self) -> None:
        self.line = Line(self.name)
        self.answers = Answers(self.name)

    @property
    def pace(self) -> Pace:
        """What we allow ourselves with one key, all workers together."""
        per_minute = float(settings.INSEE_PER_MINUTE)
        return Pace(max(1.0, per_minute / 60), per_minute)

    def state(self, organisation_id: int = 0) -> SourceState:
        """Tell how the service is doing, and how it takes the organisation's key."""
        return self.state_with(_key_of(organisation_id))

    def state_with(self, key: str) -> SourceState:
        """Tell how the service is doing, and how it takes a key ("": none)."""
        state = self.line.manners.state()
        return account_of(key).state() if key and state.is_available else state

    def ask(self, question: Question, *, patience: float = SHORT_WAIT_SECONDS, caller: Caller = NOBODY) -> Outcome:
        """Look up by SIREN or SIRET, else search by name: with the postcode first, then everywhere."""
        asking = self._asking(patience, caller)
        if isinstance(asking, Unavailable):
            return asking
        if question.siren:
            return self._look_up(asking, question.siren)
        if question.siret:
            return self._look_up(asking, question.siret)
        if len(question.name.strip()) < MIN_NAME_LENGTH:
            return NotFound()
        return self._find(asking, question)

    def peek(self, siren: str) -> Outcome | None:
        """Return what is kept of a SIREN, without asking; None for nothing."""
        kept = self.answers.get(_asked(siren))
        return Found(kept[0]) if kept else None

    def probe(self, siren: str, *, patience: float = SHORT_WAIT_SECONDS, caller: Caller = NOBODY) -> Outcome:
        """Ask about a company whatever is kept of it, to see whether the service answers and takes the key."""
        asking = self._asking(patience, caller)
        if isinstance(asking, Unavailable):
            return asking
        found = self._ask_siren(asking, siren)
        return found if isinstance(found, Unavailable) else Found(found[0]) if found else NotFound()

    def warm(self, sirens: Sequence[str], *, patience: float = SHORT_WAIT_SECONDS, caller: Caller = NOBODY) -> int:
        """Ask about many companies in one request, so that each is answered from what is kept; return how many are.

        At most AT_ONCE of them. Whoever is not in the answer is left to a question of its own, which costs one request
        instead of two then; as is whoever somebody else is asking about.
        """
        asking = self._asking(patience, caller)
        if isinstance(asking, Unavailable):
            return 0
        wanted = [one for one in sirens[:AT_ONCE] if self.answers.get(_asked(one)) is None]
        begun = [one for one in wanted if self.answers.begin(_asked(one))]
        try:
            found = self._ask_many(asking, begun) if len(begun) > 1 else {}
        finally:
            for one in begun:
                self.answers.end(_asked(one))
        return len(found)

    def _asking(self, patience: float, caller: Caller) -> Asking | Unavailable:
        key = _key_of(caller.organisation_id)
        if not key:
            return Unavailable(Reason.NO_KEY, final=True, asked=False)
        return Asking(self.line, self.pace, key, patience, caller)

    def _look_up(self, asking: Asking, number: str) -> Outcome:
        is_siret = len(number) == 14
        ask = self._ask_siret if is_siret else self._ask_siren
        found = self.answers.get_or_ask(_asked(number), lambda: ask(asking, number), patience=asking.patience)
        if isinstance(found, Unavailable):
            return found
        return Found(found[0]) if found else NotFound()

    def _ask_siren(self, asking: Asking, siren: str) -> Results | Unavailable:
        """Ask about a SIREN, and about the one it gave way to; keep the answer."""
        query = {"q": f"siren:{siren} AND etablissementSiege:true", "nombre": str(MOST_SEATS)}
        found: Establishments | Unavailable = Establishments()
        if self.answers.get(_seat_of(siren)) is None:
            found = asking.establishments("/siret", query)
        if isinstance(found, Unavailable):
            return found
        record = next((one for one in found.records if one.siren == siren), None)
        if record is None or record.is_closed:
            unit = asking.unit(siren)
            if isinstance(unit, Unavailable):
                return unit
            if isinstance(unit, Moved):
                return self._follow(asking, siren, unit)
            record = _joined(record, unit)
        results = (record,) if record else ()
        self.answers.keep(_asked(siren), results, FOUND_SECONDS if results else SEARCH_SECONDS)
        return results

    def _ask_siret(self, asking: Asking, siret: str) -> Results | Unavailable:
        found = asking.establishments(f"/siret/{siret}", {}, siret=siret)
        if isinstance(found, Unavailable):
            return found
        if found.moved:
            moved = asking.establishments(f"/siret/{found.moved.number}", {}, siret=found.moved.number)
            if isinstance(moved, Unavailable):
                return moved
            found = moved
        elif found.records and found.records[0].siret != siret:
            # Another establishment than the one asked for: no answer, rather than a wrong value.
            log.warning("enrichment_unexpected_record", asked=siret, answered=found.records[0].siret)
            return Unavailable(Reason.UNREADABLE)
        results = tuple(_replacing(one, siret[:9]) for one in found.records[:1])
        self.answers.keep(_asked(siret), results, FOUND_SECONDS if results else SEARCH_SECONDS)
        return results

    def _follow(self, asking: Asking, siren: str, moved: Moved) -> Results | Unavailable:
        """Ask about the unit that a duplicate gave way to; a chain of them is not followed."""
        query = {"q": f"siren:{moved.number[:9]} AND etablissementSiege:true", "nombre": str(MOST_SEATS)}
        found = asking.establishments("/siret", query)
        if isinstance(found, Unavailable):
            return found
        results = tuple(_replacing(one, siren) for one in found.records if one.siren == moved.number[:9])[:1]
        self.answers.keep(_asked(siren), results, FOUND_SECONDS if results else SEARCH_SECONDS)
        return results

    def _ask_many(self, asking: Asking, sirens: Sequence[str]) -> dict[str, CompanyRecord]:
        """Ask about many SIREN and keep each answer. Those that are closed cost a second request for the day."""
        query = f"siren:({' OR '.join(sirens)}) AND etablissementSiege:true"
        found = asking.establishments("/siret", {"q": query, "nombre": str(MOST_ROWS)}, is_long=True)
        if isinstance(found, Unavailable):
            return {}
        records = {one.siren: one for one in found.records if one.siren in sirens}
        for siren in records.keys() ^ set(sirens):
            # There is no head office: only why is left to ask.
            self.answers.keep(_seat_of(siren), (), SEARCH_SECONDS)
        closed = [siren for siren, one in records.items() if one.is_closed]
        units = asking.units(closed) if closed else {}
        if isinstance(units, Unavailable):
            # Their day is missing: each is asked about by itself.
            units, records = {}, {siren: one for siren, one in records.items() if not one.is_closed}
        records = {siren: replace(one, closed_on=_day(units.get(siren))) for siren, one in records.items()}
        for siren, record in records.items():
            self.answers.keep(_asked(siren), (record,), FOUND_SECONDS)
        return records

    def _find(self, asking: Asking, question: Question) -> Outcome:
        names = [f"raisonSociale:{word}" for word in _words(question.name)]
        if not names:
            return NotFound()
        nearby: Results = ()
        if is_postcode(question.postcode):
            found = self._search(asking, [*names, f"codePostalEtablissement:{question.postcode}"])
            if isinstance(found, Unavailable):
                return found
            nearby, is_cut = found
            outcome = choose(question, nearby, only_here=True)
            if not is_cut and (isinstance(outcome, Found) or has_namesake(question, nearby)):
                return self._completed(asking, outcome)
        found = self._search(asking, [*names, "etablissementSiege:true"])
        if isinstance(found, Unavailable):
            return found
        everywhere, is_cut = found
        known = {record.siren for record in nearby}
        outcome = choose(question, (*nearby, *(one for one in everywhere if one.siren not in known)))
        if is_cut and isinstance(outcome, Found):
            # One of more than were read: it may not be the only one.
            return Ambiguous((outcome.record, *outcome.others))
        return self._completed(asking, outcome)

    def _search(self, asking: Asking, terms: list[str]) -> tuple[Results, bool] | Unavailable:
        """Search among establishments; return their companies, and whether there may be more of them."""
        query = " AND ".join(terms)

        def ask() -> Results | Unavailable:
            found = asking.establishments("/siret", {"q": query, "nombre": str(MOST_FOUND)})
            if isinstance(found, Unavailable):
                return found
            self.answers.keep(_asked(query), found.records, SEARCH_SECONDS)
            return found.records

        results = self.answers.get_or_ask(_asked(query), ask, patience=asking.patience)
        if isinstance(results, Unavailable):
            return results
        return results, sum(len(one.establishments) for one in results) >= MOST_FOUND

    def _completed(self, asking: Asking, outcome: Outcome) -> Outcome:
        """Let a company that was found by one of its places be read at its head office."""
        if not isinstance(outcome, Found) or any(one.is_seat for one in outcome.record.establishments):
            return outcome
        whole = self._look_up(asking, outcome.record.siren)
        return replace(outcome, record=whole.record) if isinstance(whole, Found) else whole


def _key_of(organisation_id: int) -> str:
    """Return the organisation's own key, else the installation's."""
    return find_key(NAME, organisation_id) or settings.INSEE_API_KEY


def _joined(record: CompanyRecord | None, unit: CompanyRecord | Nothing) -> CompanyRecord | None:
    """Return a record with what the unit alone says; the unit's, where there is no establishment."""
    if isinstance(unit, Nothing):
        return record
    return replace(record, closed_on=unit.closed_on) if record else unit


def _day(unit: CompanyRecord | None) -> str | None:
    return unit.closed_on if unit else None


def _replacing(record: CompanyRecord, siren: str) -> CompanyRecord:
    return record if record.siren == siren else replace(record, replaces=siren)


def _words(name: str) -> list[str]:
    """Return the words of a name that tell it from others, as INSEE's questions take them: letters and digits."""
    words = [word for word in company_key(name).split() if len(word) > 1 and word not in FILLERS]
    return sorted(dict.fromkeys(words), key=len, reverse=True)[:MOST_WORDS]


def _seat_of(siren: str) -> list[str]:
    return _asked(f"{siren} etablissementSiege:true")


def _asked(what: str) -> list[str]:
    return [settings.INSEE_URL, what]
