"""Figures and moments in both languages."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from prm.web import figures
from prm.web.messages import compile_all

N = figures.NARROW
NOW = datetime(2026, 11, 17, 10, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def paris() -> Any:
    compile_all()
    with timezone.override(ZoneInfo("Europe/Paris")):
        yield


@pytest.mark.parametrize(
    ("value", "decimals", "french", "english"),
    [
        (1234567, 1, f"1{N}234{N}567", "1,234,567"),
        (1234.56, 1, f"1{N}234,6", "1,234.6"),
        (1234.56, 2, f"1{N}234,56", "1,234.56"),
        (12.0, 1, "12", "12"),
        (-3.25, 1, "−3,3", "−3.3"),
        (0.04, 1, "0", "0"),
        (1000, 1, f"1{N}000", "1,000"),
        (Decimal("1e3"), 1, f"1{N}000", "1,000"),
        (None, 1, "–", "–"),
        ("n/a", 1, "–", "–"),
        (float("nan"), 1, "–", "–"),
    ],
)
def test_numbers_are_grouped_and_shortened(value: Any, decimals: int, french: str, english: str) -> None:
    for language, wanted in (("fr", french), ("en", english)):
        with translation.override(language):
            assert figures.figure(value, decimals) == wanted


def test_differences_carry_their_sign() -> None:
    with translation.override("fr"):
        assert [figures.figure(value, signed=True) for value in (3, 0, -1.5)] == ["+3", "0", "−1,5"]


@pytest.mark.parametrize(
    ("call", "french", "english"),
    [
        (lambda: figures.percent(12.44), f"12,4{N}%", "12.4%"),
        (lambda: figures.ratio(0.124), f"12,4{N}%", "12.4%"),
        (lambda: figures.ratio(None), "–", "–"),
        (lambda: figures.points(42), f"42{N}pts", f"42{N}pts"),
        (lambda: figures.points(1), f"1{N}pt", f"1{N}pt"),
        (lambda: figures.points(1.5), f"1,5{N}pt", f"1.5{N}pts"),
        (lambda: figures.points(-3, signed=True), f"−3{N}pts", f"−3{N}pts"),
        (lambda: figures.points(10, signed=True), f"+10{N}pts", f"+10{N}pts"),
        (lambda: figures.money(15200), f"152{N}€", "€152"),
        (lambda: figures.money(123450), f"1{N}234,50{N}€", "€1,234.50"),
        (lambda: figures.money(-50), f"−0,50{N}€", "−€0.50"),
        (lambda: figures.duration(8), "8\u00a0s", "8\u00a0s"),
        (lambda: figures.duration(466), "7\u00a0min\u00a046\u00a0s", "7\u00a0min\u00a046\u00a0s"),
        (lambda: figures.duration(1260), "21\u00a0min", "21\u00a0min"),
        (lambda: figures.duration(3900), "1\u00a0h\u00a005", "1\u00a0h\u00a005"),
        (lambda: figures.duration(273600), "3\u00a0jours\u00a04\u00a0h", "3\u00a0days\u00a04\u00a0h"),
        (lambda: figures.day(date(2026, 3, 1), year=True), "1er mars 2026", "1 Mar 2026"),
        (lambda: figures.day(date(2026, 7, 12), year=False), "12 juil.", "12 Jul"),
        (lambda: figures.long_day(date(2026, 11, 17)), "mardi 17 novembre 2026", "Tuesday 17 November 2026"),
        (lambda: figures.moment(NOW), "17 nov. 2026 11:30", "17 Nov 2026 11:30"),
        (
            lambda: figures.exact(NOW),
            "mardi 17 novembre 2026 11:30:00 (CET)",
            "Tuesday 17 November 2026 11:30:00 (CET)",
        ),
    ],
)
def test_units_and_dates_follow_the_language(call: Any, french: str, english: str) -> None:
    for language, wanted in (("fr", french), ("en", english)):
        with translation.override(language):
            assert call() == wanted


@pytest.mark.parametrize(
    ("before", "french"),
    [
        (timedelta(seconds=20), "à l’instant"),
        (timedelta(minutes=5), "il y a 5 min"),
        (timedelta(hours=3), "il y a 3 h"),
        (timedelta(hours=10), "il y a 10 h"),
        (timedelta(hours=16), "hier 19:30"),
        (timedelta(days=5), "12 nov."),
        (timedelta(days=400), "13 oct. 2025"),
        (-timedelta(minutes=40), "dans 40 min"),
        (-timedelta(hours=5), "dans 5 h"),
        (-timedelta(hours=22), "demain 09:30"),
    ],
)
def test_moments_are_told_as_people_do(before: timedelta, french: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prm.web.figures.timezone.localdate", lambda: date(2026, 11, 17))
    with translation.override("fr"):
        assert figures.ago(NOW - before, NOW) == french


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("000412873", f"000{N}412{N}873"),
        ("000 412 873", f"000{N}412{N}873"),
        ("00041287300021", f"000{N}412{N}873{N}00021"),
        ("318442", "318442"),
        (None, ""),
    ],
)
def test_company_numbers_are_grouped(value: str | None, wanted: str) -> None:
    assert figures.siren(value) == wanted


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ("+33679114285", "06\u202f79\u202f11\u202f42\u202f85"),
        ("+32 2 555 12 12", "+32 2 555 12 12"),
        ("+3367911428", "+3367911428"),
        ("ext. 12", "ext. 12"),
        (None, ""),
    ],
)
def test_a_french_telephone_number_is_written_in_pairs(kept: str | None, read: str) -> None:
    assert figures.phone(kept) == read
