"""Who directs a company, cut down to what a rep needs: name and role. No birth dates, no nationalities, no masks."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prm.work.texts import make_storable

# Of one company so many are kept: the boards of the largest have two dozen.
MOST_KEPT = 30
# What registers write in place of a value that is kept private; never a value.
_MASKS = frozenset({"[NON-DIFFUSIBLE]", "[ND]"})
# They check the books, they direct nothing.
_AUDITORS = "commissaire aux comptes"
_MARRIED = re.compile(r"\s*\([^()]*\)")


@dataclass(frozen=True)
class Director:
    """A person or a company that directs another; `role` as the register has it, in French, or empty."""

    name: str
    role: str = ""

    @property
    def key(self) -> str:
        """What is compared: the words of the name without accents, in any order."""
        plain = unicodedata.normalize("NFKD", self.name.casefold())
        letters = "".join(one if one.isalnum() else " " for one in plain if not unicodedata.combining(one))
        return " ".join(sorted(letters.split()))


def read_directors(told: object) -> tuple[Director, ...] | None:
    """Read the service's `dirigeants`; None where it says nothing that can be read. Each person once."""
    if not isinstance(told, list):
        return None
    found: dict[str, Director] = {}
    for one in told:
        director = _read(one) if isinstance(one, Mapping) else None
        if director is not None:
            found.setdefault(director.key, director)
    if told and not found and any(_is_masked(one) for one in told):
        return None
    return tuple(found.values())[:MOST_KEPT]


def same_directors(one: Sequence[Director], other: Sequence[Director]) -> bool:
    """Tell whether two boards are the same people, whatever their roles and order."""
    return {director.key for director in one} == {director.key for director in other}


def _read(told: Mapping[str, Any]) -> Director | None:
    role = _text(told.get("qualite"), 120)
    if _AUDITORS in role.casefold():
        return None
    if told.get("type_dirigeant") == "personne morale":
        name = _text(told.get("denomination"), 250)
    else:
        # The first given name alone: the others are written now and then.
        given = _text(told.get("prenoms"), 120).replace(",", " ").split()[:1]
        family = _MARRIED.sub("", _text(told.get("nom"), 120))
        name = " ".join(part for part in (*(one.title() for one in given), family) if part) if family else ""
    return Director(name, role) if name else None


def _is_masked(told: object) -> bool:
    return isinstance(told, Mapping) and bool(_MASKS & {str(value) for value in told.values()})


def _text(value: object, limit: int) -> str:
    text = " ".join(make_storable(value).split()) if isinstance(value, str) else ""
    return "" if text in _MASKS else text[:limit]
