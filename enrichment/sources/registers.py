"""The registers of companies as sources: the local directory, the State's open search, INSEE's own service."""

from django.conf import settings
from django.utils.translation import gettext_lazy

from enrichment.directory.searching import recent_load
from enrichment.providers.insee import InseeSirene
from enrichment.providers.outcomes import Found, Outcome, SourceState, Unavailable
from enrichment.providers.recherche_entreprises import RechercheEntreprises
from enrichment.providers.registry import INSEE, LOCAL, RECHERCHE
from enrichment.sources.keys import key_of
from enrichment.sources.models import SourceChoice
from enrichment.sources.registry import REGISTERS, KeyNeed, Probe, Source, register_source
from enrichment.turns import Caller
from prm.web.figures import siren as spaced

# La Poste: of age, active, and nobody's secret.
KNOWN_SIREN = "356000000"
# Waited for one's turn: somebody looks on.
PATIENCE_SECONDS = 8.0
LICENCE = gettext_lazy("Insee, base Sirene, Licence Ouverte 2.0")


def register_registers() -> None:
    """Add them, in the order in which the installation asks them."""
    register_source(
        Source(
            LOCAL.name,
            LOCAL.title,
            gettext_lazy("INSEE’s stock files, loaded into this installation: asked first, without any network."),
            _state_of_directory,
            is_there=lambda: recent_load() is not None,
            missing=gettext_lazy("No directory is loaded: an operator runs “manage.py load_sirene”."),
            has_switch=False,
            is_counted=False,
            licence=LICENCE,
        )
    )
    register_source(
        Source(
            RECHERCHE.name,
            RECHERCHE.title,
            gettext_lazy("The State’s open search over SIRENE and the national register of companies; no key needed."),
            lambda _choice: RECHERCHE.state(),
            probe=lambda caller: _probe(RECHERCHE, caller),
            pace=lambda: RECHERCHE.pace,
            group=REGISTERS,
            provider=RECHERCHE,
            is_there=lambda: bool(settings.RECHERCHE_ENTREPRISES_URL),
            missing=gettext_lazy("This installation asks nobody outside: its address is empty."),
            licence=LICENCE,
        )
    )
    register_source(
        Source(
            INSEE.name,
            INSEE.title,
            gettext_lazy(
                "INSEE’s own service: a hundred companies in one request, sole traders and closed numbers too."
            ),
            lambda choice: INSEE.state_with(key_of(choice) or settings.INSEE_API_KEY),
            probe=lambda caller: _probe(INSEE, caller),
            pace=lambda: INSEE.pace,
            key=KeyNeed(
                gettext_lazy("INSEE gives keys to whoever opens an account and subscribes an application to Sirene."),
                "https://portail-api.insee.fr/",
                lambda: settings.INSEE_API_KEY,
            ),
            group=REGISTERS,
            provider=INSEE,
            finds_names_as_written=True,
            is_there=lambda: bool(settings.INSEE_URL),
            missing=gettext_lazy("This installation asks nobody outside: its address is empty."),
            licence=LICENCE,
        )
    )


def _state_of_directory(_choice: SourceChoice) -> SourceState:
    load = recent_load()
    return SourceState(is_available=load is not None, answered_at=load.loaded_at if load else None)


def _probe(provider: RechercheEntreprises | InseeSirene, caller: Caller) -> Probe:
    return _probe_of(provider.probe(KNOWN_SIREN, patience=PATIENCE_SECONDS, caller=caller))


def _probe_of(outcome: Outcome) -> Probe:
    if isinstance(outcome, Unavailable):
        return Probe(trouble=outcome)
    if isinstance(outcome, Found):
        return Probe(f"{outcome.record.name or '–'}, SIREN {spaced(outcome.record.siren)}")
    # It knows no such company, and answers all the same.
    return Probe()
