"""The chain of registers: who is asked first, who stands in, who is asked nothing."""

from typing import Any

from contacts.models import Company
from contacts.normalising import company_key
from enrichment import services
from enrichment.asking import ask_due_lookups
from enrichment.bulk import Selection, Which
from enrichment.models import Lookup, LookupStatus
from enrichment.providers.outcomes import Found, NotFound, Question, Reason, Unavailable
from enrichment.providers.registry import Answer, ask
from enrichment.sources.services import Way, change_source, move_source
from enrichment.turns import Caller
from prm.work.jobs import run_jobs
from tests.conftest import World
from tests.enrichment.insee_service import Service, place, unit
from tests.enrichment.register import Fault, Register, company

SOLVANE = Question(siren="732829320")


def asked(world: World, question: Question = SOLVANE, *, is_bulk: bool = False) -> Answer:
    return ask(question, patience=1, caller=Caller(world.organisation.pk, is_bulk=is_bulk))


def prefer_insee(world: World) -> None:
    move_source(world.organisation, name="insee", way=Way.UP, by=world.admin)


def test_the_open_search_is_asked_first_and_alone(scoped: World, register: Register, insee: Service) -> None:
    answer = asked(scoped)

    assert (answer.provider, isinstance(answer.outcome, Found)) == ("recherche_entreprises", True)
    assert (len(register.asked), len(insee.calls)) == (1, 0)


def test_the_preferred_one_is_asked_first_and_alone(scoped: World, register: Register, insee: Service) -> None:
    prefer_insee(scoped)

    assert asked(scoped).provider == "insee"
    assert (len(register.asked), len(insee.calls)) == (0, 1)


def test_the_order_is_of_one_organisation(scoped: World, register: Register, insee: Service) -> None:
    prefer_insee(scoped)

    assert ask(SOLVANE, patience=1).provider == "recherche_entreprises"


def test_one_that_is_down_is_stood_in_for(scoped: World, register: Register, insee: Service) -> None:
    register.lasting_fault = Fault(status=500)

    answer = asked(scoped)

    assert (answer.provider, isinstance(answer.outcome, Found)) == ("insee", True)


def test_where_both_are_down_the_first_says_why(scoped: World, register: Register, insee: Service) -> None:
    register.lasting_fault, insee.lasting_fault = Fault(status=500), Fault(seconds=2.5)

    answer = asked(scoped)

    assert answer.provider == "recherche_entreprises"
    assert isinstance(answer.outcome, Unavailable)
    assert answer.outcome.reason == Reason.SERVER_ERROR


def test_a_number_is_not_found_once_both_say_so(scoped: World, register: Register, insee: Service) -> None:
    insee.add(unit("443061841", "JEUNE POUSSE"), place("44306184100012"))

    assert asked(scoped, Question(siren="443061841")).provider == "insee"
    assert asked(scoped, Question(siren="999999998")).outcome == NotFound()
    assert [one.path for one in insee.calls] == ["/siret", "/siret", "/siren/999999998"]


def test_a_sole_trader_is_asked_about_at_both(scoped: World, register: Register, insee: Service) -> None:
    register.add(company("443061841", None, nom_complet=None, nature_juridique="1000"))
    insee.add(
        unit("443061841", None, nomUniteLegale="INVENTEE", prenomUsuelUniteLegale="ALIX",
             categorieJuridiqueUniteLegale="1000"),
        place("44306184100012"),
    )  # fmt: skip

    answer = asked(scoped, Question(siren="443061841"))

    assert isinstance(answer.outcome, Found)
    assert (answer.provider, answer.outcome.record.name) == ("insee", "ALIX INVENTEE")


def test_what_the_second_says_less_of_does_not_take_the_first_s_place(
    scoped: World, register: Register, insee: Service
) -> None:
    register.add(company("443061841", None, nom_complet="ALIX INVENTEE", nature_juridique="1000"))
    insee.add(unit("443061841", None, categorieJuridiqueUniteLegale="1000"), place("44306184100012"))

    answer = asked(scoped, Question(siren="443061841"))

    assert isinstance(answer.outcome, Found)
    assert (answer.provider, answer.outcome.record.name) == ("recherche_entreprises", "ALIX INVENTEE")


def test_a_name_the_open_search_does_not_know_is_asked_nowhere_else(
    scoped: World, register: Register, insee: Service
) -> None:
    assert asked(scoped, Question(name="Zénith Polaire")).outcome == NotFound()
    assert insee.calls == []


