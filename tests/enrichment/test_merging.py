"""What a record changes, value by value."""

from dataclasses import replace
from typing import Any

import pytest

from contacts.models import Company
from enrichment.merging import Merge, merge, merge_values, question_for
from enrichment.proofs.policy import Policy, Wins
from enrichment.providers.outcomes import Question
from enrichment.providers.records import CompanyRecord
from enrichment.providers.values import day_of, department_of

RECORD = CompanyRecord(
    siren="732829320",
    siret="73282932000012",
    name="SOLVANE",
    naf_code="62.01Z",
    naf_nomenclature="naf2",
    headcount_band="12",
    legal_form="5710",
    category="PME",
    address="12 RUE DES CARMES",
    postcode="44000",
    city="NANTES",
    department="44",
    founded_on="2009-04-17",
    fetched_at="2026-03-12T10:00:00+00:00",
)
STAMP = {"source": "sirene", "at": "2026-03-12T10:00:00+00:00", "ref": "732829320"}


def company(provenance: dict[str, Any] | None = None, **values: Any) -> Company:
    return Company(name=values.pop("name", "Solvane"), provenance=provenance or {}, **values)


def merged(one: Company, record: CompanyRecord = RECORD, **how: Any) -> Merge:
    return merge(one, record, stamp=STAMP, **how)


def declared(*names: str) -> dict[str, Any]:
    return {name: {"source": "declared", "at": "2026-01-01T00:00:00+00:00"} for name in names}


def test_every_empty_value_is_filled_with_its_proof() -> None:
    result = merged(company())

    assert result.after == {
        "siren": "732829320",
        "siret": "73282932000012",
        "naf_code": "62.01Z",
        "naf_nomenclature": "naf2",
        "headcount_band": "12",
        "legal_form": "5710",
        "category": "PME",
        "address": "12 RUE DES CARMES",
        "postcode": "44000",
        "city": "NANTES",
        "department": "44",
        "founded_on": "2009-04-17",
    }
    assert set(result.before.values()) == {None, ""}
    assert all(stamp == STAMP for stamp in result.provenance.values())
    assert set(result.provenance) == set(result.after)
    assert result.kept == {}


def test_a_declared_value_wins_and_the_difference_is_kept_in_sight() -> None:
    result = merged(company(declared("headcount_band"), headcount_band="21"))

    assert "headcount_band" not in result.after
    assert result.kept == {"headcount_band": "12"}
    assert result.proposed == {"headcount_band": {"headcount_band": "12"}}


@pytest.mark.parametrize(
    ("wins", "kept", "proposed", "written"),
    [
        (Wins.ASK, {"headcount_band": "12"}, {"headcount_band": {"headcount_band": "12"}}, False),
        (Wins.PERSON, {"headcount_band": "12"}, {}, False),
        (Wins.REGISTER, {}, {}, True),
    ],
)
def test_an_organisation_says_field_by_field_who_wins(
    wins: Wins, kept: dict[str, str], proposed: dict[str, Any], written: bool
) -> None:
    one = company(declared("headcount_band"), headcount_band="21")

    result = merged(one, policy=Policy({"headcount_band": wins}))

    assert (result.kept, result.proposed, "headcount_band" in result.after) == (kept, proposed, written)


def test_an_address_is_proposed_whole() -> None:
    one = company(declared("city"), city="Rennes", postcode="35000")

    assert merged(one).proposed == {
        "address": {"address": "12 RUE DES CARMES", "postcode": "44000", "city": "NANTES", "department": "44"}
    }


def test_what_a_person_declined_stays_away_until_the_source_says_something_else() -> None:
    one = company(declared("headcount_band"), headcount_band="21")
    declined = {"headcount_band": {"headcount_band": "12"}}

    assert merged(one, declined=declined).proposed == {}
    assert merged(one, replace(RECORD, headcount_band="22"), declined=declined).proposed == {
        "headcount_band": {"headcount_band": "22"}
    }


def test_a_declined_value_is_not_written_either() -> None:
    """A person took a partner's value although the register ranks higher."""
    one = company({"headcount_band": {"source": "partner:acme"}}, headcount_band="21")

    assert merged(one).after["headcount_band"] == "12"
    result = merged(one, declined={"headcount_band": {"headcount_band": "12"}})
    assert ("headcount_band" in result.after, result.proposed) == (False, {})


def test_a_partner_fills_what_is_unknown_and_proposes_over_the_register() -> None:
    one = company({"headcount_band": STAMP}, headcount_band="12")
    stamp = {"source": "partner:acme", "at": "2026-05-01T00:00:00+00:00"}

    result = merge_values(one, {"headcount_band": "21", "domain": "solvane.example"}, stamp=stamp)

    assert (result.after, result.provenance) == ({"domain": "solvane.example"}, {"domain": stamp})
    assert result.proposed == {"headcount_band": {"headcount_band": "21"}}


def test_a_name_is_a_question_only_where_the_organisation_wants_one() -> None:
    one = company({"*": {"source": "import 3"}}, name="Solvane Conseil")

    assert merged(one, policy=Policy({"name": Wins.ASK})).proposed == {"name": {"name": "SOLVANE"}}
    assert merged(one, policy=Policy({"name": Wins.REGISTER})).after["name"] == "SOLVANE"


def test_what_came_with_a_declared_company_is_declared() -> None:
    result = merged(company({"*": {"source": "declared"}}, siret="73282932000099"))

    assert result.kept == {"siret": "73282932000012"}
    assert "naf_code" in result.after


