"""The sources the installation asks. A new one: one file that implements Provider, and a line here."""

from enrichment.providers.outcomes import Provider
from enrichment.providers.recherche_entreprises import RechercheEntreprises

PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in (RechercheEntreprises(),)}
DEFAULT = RechercheEntreprises.name


def get_provider(name: str = DEFAULT) -> Provider:
    """Return a source by the name stored with a lookup; KeyError for one that does not exist."""
    return PROVIDERS[name]
