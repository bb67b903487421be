"""Pages of enrichment, as people of each role use them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Company, Contact
from enrichment import services
from enrichment.asking import ask_due_lookups
from enrichment.manners import Manners
from enrichment.models import Lookup
from enrichment.proofs.rules import set_policy
from enrichment.providers.outcomes import Reason
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.enrichment.register import Fault, Register, company, establishment


@pytest.fixture
def one(world: World, register: Register) -> Company:
    with organisation_scope(world.organisation.pk):
        return Company.objects.create(
            organisation=world.organisation, name="Solvane", name_key="solvane", siren="732829320"
        )


@pytest.fixture
def doubtful(world: World, register: Register) -> Iterator[tuple[Company, Lookup]]:
    register.add(company("443061841", "SOLVANE", siege=establishment("44306184100047", code_postal="69003")))
    with organisation_scope(world.organisation.pk):
        one = Company.objects.create(organisation=world.organisation, name="Solvane", name_key="solvane")
        lookup = services.request_lookup(world.organisation, company=one, by=world.sales)
        ask_due_lookups(world.organisation)
        yield one, lookup


def page(world: World, rest: str = "", **how: Any) -> Any:
    return world.client(how.pop("user", world.viewer)).get(world.path(f"enrichment/{rest}"), **how)


def post(world: World, rest: str, data: dict[str, str] | None = None, **how: Any) -> Any:
    return world.client(how.pop("user", world.sales)).post(world.path(f"enrichment/{rest}"), data or {}, **how)


def enrich(world: World, one: Company) -> Lookup:
    with organisation_scope(world.organisation.pk):
        lookup = services.request_lookup(world.organisation, company=one, by=world.sales)
        ask_due_lookups(world.organisation)
        lookup.refresh_from_db()
    return lookup


def test_an_empty_base_says_where_companies_come_from(world: World) -> None:
    text = page(world).content.decode()

    assert "No company yet" in text
    assert "Enrich in bulk" not in text


def test_the_list_says_how_much_is_known_and_how_the_source_is(world: World, one: Company) -> None:
    enrich(world, one)

    text = page(world).content.decode()

    assert "<b>1</b> of 1 company is known by its SIREN." in text
    assert "4 questions per second" not in text
    assert "500 questions per second" in text
    assert "available" in text
    assert "SIREN 732\u202f829\u202f320" in text
    assert "12 values filled in" not in text
    assert "11 values filled in" in text


def test_an_outage_is_shown_with_its_reason(world: World, one: Company) -> None:
    Manners("recherche_entreprises").failed(Reason.TIMEOUT, at_once=True)

    text = page(world).content.decode()

    assert "unavailable" in text
    assert "It did not answer in time." in text
    assert "then a single question tries" in text


def test_lookups_are_filtered_by_result(world: World, doubtful: tuple[Company, Lookup]) -> None:
    shown = page(world, "?status=ambiguous").content.decode()
    none = page(world, "?status=found").content.decode()

    assert "2 companies may be meant" in shown
    assert "No such question" in none
    assert page(world, "?status=nonsense&job=x").status_code == 200


def test_htmx_gets_the_rows_alone(world: World, one: Company) -> None:
    enrich(world, one)

    part = page(world, headers={"hx-request": "true", "hx-target": "rows"}).content.decode()

    assert "<html" not in part
    assert "SIREN 732\u202f829\u202f320" in part


@pytest.mark.parametrize("many", [2, 20])
def test_the_list_costs_the_same_however_long(world: World, register: Register, many: int) -> None:
    with organisation_scope(world.organisation.pk):
        for number in range(many):
            one = Company.objects.create(organisation=world.organisation, name=f"C{number}", name_key=f"c{number}")
            Lookup.objects.create(
                organisation=world.organisation, company=one, provider="recherche_entreprises", asked_by=world.sales
            )
    client = world.client(world.viewer)
    client.get(world.path("enrichment/"))

    with CaptureQueriesContext(connection) as queries:
        client.get(world.path("enrichment/"))

    ours = [query["sql"] for query in queries if "contacts_company" in query["sql"] or "enrichment_" in query["sql"]]
    ours = [
        sql for sql in ours if "= 'ambiguous'" not in sql and 'COUNT(*) AS "__count" FROM "contacts_company"' not in sql
    ]
    ours = [sql for sql in ours if 'COUNT("contacts_company"' not in sql]
    # Rows and counts by result. Coverage, two selections and the day's questions are kept a while; the menu's count is
    # the shell's.
    assert len(ours) == 2, "\n".join(ours)


def test_a_viewer_sees_and_starts_nothing(world: World, one: Company) -> None:
    assert "Which companies" not in page(world).content.decode()

    for rest in ("start/", f"companies/{one.pk}/"):
        assert post(world, rest, {"which": "due"}, user=world.viewer).status_code == 403
    with organisation_scope(world.organisation.pk):
        assert (Lookup.objects.count(), Job.objects.count()) == (0, 0)


def test_bulk_is_counted_before_started_and_told_after(world: World, one: Company) -> None:
    text = page(world, user=world.marketer).content.decode()
    assert "With a SIREN, and nothing fresh from the register" in text

    answer = post(world, "start/", {"which": "stale"}, user=world.marketer)

    assert answer.status_code == 302
    assert "Enrichment from SIRENE" in page(world).content.decode()
    run_jobs(world.organisation)
    text = page(world).content.decode()
    assert "1 found." in text
    assert "Every company was asked about lately." in text


def test_bulk_wants_a_selection(world: World, one: Company) -> None:
    assert post(world, "start/", {"which": "everything"}, user=world.marketer).status_code == 422
    # A rep asks about one company at a time.
    assert post(world, "start/", {"which": "due"}).status_code == 403
    with organisation_scope(world.organisation.pk):
        assert Job.objects.count() == 0


def test_a_doubtful_name_is_settled_side_by_side(world: World, doubtful: tuple[Company, Lookup]) -> None:
    one, lookup = doubtful
    text = page(world, f"{lookup.pk}/", user=world.sales).content.decode()
    assert "Which company is it?" in text
    assert text.count("It is this one") == 2

    answer = post(world, f"{lookup.pk}/choose/", {"siren": "443061841"})

    assert answer.url == world.path("enrichment/")
    one.refresh_from_db()
    assert one.siren == "443061841"
    assert post(world, f"{lookup.pk}/choose/", {"siren": "732829320"}).status_code == 409
    assert post(world, f"{lookup.pk}/dismiss/").status_code == 409


def test_after_one_choice_the_next_one_comes(world: World, doubtful: tuple[Company, Lookup]) -> None:
    _one, first = doubtful
    second = Company.objects.create(organisation=world.organisation, name="Solvane", name_key="solvane")
    newest = enrich(world, second)

    answer = post(world, f"{newest.pk}/dismiss/")

    assert answer.url == world.path(f"enrichment/{first.pk}/")


def test_a_lookup_shows_what_it_changed_and_is_undone(world: World, one: Company) -> None:
    lookup = enrich(world, one)
    text = page(world, f"{lookup.pk}/", user=world.sales).content.decode()
    assert "20 to 49 employees" in text
    assert "Simplified joint-stock company (SAS)" in text

    answer = post(world, f"{lookup.pk}/undo/", {"next": world.path(f"companies/{one.pk}/")})

    assert answer.url == world.path(f"companies/{one.pk}/")
    with organisation_scope(world.organisation.pk):
        one.refresh_from_db()
    assert one.headcount_band == ""
    assert post(world, f"{lookup.pk}/undo/").status_code == 409
    # Whoever took the wrong company has a way on: the same question once more.
    undone = page(world, f"{lookup.pk}/", user=world.sales).content.decode()
    assert f'action="{world.path(f"enrichment/companies/{one.pk}/")}"' in undone


def test_a_stranger_address_is_no_way_back(world: World, one: Company) -> None:
    lookup = enrich(world, one)

    answer = post(world, f"{lookup.pk}/undo/", {"next": "https://elsewhere.example/"})

    assert answer.url == world.path(f"enrichment/{lookup.pk}/")


def test_an_unanswered_question_is_asked_again_by_hand(world: World, one: Company, register: Register) -> None:
    register.fail(Fault(status=500))
    lookup = enrich(world, one)
    assert "The source gave no answer." in page(world, f"{lookup.pk}/").content.decode()

    assert post(world, f"{lookup.pk}/retry/").status_code == 302

    ask_due_lookups(world.organisation)
    with organisation_scope(world.organisation.pk):
        lookup.refresh_from_db()
    assert lookup.status == "found"


def test_the_panel_follows_the_question_until_its_answer(world: World, one: Company) -> None:
    path = world.path(f"companies/{one.pk}/?panels=all")
    client = world.client(world.sales)
    assert "Never asked." in client.get(path).content.decode()

    part = client.post(world.path(f"enrichment/companies/{one.pk}/"), headers={"hx-request": "true"}).content.decode()
    assert "The question is on its way" in part
    assert f'hx-get="{world.path(f"enrichment/companies/{one.pk}/panel/")}"' in part

    ask_due_lookups(world.organisation)
    answer = client.get(world.path(f"enrichment/companies/{one.pk}/panel/"), headers={"hx-request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
    text = client.get(path).content.decode()
    assert "11 values were filled in" in text
    assert "FR44732829320" in text


def test_the_panel_says_what_was_declared_otherwise(world: World, one: Company) -> None:
    with organisation_scope(world.organisation.pk):
        Company.objects.update(headcount_band="21", provenance={"headcount_band": {"source": "declared"}})
        ranks = ["register", "partner", "import", "inferred"]
        set_policy(world.organisation, wins={"headcount_band": "person"}, ranks=ranks, by=world.admin)
    enrich(world, one)

    text = world.client(world.viewer).get(world.path(f"companies/{one.pk}/?panels=all")).content.decode()

    assert "Headcount: “50 to 99 employees” stays; the register says “20 to 49 employees”." in text


def test_a_contact_is_enriched_through_its_company(world: World, one: Company) -> None:
    with organisation_scope(world.organisation.pk):
        with_company = Contact.objects.create(organisation=world.organisation, email="a@x.example", company=one)
        without = Contact.objects.create(organisation=world.organisation, email="b@x.example")
        free = Contact.objects.create(organisation=world.organisation, email="c@orange.fr")
    client = world.client(world.sales)

    assert "Never asked." in client.get(world.path(f"contacts/{with_company.pk}/?panels=all")).content.decode()
    text = client.get(world.path(f"contacts/{without.pk}/?panels=all")).content.decode()
    assert ("writes from <b>x.example</b>" in text, "Find the company" in text) == (True, True)
    text = client.get(world.path(f"contacts/{free.pk}/?panels=all")).content.decode()
    assert ("this contact has none" in text, "orange.fr gives mailboxes" in text) == (True, True)


def test_selected_contacts_are_enriched_together_once_one_has_seen_what_it_costs(world: World, one: Company) -> None:
    with organisation_scope(world.organisation.pk):
        ids = [
            Contact.objects.create(organisation=world.organisation, email=email, company=of).pk
            for email, of in (("a@x.example", one), ("b@x.example", one), ("c@orange.fr", None))
        ]
    client = world.client(world.marketer)

    answer: Any = client.post(world.path("contacts/bulk/enrich/"), {"ids": ids})
    page = client.get(answer.url)

    text = " ".join(page.content.decode().split())
    assert "<b>1 company</b> will be asked about" in text
    assert "1 of these people has no company: if they write from a company’s domain, they are given it first." in text
    with organisation_scope(world.organisation.pk):
        assert Job.objects.count() == 0
    form = page.context["form"]
    client.post(world.path("enrichment/start/"), {"which": "of_people", "query": form.cleaned_data["query"]})
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        one.refresh_from_db()
    assert one.naf_code == "62.01Z"


def test_the_twin_sees_nothing_of_it(world: World, one: Company) -> None:
    lookup = enrich(world, one)
    client = world.client(world.twin_admin)

    assert "732\u202f829\u202f320" not in client.get(f"/o/{world.twin.slug}/enrichment/").content.decode()
    for rest in (f"{lookup.pk}/", f"companies/{one.pk}/panel/"):
        assert client.get(f"/o/{world.twin.slug}/enrichment/{rest}").status_code == 404
        assert client.get(world.path(f"enrichment/{rest}")).status_code == 404
    for rest in (f"{lookup.pk}/undo/", f"{lookup.pk}/retry/", f"{lookup.pk}/dismiss/", f"companies/{one.pk}/"):
        assert client.post(f"/o/{world.twin.slug}/enrichment/{rest}").status_code == 404


def test_french_is_complete(world: World, one: Company) -> None:
    lookup = enrich(world, one)
    client = world.client(world.viewer)

    text = client.get(world.path(f"enrichment/{lookup.pk}/"), headers={"accept-language": "fr"}).content.decode()

    assert "Ce qui a changé" in text
    assert "20 à 49 salariés" in text
    assert "Société par actions simplifiée (SAS)" in text
