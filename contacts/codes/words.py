"""The State's code lists in words: headcount bands, activities, legal forms, départements.

INSEE publishes them in French only. English exists here for the lists a reader cannot guess (bands, sections,
divisions, levels of legal forms and the forms most met). A class or form without English of its own is said by its
division or family in English, with the State's French words after it; of NAF 2025 and of older
lists the French label is shown.
A code that no list knows is shown as it is.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

FOLDER = Path(__file__).resolve().parent

# The format tells the nomenclature: the lists share no code.
_NOMENCLATURES = (
    ("naf2", re.compile(r"\d\d\.\d\d[A-FZ]")),
    ("naf2025", re.compile(r"\d\d\.\d\d[GHJKLY]")),
    ("naf1", re.compile(r"\d\d\.\d[A-Z]")),
    ("nap", re.compile(r"\d\d\.\d\d")),
)
_NAF_FILES = {"naf2": "naf_rev2", "naf2025": "naf_2025", "naf1": "naf_rev1"}
_CATEGORIES = {
    "PME": {"fr": "Petite ou moyenne entreprise", "en": "Small or medium-sized enterprise"},
    "ETI": {"fr": "Entreprise de taille intermédiaire", "en": "Mid-sized enterprise"},
    "GE": {"fr": "Grande entreprise", "en": "Large enterprise"},
}
# In order of size, which is not the order of the codes: "NN" comes first.
HEADCOUNT_BANDS = ("NN", "00", "01", "02", "03", "11", "12", "21", "22", "31", "32", "41", "42", "51", "52", "53")

# First and last division of each section of NAF rev. 2.
NAF_SECTIONS: dict[str, tuple[int, int]] = {
    "A": (1, 3),
    "B": (5, 9),
    "C": (10, 33),
    "D": (35, 35),
    "E": (36, 39),
    "F": (41, 43),
    "G": (45, 47),
    "H": (49, 53),
    "I": (55, 56),
    "J": (58, 63),
    "K": (64, 66),
    "L": (68, 68),
    "M": (69, 75),
    "N": (77, 82),
    "O": (84, 84),
    "P": (85, 85),
    "Q": (86, 88),
    "R": (90, 93),
    "S": (94, 96),
    "T": (97, 98),
    "U": (99, 99),
}

Label = str | dict[str, str]


@dataclass(frozen=True)
class Said:
    """Words in the reader's language, and the State's French ones where there are no others (of a part, or at all)."""

    own: str
    french: str = ""

    def __str__(self) -> str:
        return f"{self.own} ({self.french})" if self.own and self.french else self.own or self.french


@cache
def facts(name: str) -> dict[str, Label]:
    """Return one list of this folder: code -> French label, or {"fr", "en"?}."""
    content: dict[str, Label] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


def headcount_words(code: str | None, language: str | None = None) -> str:
    """Say a headcount band: "12" is "20 à 49 salariés"."""
    return _words("headcount_bands", code, language)


def legal_form_words(code: str | None, language: str | None = None) -> str:
    """Say a legal form of 4, 2 or 1 digits; an unknown one of 4 is said by its family."""
    return str(say_legal_form(code, language))


def say_legal_form(code: str | None, language: str | None = None) -> Said:
    """Say a legal form, and which of the words are French alone."""
    labels = facts("legal_forms")
    known = next((part for part in (code, (code or "")[:2], (code or "")[:1]) if part in labels), code)
    return _within(
        _words("legal_forms", known, language), labels.get((known or "")[:2]), labels.get(known or ""), language
    )


def category_words(code: str | None, language: str | None = None) -> str:
    """Say a size category of a group: PME, ETI or GE."""
    return _choose(_CATEGORIES.get(code or "", code or ""), language)


def department_words(code: str | None) -> str:
    """Say a département: "2A" is "Corse-du-Sud"."""
    return _words("departments", code, "fr")


def naf_words(code: str | None, language: str | None = None) -> str:
    """Say an activity of NAF rev. 2, NAF 2025 or the older NAF; a division of 2 digits is one of rev. 2."""
    return str(say_naf(code, language))


def say_naf(code: str | None, language: str | None = None) -> Said:
    """Say an activity, and which words are French alone: all of NAF 2025, for which INSEE has no others."""
    text = naf_code(code)
    if len(text) == 2:
        return Said(_words("naf_rev2_divisions", text, language))
    nomenclature = naf_nomenclature(text)
    file = _NAF_FILES.get(nomenclature)
    if not file:
        return Said(text)
    label = facts(file).get(text)
    division = facts("naf_rev2_divisions").get(text[:2]) if nomenclature == "naf2" and label else None
    return _within(_words(file, text, language), division, label, language)


def naf_section_words(section: str | None, language: str | None = None) -> str:
    """Say a section letter of NAF rev. 2; the letters of NAF 2025 mean something else."""
    return _words("naf_rev2_sections", section, language)


def naf_section_of(code: str | None) -> str:
    """Return the section letter of a code or division of NAF rev. 2; empty for any other."""
    text = naf_code(code)
    if not text[:2].isdigit() or (len(text) > 2 and naf_nomenclature(text) != "naf2"):
        return ""
    return next((letter for letter, (first, last) in NAF_SECTIONS.items() if first <= int(text[:2]) <= last), "")


def naf_choices(language: str | None = None) -> list[tuple[str, str]]:
    """Return (code, words) of every section of NAF rev. 2, each followed by its divisions."""
    found: list[tuple[str, str]] = []
    divisions = naf_division_choices(language)
    for letter in NAF_SECTIONS:
        found.append((letter, f"{letter} {naf_section_words(letter, language)}"))
        found += [(code, f"{code} {words}") for code, words in divisions if naf_section_of(code) == letter]
    return found


def naf_code(code: str | None) -> str:
    """Write an activity code as INSEE does: "6201z" becomes "62.01Z"."""
    text = (code or "").strip().upper()
    return f"{text[:2]}.{text[2:]}" if re.fullmatch(r"\d{3,4}[A-Z]", text) else text


def naf_nomenclature(code: str | None) -> str:
    """Return "naf2", "naf2025", "naf1" (rev. 1 or 1993) or "nap"; empty for what is no activity code."""
    text = naf_code(code)
    return next((name for name, shape in _NOMENCLATURES if shape.fullmatch(text)), "")


def headcount_choices(language: str | None = None) -> list[tuple[str, str]]:
    """Return (code, words) of every headcount band, smallest first."""
    return [(code, headcount_words(code, language)) for code in HEADCOUNT_BANDS]


def legal_form_choices(language: str | None = None) -> list[tuple[str, str]]:
    """Return (code, words) of every legal form of 4 digits, in the order of the codes."""
    return [(code, legal_form_words(code, language)) for code in facts("legal_forms") if len(code) == 4]


def naf_division_choices(language: str | None = None) -> list[tuple[str, str]]:
    """Return (code, words) of every division of NAF rev. 2."""
    return [(code, naf_words(code, language)) for code in facts("naf_rev2_divisions")]


def department_choices() -> list[tuple[str, str]]:
    """Return (code, words) of every département, in the order of the codes."""
    return [(code, department_words(code)) for code in facts("departments")]


def _words(name: str, code: str | None, language: str | None) -> str:
    return _choose(facts(name).get(code or "", code or ""), language)


def _within(words: str, above: Label | None, label: Label | None, language: str | None) -> Said:
    """Say what stands above a label in the reader's language, before the French words of one that has no other."""
    wanted = (language or get_language() or "fr")[:2]
    has_own = isinstance(label, dict) and wanted in label
    if wanted == "fr" or has_own or label is None:
        return Said(words)
    return Said(above[wanted] if isinstance(above, dict) and wanted in above else "", words)


def _choose(label: Label, language: str | None) -> str:
    if isinstance(label, str):
        return label
    wanted = (language or get_language() or "fr")[:2]
    return label.get(wanted) or label["fr"]