def test_an_imported_value_is_brought_up_to_date() -> None:
    result = merged(company({"*": {"source": "import 3"}}, headcount_band="01"))

    assert (result.before["headcount_band"], result.after["headcount_band"]) == ("01", "12")


def test_a_declared_town_that_agrees_lets_the_address_in() -> None:
    result = merged(company(declared("city"), city="Nantes"))

    assert "city" not in result.after
    assert (result.after["address"], result.after["postcode"]) == ("12 RUE DES CARMES", "44000")


def test_a_declared_town_that_differs_keeps_the_whole_address() -> None:
    result = merged(company(declared("city"), city="Rennes", postcode="35000"))

    assert not {"address", "postcode", "city", "department"} & set(result.after)
    assert result.kept == {"city": "NANTES"}


def test_an_activity_keeps_its_nomenclature() -> None:
    result = merged(company(declared("naf_code"), naf_code="70.22Z"))

    assert not {"naf_code", "naf_nomenclature"} & set(result.after)


def test_the_name_people_use_stays() -> None:
    assert "name" not in merged(company(name="Solvane Conseil")).after


@pytest.mark.parametrize("placeholder", ["732829320", "732 829 320", "solvane.example"])
def test_a_number_or_domain_in_place_of_a_name_gives_way(placeholder: str) -> None:
    one = company({"*": {"source": "declared"}}, name=placeholder, domain="solvane.example")

    assert merged(one).after["name"] == "SOLVANE"


def test_a_value_we_wrote_that_still_holds_only_gets_a_newer_date() -> None:
    one = company({"headcount_band": {**STAMP, "at": "2025-01-01"}}, headcount_band="12")

    result = merged(one)

    assert "headcount_band" not in result.after
    assert "headcount_band" in result.confirmed


def test_a_value_the_register_lost_stays() -> None:
    one = company({"headcount_band": STAMP}, headcount_band="12")

    assert "headcount_band" not in merged(one, replace(RECORD, headcount_band=None)).after


def test_an_address_we_wrote_goes_when_the_company_hides_it() -> None:
    one = company({"address": STAMP, "postcode": STAMP}, address="12 RUE DES CARMES", postcode="44000", city="NANTES")
    hidden = replace(RECORD, address=None, postcode=None, partial_diffusion=True)

    result = merged(one, hidden)

    assert (result.after["address"], result.after["postcode"]) == ("", "")
    assert result.hidden == ("address", "postcode")
    assert result.after["partial_diffusion"] is True


def test_an_address_a_person_gave_does_not_go() -> None:
    one = company(declared("address"), address="Chez Alix")
    hidden = replace(RECORD, address=None, postcode=None, partial_diffusion=True)

    assert "address" not in merged(one, hidden).after


def test_a_choice_by_a_person_replaces_a_number_that_was_wrong() -> None:
    one = company(declared("siren"), siren="123")

    assert merged(one).kept == {"siren": "732829320"}
    assert merged(one, chosen=True).after["siren"] == "732829320"


def test_a_closed_company_that_reopens_is_open() -> None:
    result = merged(company({"is_closed": STAMP}, is_closed=True))

    assert (result.before["is_closed"], result.after["is_closed"]) == (True, False)


@pytest.mark.parametrize(
    ("values", "question"),
    [
        ({"siren": "732829320", "siret": "40483304800030"}, Question(siren="732829320")),
        ({"siret": "404 833 048 00030"}, Question(siret="40483304800030")),
        ({"name": "732 829 320"}, Question(siren="732829320")),
        ({"name": " Solvane  SAS ", "postcode": "44000", "city": "Nantes"}, Question(
            name="Solvane SAS", postcode="44000", city="Nantes")),
        ({"name": "AB"}, None),
        ({"name": "solvane.example", "domain": "solvane.example"}, Question(domain="solvane.example")),
        ({"name": "Solvane", "domain": "solvane.example"}, Question(name="Solvane", domain="solvane.example")),
        ({"name": "S.A.S. X1"}, None),
        ({"siren": "12", "name": "Solvane"}, Question(name="Solvane")),
    ],
)  # fmt: skip
def test_a_number_is_asked_before_a_name(values: dict[str, Any], question: Question | None) -> None:
    assert question_for(company(**values)) == question


@pytest.mark.parametrize(
    ("commune", "postcode", "department"),
    [
        ("2A004", "20000", "2A"), (None, "20090", "2A"), (None, "20200", "2B"), (None, "20600", "2B"),
        ("97411", "97400", "974"), (None, "97133", "971"), (None, "98800", "988"), ("75115", "75700", "75"),
        ("01004", "01500", "01"), (None, "69003", "69"), (None, "B-1000", None), (None, None, None),
    ],
)  # fmt: skip
def test_the_departement_follows_the_commune_then_the_postcode(
    commune: str | None, postcode: str | None, department: str | None
) -> None:
    assert department_of(commune=commune, postcode=postcode) == department


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("2009-04-17", "2009-04-17"), ("2009-04-17T10:00:00", "2009-04-17"), ("1900-01-01", None), ("0001-01-01", None),
        ("2925-02-01", None), ("1149-05-05", None), ("1600-01-01", "1600-01-01"), ("", None), (None, None),
        ("[ND]", None),
    ],
)  # fmt: skip
def test_impossible_days_are_unknown(given: object, day: str | None) -> None:
    assert day_of(given) == day


def test_a_record_is_stored_and_read_back_the_same() -> None:
    record = replace(RECORD, places=(("44000", "NANTES"),), trading_names=("X",), is_employer=False, is_closed=True)

    assert CompanyRecord.from_json({**record.to_json(), "of_another_version": 1}) == record
