"""What cells of a partner's file say, and what columns seem to be."""

from typing import Any

import pytest

from contacts.importing.reading import Row
from contacts.normalising import UnusableValueError
from enrichment.partners.reading import READERS, Key, RowReader, headcount_band
from enrichment.partners.targets import check_mapping, guess_columns
from prm.work.errors import Invalid


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("0", "00"), ("1", "01"), ("35", "12"), ("1 250", "42"), ("12,500", "53"), ("20 à 49 salariés", "12"),
        ("50-99", "21"), ("10 000 et plus", "53"), ("moins de 10", "02"), ("11 à 50", "12"), ("200 - 249", "31"),
    ],
)  # fmt: skip
def test_a_headcount_is_a_number_or_a_range(text: str, band: str) -> None:
    assert headcount_band(text) == band


@pytest.mark.parametrize("text", ["beaucoup", "-5", "12 34 56", "50 à 20", "1e9", "999999999999"])
def test_what_is_no_headcount_is_refused(text: str) -> None:
    with pytest.raises(UnusableValueError):
        headcount_band(text)


@pytest.mark.parametrize(
    ("code", "text", "values"),
    [
        ("naf_code", "6201Z", {"naf_code": "62.01Z", "naf_nomenclature": "naf2"}),
        ("naf_code", "62.01Z - Programmation informatique", {"naf_code": "62.01Z", "naf_nomenclature": "naf2"}),
        ("naf_code", "62.10Y", {"naf2025_code": "62.10Y"}),
        ("headcount_code", "3", {"headcount_band": "03"}),
        ("headcount_code", "NN", {}),
        ("legal_form", "S.A.S.", {"legal_form": "5710"}),
        ("legal_form", "5710 Société par actions simplifiée", {"legal_form": "5710"}),
        ("postcode", "1000", {"postcode": "01000", "department": "01"}),
        ("vat", "FR 44 732829320", {"siren": "732829320"}),
        ("siren", "732 829 320", {"siren": "732829320"}),
        ("domain", "https://www.Solvane.fr/contact", {"domain": "solvane.fr"}),
        ("founded_on", "17/04/2009", {"founded_on": "2009-04-17"}),
        ("category", "eti", {"category": "ETI"}),
    ],
)
def test_a_cell_is_put_into_the_one_writing(code: str, text: str, values: dict[str, Any]) -> None:
    assert READERS[code].read(text) == values


@pytest.mark.parametrize(
    ("code", "text"),
    [("naf_code", "99.99Z"), ("naf_code", "informatique"), ("legal_form", "GmbH"), ("legal_form", "57101"),
     ("postcode", "F-75001"), ("vat", "DE123456789"), ("siren", "732829321"), ("headcount_code", "99"),
     ("department", "99"), ("category", "TPE")],
)  # fmt: skip
def test_what_cannot_be_a_value_is_refused(code: str, text: str) -> None:
    assert not READERS[code].reads(text)


def read(cells: list[str], **mapping: str) -> Any:
    columns = list(mapping)
    return RowReader(columns, mapping, {}).read(Row(2, cells))


def test_a_bad_cell_does_not_take_the_line_along() -> None:
    row = read(["732829320", "nonsense", "69003"], siren="siren", n="headcount", cp="postcode")

    assert (row.siren, row.values) == ("732829320", {"postcode": "69003", "department": "69"})
    assert [(one.reason, one.column, one.value) for one in row.problems] == [("bad_headcount", "n", "nonsense")]


def test_a_number_says_what_it_came_from() -> None:
    assert read(["73282932000074"], a="siret").number == Key.SIRET
    assert read(["FR44732829320"], a="vat").number == Key.VAT
    both = read(["404833048", "FR44732829320"], a="siren", b="vat")
    assert (both.siren, both.number) == ("404833048", Key.SIREN)


def test_a_siret_of_another_company_is_not_believed() -> None:
    row = read(["404833048", "73282932000074"], a="siren", b="siret")

    assert (row.siren, row.siret) == ("404833048", "")
    assert [one.reason for one in row.problems] == ["bad_siret"]


def test_a_line_that_names_nobody_cannot_be_used() -> None:
    assert [one.reason for one in read(["", "12"], a="siren", n="headcount").problems] == ["no_company_key"]
    assert [one.reason for one in read(["7328"], a="siren").problems] == ["bad_siren"]
    unsure = read(["732829321"], a="siren")
    assert (unsure.siren, unsure.is_unsure, unsure.problems) == ("732829321", True, [])


def test_columns_are_guessed_by_their_names_and_codes_told_from_numbers() -> None:
    columns = ["N° SIREN", "Raison sociale", "CP", "Effectif", "Code APE", "CA 2025"]
    rows = [["732829320", "Solvane", "44000", "03", "6201Z", "1 200 000"],
            ["404833048", "Comptoir", "29200", "NN", "4690Z", "80 000"]]  # fmt: skip

    found = {guess.column: guess.field for guess in guess_columns(columns, rows, {})}

    assert found == {
        "N° SIREN": "siren", "Raison sociale": "name", "CP": "postcode", "Effectif": "headcount_code",
        "Code APE": "naf_code", "CA 2025": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mapping", "named"),
    [
        ({"a": "headcount", "b": "naf_code"}, ""),
        ({"a": "siren"}, ""),
        ({"a": "siren", "b": "siren"}, "b"),
        ({"a": "siren", "b": "salary"}, "b"),
        ({"a": "siren", "b": "headcount", "c": "headcount_code"}, "c"),
    ],
)
def test_a_mapping_without_a_key_or_with_a_field_twice_is_refused(mapping: dict[str, str], named: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_mapping(["a", "b", "c"], mapping, {})

    assert set(refusal.value.fields) == {named}
