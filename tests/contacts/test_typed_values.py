"""Numbers, dates and addresses as people write them."""

import pytest

from contacts.address_kinds import address_kind
from contacts.normalising import UnusableValueError
from contacts.typed_values import read_date, read_number, says_decimal_comma


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 234,5", 1234.5), ("1\u202f234,50 €", 1234.5), ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("12", 12),
        ("-0,25", -0.25), ("1,234,567", 1234567), ("15 %", 15), ("1e3", 1000), ("0,123", 0.123), ("", ""), (" ", ""),
    ],
)  # fmt: skip
def test_numbers_are_read_in_both_languages(text: str, number: object) -> None:
    assert read_number(text) == number
    assert read_number(text, decimal_comma=True) == number or text == "1,234,567"


def test_the_file_decides_what_one_separator_means() -> None:
    assert (read_number("1,234"), read_number("1,234", decimal_comma=True)) == (1234, 1.234)
    assert (read_number("1.234"), read_number("1.234", decimal_comma=True)) == (1.234, 1234)
    assert says_decimal_comma(["12,5", "3", "1.234"]) > 0
    assert says_decimal_comma(["12.50", "x"]) < 0
    assert says_decimal_comma(["12", "a, b"]) == 0


@pytest.mark.parametrize("text", ["abc", "1.2.3", "1,2,3", "12-13", "1" * 41, "€", "--1", "1e999", "٣", "=1+1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(UnusableValueError, match="bad_number"):
        read_number(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-12", "12/03/2026", "12.3.26", "12 mars 2026", "jeudi 12 mars 2026", "March 12, 2026", "12-Mar-2026"),
        *("2026-03-12T10:00:00Z", "12/03/2026 14:30", "12.03.2026 à 14h30", "Mar 12th, 2026", "2026/3/12"),
    ],
)
def test_dates_are_read_in_french_english_and_iso(text: str) -> None:
    assert read_date(text) == "2026-03-12"


def test_the_order_of_day_and_month_is_the_column_s() -> None:
    assert (read_date("03/12/2026"), read_date("03/12/2026", month_first=True)) == ("2026-12-03", "2026-03-12")
    assert read_date("1er avril 1999") == "1999-04-01"
    assert (read_date("01/02/99"), read_date("01/02/30"), read_date("")) == ("1999-02-01", "2030-02-01", "")
    for text in ("31/02/2026", "12/2026", "demain", "2026", "13 smarch 2026"):
        with pytest.raises(UnusableValueError, match="bad_date"):
            read_date(text)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("marie@solvane.example", ""), ("info@solvane.example", "role"), ("contact+x@solvane.example", "role"),
        ("marie@yopmail.com", "disposable"), ("information.marie@solvane.example", ""), ("", ""), (None, ""),
    ],
)  # fmt: skip
def test_addresses_of_nobody_are_known(address: str | None, kind: str) -> None:
    assert address_kind(address) == kind
