"""A tracked site, and nothing kept of the test before."""

from collections.abc import Iterator

import pytest

from prm.organisations.models import Organisation
from tests.conftest import World
from tests.touchpoints.tracking.sending import make_site
from touchpoints.kinds import ensure_kinds
from touchpoints.slots import exposures, plans, serving
from touchpoints.slots.following import forget_following
from touchpoints.tracking import throttling
from touchpoints.tracking.models import Site


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    plans._plans.clear()
    forget_following()
    serving.forget_notes()
    exposures.forget_names()
    throttling._counts = throttling.Counts()
    yield
    plans._plans.clear()


@pytest.fixture
def solvane(scoped: World) -> Organisation:
    ensure_kinds(scoped.organisation)
    return scoped.organisation


@pytest.fixture
def site(solvane: Organisation) -> Site:
    return make_site(solvane)
