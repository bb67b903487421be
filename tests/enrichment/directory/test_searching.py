"""What the local directory answers, and when it is asked."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.companies import CompanyInput, find_or_create_company
from contacts.models import Company
from contacts.normalising import company_key
from enrichment.answering import QUEUE
from enrichment.asking import ask_due_lookups
from enrichment.directory.naming import alike, name_key, search_words, sound
from enrichment.models import DirectoryLoad, Lookup
from enrichment.providers.outcomes import Ambiguous, Found, NotFound, Outcome, Question
from enrichment.providers.registry import LOCAL, warm
from enrichment.services import request_lookup
from enrichment.turns import Caller
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.enrichment.insee_service import Service, place, unit
from tests.enrichment.register import Register, company


def sirens(outcome: Outcome) -> list[str]:
    if isinstance(outcome, Found):
        return [outcome.record.siren]
    return [one.siren for one in outcome.candidates] if isinstance(outcome, Ambiguous) else []


@pytest.mark.parametrize(
    "name",
    ["FONDERIES DU VAL D'OURCE", "S.A.R.L. Fonderies", "SCI", "SA", "Éts Müller & fils", "A & B", "3M FRANCE SAS",
     "!!!", "SAS SAS", "L'OREAL", "SOCIETE GENERALE", "œuvre", "x" * 300, "AB.C D.E", "GIE DES SAS LTD"],
)  # fmt: skip
def test_the_quick_key_is_the_key_that_companies_are_matched_by(name: str) -> None:
    assert name_key(name) == company_key(name)


def test_slips_of_the_pen_sound_alike() -> None:
    assert {sound(word) for word in ("fonderies", "fonderie", "fondrie", "fonderris")} == {"fndr"}
    assert sound("philippe") == sound("filipe")
    assert sound("eau") == "eau"
    assert search_words(["VAL FONTE SARL", "", "de la"]) == ["=val fonte", "~vl", "~fnt", "=de la"]
    assert alike("de la", ["d21"]) == []
    assert alike("val fonte", []) == [["~fnt", "~vl"]]


def test_numbers_lead_to_a_company_at_its_place(directory: DirectoryLoad) -> None:
    found = LOCAL.ask(Question(siren="732829320"))
    assert isinstance(found, Found)
    assert (found.record.siret, found.record.city) == ("73282932000018", "CHATILLON-SUR-SEINE")
    assert found.record.fetched_at.startswith("2026-10-20T12:00")

    branch = LOCAL.ask(Question(siret="73282932000026"))
    assert isinstance(branch, Found)
    assert (branch.record.siret, branch.record.postcode) == ("73282932000026", "29200")

    assert LOCAL.ask(Question(siren="999999999")) == NotFound()
    assert LOCAL.ask(Question(siret="73282932099999")) == NotFound()
    hidden = LOCAL.ask(Question(siren="300025772"))
    assert isinstance(hidden, Found)
    assert (hidden.record.partial_diffusion, hidden.record.name, hidden.record.address) == (True, None, None)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question(name="Fonderies du Val d’Ource SARL", postcode="21400"), ["732829320"]),
        (Question(name="fonderies du val d'ource"), ["732829320"]),
        (Question(name="La Vague", postcode="29200"), ["732829320"]),
        (Question(name="F.V.O.", postcode="21400"), ["732829320"]),
        (Question(name="Comptoir du littoral", city="Brest"), ["404833048"]),
        (Question(name="SCI du Moulin", postcode="33000"), ["300025806"]),
        (Question(name="Camille Marchetti", postcode="75011"), ["300025764"]),
        # Slips of the pen, at the very postcode.
        (Question(name="Fondrie du val dource", postcode="21400"), ["732829320"]),
        (Question(name="Comptoirs du litoral", postcode="29200"), ["404833048"]),
    ],
)
def test_a_name_and_its_place_tell_the_company(
    directory: DirectoryLoad, question: Question, expected: list[str]
) -> None:
    outcome = LOCAL.ask(question)

    assert isinstance(outcome, Found)
    assert sirens(outcome) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # Two of the name, no place: a person chooses.
        (Question(name="SCI du Moulin"), ["300025798", "300025806"]),
        (Question(name="SCI du Moulin", postcode="44000"), ["300025798", "300025806"]),
        # Slips of the pen are proposed where the place does not bear them out.
        (Question(name="Comptoirs du litoral"), ["404833048"]),
        # Closed ones are proposed.
        (Question(name="Ateliers Brume", postcode="56100"), ["552100554"]),
        # A trading name alone proves nothing.
        (Question(name="Val Fonte"), ["732829320"]),
    ],
)
def test_what_is_not_sure_is_left_to_a_person(
    directory: DirectoryLoad, question: Question, expected: list[str]
) -> None:
    outcome = LOCAL.ask(question)

    assert isinstance(outcome, Ambiguous)
    assert sirens(outcome) == expected


def test_unknown_names_and_an_empty_directory_are_not_found(empty: None, committed: None) -> None:
    assert LOCAL.ask(Question(name="Fonderies du val")) == NotFound()
    assert LOCAL.ask(Question(siren="732829320")) == NotFound()
    assert LOCAL.state().is_available is False


def test_a_number_costs_one_query_and_uses_the_index(directory: DirectoryLoad) -> None:
    with CaptureQueriesContext(connection) as queries:
        LOCAL.ask(Question(siren="732829320"))
    assert len(queries) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        for statement, index in (
            ("SELECT 1 FROM directory.company WHERE siren = '732829320'", "company_siren"),
            ("SELECT 1 FROM directory.company WHERE search @> ARRAY['~fndr', 'd21']", "company_search"),
            ("SELECT 1 FROM directory.establishment WHERE siret >= '1' AND siret <= '2'", "establishment_siret"),
            ("SELECT department FROM directory.company WHERE is_active AND department = '29'", "company_place"),
        ):
            cursor.execute(f"EXPLAIN {statement}")
            assert index in "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")


# --- In the product -----------------------------------------------------------------------------------


def asked(world: World, **given: Any) -> tuple[Company, Lookup]:
    with organisation_scope(world.organisation.pk):
        company = find_or_create_company(world.organisation, CompanyInput(**given), provenance="import")
        assert company is not None
        request_lookup(world.organisation, company=company, by=world.admin)
        ask_due_lookups(world.organisation, seconds=5)
        return Company.objects.get(pk=company.pk), Lookup.objects.get(company=company)


def test_a_company_is_known_without_any_network_and_its_values_name_the_file(
    directory: DirectoryLoad, world: World, settings: object
) -> None:
    settings.RECHERCHE_ENTREPRISES_URL = ""  # type: ignore[attr-defined]

    found, lookup = asked(world, name="Fonderies du Val d’Ource", domain="fonderies.example")

    # A name without a place, borne by one company.
    assert (found.siren, found.naf_code, found.headcount_band, found.city) == (
        "732829320", "24.51Z", "12", "CHATILLON-SUR-SEINE",
    )  # fmt: skip
    assert (lookup.provider, lookup.status) == ("local_directory", "found")
    stamp = found.provenance["naf_code"]
    assert (stamp["source"], stamp["via"], stamp["ref"], stamp["at"][:10]) == (
        "sirene", "local_directory", "732829320", "2026-10-20",
    )  # fmt: skip
    _unknown, none = asked(world, name="Inconnue au bataillon")
    assert (none.provider, none.status) == ("local_directory", "not_found")
    assert QUEUE == "enrich"


def test_the_directory_is_asked_first_and_the_service_for_the_rest(
    directory: DirectoryLoad, register: Register, world: World
) -> None:
    register.add(company("813290012", "NOUVELLE VENUE"))

    _known, first = asked(world, siren="404833048")
    _new, second = asked(world, siren="813290012")

    assert (first.provider, first.status) == ("local_directory", "found")
    assert (second.provider, second.status) == ("recherche_entreprises", "found")
    assert register.questions() == ["813290012"]


def test_an_older_file_does_not_undo_what_the_service_said_since(
    directory: DirectoryLoad, register: Register, world: World
) -> None:
    found, _lookup = asked(world, siren="404833048")
    with organisation_scope(world.organisation.pk):
        found.provenance["city"] = {"source": "sirene", "at": "2026-11-20T10:00:00+00:00", "ref": "404833048"}
        found.save(update_fields=["provenance"])
        request_lookup(world.organisation, company=found, by=world.admin)
        ask_due_lookups(world.organisation, seconds=5)
        last = Lookup.objects.order_by("-pk").first()

    assert last is not None
    assert last.provider == "recherche_entreprises"


def test_a_request_about_many_leaves_out_whom_the_directory_has(
    directory: DirectoryLoad, world: World, register: Register, insee: Service
) -> None:
    for siren in ("443061841", "813290012"):
        insee.add(unit(siren, f"FIRME {siren}"), place(f"{siren}00012"))
    caller = Caller(world.organisation.pk, is_bulk=True)
    with organisation_scope(world.organisation.pk):
        assert warm(["732829320", "443061841"], patience=1, caller=caller) == 0
        assert insee.calls == []
        assert warm(["732829320", "443061841", "813290012"], patience=1, caller=caller) == 2
    assert insee.calls[0].fields["q"] == "siren:(443061841 OR 813290012) AND etablissementSiege:true"
