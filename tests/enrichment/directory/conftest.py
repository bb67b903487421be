"""A directory for tests: loaded for real, and emptied afterwards. It belongs to no organisation."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache

from enrichment.directory.searching import LOAD_KEY
from enrichment.models import DirectoryLoad
from tests.database import owner_connection
from tests.enrichment.directory.stock import (
    establishment,
    load_sirene,
    person,
    unit,
    write_establishments,
    write_units,
)

UNITS = [
    unit("732829320", "FONDERIES DU VAL D'OURCE", sigle="FVO", denominationUsuelle1="VAL FONTE"),
    unit("404833048", "COMPTOIR DU LITTORAL", activitePrincipale="46.90Z", nicSiege="00022", trancheEffectifs="02"),
    unit("552100554", "ATELIERS BRUME", etatAdministratif="C", activitePrincipale="51.4A", activitePrincipaleNAF25=""),
    person("300025764", "CAMILLE", "MARCHETTI", activitePrincipale="62.01Z"),
    person("300025772", "[ND]", "[ND]", statutDiffusion="P", activitePrincipale="62.01Z"),
    unit("300025780", "NUAGES ET PONTS", sigle="[ND]", statutDiffusion="P", activitePrincipale="62.02A"),
    unit("300025798", "SCI DU MOULIN", categorieJuridique="6540", activitePrincipale="68.20B", trancheEffectifs="NN",
         caractereEmployeur="N", dateCreation="1900-01-01"),
    unit("300025806", "SCI DU MOULIN", categorieJuridique="6540", activitePrincipale="68.20B"),
]  # fmt: skip
ESTABLISHMENTS = [
    establishment("73282932000018"),
    establishment("73282932000026", etablissementSiege="false", codePostal="29200", libelleCommune="BREST",
                  codeCommune="29019", enseigne1="LA VAGUE", denominationUsuelle="SUPPRESSION DU NOM COMMERCIAL"),
    establishment("40483304800022", codePostal="29200", libelleCommune="BREST", codeCommune="29019", numeroVoie="59",
                  dernierNumeroVoie="61", typeVoie="RUE", libelleVoie="DE SIAM"),
    establishment("55210055400018", etatAdministratif="F", codePostal="56100", codeCommune="56121"),
    establishment("30002576400018", codePostal="75011", codeCommune="75111", libelleCommune="PARIS 11"),
    establishment("30002577200018", statutDiffusion="P", numeroVoie="[ND]", typeVoie="[ND]", libelleVoie="[ND]",
                  codePostal="[ND]", codeCommune="75111", libelleCommune="PARIS 11", enseigne1="[ND]"),
    establishment("30002578000018", statutDiffusion="P", libelleVoie="[ND]", typeVoie="[ND]", numeroVoie="[ND]",
                  codePostal="69001", codeCommune="69381", libelleCommune="LYON 1ER"),
    establishment("30002579800018", codePostal="20250", codeCommune="2B096", libelleCommune="CORTE"),
    establishment("30002580600018", codePostal="33000", codeCommune="33063", libelleCommune="BORDEAUX"),
]  # fmt: skip


def empty_directory() -> None:
    """Forget what tests loaded."""
    with owner_connection(settings.DATABASES["default"]["NAME"]) as connection:
        connection.execute("DROP SCHEMA IF EXISTS directory_next, directory_old CASCADE")
        connection.execute("TRUNCATE directory.company, directory.establishment, directory.load")
    cache.delete(LOAD_KEY)


@pytest.fixture(autouse=True, scope="module")
def nothing_left(django_db_setup: None) -> Iterator[None]:
    """Leave no directory to other tests, which would find companies in it."""
    yield
    empty_directory()
    _loaded.clear()


@pytest.fixture
def empty(django_db_setup: None) -> None:
    """Begin without a directory."""
    empty_directory()
    _loaded.clear()


# When the directory that tests share was loaded.
_loaded: list[datetime] = []


@pytest.fixture
def directory(committed: None, tmp_path: Path) -> DirectoryLoad:
    """Return eight companies with their traps: loaded once, and again where a test has changed what is loaded."""
    load = DirectoryLoad.objects.first()
    if load is None or [load.loaded_at] != _loaded:
        done = load_sirene(write_units(tmp_path, UNITS), write_establishments(tmp_path, ESTABLISHMENTS))
        assert done.returncode == 0, done.stderr
        load = DirectoryLoad.objects.get()
        _loaded[:] = [load.loaded_at]
        cache.delete(LOAD_KEY)
    return load
