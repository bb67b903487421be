"""The client toward a real HTTP server that answers, and fails, as the service does."""

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from enrichment.providers.outcomes import Ambiguous, Found, NotFound, Question, Reason, Unavailable
from enrichment.providers.recherche_entreprises import RechercheEntreprises
from enrichment.providers.records import CompanyRecord
from tests.enrichment.register import MASK, Fault, Register, company, establishment

SOLVANE = Question(siren="732829320")


def found(outcome: object) -> CompanyRecord:
    assert isinstance(outcome, Found)
    return outcome.record


def test_a_siren_brings_every_value_of_the_company(provider: RechercheEntreprises) -> None:
    record = found(provider.ask(SOLVANE))

    assert record.to_json() == {
        "siren": "732829320",
        "siret": "73282932000012",
        "name": "SOLVANE",
        "naf_code": "62.01Z",
        "naf_nomenclature": "naf2",
        "naf2025_code": "62.10Y",
        "headcount_band": "12",
        "headcount_year": "2023",
        "is_employer": True,
        "legal_form": "5710",
        "category": "PME",
        "address": "12 RUE DES CARMES",
        "postcode": "44000",
        "city": "NANTES",
        "commune": "44109",
        "department": "44",
        "founded_on": "2009-04-17",
        "open_establishments": 1,
        "establishments": (
            {
                "siret": "73282932000012",
                "name": "",
                "address": "12 RUE DES CARMES",
                "postcode": "44000",
                "city": "NANTES",
                "commune": "44109",
                "naf_code": "",
                "is_closed": False,
                "is_seat": True,
            },
        ),
        "vat_number": "FR44732829320",
        "directors": ({"name": "Alix INVENTEE", "role": ""},),
        "fetched_at": record.fetched_at,
    }


def test_the_question_is_small_and_says_who_asks(provider: RechercheEntreprises, register: Register) -> None:
    provider.ask(SOLVANE)

    assert register.asked[0].params == {
        "q": "732829320",
        "minimal": "true",
        "include": "siege,complements,tva,dirigeants",
        "per_page": "1",
        "mtm_campaign": "prm",
    }
    assert register.asked[0].user_agent == "PRM/0.1.0 (+http://localhost:8000)"


def test_a_siret_brings_the_asked_establishment(provider: RechercheEntreprises) -> None:
    record = found(provider.ask(Question(siret="40483304800030")))

    assert (record.siren, record.siret, record.name) == ("404833048", "40483304800030", "COMPTOIR DU LITTORAL")
    assert (record.address, record.postcode, record.city, record.department) == (
        "3 QUAI DU PORT", "56100", "LORIENT", "56",
    )  # fmt: skip
    assert record.is_establishment_closed
    assert not record.is_closed
    assert record.trading_names == ("LA VAGUE", "CDL")


def test_an_unknown_number_is_not_found(provider: RechercheEntreprises) -> None:
    assert provider.ask(Question(siren="999999998")) == NotFound()


def test_a_number_only_the_rne_knows_is_not_found(provider: RechercheEntreprises, register: Register) -> None:
    nothing: dict[str, Any] = dict.fromkeys(company("123456789", None))
    register.add({**nothing, "siren": "123456789", "siege": {}, "matching_etablissements": [], "complements": {}})

    assert provider.ask(Question(siren="123456789")) == NotFound()


def test_a_closed_company_is_said_closed_with_its_old_activity(provider: RechercheEntreprises) -> None:
    record = found(provider.ask(Question(siren="552100554")))

    assert (record.is_closed, record.closed_on, record.headcount_band) == (True, "2022-10-22", "NN")
    assert (record.naf_code, record.naf_nomenclature, record.naf2025_code) == ("51.4A", "naf1", None)


def test_masks_are_never_values(provider: RechercheEntreprises, register: Register) -> None:
    masked = dict.fromkeys(("adresse", "cedex", "code_postal", "latitude", "nom_commercial"), MASK)
    register.add(
        company(
            "300025764", MASK, sigle=MASK, nom_raison_sociale=MASK, nature_juridique="1000", statut_diffusion="P",
            siege=establishment("30002576400011", **masked, liste_enseignes=[MASK, "[ND]"]),
        )
    )  # fmt: skip

    record = found(provider.ask(Question(siren="300025764")))

    assert (record.name, record.acronym, record.trading_names) == (None, None, ())
    assert (record.address, record.postcode, record.city, record.department) == (None, None, "NANTES", "44")
    assert (record.partial_diffusion, record.is_natural_person) == (True, True)


def test_null_names_and_an_empty_siege_are_read(provider: RechercheEntreprises, register: Register) -> None:
    register.add(company("443061841", None, nom_complet="ALIX INVENTEE (CHEZ ALIX)", siege={}, tva=[], sigle=None))

    record = found(provider.ask(Question(siren="443061841")))

    assert (record.name, record.trading_names, record.siret, record.department) == (
        "ALIX INVENTEE", ("CHEZ ALIX",), None, None,
    )  # fmt: skip


