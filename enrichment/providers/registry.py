"""Who is asked about a company, in which order. The sources themselves are described in enrichment/sources.

The local directory comes first; then the register the organisation prefers; then the other one, where the first was
not there or cannot tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from enrichment.directory import searching
from enrichment.matching import has_namesake
from enrichment.providers.insee import InseeSirene
from enrichment.providers.ip_organisation import IpOrganisation
from enrichment.providers.legal_notice import LegalNotice
from enrichment.providers.local_directory import LocalDirectory
from enrichment.providers.outcomes import (
    Ambiguous,
    AnswersMany,
    Found,
    NotFound,
    Outcome,
    Provider,
    Question,
    Reason,
    Unavailable,
)
from enrichment.providers.recherche_entreprises import RechercheEntreprises
from enrichment.providers.vies import Vies
from enrichment.sources.choices import Chosen, list_registers
from enrichment.turns import NOBODY, Caller
from enrichment.use import seconds_over_allowance

LOCAL = LocalDirectory()
INSEE = InseeSirene()
RECHERCHE = RechercheEntreprises()
PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in (LOCAL, RECHERCHE, INSEE)}
DEFAULT = RECHERCHE.name
# What all of them say is SIRENE's: each may bring the others' values up to date.
SOURCE = RECHERCHE.source
# What says something else of a company than a register does, each asked by itself.
IP, SITE, VIES = IpOrganisation(), LegalNotice(), Vies()
# Our own limits: another source is not asked to get round them.
_OWN_LIMITS = frozenset({Reason.BUSY, Reason.ALLOWANCE})


@dataclass(frozen=True)
class Asked:
    """A question, and when the register last told of the company it is about: an older directory is not asked.

    It might undo what is newer.
    """

    question: Question
    known_at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """What came of a question, and which source said it."""

    provider: str
    outcome: Outcome


def get_provider(name: str = DEFAULT) -> Provider:
    """Return a source by the name stored with a lookup; KeyError for one that does not exist."""
    return PROVIDERS[name]


def has_network() -> bool:
    """Tell whether the API may be asked: an installation without a network empties its address."""
    return bool(settings.RECHERCHE_ENTREPRISES_URL)


def has_websites() -> bool:
    """Tell whether companies' websites may be read."""
    return bool(settings.READ_WEBSITES) and has_network()


def ask(question: Question, *, patience: float, known_at: datetime | None = None, caller: Caller = NOBODY) -> Answer:
    """Ask the local directory first, when one is loaded, then the registers outside for what it does not know.

    `known_at`: as Asked has it.
    """
    registers = list_registers(caller.organisation_id)
    local = _ask_local([Asked(question, known_at)], is_alone=not registers)[0]
    if local is not None and _is_enough(question, local, is_alone=not registers):
        return Answer(LOCAL.name, local)
    if not registers:
        return Answer(LOCAL.name, Unavailable(Reason.NO_SOURCE, final=True, asked=False))
    answer = _ask_outside(question, registers, patience, caller)
    if isinstance(answer.outcome, Unavailable) and isinstance(local, Ambiguous):
        # Names that are alike, for a person to choose from: better than none.
        return Answer(LOCAL.name, local)
    return answer


def ask_locally(asked: Sequence[Asked], *, organisation_id: int) -> list[Answer | None]:
    """Ask the local directory alone, about many at once; None where `ask` would ask somebody else as well.

    Two queries beside those of LocalDirectory.ask_many.
    """
    is_alone = not list_registers(organisation_id)
    return [
        Answer(LOCAL.name, said) if said is not None and _is_enough(one.question, said, is_alone=is_alone) else None
        for one, said in zip(asked, _ask_local(asked, is_alone=is_alone), strict=True)
    ]


def _ask_local(asked: Sequence[Asked], *, is_alone: bool) -> list[Outcome | None]:
    """Return what the local directory says; None where it is not asked. `is_alone`: nobody else can be."""
    load = searching.find_load()
    if load is None:
        return [None] * len(asked)
    moment = datetime.fromisoformat(searching.moment_of(load.as_of))
    is_asked = [is_alone or one.known_at is None or one.known_at <= moment for one in asked]
    said = iter(LOCAL.ask_many([one.question for one, wanted in zip(asked, is_asked, strict=True) if wanted]))
    return [next(said) if wanted else None for wanted in is_asked]


