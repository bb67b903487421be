"""An organisation with the usual purposes and touchpoints."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from contacts.consent.services import add_starting_purposes
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from touchpoints.kinds import ensure_kinds


@pytest.fixture
def solvane(world: World) -> Iterator[Organisation]:
    cache.clear()
    with organisation_scope(world.organisation.pk):
        ensure_kinds(world.organisation)
        add_starting_purposes(world.organisation)
        yield world.organisation
