"""Small partner files, and the way through one without a browser."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from contacts.models import Company
from contacts.normalising import company_key
from enrichment.partners import services
from enrichment.partners.models import PartnerFile
from enrichment.partners.queries import get_file
from enrichment.partners.services import Terms
from enrichment.partners.targets import own_fields
from prm.organisations.models import Organisation
from prm.work.jobs import run_jobs
from tests.conftest import World

TERMS = Terms("Altares", "Contrat 2026-17", "legitimate_interest", date(2026, 11, 1), date(2027, 11, 1))


def make_company(organisation: Organisation, name: str, **values: Any) -> Company:
    """Create a company that a file brought in, unless told otherwise."""
    return Company.objects.create(
        organisation=organisation, name=name, name_key=company_key(name), **{"source": "import", **values}
    )


def take_in(world: World, content: str | bytes, *, name: str = "altares.csv") -> PartnerFile:
    """Upload a file."""
    data = content.encode() if isinstance(content, str) else content
    return services.create_file(world.organisation, filename=name, pieces=[data], by=world.marketer)


def prepare(
    world: World, content: str | bytes, mapping: Mapping[str, str] | None = None, *, terms: Terms = TERMS
) -> PartnerFile:
    """Upload a file, map it as guessed but for what is given, and try it."""
    partner_file = take_in(world, content)
    guessed = {one.column: one.field for one in services.guess_file(partner_file, own_fields(world.organisation))}
    services.map_file(
        world.organisation,
        file_id=partner_file.pk,
        mapping={**guessed, **(mapping or {})},
        terms=terms,
        may_define=True,
        by=world.marketer,
    )
    services.start_trial(world.organisation, file_id=partner_file.pk, by=world.marketer)
    return get_file(world.organisation, partner_file.pk)


def bring_in(
    world: World, content: str | bytes, mapping: Mapping[str, str] | None = None, *, terms: Terms = TERMS
) -> PartnerFile:
    """Upload, map, try and merge a file."""
    partner_file = prepare(world, content, mapping, terms=terms)
    services.start_file(world.organisation, file_id=partner_file.pk, by=world.marketer)
    run_jobs(world.organisation)
    return get_file(world.organisation, partner_file.pk)
