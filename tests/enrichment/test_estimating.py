"""What enriching many will cost, said before it begins, and the lists it begins from."""

from typing import Any

import pytest

from contacts.models import Company, Contact
from enrichment.bulk import Selection, Which, list_companies
from enrichment.estimating import estimate
from enrichment.models import Lookup, SourceUse
from enrichment.turns import Caller
from enrichment.use import count_call
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.enrichment.register import Register


def make(world: World, name: str, **values: Any) -> Company:
    return Company.objects.create(organisation=world.organisation, name=name, name_key=name.lower(), **values)


@pytest.fixture
def companies(scoped: World, register: Register) -> list[Company]:
    return [
        make(scoped, "Solvane", siren="732829320", department="44"),
        make(scoped, "Comptoir du littoral", postcode="29200", department="29"),
        make(scoped, "Ateliers brume"),
        make(scoped, "Zz"),
    ]


def test_an_estimate_counts_requests_time_and_what_is_left(
    scoped: World, companies: list[Company], settings: Any
) -> None:
    settings.ENRICHMENT_CALLS_PER_DAY, settings.RECHERCHE_ENTREPRISES_PER_SECOND = 3, 5
    count_call("recherche_entreprises", Caller(scoped.organisation.pk))

    found = estimate(scoped.organisation, Selection(Which.DUE))

    # A number, a name at its postcode and everywhere, a name without a place.
    assert (found.companies, found.by_number, found.by_name, found.unaskable) == (4, 1, 2, 1)
    assert (found.calls, found.local) == (4, None)
    assert found.seconds == pytest.approx(0.8)
    assert (found.left_today, found.is_over_today) == (2, True)
    assert SourceUse.objects.get().calls == 1


def test_what_was_answered_lately_is_left_out_unless_asked_for(scoped: World, companies: list[Company]) -> None:
    Lookup.objects.create(organisation=scoped.organisation, company=companies[0], provider="x", status="found")
    Lookup.objects.create(organisation=scoped.organisation, company=companies[1], provider="x", status="waiting")

    due = estimate(scoped.organisation, Selection(Which.LISTED, is_due_only=True))
    everybody = estimate(scoped.organisation, Selection(Which.LISTED))

    assert (due.chosen, due.companies, due.skipped) == (4, 2, 2)
    assert (everybody.companies, everybody.skipped) == (3, 1)


def test_a_list_is_meant_by_its_filter(scoped: World, companies: list[Company]) -> None:
    found = list_companies(scoped.organisation, Selection(Which.LISTED, query={"department": "44"}))

    assert list(found) == [companies[0]]
    stored = Selection(Which.LISTED, query={"department": "44"}, is_due_only=True).to_json()
    assert Selection.from_json(stored) == Selection(Which.LISTED, query={"department": "44"}, is_due_only=True)


def test_a_filter_of_companies_goes_from_the_list_through_the_estimate_to_the_job(
    world: World, register: Register
) -> None:
    with organisation_scope(world.organisation.pk):
        one = make(world, "Solvane", siren="732829320", department="44")
        other = make(world, "Comptoir", siren="404833048", department="29")
    client = world.client(world.marketer)
    listed = client.get(world.path("companies/?department=44")).content.decode()
    address = world.path("enrichment/estimate/") + "?which=listed&amp;query=department%3D44"
    assert f'href="{address}"' in listed

    text = " ".join(client.get(address.replace("&amp;", "&")).content.decode().split())
    assert "<b>1 company</b> will be asked about" in text
    client.post(world.path("enrichment/start/"), {"which": "listed", "query": "department=44"})
    run_jobs(world.organisation)

    with organisation_scope(world.organisation.pk):
        one.refresh_from_db()
        other.refresh_from_db()
        assert (one.naf_code, other.naf_code) == ("62.01Z", "")
        assert Job.objects.get().params == {"which": "listed", "query": {"department": "44"}, "is_due_only": True}
    for member in (world.sales, world.viewer):
        assert "enrichment/estimate" not in world.client(member).get(world.path("companies/")).content.decode()


def test_the_directory_is_asked_first_and_said(world: World, companies: list[Company], settings: Any) -> None:
    settings.RECHERCHE_ENTREPRISES_URL = ""

    found = estimate(world.organisation, Selection(Which.DUE))

    assert (found.calls, found.seconds, found.registers) == (0, 0.0, ())


@pytest.mark.parametrize("query", ["which=nothing", "which=", "which=chosen"])
def test_a_selection_that_cannot_be_read_is_refused(world: World, query: str) -> None:
    assert world.client(world.marketer).get(world.path(f"enrichment/estimate/?{query}")).status_code == 422


def test_people_are_counted_with_those_without_a_company(world: World, register: Register) -> None:
    with organisation_scope(world.organisation.pk):
        one = make(world, "Solvane", siren="732829320")
        for name, of in (("a", one), ("b", one), ("c", None)):
            Contact.objects.create(organisation=world.organisation, email=f"{name}@x.example", company=of)
    client = world.client(world.marketer)

    answer: Any = client.post(world.path("contacts/bulk/enrich/"), {"all": "1", "query": "stage=suspect"})
    text = " ".join(client.get(answer.url).content.decode().split())

    assert "<b>1 company</b> will be asked about" in text
    assert "1 of these people has no company: if they write from a company’s domain, they are given it first." in text
