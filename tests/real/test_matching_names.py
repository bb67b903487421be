"""Precision and recall of matching names to companies, on real French names spoilt in known ways.

The companies: those of the recorded answers of the register, and the 275 places of business of a real list, many of
them nearly alike ("Kia Albi", "Kia Vierzon"). Each name is asked for spoilt in every way, with its postcode, its town
and with neither; once with its company in the register, once without. All companies are weighed against each other:
no search narrows them first. `python -m pytest tests/real/test_matching_names.py -s` prints the figures.
"""

import csv
import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from enrichment.matching import choose
from enrichment.providers.outcomes import Found, Question
from enrichment.providers.recherche_entreprises_reading import is_empty, read_record
from enrichment.providers.records import CompanyRecord
from enrichment.settling import CHOICES, USUAL_PERCENT

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
PLACES = DATA / "imports" / "french_latin1_semicolon.csv"
RECORDED = sorted((DATA / "sirene").glob("re_*.json"))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not PLACES.is_file() or not RECORDED, reason="the real names are not here"),
]


def companies() -> list[CompanyRecord]:
    """Return active companies, no two with one name in one town."""
    found = [
        read_record(one) for path in RECORDED for one in json.loads(path.read_text())["results"] if not is_empty(one)
    ]
    known = {one.siren: one for one in found if one and one.name and not one.is_closed and one.postcode}
    with PLACES.open(encoding="latin-1", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            where = re.search(r"\b(\d{5})\s+(.+)", row["ad_station"])
            name = row["n_station"].strip()
            if where and name:
                siren = f"9{len(known):08d}"
                known.setdefault(name, CompanyRecord(siren, name=name, postcode=where[1], city=where[2].strip()))
    return list(known.values())


def _plain(name: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", name) if not unicodedata.combining(one))


def _on_longest(change: Callable[[str], str]) -> Callable[[str], str]:
    def spoil(name: str) -> str:
        longest = max(re.findall(r"\w+", name), key=len)
        return name.replace(longest, change(longest), 1)

    return spoil


SPOILT: dict[str, Callable[[str], str]] = {
    "as it is": lambda name: name,
    "capitals": str.upper,
    "no accents": _plain,
    "legal form": lambda name: f"{name} SARL",
    "form in front": lambda name: f"S.A.S. {name}",
    "no punctuation": lambda name: re.sub(r"[^\w]+", " ", name),
    "letter lost": _on_longest(lambda word: word[:-3] + word[-2:] if len(word) > 4 else word),
    "letter doubled": _on_longest(lambda word: word[:2] + word[1] + word[2:]),
    "letters swapped": _on_longest(lambda word: word[:2] + word[3] + word[2] + word[4:] if len(word) > 4 else word),
    "plural": _on_longest(lambda word: word + "s"),
    "words turned": lambda name: " ".join(reversed(name.split())),
}


def questions(company: CompanyRecord) -> list[Question]:
    """Return one question for each way to spoil the name and each way to say where."""
    name = company.name or ""
    return [
        Question(name=spoil(name), postcode=postcode, city=city)
        for spoil in SPOILT.values()
        for postcode, city in ((company.postcode or "", company.city or ""), ("", company.city or ""))
    ]


def test_what_is_taken_without_a_person_is_right_99_times_in_100_and_4_names_in_5_are() -> None:
    every = companies()
    assert len(every) > 250
    outcomes: list[tuple[float, bool]] = []
    asked = 0
    for company in every[::3]:
        rest = [one for one in every if one.siren != company.siren]
        for question in questions(company):
            asked += 1
            for register in (every, rest):
                outcome = choose(question, register)
                if isinstance(outcome, Found):
                    outcomes.append((outcome.score, outcome.record.siren == company.siren))

    for percent in (one for one in CHOICES if one is not None):
        taken = [is_right for score, is_right in outcomes if score * 100 >= percent]
        right, precision, recall = sum(taken), sum(taken) / len(taken), sum(taken) / asked
        counted = f"{asked} names, {right} right, {len(taken) - right} wrong"
        print(f"from {percent} %: {counted}: {precision:.4f} {recall:.4f}")  # noqa: T201  (asked for with -s)
        if percent == USUAL_PERCENT:
            assert precision >= 0.99
            assert recall >= 0.80
