"""Makes the organisations to measure on, and runs the measures."""

import os
from collections.abc import Iterator, Sequence

import psycopg
from django.db import connection

from benchmarks.companies import measure_companies
from benchmarks.directory import measure_directory
from benchmarks.doubles import measure_doubles
from benchmarks.enrichment import measure_enrichment
from benchmarks.import_files import measure_import
from benchmarks.learning import measure_learning, measure_twins
from benchmarks.measures import MEASURES
from benchmarks.observing import measure_observing
from benchmarks.rival import measure_rival
from benchmarks.slots import measure_slots
from benchmarks.timing import Result
from benchmarks.touchpoint_pages import measure_touchpoint_pages
from benchmarks.tracking import measure_tracking
from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope
from prm.organisations.services import create_organisation
from touchpoints.starting_set import add_starting_set


def make_organisation(size: int, *, seed: Sequence[str], per_contact: int, slug: str = "") -> Organisation:
    """Create an organisation with so many contacts and their interactions."""
    slug = slug or f"bench-{size}"
    admin = User.objects.create_user(f"admin-{slug.removeprefix('bench-')}@bench.example", full_name="Bench")
    organisation = create_organisation(name=f"Bench {size}", slug=slug, admin=admin)
    with organisation_scope(organisation.pk):
        add_starting_set(organisation, by=admin)
        with connection.cursor() as cursor:
            for statement in seed:
                cursor.execute(statement, {"o": organisation.pk, "n": size, "per": per_contact})
    return organisation


def make_neighbours(number: int, contacts: int, *, seed: Sequence[str]) -> None:
    """Create organisations that share the tables and indexes, once."""
    if Organisation.objects.filter(slug="neighbour-0").exists():
        return
    for one in range(number):
        make_organisation(contacts, seed=seed, per_contact=3, slug=f"neighbour-{one}")


def settle() -> None:
    """Bring statistics and visibility up to date, as an hour of normal running would have."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def measure(organisation: Organisation, size: int, only: Sequence[str]) -> Iterator[Result]:
    """Run every measure that was asked for."""
    more = {
        "doubles": measure_doubles,
        "directory": measure_directory,
        "companies": measure_companies,
        "enrichment": measure_enrichment,
        "observing": measure_observing,
        "touchpoint_pages": measure_touchpoint_pages,
        "tracking": measure_tracking,
        "slots": measure_slots,
        # They let people convert.
        "learning": measure_learning,
        "twins": measure_twins,
        # Last: what they bring in stays, and would make the base larger than it says.
        "import": measure_import,
        "rival": measure_rival,
    }
    for name, run in {**MEASURES, **more}.items():
        if not only or name in only:
            yield from run(organisation, size, os.environ["DATABASE_URL"])
