"""What nobody is spelt like is looked for again, a typing mistake in each word forgiven."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import searching
from contacts.models import Company, Contact
from contacts.people import create_contact
from prm.organisations.api_keys import create_key
from prm.organisations.scope import organisation_scope
from tests.conftest import World


@pytest.fixture
def people(world: World) -> World:
    """Return a world with a few people and companies, and the same ones next door."""
    for organisation, by in ((world.organisation, world.admin), (world.twin, world.twin_admin)):
        with organisation_scope(organisation.pk):
            acme = Company.objects.create(organisation=organisation, name="Aciéries Durand", name_key="acieries durand")
            for first, last, company in (
                ("Hélène", "Marchetti", acme),
                ("Karim", "Belhadj", None),
                ("Anne", "D'Alembert_100%", None),
                ("Li", "Wu", None),
            ):
                values = {"first_name": first, "last_name": last, "email": f"{first.lower()}@durand.example"}
                contact = create_contact(organisation, values=values, company=None, by=by)
                Contact.objects.filter(pk=contact.pk).update(company=company)
    return world


def found(world: World, text: str) -> list[str]:
    """Return the last names the list shows for these words."""
    page = world.client(world.marketer).get(world.path("contacts/"), {"q": text}).context["page"]
    return sorted(one.last_name for one in page.items)


@pytest.mark.parametrize(
    "text",
    [
        "Marcheti",  # left out
        "Marchettti",  # too much
        "Marchezti",  # replaced
        "Marhcetti",  # exchanged
        "amrchetti",  # the first two exchanged
        "marchetto",  # the last replaced
        "marhetti durend",  # one in each word, one of them in the company
        "Helne",  # a first name with its accent, a letter left out
        "helene@durnad.example",  # an address
        "mrchett",  # of the beginning of a name
    ],
)
def test_one_mistake_in_a_word_is_forgiven(people: World, text: str) -> None:
    assert "Marchetti" in found(people, text)


@pytest.mark.parametrize("text", ["Mrachtti", "Wi", "Lo", "xyz", "552100554", "06 39 98 12 99", "%%%%", "____", "qqqq"])
def test_more_mistakes_short_words_and_figures_are_not(people: World, text: str) -> None:
    assert found(people, text) == []


def test_signs_of_patterns_mean_themselves(people: World) -> None:
    assert found(people, "alembert_200%") == []
    assert found(people, "d'alembert_10%") == ["D'Alembert_100%"]
    assert found(people, "d'alemberr_100%") == ["D'Alembert_100%"]
    assert found(people, "marchett\\") == ["Marchetti"]


def test_who_is_spelt_as_asked_keeps_the_others_out(people: World) -> None:
    with organisation_scope(people.organisation.pk):
        create_contact(
            people.organisation, values={"last_name": "Marcheti", "email": "m@x.example"}, company=None, by=people.admin
        )
    assert found(people, "marcheti") == ["Marcheti"]


def test_the_list_says_that_a_mistake_was_forgiven(people: World) -> None:
    client = people.client(people.marketer)
    answer = client.get(people.path("contacts/"), {"q": "Marcheti<b>"}).content.decode()
    assert "nearly" not in answer
    answer = client.get(people.path("contacts/"), {"q": "Marcheti"}).content.decode()
    assert "Nobody is spelt “Marcheti”, <b>1 contact</b> nearly so" in answer
    answer = client.get(people.path("companies/"), {"q": "Duramd"}).content.decode()
    assert "No company is spelt “Duramd”, <b>1 company</b> nearly so" in answer
    assert "Aciéries Durand" in answer


def test_the_palette_forgives_within_twelve_queries(people: World) -> None:
    client = people.client(people.marketer)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(people.path("find/"), {"q": "Belahdj"}, headers={"hx-request": "true"}).content.decode()
    assert "Karim Belhadj" in answer
    assert len(queries) <= 12


def test_the_api_takes_its_callers_at_their_word(people: World) -> None:
    with organisation_scope(people.organisation.pk):
        _key, token = create_key(people.organisation, name="shop", scopes=["all"], by=people.admin)
    client = people.client(people.viewer)
    headers = {"authorization": f"Bearer {token}"}
    for address in ("contacts?q=Marcheti", "companies?q=Duramd"):
        assert client.get(f"/api/v1/{address}", headers=headers).json()["items"] == []


def test_nobody_next_door_is_found(people: World) -> None:
    with organisation_scope(people.twin.pk):
        for table in (Contact, Company):
            table.objects.all().delete()
        for function in (searching.CONTACTS, searching.COMPANIES):
            assert searching.find_ids(function, people.organisation, ["Marcheti", "Durnad"], most=10) == ([], False)
            assert searching.find_ids(function, people.twin, ["Durnad"], most=10) == ([], False)


LETTERS = "abcdefghijklmnopqrstuvwxyz"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), word=st.text(LETTERS, min_size=4, max_size=14))
def test_every_single_mistake_has_its_pattern(db: None, data: st.DataObject, word: str) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(LETTERS))
    slips = [word[:at] + letter + word[at + 1 :], word[:at] + word[at + 1 :], word[:at] + letter + word[at:]]
    if at + 1 < len(word):
        slips.append(word[:at] + word[at + 1] + word[at] + word[at + 2 :])
    for typed in (one for one in slips if len(one) >= 4):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT ' someone ' || %s || ' else' LIKE ANY (contacts_search_patterns(%s, true))", [word, typed]
            )
            assert cursor.fetchone() == (True,), (typed, word)


MANY = """
WITH companies AS (
    INSERT INTO contacts_company (organisation_id, name, name_key, siret, domain, naf_code, naf_nomenclature,
        headcount_band, legal_form, category, address, postcode, city, department, is_closed, partial_diffusion,
        provenance, source, created_at, updated_at)
    SELECT %(o)s, 'Fonderies ' || g, 'fonderies ' || g, '', '', '', '', '', '', '', '', '', '', '', false, false,
        '{}', '', now(), now()
    FROM generate_series(1, 2100) g
    RETURNING id, name
)
INSERT INTO contacts_contact (organisation_id, external_id, first_name, last_name, phone, job_title, company_id, stage,
    source, language, properties, provenance, qualification_percent, created_at, updated_at)
