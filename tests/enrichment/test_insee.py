"""INSEE's service toward a real HTTP server that answers, and fails, as it does."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from enrichment.models import SourceUse
from enrichment.providers.insee import InseeSirene
from enrichment.providers.outcomes import Ambiguous, Found, NotFound, Question, Reason, Unavailable
from enrichment.providers.recherche_entreprises import RechercheEntreprises
from enrichment.providers.records import CompanyRecord
from enrichment.turns import Caller
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.enrichment.conftest import forget_answers
from tests.enrichment.insee_service import KEY, MASK, Service, place, unit
from tests.enrichment.register import Fault, Register

SOLVANE = Question(siren="732829320")
SEAT = "AND etablissementSiege:true"


@pytest.fixture
def provider(insee: Service) -> InseeSirene:
    return InseeSirene()


def found(outcome: object) -> CompanyRecord:
    assert isinstance(outcome, Found), outcome
    return outcome.record


def trouble(outcome: object) -> Unavailable:
    assert isinstance(outcome, Unavailable), outcome
    return outcome


def test_a_siren_brings_what_the_open_search_says_of_it(
    provider: InseeSirene, insee: Service, register: Register
) -> None:
    ours = found(provider.ask(SOLVANE))
    theirs = found(RechercheEntreprises().ask(SOLVANE))

    # INSEE knows nothing of VAT and of directors, and does not count the establishments.
    told = replace(theirs, vat_number=None, open_establishments=None, directors=None, fetched_at=ours.fetched_at)
    places = tuple(replace(one, naf_code="62.01Z") for one in told.establishments)
    assert ours == replace(told, establishments=places, places=(("44000", "NANTES"),))
    assert insee.paths() == [f"/siret?siren:732829320 {SEAT}"]
    assert insee.calls[0].key == KEY


def test_an_unknown_number_is_not_found_once_both_services_say_so(provider: InseeSirene, insee: Service) -> None:
    assert provider.ask(Question(siren="999999998")) == NotFound()
    assert insee.paths() == [f"/siret?siren:999999998 {SEAT}", "/siren/999999998"]
    assert provider.state().is_available


def test_a_gateway_that_knows_no_such_service_is_no_answer(provider: InseeSirene, insee: Service) -> None:
    insee.lasting_fault = Fault(status=404, body="<html>no such API</html>")

    outcome = trouble(provider.ask(SOLVANE))

    assert (outcome.reason, outcome.message, outcome.final) == (Reason.SERVER_ERROR, "404", False)


def test_a_siret_brings_the_asked_establishment(provider: InseeSirene, insee: Service) -> None:
    record = found(provider.ask(Question(siret="40483304800030")))

    assert (record.siren, record.siret, record.name) == ("404833048", "40483304800030", "COMPTOIR DU LITTORAL")
    assert (record.address, record.postcode, record.city, record.department) == (
        "3 QUAI DU PORT", "56100", "LORIENT", "56",
    )  # fmt: skip
    assert record.is_establishment_closed
    assert not record.is_closed
    assert (record.trading_names, record.acronym) == (("LA VAGUE",), "CDL")
    assert insee.paths() == ["/siret/40483304800030"]


def test_a_siret_that_answers_with_another_one_is_no_answer(provider: InseeSirene, insee: Service) -> None:
    insee.places["73282932000099"] = place("73282932000012")

    assert trouble(provider.ask(Question(siret="73282932000099"))).reason == Reason.UNREADABLE


def test_a_closed_unit_says_since_when(provider: InseeSirene, insee: Service) -> None:
    record = found(provider.ask(Question(siren="552100554")))

    assert (record.is_closed, record.closed_on, record.headcount_band) == (True, "2022-10-22", "NN")
    assert (record.naf_code, record.naf_nomenclature, record.naf2025_code) == ("51.4A", "naf1", None)
    assert insee.paths() == [f"/siret?siren:552100554 {SEAT}", "/siren/552100554"]


def test_a_unit_without_a_head_office_is_read_without_its_address(provider: InseeSirene, insee: Service) -> None:
    insee.add(unit("443061841", "X-RAY"))

    record = found(provider.ask(Question(siren="443061841")))

    assert (record.name, record.legal_form, record.siret) == ("X-RAY", "5710", "44306184100012")
    assert (record.address, record.postcode) == (None, None)


def test_a_duplicate_leads_to_the_unit_that_stays(provider: InseeSirene, insee: Service) -> None:
    insee.doubles["813290012"] = "732829320"

    record = found(provider.ask(Question(siren="813290012")))

    assert (record.siren, record.replaces, record.name) == ("732829320", "813290012", "SOLVANE")
    assert insee.paths() == [
        f"/siret?siren:813290012 {SEAT}", "/siren/813290012", f"/siret?siren:732829320 {SEAT}",
    ]  # fmt: skip


def test_a_duplicate_establishment_leads_to_the_one_that_stays(provider: InseeSirene, insee: Service) -> None:
    insee.doubles["81329001200019"] = "73282932000012"

    record = found(provider.ask(Question(siret="81329001200019")))

    assert (record.siret, record.replaces) == ("73282932000012", "813290012")


def test_masks_are_never_values(provider: InseeSirene, insee: Service) -> None:
    insee.add(
        unit("300025764", MASK, nomUniteLegale=MASK, prenomUsuelUniteLegale=MASK, sigleUniteLegale=MASK,
             categorieJuridiqueUniteLegale="1000", statutDiffusionUniteLegale="P", nicSiegeUniteLegale="00011"),
        place("30002576400011", etablissementSiege=True, statutDiffusionEtablissement="P", numeroVoieEtablissement=MASK,
              libelleVoieEtablissement=MASK, enseigne1Etablissement=MASK, denominationUsuelleEtablissement=MASK),
    )  # fmt: skip

    record = found(provider.ask(Question(siren="300025764")))

    assert (record.name, record.acronym, record.trading_names, record.address) == (None, None, (), None)
    assert (record.postcode, record.city, record.department) == ("44000", "NANTES", "44")
    assert (record.partial_diffusion, record.is_natural_person) == (True, True)
    assert MASK not in str(record.to_json())


def test_a_private_establishment_of_an_open_unit_hides_its_street_alone(provider: InseeSirene, insee: Service) -> None:
    insee.add(
        unit("443061841", "X-RAY"),
        place("44306184100012", statutDiffusionEtablissement="P", numeroVoieEtablissement="7",
              libelleVoieEtablissement=MASK),
    )  # fmt: skip

    record = found(provider.ask(Question(siren="443061841")))

    assert (record.name, record.partial_diffusion, record.address) == ("X-RAY", False, None)


def test_a_sole_trader_bears_the_name_used_and_a_given_up_sign_is_none(provider: InseeSirene, insee: Service) -> None:
    insee.add(
        unit("443061841", None, nomUniteLegale="INVENTEE", nomUsageUniteLegale="VERNAY", prenom1UniteLegale="ALIX",
             prenomUsuelUniteLegale="ALEX", categorieJuridiqueUniteLegale="1000"),
        place("44306184100012", enseigne1Etablissement="CHEZ ALEX",
              denominationUsuelleEtablissement="SUPPRESSION DU NOM COMMERCIAL"),
    )  # fmt: skip

    record = found(provider.ask(Question(siren="443061841")))

    assert (record.name, record.trading_names, record.is_natural_person) == ("ALEX VERNAY", ("CHEZ ALEX",), True)


def test_the_answer_of_those_who_wished_none_is_a_private_company(provider: InseeSirene, insee: Service) -> None:
    body = '{"header": {"statut": 403, "message": "Établissement non diffusable (73282932000012)"}}'
    insee.fail(Fault(status=403, body=body))

    record = found(provider.ask(Question(siret="73282932000012")))

    assert (record.siren, record.name, record.partial_diffusion) == ("732829320", None, True)
    assert provider.state().is_available


def test_a_refused_key_is_said_and_not_tried_again(provider: InseeSirene, insee: Service) -> None:
    insee.keys.clear()

    outcome = trouble(provider.ask(SOLVANE))
    again = trouble(provider.ask(SOLVANE))

    assert (outcome.reason, outcome.asked) == (Reason.KEY_REFUSED, True)
    assert (again.reason, again.asked) == (Reason.KEY_REFUSED, False)
    assert len(insee.calls) == 1
    assert (provider.state().is_available, provider.state().reason) == (False, "key_refused")


def test_a_refused_key_of_one_is_not_that_of_all(provider: InseeSirene, insee: Service, settings: Any) -> None:
    settings.INSEE_API_KEY = "mistyped"
    provider.ask(SOLVANE)
    settings.INSEE_API_KEY = KEY

    assert isinstance(provider.ask(SOLVANE), Found)
    assert provider.state().is_available


def test_without_a_key_nobody_is_asked(provider: InseeSirene, insee: Service, settings: Any) -> None:
    settings.INSEE_API_KEY = ""

    outcome = trouble(provider.ask(SOLVANE))

    assert (outcome.reason, outcome.asked, outcome.final) == (Reason.NO_KEY, False, True)
    assert insee.calls == []


def test_a_question_it_does_not_take_is_final_and_no_failure(provider: InseeSirene, insee: Service) -> None:
    body = '{"header": {"statut": 400, "message": "Erreur de syntaxe dans le paramètre q=liyuyv"}}'
    insee.fail(*[Fault(status=400, body=body)] * 4)

    for siren in ("111111118", "222222226", "333333334", "444444442"):
        outcome = trouble(provider.ask(Question(siren=siren)))
        assert (outcome.reason, outcome.final) == (Reason.QUESTION_REFUSED, True)
        assert outcome.message == "Erreur de syntaxe dans le paramètre q=liyuyv"
    assert provider.state().is_available


@pytest.mark.parametrize("unit_of_time", [1, 1000])
def test_the_end_of_the_quota_s_window_is_waited_for(provider: InseeSirene, insee: Service, unit_of_time: int) -> None:
    reset = str(int((time.time() + 30) * unit_of_time))
    insee.fail(Fault(status=429, headers={"X-Rate-Limit-Reset": reset}))

    outcome = trouble(provider.ask(SOLVANE))

    assert outcome.reason == Reason.QUOTA
    assert outcome.retry_after == pytest.approx(30, abs=2)
    assert trouble(provider.ask(SOLVANE)).asked is False
    assert len(insee.calls) == 1


def test_retry_after_comes_before_the_quota_s_window(provider: InseeSirene, insee: Service) -> None:
    reset = str(int(time.time() + 100))
    insee.fail(Fault(status=429, headers={"Retry-After": "7", "X-Rate-Limit-Reset": reset}))

    assert trouble(provider.ask(SOLVANE)).retry_after == 7


def test_after_the_last_request_of_a_window_nothing_is_asked(provider: InseeSirene, insee: Service) -> None:
    reset = str(int((time.time() + 40) * 1000))
    insee.headers = {"X-Rate-Limit-Limit": "30", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": reset}

    assert isinstance(provider.ask(SOLVANE), Found)
    outcome = trouble(provider.ask(Question(siret="40483304800030")))

    assert (outcome.reason, outcome.asked) == (Reason.QUOTA, False)
    assert len(insee.calls) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(status=500, body='{"header": {"statut": 500, "message": "x"}}'), Reason.SERVER_ERROR),
        (Fault(body="{"), Reason.UNREADABLE),
        (Fault(body="[]"), Reason.UNREADABLE),
        (Fault(body='{"header": {"statut": 200}, "etablissements": [{"siren": "12"}]}'), Reason.UNREADABLE),
        (Fault(body='{"header": {"statut": 200}, "societes": []}'), Reason.UNREADABLE),
        (Fault(status=301, headers={"Location": "/maintenance"}, body="x"), Reason.UNREADABLE),
        (Fault(seconds=2.5), Reason.TIMEOUT),
        (Fault(drop=True), Reason.UNREACHABLE),
    ],
)
def test_whatever_else_comes_is_no_answer(provider: InseeSirene, insee: Service, fault: Fault, reason: Reason) -> None:
    insee.lasting_fault = fault

    outcome = trouble(provider.ask(SOLVANE))

    assert (outcome.reason, outcome.final, outcome.asked) == (reason, False, True)


def test_three_failures_in_a_row_open_the_breaker_for_every_key(
    provider: InseeSirene, insee: Service, settings: Any
) -> None:
    insee.lasting_fault = Fault(status=500)
    for siren in ("111111118", "222222226", "333333334"):
        provider.ask(Question(siren=siren))
    insee.lasting_fault, settings.INSEE_API_KEY = None, "another"

    assert trouble(provider.ask(SOLVANE)).asked is False
    assert len(insee.calls) == 3
    assert not provider.state().is_available


def test_each_key_has_a_quota_of_its_own_and_turns_hold_it(
    provider: InseeSirene, insee: Service, settings: Any
) -> None:
    settings.INSEE_PER_MINUTE = 28
    insee.keys.add("another-key-of-somebody")

    assert isinstance(provider.ask(SOLVANE), Found)
    busy = trouble(provider.ask(Question(siren="404833048"), patience=0.1))
    settings.INSEE_API_KEY = "another-key-of-somebody"

    assert (busy.reason, busy.asked) == (Reason.BUSY, False)
    assert busy.retry_after == pytest.approx(60 / 28, abs=0.3)
    assert isinstance(provider.ask(Question(siren="404833048"), patience=0.1), Found)


def test_a_name_is_found_at_its_postcode_and_read_at_its_head_office(provider: InseeSirene, insee: Service) -> None:
    outcome = provider.ask(Question(name="Comptoir du Littoral", postcode="56100"))

    record = found(outcome)
    assert (record.siren, record.siret, record.postcode) == ("404833048", "40483304800022", "29200")
    assert insee.paths() == [
        "/siret?raisonSociale:comptoir AND raisonSociale:littoral AND codePostalEtablissement:56100",
        f"/siret?siren:404833048 {SEAT}",
    ]


def test_a_name_is_found_elsewhere_by_its_head_office(provider: InseeSirene, insee: Service) -> None:
    record = found(provider.ask(Question(name="Comptoir du Littoral SARL")))

    assert record.postcode == "29200"
    assert insee.paths() == ["/siret?raisonSociale:comptoir AND raisonSociale:littoral AND etablissementSiege:true"]


def test_a_name_borne_by_two_companies_is_left_to_a_person(provider: InseeSirene, insee: Service) -> None:
    insee.add(unit("443061841", "SOLVANE"), place("44306184100012", codePostalEtablissement="69003"))

    outcome = provider.ask(Question(name="Solvane"))

    assert isinstance(outcome, Ambiguous)
    assert [one.siren for one in outcome.candidates] == ["732829320", "443061841"]


def test_a_name_among_more_than_were_read_is_left_to_a_person(
    provider: InseeSirene, insee: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enrichment.providers.insee.MOST_FOUND", 1)

    assert isinstance(provider.ask(Question(name="Comptoir du Littoral")), Ambiguous)


@pytest.mark.parametrize("name", ["Zénith Polaire", "L'Eau et la", 'Sol" OR siren:*'])
def test_a_name_nobody_bears_or_that_says_nothing_is_not_found(provider: InseeSirene, name: str) -> None:
    assert provider.ask(Question(name=name)) == NotFound()


def test_many_are_asked_about_in_one_request_and_answered_from_it(
    provider: InseeSirene, insee: Service, world: World
) -> None:
    sirens = ["732829320", "404833048", "552100554", "999999998"]
    caller = Caller(world.organisation.pk, is_bulk=True)
    with organisation_scope(world.organisation.pk):
        assert provider.warm(sirens, caller=caller) == 3
        records = [found(provider.ask(Question(siren=one), caller=caller)) for one in sirens[:3]]

        assert [(one.method, one.path) for one in insee.calls] == [("POST", "/siret"), ("POST", "/siren")]
        assert insee.calls[0].fields["q"] == f"siren:({' OR '.join(sirens)}) {SEAT}"
        assert insee.calls[1].fields["q"] == "siren:(552100554)"
        assert [one.siren for one in records] == sirens[:3]
        assert records[2].closed_on == "2022-10-22"
        assert provider.peek("999999998") is None
        # That there is no head office of the one that was not there is known: the service of units has the last word.
        assert provider.ask(Question(siren="999999998"), caller=caller) == NotFound()
        assert insee.paths()[-1] == "/siren/999999998"
        assert SourceUse.objects.get().calls == 3


def test_who_is_missing_among_many_says_why_in_one_request(provider: InseeSirene, insee: Service) -> None:
    insee.doubles["813290012"] = "732829320"
    insee.add(unit("443061841", "SANS SIEGE"))
    provider.warm(["813290012", "443061841", "300025772", "999999998"])
    insee.calls.clear()

    assert found(provider.ask(Question(siren="813290012"))).replaces == "813290012"
    assert found(provider.ask(Question(siren="443061841"))).name == "SANS SIEGE"
    body = '{"header": {"statut": 403, "message": "Unité légale non diffusable (300025772)"}}'
    insee.fail(Fault(status=403, body=body))
    assert found(provider.ask(Question(siren="300025772"))).partial_diffusion
    assert provider.ask(Question(siren="999999998")) == NotFound()
    assert insee.paths() == [
        "/siren/813290012", f"/siret?siren:732829320 {SEAT}", "/siren/443061841", "/siren/300025772",
        "/siren/999999998",
    ]  # fmt: skip


def test_what_many_bring_is_what_each_brings(provider: InseeSirene, insee: Service) -> None:
    sirens = ["732829320", "404833048", "552100554"]
    alone = [found(provider.ask(Question(siren=one))) for one in sirens]
    forget_answers()
    provider.warm(sirens)
    together = [found(provider.ask(Question(siren=one))) for one in sirens]

    assert [replace(one, fetched_at="") for one in together] == [replace(one, fetched_at="") for one in alone]


def test_many_that_cannot_be_asked_are_left_to_their_own_questions(provider: InseeSirene, insee: Service) -> None:
    insee.fail(Fault(status=500))

    assert provider.warm(["732829320", "404833048"]) == 0
    assert isinstance(provider.ask(SOLVANE), Found)


def test_a_question_that_is_being_asked_is_not_asked_twice(
    committed: None, provider: InseeSirene, insee: Service
) -> None:
    insee.seconds = 0.4
    answers: list[object] = []

    def ask() -> None:
        answers.append(provider.ask(SOLVANE, patience=5))
        connection.close()

    workers = [threading.Thread(target=ask) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert len(insee.calls) == 1
    assert [type(one).__name__ for one in answers] == ["Found"] * 4


def test_a_probe_asks_whatever_is_kept(provider: InseeSirene, insee: Service) -> None:
    provider.ask(SOLVANE)

    assert found(provider.probe("732829320")).name == "SOLVANE"
    assert len(insee.calls) == 2
