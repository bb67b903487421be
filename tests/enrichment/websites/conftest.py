"""A small web on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.enrichment.websites.sites import Web, serving


@pytest.fixture
def web(request: pytest.FixtureRequest, settings: Any) -> Iterator[Web]:
    """Return a served web that may be visited, at no pace to speak of."""
    if "committed" not in request.fixturenames:
        # Turns at a host are kept in the database.
        request.getfixturevalue("db")
    web = Web()
    with serving(web):
        settings.READ_WEBSITES = True
        settings.WEBSITES_PER_SECOND = 200.0
        settings.WEBSITES_NAMESERVER, settings.WEBSITES_LOOPBACK_PORT = web.nameserver, web.port
        yield web
