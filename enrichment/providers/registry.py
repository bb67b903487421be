"""The sources the installation asks. A new one: one file that implements Provider, and a line here."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from enrichment.directory import searching
from enrichment.matching import has_namesake
from enrichment.providers.ip_organisation import IpOrganisation
from enrichment.providers.legal_notice import LegalNotice
from enrichment.providers.local_directory import LocalDirectory
from enrichment.providers.outcomes import Ambiguous, Found, Outcome, Provider, Question, Reason, Unavailable
from enrichment.providers.recherche_entreprises import RechercheEntreprises
from enrichment.providers.vies import Vies
from enrichment.turns import NOBODY, Caller
from enrichment.use import seconds_over_allowance

LOCAL = LocalDirectory()
PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in (LOCAL, RechercheEntreprises())}
# What says something else of a company than a register does, each asked by itself.
IP, SITE, VIES = IpOrganisation(), LegalNotice(), Vies()
DEFAULT = RechercheEntreprises.name
# What both of them say is SIRENE's: each may bring the other's values up to date.
SOURCE = RechercheEntreprises.source


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
    """Ask the local directory first, when one is loaded, then the API for what it does not know.

    `known_at`: when the register last told of this company; a directory that is older is not asked, lest it undo
    what is newer.
    """
    load = searching.find_load()
    local: Outcome | None = None
    is_newer = known_at is None or load is None or known_at <= datetime.fromisoformat(searching.moment_of(load.as_of))
    if load is not None and (is_newer or not has_network()):
        local = LOCAL.ask(question)
        if isinstance(local, Found) or _is_settled(question, local):
            return Answer(LOCAL.name, local)
    if not has_network():
        return Answer(LOCAL.name, local or LOCAL.ask(question))
    answer = _ask_outside(question, patience, caller)
    if isinstance(answer, Unavailable) and isinstance(local, Ambiguous):
        # Names that are alike, for a person to choose from: better than none.
        return Answer(LOCAL.name, local)
    return Answer(DEFAULT, answer)


def _ask_outside(question: Question, patience: float, caller: Caller) -> Outcome:
    provider = get_provider()
    seconds = seconds_over_allowance(provider.name, caller)
    if seconds is not None:
        return Unavailable(Reason.ALLOWANCE, seconds, asked=False)
    return provider.ask(question, patience=patience, caller=caller)


def _is_settled(question: Question, outcome: Outcome) -> bool:
    """Tell candidates that bear the very name, which no other source will tell apart either."""
    return isinstance(outcome, Ambiguous) and has_namesake(question, outcome.candidates)
