"""A register on loopback, and a clean board for each test."""

from collections.abc import Iterator
from typing import Any

import pytest

from enrichment import board
from enrichment.providers.recherche_entreprises import RechercheEntreprises
from tests.enrichment.register import Register, company, establishment, serving


@pytest.fixture(autouse=True)
def clean_board() -> Iterator[None]:
    """Forget what earlier tests learnt about the sources."""
    _forget("")
    board._own.clear()
    board._silent_until = 0.0
    yield
    board._silent_until = 0.0


def forget_answers() -> None:
    """Let the next question go to the register again."""
    _forget("*:answer:")


def _forget(part: str) -> None:
    client = board._client()
    for name in client.scan_iter(f"{board._name(part)}*"):
        client.delete(name)


@pytest.fixture
def register(request: pytest.FixtureRequest, settings: Any) -> Iterator[Register]:
    """Return a served register that knows Solvane, a shop with two establishments, and a closed company."""
    if "committed" not in request.fixturenames:
        # Turns at a source are kept in the database.
        request.getfixturevalue("db")
    register = Register()
    register.add(
        company("732829320", "SOLVANE", tva=["FR44732829320"]),
        company(
            "404833048",
            "COMPTOIR DU LITTORAL",
            nom_complet="COMPTOIR DU LITTORAL (LA VAGUE) (CDL)",
            sigle="CDL",
            siege=establishment("40483304800022", code_postal="29200", libelle_commune="BREST", departement="29"),
            matching_etablissements=[
                establishment("40483304800030", adresse="3 QUAI DU PORT 56100 LORIENT", code_postal="56100",
                              commune="56121", libelle_commune="LORIENT", departement="56", etat_administratif="F"),
            ],
        ),
        company("552100554", "ATELIERS BRUME", etat_administratif="C", date_fermeture="2022-10-22",
                activite_principale="51.4A", activite_principale_naf25=None, tranche_effectif_salarie="NN",
                siege=establishment("55210055400013", etat_administratif="F", caractere_employeur="N")),
    )  # fmt: skip
    settings.RECHERCHE_ENTREPRISES_PER_SECOND = 500
    settings.RECHERCHE_ENTREPRISES_TIMEOUT = (1.0, 1.0)
    with serving(register):
        settings.RECHERCHE_ENTREPRISES_URL = register.url
        yield register


@pytest.fixture
def provider(register: Register) -> RechercheEntreprises:
    """Return a provider that asks the loopback register."""
    return RechercheEntreprises()
