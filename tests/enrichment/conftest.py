"""A register on loopback, and a clean board for each test."""

from collections.abc import Iterator
from typing import Any

import pytest

from enrichment import board
from enrichment.providers.recherche_entreprises import RechercheEntreprises
from tests.enrichment.insee_service import KEY, Service, place, unit
from tests.enrichment.insee_service import serving as serving_insee
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


@pytest.fixture
def insee(request: pytest.FixtureRequest, settings: Any) -> Iterator[Service]:
    """Return a served INSEE that knows the companies of the register, with the installation's key."""
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")
    service = Service()
    service.add(unit("732829320", "SOLVANE"), place("73282932000012"))
    service.add(
        unit("404833048", "COMPTOIR DU LITTORAL", sigleUniteLegale="CDL", denominationUsuelle1UniteLegale="LA VAGUE",
             nicSiegeUniteLegale="00022"),
        place("40483304800022", etablissementSiege=True, codePostalEtablissement="29200",
              libelleCommuneEtablissement="BREST", codeCommuneEtablissement="29019"),
        place("40483304800030", numeroVoieEtablissement="3", typeVoieEtablissement="QUAI",
              libelleVoieEtablissement="DU PORT", codePostalEtablissement="56100", codeCommuneEtablissement="56121",
              libelleCommuneEtablissement="LORIENT", etatAdministratifEtablissement="F"),
    )  # fmt: skip
    service.add(
        unit("552100554", "ATELIERS BRUME", activitePrincipaleUniteLegale="51.4A", trancheEffectifsUniteLegale="NN",
             caractereEmployeurUniteLegale="N", activitePrincipaleNAF25UniteLegale=None, nicSiegeUniteLegale="00013",
             periods=[
                 {"dateDebut": "2023-02-01", "etatAdministratifUniteLegale": "C"},
                 {"dateDebut": "2022-10-22", "dateFin": "2023-01-31", "etatAdministratifUniteLegale": "C",
                  "changementEtatAdministratifUniteLegale": True},
                 {"dateDebut": "2009-04-17", "dateFin": "2022-10-21"},
             ]),
        place("55210055400013", etablissementSiege=True, etatAdministratifEtablissement="F",
              caractereEmployeurEtablissement="N"),
    )  # fmt: skip
    settings.INSEE_TIMEOUT = (1.0, 1.0)
    # Windows of a minute are for tests of their own.
    settings.INSEE_PER_MINUTE = 60_000
    settings.INSEE_API_KEY = KEY
    with serving_insee(service):
        settings.INSEE_URL = service.url
        yield service