def test_a_name_insee_does_not_know_as_it_is_written_is_asked_at_the_other(
    scoped: World, register: Register, insee: Service
) -> None:
    prefer_insee(scoped)
    register.add(company("813290012", "FONDERIES VERNAY"))

    answer = asked(scoped, Question(name="Fonderies Vernay"))

    assert (answer.provider, isinstance(answer.outcome, Found)) == ("recherche_entreprises", True)
    register.lasting_fault = Fault(status=500)
    assert isinstance(asked(scoped, Question(name="Aciéries Vernay")).outcome, Unavailable)


def test_our_own_limits_are_not_got_round_by_another_source(
    scoped: World, register: Register, insee: Service, settings: Any
) -> None:
    settings.ENRICHMENT_CALLS_PER_DAY = 1
    asked(scoped, is_bulk=True)

    outcome = asked(scoped, Question(siren="404833048"), is_bulk=True).outcome

    assert isinstance(outcome, Unavailable)
    assert outcome.reason == Reason.ALLOWANCE
    assert insee.calls == []


def test_a_source_that_is_switched_off_is_not_asked(scoped: World, register: Register, insee: Service) -> None:
    change_source(scoped.organisation, name="recherche_entreprises", is_on=False, cost=None, by=scoped.admin)

    assert asked(scoped).provider == "insee"
    change_source(scoped.organisation, name="insee", is_on=False, cost=None, by=scoped.admin)
    outcome = asked(scoped).outcome

    assert isinstance(outcome, Unavailable)
    assert (outcome.reason, outcome.final) == (Reason.NO_SOURCE, True)
    assert (len(register.asked), len(insee.calls)) == (0, 1)


def test_an_organisation_s_own_key_goes_out_and_nobody_else_s(
    scoped: World, register: Register, insee: Service, settings: Any
) -> None:
    settings.INSEE_API_KEY = ""
    prefer_insee(scoped)
    assert asked(scoped).provider == "recherche_entreprises"

    insee.keys = {"key-of-this-organisation"}
    change_source(
        scoped.organisation, name="insee", is_on=True, cost=None, key="key-of-this-organisation", by=scoped.admin
    )

    assert asked(scoped).provider == "insee"
    assert insee.calls[0].key == "key-of-this-organisation"
    assert ask(Question(siren="404833048"), patience=1).provider == "recherche_entreprises"


def test_a_job_asks_insee_about_a_hundred_companies_at_once(scoped: World, register: Register, insee: Service) -> None:
    numbers = [f"{number:09d}" for number in range(700_000_000, 700_000_120)]
    for one in numbers:
        insee.add(unit(one, f"FIRME {one}"), place(f"{one}00012"))
    Company.objects.bulk_create(
        Company(organisation=scoped.organisation, name=f"Firme {one}", name_key=f"firme {one}", siren=one)
        for one in numbers
    )

    job = services.request_bulk(scoped.organisation, selection=Selection(Which.DUE), by=scoped.marketer)
    run_jobs(scoped.organisation)

    job.refresh_from_db()
    assert job.result["counts"] == {"found": 120}
    assert set(Lookup.objects.values_list("provider", flat=True)) == {"insee"}
    assert [len(one.fields["q"].split(" OR ")) for one in insee.calls] == [100, 20]
    assert register.asked == []
    assert Company.objects.filter(naf_code="62.01Z").count() == 120
    assert Company.objects.get(siren=numbers[0]).provenance["naf_code"]["via"] == "insee"


def test_a_duplicate_is_shown_to_a_person(scoped: World, register: Register, insee: Service) -> None:
    insee.doubles["813290012"] = "732829320"
    one = Company.objects.create(
        organisation=scoped.organisation, name="Solvane", name_key=company_key("Solvane"), siren="813290012"
    )

    lookup = services.request_lookup(scoped.organisation, company=one, by=scoped.marketer)
    ask_due_lookups(scoped.organisation)

    lookup.refresh_from_db()
    assert (lookup.status, lookup.detail) == (LookupStatus.AMBIGUOUS, "duplicate")
    assert [one.siren for one in services.candidates_of(lookup)] == ["732829320"]
    services.choose_candidate(scoped.organisation, lookup_id=lookup.pk, siren="732829320", by=scoped.marketer)
    one.refresh_from_db()
    assert one.siren == "732829320"