SELECT %(o)s, name || n, (ARRAY['Anne', 'Zoé', 'Karim'])[n], 'Duval' || row_number() OVER (ORDER BY id, n), '', '', id,
    'suspect', '', 'fr', '{}', '{}', 0, now(), now()
FROM companies, generate_series(1, 3) n WHERE name <> 'Fonderies 7' OR n = 1
"""


@pytest.mark.parametrize(
    "words",
    [
        ["fonderies"],
        ["fonderies", "7"],
        ["fonderies", "777"],
        ["777", "anne"],
        ["duval", "fonderies", "zoe", "20"],
        ["fonderies", "onderie"],
        ["duval12", "4"],
        ["nobody", "fonderies"],
    ],
)
def test_words_that_many_companies_bear_change_nothing_in_what_is_found(scoped: World, words: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MANY, {"o": scoped.organisation.pk})
    ids, _is_near = searching.find_ids(searching.CONTACTS, scoped.organisation, words, most=10_000, forgiving=False)
    everyone = searching.narrow_contacts(Contact.objects.all(), searching.Matches(None, words))
    assert sorted(ids) == sorted(everyone.values_list("pk", flat=True))
    assert bool(ids) == ("nobody" not in words)


def test_a_word_longer_than_any_name_is_looked_for_as_it_is_alone(people: World) -> None:
    long = "marchetti" * 5
    with organisation_scope(people.organisation.pk):
        create_contact(people.organisation, values={"last_name": long}, by=people.admin)
    assert (found(people, long), found(people, f"{long[:-1]}o")) == ([long], [])
