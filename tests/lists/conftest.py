"""People with a company, and values in fields of the organisation's own; the twin has the same."""

import pytest

from contacts.models import Company, Contact
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.contacts.fields.making import make_field


@pytest.fixture
def full(world: World) -> World:
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            make_field(organisation, "number", "Budget")
            make_field(organisation, "choices", "Interests", "Quality", "Energy")
            make_field(organisation, "boolean", "Equipped", subject="company")
            company = Company.objects.create(
                organisation=organisation,
                name="Fonderies",
                name_key="fonderies",
                siren="000412873",
                city="Nantes",
                department="44",
                headcount_band="12",
                custom={"equipped": True},
            )
            for first, last, stage, custom in (
                ("Hélène", "Marchetti", "mql", {"budget": 12500.5, "interests": ["energy", "quality"]}),
                ("Karim", "Belhadj", "suspect", {}),
            ):
                Contact.objects.create(
                    organisation=organisation,
                    first_name=first,
                    last_name=last,
                    email=f"{last.lower()}@fonderies.example",
                    phone="+33639981241",
                    stage=stage,
                    company=company,
                    custom=custom,
                )
    return world