def test_unknown_codes_and_impossible_days_do_not_pass(provider: RechercheEntreprises, register: Register) -> None:
    register.add(
        company("443061841", "X-RAY", tranche_effectif_salarie="A1B", nature_juridique="57", categorie_entreprise="ZZ",
                activite_principale="??", date_creation="0001-01-01", nouveau_champ={"a": [1]})
    )  # fmt: skip

    record = found(provider.ask(Question(siren="443061841")))

    assert (record.headcount_band, record.legal_form, record.category) == (None, None, "ZZ")
    assert (record.naf_code, record.founded_on) == (None, None)


def test_an_employer_of_unknown_size_has_no_headcount_band(provider: RechercheEntreprises, register: Register) -> None:
    register.add(company("443061841", "X-RAY", tranche_effectif_salarie="NN"))

    assert found(provider.ask(Question(siren="443061841"))).headcount_band is None


def test_a_cedex_address_keeps_its_street_only(provider: RechercheEntreprises, register: Register) -> None:
    siege = establishment("44306184100047", adresse="44000 LOGIS DU LAC BP 40 44040 NANTES CEDEX 1", cedex="44040")
    register.add(company("443061841", "X-RAY", siege=siege))

    assert found(provider.ask(Question(siren="443061841"))).address == "44000 LOGIS DU LAC BP 40"


def test_a_name_is_found_at_its_postcode(provider: RechercheEntreprises, register: Register) -> None:
    register.add(company("443061841", "SOLVANE", siege=establishment("44306184100047", code_postal="69003")))

    record = found(provider.ask(Question(name="Solvane SAS", postcode="69003")))

    assert record.siren == "443061841"
    assert register.asked[0].params["code_postal"] == "69003"
    assert len(register.asked) == 1


def test_a_name_is_found_at_the_postcode_of_an_establishment(provider: RechercheEntreprises) -> None:
    assert found(provider.ask(Question(name="Comptoir du Littoral", postcode="56100"))).siren == "404833048"


def test_a_name_borne_by_two_companies_is_left_to_a_person(provider: RechercheEntreprises, register: Register) -> None:
    register.add(company("443061841", "SOLVANE", siege=establishment("44306184100047", code_postal="69003")))

    outcome = provider.ask(Question(name="Solvane"))

    assert isinstance(outcome, Ambiguous)
    assert [one.siren for one in outcome.candidates] == ["732829320", "443061841"]


def test_a_name_elsewhere_is_found_when_nobody_else_bears_it(
    provider: RechercheEntreprises, register: Register
) -> None:
    register.add(company("813290012", "FONDERIES VERNAY"))

    assert found(provider.ask(Question(name="Fonderies Vernay", postcode="75011"))).siren == "813290012"
    assert register.questions() == ["Fonderies Vernay", "Fonderies Vernay"]


def test_a_name_of_one_word_elsewhere_is_left_to_a_person(provider: RechercheEntreprises) -> None:
    outcome = provider.ask(Question(name="Solvane", postcode="75011"))

    assert isinstance(outcome, Ambiguous)
    assert [one.siren for one in outcome.candidates] == ["732829320"]


def test_a_name_nobody_bears_is_not_found(provider: RechercheEntreprises) -> None:
    assert provider.ask(Question(name="Zénith Polaire")) == NotFound()


def test_a_name_too_short_to_search_is_not_asked(provider: RechercheEntreprises, register: Register) -> None:
    assert provider.ask(Question(name="X ")) == NotFound()
    assert register.asked == []


def test_a_postcode_the_service_would_refuse_is_not_sent(provider: RechercheEntreprises, register: Register) -> None:
    assert isinstance(provider.ask(Question(name="Solvane", postcode="D-10115")), Ambiguous)

    assert "code_postal" not in register.asked[0].params


def test_an_answer_is_kept_and_not_asked_again(provider: RechercheEntreprises, register: Register) -> None:
    first = provider.ask(SOLVANE)
    register.lasting_fault = Fault(status=503)

    assert provider.ask(SOLVANE) == first
    assert provider.ask(Question(siren="999999998")) != NotFound()
    assert register.questions() == ["732829320", "999999998", "999999998"]


def test_not_found_is_kept_too(provider: RechercheEntreprises, register: Register) -> None:
    provider.ask(Question(siren="999999998"))
    provider.ask(Question(siren="999999998"))

    assert register.questions() == ["999999998"]


def test_a_passing_503_is_tried_again_at_once(provider: RechercheEntreprises, register: Register) -> None:
    register.fail(Fault(status=503, body="<html>busy</html>"))

    assert found(provider.ask(SOLVANE)).siren == "732829320"
    assert len(register.asked) == 2


