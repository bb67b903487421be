"""Activities of NAF rev. 2 found by words: divisions and classes."""

import unicodedata
from dataclasses import dataclass
from functools import cache

from contacts.codes.words import facts, naf_words

MOST_SUGGESTED = 8


@dataclass(frozen=True)
class Activity:
    """A division ("62") or a class ("62.01Z")."""

    code: str
    words: str


def activity_of(code: str) -> Activity | None:
    """Return a division or class by its code; None for what is none."""
    return Activity(code, naf_words(code)) if code in facts("naf_rev2_divisions") or code in facts("naf_rev2") else None


def find_activities(text: str) -> list[Activity]:
    """Return activities whose label has all of these words, or whose code begins so; divisions first.

    Words are compared by their beginning, without accents, in French and, for divisions, in English.
    """
    wanted = _folded(text).split()
    if not wanted or max(map(len, wanted)) < 2:
        return []
    found = [code for code, label in _index() if all(any(part.startswith(one) for part in label) for one in wanted)]
    return [Activity(code, naf_words(code)) for code in found[:MOST_SUGGESTED]]


@cache
def _index() -> list[tuple[str, list[str]]]:
    rows: list[tuple[str, list[str]]] = []
    for name in ("naf_rev2_divisions", "naf_rev2"):
        for code, label in facts(name).items():
            said = label if isinstance(label, str) else f"{label['fr']} {label.get('en', '')}"
            rows.append((code, [code.lower(), code.replace(".", "").lower(), *_folded(said).split()]))
    return rows


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    return "".join(
        letter if letter.isalnum() or letter == "." else " " for letter in plain if not unicodedata.combining(letter)
    )
