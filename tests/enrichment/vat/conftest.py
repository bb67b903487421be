"""Tax offices on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.enrichment.vat.office import Office, serving


@pytest.fixture
def office(request: pytest.FixtureRequest, settings: Any) -> Iterator[Office]:
    """Return served offices that know Solvane's number and a Belgian one."""
    if "committed" not in request.fixturenames:
        # Turns at a source are kept in the database.
        request.getfixturevalue("db")
    office = Office(
        holders={
            "FR44732829320": ("SAS SOLVANE", "12 RUE DES CARMES\n44000 NANTES"),
            "BE0417497106": ("---", "---"),
        }
    )
    settings.VIES_TIMEOUT = (1.0, 1.0)
    with serving(office):
        settings.VIES_URL = office.url
        yield office
