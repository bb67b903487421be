"""Every recorded answer of the register is read right. Skipped where the recordings are absent."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from contacts.codes.words import headcount_words, legal_form_words, naf_words
from enrichment.matching import choose
from enrichment.providers.outcomes import Ambiguous, Found, NotFound, Question
from enrichment.providers.recherche_entreprises_reading import is_empty, read_record
from enrichment.providers.records import CompanyRecord
from enrichment.providers.values import MASKS

RECORDED = Path(settings.BASE_DIR).parent / "shared" / "data" / "sirene"
FILES = sorted(RECORDED.glob("re_*.json"))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FILES, reason="the recorded answers are not here"),
]


def results_of(path: Path) -> list[dict[str, Any]]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return list(content["results"])


def records_of(name: str) -> list[CompanyRecord]:
    records = [read_record(one) for one in results_of(RECORDED / f"{name}.json") if not is_empty(one)]
    assert None not in records
    return [one for one in records if one is not None]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_each_result_is_read_without_loss_or_mask(path: Path) -> None:
    for result in results_of(path):
        record = read_record(result)
        assert record is not None
        stored = json.dumps(record.to_json(), ensure_ascii=False)
        assert not any(mask in stored for mask in MASKS)
        assert CompanyRecord.from_json(json.loads(stored)) == record
        assert record.siren == result["siren"]
        assert record.is_closed == (result["etat_administratif"] == "C")
        if record.naf_code and record.naf_nomenclature in {"naf2", "naf2025"}:
            assert naf_words(record.naf_code) != record.naf_code
        if record.naf2025_code:
            assert naf_words(record.naf2025_code) != record.naf2025_code
        if record.headcount_band:
            assert headcount_words(record.headcount_band) != record.headcount_band
        if record.legal_form:
            assert legal_form_words(record.legal_form) != record.legal_form
        if record.address and record.postcode:
            assert not record.address.endswith(record.city or "\0")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("re_active_laposte_356000000", {
            "siren": "356000000", "siret": "35600000000048", "name": "LA POSTE", "naf_code": "53.10Z",
            "naf_nomenclature": "naf2", "naf2025_code": "53.10Y", "headcount_band": "53", "legal_form": "5510",
            "category": "GE", "postcode": "75015", "city": "PARIS", "commune": "75115", "department": "75",
            "address": "DIRECTION GENERALE DE LA POSTE 9 RUE DU COLONEL PIERRE AVIA", "founded_on": "1991-01-01",
            "open_establishments": 9085, "is_closed": False, "partial_diffusion": False,
        }),
        ("re_active_multi_etab_danone_552032534", {
            "siren": "552032534", "siret": "55203253400703", "address": "59-61 RUE LA FAYETTE", "headcount_band": "42",
            "legal_form": "5599", "vat_number": "FR27552032534", "naf_code": "70.10Z", "founded_on": "1955-01-01",
        }),
        ("re_active_pme_solarsud_487444697", {
            "name": "ESSOR ENERGIES", "trading_names": ("SOLARSUD",), "category": "ETI", "headcount_band": "12",
            "naf2025_code": "35.12Y", "department": "24", "address": "22 RUE MAISON BLANCHE",
        }),
        ("re_active_tpe_besoindetoit_843701079", {
            "naf_code": "43.91A", "naf2025_code": "43.41G", "headcount_band": "03", "postcode": "81170",
            "city": "CORDES-SUR-CIEL", "address": "LD LA VAURELLE",
        }),
        ("re_administration_dinum_130025265", {
            "acronym": "DINUM", "legal_form": "7120", "headcount_band": "32", "is_natural_person": False,
        }),
        ("re_association_restos_du_coeur_400461356", {"legal_form": "9220", "department": "49", "category": "PME"}),
        ("re_closed_company_ganymede_880878145", {
            "is_closed": True, "closed_on": "2022-10-22", "headcount_band": "NN", "naf2025_code": None,
            "address": "128 RUE LA BOETIE", "city": "PARIS 8", "open_establishments": 0,
        }),
        ("re_closed_company_redneedles_839517323", {"is_closed": True, "closed_on": "2021-10-11", "postcode": "93220"}),
        ("re_comite_entreprise_784410607", {"founded_on": None, "legal_form": "8310", "naf_code": "94.20Z"}),
        ("re_dormant_no_open_etab_finassur_351556394", {
            "is_closed": False, "open_establishments": 0, "department": "974", "city": "LE PORT", "postcode": "97420",
        }),
        ("re_sci_423208180", {"legal_form": "6540", "category": None, "city": "NARBONNE"}),
        ("re_active_multi_etab_naturalia_302474648", {"naf2025_code": "47.27H", "open_establishments": 163}),
        ("re_lycee_198100125", {
            "name": "LYCEE POLYVALENT JEAN JAURES", "legal_form": "7331", "naf_code": "85.31Z", "headcount_band": "22",
            "siret": "19810012500014", "postcode": "81400", "city": "BLAYE-LES-MINES", "department": "81",
            "address": "RTE DE BLAYE PARC DE LA VERRERIE", "is_natural_person": False,
        }),
        ("re_ds_col_ter_20006541500016", {
            "name": "COMMUNE DE LA HAGUE", "trading_names": ("MAIRIE",), "naf2025_code": None, "headcount_band": "32",
            "address": "8 RUE DES TOHAGUES", "postcode": "50440", "department": "50",
        }),
    ],
)  # fmt: skip
def test_recorded_companies_have_these_values(name: str, values: dict[str, Any]) -> None:
    if not (RECORDED / f"{name}.json").is_file():
        pytest.skip("not among the recordings here")
    [record] = records_of(name)

    assert {key: getattr(record, key) for key in values} == values


# What a value of the answer becomes, where it stands in the answer itself.
SAME = {
    "siren": "siren", "legal_form": "nature_juridique", "category": "categorie_entreprise", "acronym": "sigle",
    "naf2025_code": "activite_principale_naf25", "headcount_year": "annee_tranche_effectif_salarie",
    "open_establishments": "nombre_etablissements_ouverts", "closed_on": "date_fermeture",
}  # fmt: skip
SAME_OF_SEAT = {"siret": "siret", "postcode": "code_postal", "city": "libelle_commune", "commune": "commune"}


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_value_of_every_result_is_the_answers_own(path: Path) -> None:
    for result in results_of(path):
        record, seat = read_record(result), result.get("siege") or {}
        assert record is not None
        for ours, theirs in SAME.items():
            assert getattr(record, ours) == (None if result.get(theirs) == "" else result.get(theirs)), ours
        for ours, theirs in SAME_OF_SEAT.items():
            assert getattr(record, ours) == (seat.get(theirs) or None), ours
        assert record.name == result.get("nom_raison_sociale") or result.get("nom_raison_sociale") is None
        assert record.naf_code in {result.get("activite_principale"), None}
        assert record.partial_diffusion == (result.get("statut_diffusion") == "P")
        if record.address:
            assert seat["adresse"].startswith(record.address)
        told = {one.siret: one.is_closed for one in record.establishments}
        for place in (seat, *result.get("matching_etablissements", ())):
            if place.get("siret"):
                assert told[place["siret"]] == (place.get("etat_administratif") == "F")


@pytest.mark.parametrize(
    ("name", "question", "expected"),
    [
        # Ten of 91 companies of one name: never taken by the name alone, and at one place by the only one there.
        ("re_text_search_kikou", Question(name="Kikou"), Ambiguous),
        ("re_text_search_kikou", Question(name="Kikou", postcode="83110"), "480189679"),
        ("re_text_search_la_poste_10000cap", Question(name="La Poste"), Ambiguous),
        ("re_text_search_ganymede_page1", Question(name="Ganymede", postcode="75014"), "817883150"),
        # Found by their director: neither is called so.
        ("re_person_search_xavier_jouppe", Question(name="Xavier Jouppe"), NotFound),
    ],
)
def test_recorded_searches_lead_where_they_should(name: str, question: Question, expected: Any) -> None:
    outcome = choose(question, records_of(name))

    if isinstance(expected, str):
        assert isinstance(outcome, Found)
        assert outcome.record.siren == expected
    else:
        assert isinstance(outcome, expected)


def test_a_number_without_any_value_and_an_unknown_one_are_not_found() -> None:
    assert records_of("re_rne_only_null_everything_123456789") == []
    assert records_of("re_empty_result_12345678900003") == []


def test_a_siret_brings_its_own_establishment() -> None:
    [result] = results_of(RECORDED / "re_ds_col_ter_20006541500016.json")

    record = read_record(result, siret="20006541500016")

    assert record is not None
    assert (record.siret, record.legal_form, record.is_establishment_closed) == ("20006541500016", "7210", False)


def test_namesakes_of_the_recorded_searches_are_told_apart() -> None:
    names = [record.name for record in records_of("re_text_search_ganymede_page1")]

    assert names.count("GANYMEDE") > 3
