"""What counts as news between two answers, and who directs a company."""

from typing import Any

import pytest

from contacts.structure.establishments import EstablishmentTold
from enrichment.proofs.comparing import compare, facts_of
from enrichment.providers.directors import Director, read_directors
from enrichment.providers.recherche_entreprises_reading import read_record
from enrichment.providers.records import CompanyRecord
from tests.enrichment.register import company, establishment

OLD: dict[str, Any] = {
    "name": "SOLVANE", "is_closed": False, "siret": "73282932000012", "address": "12 RUE DES CARMES",
    "postcode": "44000", "city": "NANTES", "headcount_band": "12", "naf_code": "62.01Z", "naf_nomenclature": "naf2",
}  # fmt: skip


def changed(**values: Any) -> list[tuple[str, dict[str, Any]]]:
    new = {name: value for name, value in {**OLD, **values}.items() if value is not None}
    return [(one.kind, one.properties) for one in compare(OLD, new)]


@pytest.mark.parametrize(
    ("values", "news"),
    [
        ({}, []),
        ({"is_closed": True, "closed_on": "2026-03-01"}, [("company_closed", {"closed_on": "2026-03-01"})]),
        ({"headcount_band": "21"}, [("company_grown", {"from": "12", "to": "21"})]),
        ({"headcount_band": "00"}, [("company_shrunk", {"from": "12", "to": "00"})]),
        ({"headcount_band": "NN"}, []),
        ({"headcount_band": None}, []),
        ({"naf_code": "70.22Z"}, [("company_activity_changed", {"from": "62.01Z", "to": "70.22Z"})]),
        ({"naf_code": "62.10Y", "naf_nomenclature": "naf2025"}, []),
        ({"name": "Solvane S.A."}, [("company_renamed", {"from": "SOLVANE", "to": "Solvane S.A."})]),
        ({"name": "Solvané"}, []),
        (
            {"siret": "73282932000020", "address": "3 QUAI DU PORT", "postcode": "56100", "city": "LORIENT"},
            [("company_moved", {"from": "44000 NANTES", "to": "56100 LORIENT"})],
        ),
        (
            {"siret": "73282932000020", "address": "1 RUE NEUVE"},
            [("company_moved", {"from": "44000 NANTES", "to": "44000 NANTES"})],
        ),
        # A new number at the same door, or the same door written otherwise, is no move.
        ({"siret": "73282932000020"}, []),
        ({"address": "12 R DES CARMES"}, []),
        ({"siret": None}, []),
    ],
)  # fmt: skip
def test_news_is_what_a_rep_would_call_so(values: dict[str, Any], news: list[Any]) -> None:
    assert changed(**values) == news


def test_a_company_that_reopens_is_news() -> None:
    assert [one.kind for one in compare({**OLD, "is_closed": True}, OLD)] == ["company_reopened"]


ALIX, BEN = Director("Alix INVENTEE", "Gérante"), Director("Ben FICTIF", "Directeur général")


@pytest.mark.parametrize(
    ("before", "after", "properties"),
    [
        ([ALIX], [ALIX, BEN], {"arrived": 1, "left": 0, "roles": ["Directeur général"]}),
        ([ALIX], [BEN], {"arrived": 1, "left": 1, "roles": ["Directeur général"]}),
        ([ALIX, BEN], [BEN], {"arrived": 0, "left": 1}),
    ],
)
def test_who_comes_and_goes_is_news_without_names(before: Any, after: Any, properties: dict[str, Any]) -> None:
    (change,) = compare(OLD, OLD, before, after)

    assert (change.kind, change.properties) == ("company_director_changed", properties)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([ALIX], [Director("INVENTÉE Alix", "Présidente")]), ([ALIX], None), (None, [ALIX]), ([ALIX], []),
    ],
)  # fmt: skip
def test_the_same_people_and_silence_are_no_news(before: Any, after: Any) -> None:
    assert compare(OLD, OLD, before, after) == []


def person(family: str, given: str, role: str | None = "Gérant", **values: Any) -> dict[str, Any]:
    return {
        "type_dirigeant": "personne physique", "nom": family, "prenoms": given, "qualite": role,
        "annee_de_naissance": "1964", "date_de_naissance": "1964-12", "nationalite": "Française", **values,
    }  # fmt: skip


def test_of_directors_a_name_and_a_role_are_kept_each_once() -> None:
    told = [
        person("JAY (DEBON)", "MARIE-ANGE CATHERINE", "Présidente"), person("JAY", "MARIE-ANGE", "Directrice"),
        person("SOUPRAYEN", "", None), {"type_dirigeant": "personne morale", "denomination": "HOLDING X",
        "siren": "775726417", "qualite": "Président"}, person("GEORGHIOU", "JEAN", "Commissaire aux comptes titulaire"),
        person("", "SEUL"), "nobody",
    ]  # fmt: skip

    assert read_directors(told) == (
        Director("Marie-Ange JAY", "Présidente"),
        Director("SOUPRAYEN"),
        Director("HOLDING X", "Président"),
    )


@pytest.mark.parametrize("told", [None, "x", {}, [person("[NON-DIFFUSIBLE]", "[NON-DIFFUSIBLE]", None)]])
def test_masks_are_never_names_and_silence_is_not_an_empty_board(told: object) -> None:
    assert read_directors(told) is None


def test_a_sole_traders_and_a_private_companys_people_are_left_out() -> None:
    told = [person("INVENTEE", "ALIX")]

    trader = read_record(company("732829320", "X", nature_juridique="1000", dirigeants=told))
    private = read_record(company("732829320", "X", statut_diffusion="P", dirigeants=told))
    usual = read_record(company("732829320", "X", dirigeants=told))

    assert trader is not None
    assert private is not None
    assert usual is not None
    assert (trader.directors, private.directors, usual.directors) == (
        None,
        None,
        (Director("Alix INVENTEE", "Gérant"),),
    )
    assert "directors" not in usual.without_people().to_json()
    assert "1964" not in str(usual.to_json())


def test_the_seat_is_compared_not_the_establishment_that_was_asked_for() -> None:
    record = read_record(
        company(
            "404833048", "CDL", siege=establishment("40483304800022", code_postal="29200", libelle_commune="BREST"),
            matching_etablissements=[establishment("40483304800030", code_postal="56100")],
        ),
        siret="40483304800030",
    )  # fmt: skip

    assert record is not None
    assert record.siret == "40483304800030"
    assert (facts_of(record)["siret"], facts_of(record)["postcode"]) == ("40483304800022", "29200")


@pytest.mark.parametrize(
    "record",
    [
        # INSEE's answer about an establishment knows that one alone.
        (CompanyRecord("404833048", siret="40483304800030", postcode="56100", city="LORIENT",
                       establishments=(EstablishmentTold("40483304800030", postcode="56100"),)), True),
        (CompanyRecord("404833048", siret="40483304800030", postcode="56100", city="LORIENT"), False),
    ],
)  # fmt: skip
def test_another_establishment_says_nothing_of_where_the_seat_is(record: tuple[CompanyRecord, bool]) -> None:
    facts = facts_of(record[0], is_seat=record[1])

    assert not {"siret", "postcode", "city", "address"} & facts.keys()


def test_the_name_of_a_natural_person_is_neither_kept_nor_compared() -> None:
    told = [CompanyRecord("300025764", name=name, legal_form="1000") for name in ("ALIX INVENTEE", "ALIX MARIE DURAND")]

    assert [facts_of(one) for one in told] == [{"is_closed": False}] * 2
