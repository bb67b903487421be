"""One writing for each value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.normalising import (
    UnusableValueError,
    clean_properties,
    clean_text,
    company_key,
    normalise_domain,
    normalise_email,
    normalise_language,
    normalise_phone,
    normalise_siren,
    normalise_siret,
    read_yes_no,
)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (" Marie.Martin@Solvane.Example ", "marie.martin@solvane.example"),
        ("mailto:a@b.fr", "a@b.fr"),
        ("Marie Martin <marie@solvane.fr>", "marie@solvane.fr"),
        ("hélène@château.fr", "hélène@château.fr"),
        ("a+tag@mail.test", "a+tag@mail.test"),
        ("a@b--c.fr", "a@b--c.fr"),
        ("", ""),
    ],
)
def test_addresses_have_one_writing(written: str, stored: str) -> None:
    assert normalise_email(written) == stored


@pytest.mark.parametrize(
    "written", ["marie", "marie@", "@solvane.fr", "a@localhost", "a..b@c.fr", "a b@c.fr", "a@b.fr\x00"]
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(UnusableValueError) as error:
        normalise_email(written)
    assert error.value.reason == "bad_email"


@pytest.mark.parametrize(
    ("written", "region", "stored"),
    [
        ("06 39 98 12 41", "FR", "+33639981241"),
        ("+33 (0)6.39.98.12.41", "BE", "+33639981241"),
        ("0033 6 39 98 12 41", "FR", "+33639981241"),
        ("0800 123 456", "FR", "+33800123456"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+1 (415) 555-2671", "FR", "+14155552671"),
        ("poste 12", "FR", "poste 12"),
        ("06 39 98 12 41 / 01 44 55 66 77", "FR", "06 39 98 12 41 / 01 44 55 66 77"),
    ],
)
def test_telephones_are_e164_where_they_can_be_understood(written: str, region: str, stored: str) -> None:
    assert normalise_phone(written, region) == stored


@pytest.mark.parametrize(
    ("written", "stored"),
    [("552 100 554", "552100554"), ("FR40303265045", "303265045"), ("5420651", None), ("123456789", None), ("", "")],
)
def test_a_siren_has_its_check_digit(written: str, stored: str | None) -> None:
    if stored is None:
        with pytest.raises(UnusableValueError):
            normalise_siren(written)
    else:
        assert normalise_siren(written) == stored


def test_leading_zeros_that_a_spreadsheet_dropped_come_back() -> None:
    assert normalise_siren("10000008") == "010000008"


def test_a_siret_of_la_poste_follows_its_own_rule() -> None:
    assert normalise_siret("356 000 000 00048") == "35600000000048"
    with pytest.raises(UnusableValueError):
        normalise_siret("35600000000049999")


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("https://www.Solvane.fr/contact?x=1", "solvane.fr"),
        ("marie@solvane.fr", "solvane.fr"),
        ("château.fr", "xn--chteau-xta.fr"),
    ],
)
def test_a_domain_is_bare(written: str, stored: str) -> None:
    assert normalise_domain(written) == stored


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("S.A.R.L. Fonderies du Val-d'Ource", "fonderies du val d ource"),
        ("FONDERIES DU VAL D’OURCE", "fonderies du val d ource"),
        ("Cœur & Fils SA", "coeur et fils"),
        ("Société Générale", "societe generale"),
        ("SAS", "sas"),
        ("Müller GmbH", "muller"),
        ("日本", "日本"),
        ("!!!", "!!!"),
    ],
)
def test_companies_are_matched_without_accents_case_and_legal_form(name: str, key: str) -> None:
    assert company_key(name) == key


@given(st.text(max_size=200))
def test_a_company_key_is_its_own_key_and_never_too_long(name: str) -> None:
    key = company_key(name)
    assert len(key) <= 250
    assert company_key(key + " sarl") == company_key(key) or not key or not any(map(str.isalnum, key))


@pytest.mark.parametrize(
    ("word", "meant"), [("Oui", True), ("yes", True), ("1", True), ("non", False), ("", False), ("FAUX", False)]
)
def test_yes_and_no_are_read_in_both_languages(word: str, meant: bool) -> None:
    assert read_yes_no(word) is meant


def test_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(UnusableValueError):
        read_yes_no("peut-être")


@pytest.mark.parametrize(("word", "code"), [("Français", "fr"), ("en-GB", "en"), ("DE", "de"), ("klingon", "")])
def test_languages_are_two_letters(word: str, code: str) -> None:
    assert normalise_language(word) == code


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_that_cannot_be_stored_is_refused(text: str) -> None:
    with pytest.raises(UnusableValueError):
        clean_text(text, 10)
    with pytest.raises(UnusableValueError):
        clean_properties({"x": [{"y": text}]})


@pytest.mark.parametrize(
    "properties",
    [
        {"x": float("nan")},
        {"x": "y" * 20_001},
        {" ": 1},
        {"a" * 121: 1},
        [],
        {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}},
    ],
)
def test_properties_that_are_too_much_are_refused(properties: object) -> None:
    with pytest.raises(UnusableValueError):
        clean_properties(properties)
