"""An organisation whose people can be asked what they allow."""

import pytest

from contacts.consent.services import add_starting_purposes
from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from tests.conftest import World


@pytest.fixture
def solvane(scoped: World) -> Organisation:
    for organisation in (scoped.twin, scoped.organisation):
        with organisation_scope(organisation.pk):
            add_starting_purposes(organisation)
            Contact.objects.create(organisation=organisation, email="ines@acme.example", last_name="Ines")
    return scoped.organisation


@pytest.fixture
def ines(solvane: Organisation) -> Contact:
    return Contact.objects.get()
