"""Every recorded answer of INSEE's service is read right. Skipped where the recordings are absent."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from enrichment.providers.insee_calls import Nothing, Private, understand
from enrichment.providers.insee_reading import read_establishments, read_unit
from enrichment.providers.line import Reply
from enrichment.providers.outcomes import Reason, Unavailable
from enrichment.providers.records import CompanyRecord
from enrichment.providers.values import MASKS

RECORDED = Path(settings.BASE_DIR).parent / "shared" / "data" / "sirene"
FILES = sorted(RECORDED.glob("insee*.json"))
ERRORS = sorted(RECORDED.glob("insee_error_*.json"))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FILES, reason="the recorded answers are not here"),
]


def content_of(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def records_of(path: Path) -> list[CompanyRecord]:
    content = content_of(path)
    if "uniteLegale" in content:
        record = read_unit(content["uniteLegale"])
        assert record is not None
        return [record]
    told = [content["etablissement"]] if "etablissement" in content else content.get("etablissements", [])
    records = read_establishments(told)
    assert records is not None
    return records


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_each_answer_is_read_without_loss_or_mask(path: Path) -> None:
    for record in records_of(path):
        stored = json.dumps(record.to_json(), ensure_ascii=False)
        assert not any(mask in stored for mask in MASKS)
        assert CompanyRecord.from_json(json.loads(stored)) == record
        assert record.siren in path.read_text(encoding="utf-8")
        assert record.legal_form
        assert record.naf_code
        assert record.siret is not None
        assert record.siret.startswith(record.siren)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("insee311_siret_octo_41816609600069", {
            "siren": "418166096", "siret": "41816609600069", "name": "OCTO-TECHNOLOGY", "naf_code": "62.02A",
            "naf_nomenclature": "naf2", "headcount_band": "41", "headcount_year": "2022", "is_employer": True,
            "legal_form": "5710", "category": "GE", "address": "34 AVENUE DE L'OPERA", "postcode": "75002",
            "city": "PARIS", "commune": "75102", "department": "75", "founded_on": "1998-04-01", "is_closed": False,
            "partial_diffusion": False, "closed_on": None,
        }),
        ("insee_siret_q_siren_octo_many_with_closed", {
            "siret": "41816609600069", "name": "OCTO-TECHNOLOGY", "postcode": "75002", "is_closed": False,
            "is_establishment_closed": False,
        }),
        ("insee_siret_ccas_metz_masquerValeursNulles", {
            "name": "CENTRE COMMUNAL D'ACTION SOCIALE", "acronym": "CCAS", "naf_code": "88.99B", "legal_form": "7361",
            "address": "22-24 RUE DU WAD BILLY", "city": "METZ", "headcount_band": "21", "founded_on": "1975-01-01",
        }),
        ("insee311_nondiffusible_ND_trimmed", {
            "name": None, "legal_form": "1000", "naf_code": "56.10C", "partial_diffusion": True, "postcode": "75011",
            "is_natural_person": True, "siret": "10073128000010",
        }),
        ("insee311_prive_838324820", {"is_closed": True, "closed_on": "2024-12-31", "is_natural_person": True}),
        # Closed in 2020, at work again since 2022.
        ("insee311_prive_828696252", {"is_closed": False, "closed_on": None, "siret": "82869625200018"}),
        # The day that stands there is an establishment's.
        ("insee311_prive_494308703", {"founded_on": None, "siret": "49430870300052", "headcount_band": "NN"}),
        # Its NIC is not that of its SIRET, which counts.
        ("insee311_prive_80761229600051", {"siret": "80761229600051", "siren": "807612296", "category": "PME"}),
    ],
)  # fmt: skip
def test_recorded_companies_have_these_values(name: str, values: dict[str, Any]) -> None:
    if not (RECORDED / f"{name}.json").is_file():
        pytest.skip("not among the recordings here")
    [record] = records_of(RECORDED / f"{name}.json")

    assert {key: getattr(record, key) for key in values} == values


def test_the_places_of_a_company_are_each_there_once() -> None:
    path = RECORDED / "insee_siret_q_siren_octo_many_with_closed.json"
    if not path.is_file():
        pytest.skip("not among the recordings here")
    [record] = records_of(path)

    assert [(one.siret[9:], one.is_seat, one.is_closed) for one in record.establishments] == [
        ("00069", True, False), ("00036", False, True), ("00044", False, True), ("00010", False, True),
        ("00051", False, True), ("00028", False, True),
    ]  # fmt: skip


@pytest.mark.parametrize("path", ERRORS, ids=[path.stem for path in ERRORS])
def test_recorded_errors_mean_what_they_say(path: Path) -> None:
    body = path.read_bytes()
    status = int(content_of(path)["header"]["statut"])

    said = understand(Reply(status, {}, body))

    if status == 404:
        assert said == Nothing()
    elif status == 403:
        assert said == Private()
    else:
        assert isinstance(said, Unavailable)
        assert (said.reason, said.final) == (Reason.QUESTION_REFUSED, True)