def _is_enough(question: Question, said: Outcome, *, is_alone: bool) -> bool:
    """Tell whether what the local directory said is the answer: nobody else is there, or would know better."""
    return is_alone or isinstance(said, Found) or _is_settled(question, said)


def most_at_once(organisation_id: int) -> int:
    """Return about how many companies a source of the organisation can be asked in one request."""
    return max((one.most_at_once for one in _asked_many(organisation_id)), default=1)


def warm(sirens: Sequence[str], *, patience: float, caller: Caller) -> int:
    """Ask about many companies in one request, where a source can: `ask` is then answered from what is kept.

    Returns how many are. What goes wrong is left to the questions themselves, as is what the local directory has.
    """
    local = searching.list_known(sirens) if searching.find_load() else set[str]()
    sirens = [one for one in sirens if one not in local]
    for provider in _asked_many(caller.organisation_id) if len(sirens) > 1 else ():
        if seconds_over_allowance(provider.name, caller) is None:
            return provider.warm(sirens, patience=patience, caller=caller)
    return 0


def _asked_many(organisation_id: int) -> list[AnswersMany]:
    providers = (one.source.provider for one in list_registers(organisation_id))
    return [one for one in providers if isinstance(one, AnswersMany)]


def _ask_outside(question: Question, registers: Sequence[Chosen], patience: float, caller: Caller) -> Answer:
    answer: Answer | None = None
    for one in registers:
        provider = one.source.provider
        if provider is None:
            continue
        kept = provider.peek(question.siren) if question.siren and isinstance(provider, AnswersMany) else None
        if kept is not None:
            return Answer(provider.name, kept)
    for one in registers:
        provider = one.source.provider
        if provider is None:
            continue
        said = Answer(provider.name, _ask_one(provider, question, patience, caller))
        is_strict = one.source.finds_names_as_written
        answer = said if answer is None else _better(question, answer, said, is_strict=is_strict)
        if not _leaves_open(question, said.outcome, is_strict=is_strict):
            break
    return answer or Answer(DEFAULT, Unavailable(Reason.NO_SOURCE, final=True, asked=False))


def _ask_one(provider: Provider, question: Question, patience: float, caller: Caller) -> Outcome:
    seconds = seconds_over_allowance(provider.name, caller)
    if seconds is not None:
        return Unavailable(Reason.ALLOWANCE, seconds, asked=False)
    return provider.ask(question, patience=patience, caller=caller)


def _leaves_open(question: Question, outcome: Outcome, *, is_strict: bool) -> bool:
    """Tell whether another register may know more: this one was not there, knows no such thing, or says too little."""
    if isinstance(outcome, Unavailable):
        return outcome.reason not in _OWN_LIMITS
    by_number = bool(question.siren or question.siret)
    if isinstance(outcome, NotFound):
        # A name that one text search does not find, another does not either; a number may be too new for one of them.
        return by_number or is_strict
    if isinstance(outcome, Found) and by_number:
        record = outcome.record
        return record.partial_diffusion or record.is_natural_person or not record.name or not record.siret
    return False


def _better(question: Question, first: Answer, second: Answer, *, is_strict: bool) -> Answer:
    """Choose between the answers of two registers; `is_strict`: the second finds names only as they are written."""
    was, now = first.outcome, second.outcome
    if isinstance(now, (Found, Ambiguous)):
        is_thinner = isinstance(was, Found) and isinstance(now, Found) and bool(was.record.name) > bool(now.record.name)
        return first if is_thinner else second
    by_number = bool(question.siren or question.siret)
    if isinstance(now, NotFound):
        return second if isinstance(was, Unavailable) and (by_number or not is_strict) else first
    # No answer, where the first found no such name as it was written: that is no answer either.
    return second if isinstance(was, NotFound) and not by_number else first


def _is_settled(question: Question, outcome: Outcome) -> bool:
    """Tell candidates that bear the very name, which no other source will tell apart either."""
    return isinstance(outcome, Ambiguous) and has_namesake(question, outcome.candidates)