@pytest.mark.parametrize("status", [500, 403, 404, 302])
def test_other_errors_are_not_tried_again_at_once(
    provider: RechercheEntreprises, register: Register, status: int
) -> None:
    register.fail(Fault(status=status, body='{"erreur": "non"}', headers={"Location": "/elsewhere"}))

    reason = Reason.ACCESS_REFUSED if status == 403 else Reason.SERVER_ERROR
    assert provider.ask(SOLVANE) == Unavailable(reason, message=str(status))
    assert len(register.asked) == 1


def test_a_refused_question_is_final_and_no_fault_of_the_service(
    provider: RechercheEntreprises, register: Register
) -> None:
    register.fail(Fault(status=400, body=json.dumps({"erreur": "Au moins une valeur est non valide."})))

    outcome = provider.ask(SOLVANE)

    assert outcome == Unavailable(Reason.QUESTION_REFUSED, message="Au moins une valeur est non valide.", final=True)
    assert provider.state().is_available


def test_a_short_retry_after_is_waited_for(provider: RechercheEntreprises, register: Register) -> None:
    register.fail(Fault(status=429, body="{}", headers={"Retry-After": "1"}))

    assert found(provider.ask(SOLVANE)).siren == "732829320"
    assert 1.0 <= register.asked[1].at - register.asked[0].at < 1.8


def test_a_long_retry_after_silences_everybody_until_then(provider: RechercheEntreprises, register: Register) -> None:
    register.fail(Fault(status=429, body="slow down", headers={"Retry-After": "40"}))

    assert provider.ask(SOLVANE) == Unavailable(Reason.QUOTA, 40.0)

    other_worker = RechercheEntreprises()
    outcome = other_worker.ask(Question(siren="404833048"))
    assert isinstance(outcome, Unavailable)
    assert (outcome.reason, outcome.asked) == (Reason.QUOTA, False)
    assert outcome.retry_after == pytest.approx(40, abs=1)
    assert len(register.asked) == 1


def test_retry_after_is_capped(provider: RechercheEntreprises, register: Register) -> None:
    register.fail(Fault(status=429, headers={"Retry-After": "86400"}))

    assert provider.ask(SOLVANE) == Unavailable(Reason.QUOTA, 120.0)


def test_retry_after_may_be_a_date(provider: RechercheEntreprises, register: Register) -> None:
    until = datetime.now(tz=UTC) + timedelta(seconds=60)
    register.fail(Fault(status=429, headers={"Retry-After": format_datetime(until, usegmt=True)}))

    outcome = provider.ask(SOLVANE)

    assert isinstance(outcome, Unavailable)
    assert outcome.retry_after == pytest.approx(60, abs=2)


@pytest.mark.parametrize(
    "body", ["<html>maintenance</html>", "[]", '{"resultats": []}', '{"results": [{"numero": 1}]}']
)
def test_an_answer_that_cannot_be_read_is_no_answer(
    provider: RechercheEntreprises, register: Register, body: str
) -> None:
    register.fail(Fault(body=body))

    assert provider.ask(SOLVANE) == Unavailable(Reason.UNREADABLE)


def test_another_company_than_the_one_asked_for_is_no_answer(
    provider: RechercheEntreprises, register: Register
) -> None:
    register.fail(Fault(body=json.dumps({"results": [company("404833048", "AUTRE")], "total_results": 1})))

    assert provider.ask(SOLVANE) == Unavailable(Reason.UNREADABLE)


def test_half_an_answer_is_no_answer(provider: RechercheEntreprises, register: Register) -> None:
    register.lasting_fault = Fault(body='{"results": [', headers={"Content-Length": "500", "Connection": "close"})

    outcome = provider.ask(SOLVANE)

    assert isinstance(outcome, Unavailable)


def test_a_slow_answer_is_given_up_in_time(provider: RechercheEntreprises, register: Register, settings: Any) -> None:
    settings.RECHERCHE_ENTREPRISES_TIMEOUT = (0.3, 0.3)
    register.lasting_fault = Fault(seconds=2)
    begun = time.monotonic()

    assert provider.ask(SOLVANE) == Unavailable(Reason.TIMEOUT)
    assert time.monotonic() - begun < 2


def test_a_refused_connection_ends_all_requests_at_once(
    provider: RechercheEntreprises, register: Register, settings: Any
) -> None:
    settings.RECHERCHE_ENTREPRISES_URL = "http://127.0.0.1:9"
    assert provider.ask(SOLVANE) == Unavailable(Reason.REFUSED_CONNECTION, 300.0)

    settings.RECHERCHE_ENTREPRISES_URL = register.url
    outcome = RechercheEntreprises().ask(SOLVANE)

    assert isinstance(outcome, Unavailable)
    assert (outcome.reason, outcome.asked) == (Reason.REFUSED_CONNECTION, False)
    assert register.asked == []
    state = provider.state()
    assert (state.is_available, state.reason) == (False, "refused_connection")
    assert state.until is not None
    assert (state.until - datetime.now(tz=UTC)).total_seconds() == pytest.approx(300, abs=3)
