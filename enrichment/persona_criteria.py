"""What a persona asks, as criteria the local directory can answer; the rest is named, in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contacts.codes.words import facts, naf_code, naf_nomenclature
from contacts.personas.models import Persona
from contacts.personas.vocabulary import persona_vocabulary
from enrichment.prospecting import KNOWN_BANDS
from prm.conditions.fields import Vocabulary
from prm.conditions.sentences import sentence

Params = dict[str, list[str]]
_ONE_OF = frozenset({"is", "in"})


@dataclass(frozen=True)
class Prefill:
    """A persona's criteria as parameters of the page's address, and what they leave out."""

    persona: Persona
    params: Params = field(default_factory=dict)
    # Sentences such as "job title contains “DSI”".
    unasked: tuple[str, ...] = ()


def prefill_of(persona: Persona, words: Vocabulary | None = None) -> Prefill:
    """Return what of a persona the directory can be asked. The sentences cost what their choices do."""
    words = words or persona_vocabulary()
    params: Params = {}
    unasked: list[str] = []
    for part in _parts(persona.segment.condition):
        asked = _asked(part)
        if asked is None or set(asked) & set(params):
            # Both of two lists of activities: the directory is asked for any of one.
            unasked.append(sentence(part, words))
        else:
            params.update(asked)
    return Prefill(persona, params, tuple(unasked))


def _parts(document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return what must all hold."""
    return list(document["all"]) if set(document) == {"all"} else [document] if document else []


def _asked(part: Mapping[str, Any]) -> Params | None:
    """Return a part as parameters, {} where every company of the directory fulfils it; None for what it cannot say."""
    if set(part) == {"not"}:
        is_open = part["not"] == {"field": "company.is_closed", "op": "is", "value": True}
        return {} if is_open else None
    if set(part) == {"any"}:
        return _any_of([_asked(one) for one in part["any"]])
    return _compared(part) if "field" in part else None


def _compared(part: Mapping[str, Any]) -> Params | None:
    name, operator = str(part["field"]), str(part.get("op", ""))
    values = part.get("value")
    texts = [str(one) for one in (values if isinstance(values, list) else [values])]
    if name == "company.is_closed":
        return {} if operator == "is" and values is False else None
    if name == "company.naf_code" and operator == "starts_with":
        division = texts[0].strip().rstrip(".")
        return {"naf": [division]} if division in facts("naf_rev2_divisions") else None
    read = _READERS.get(name) if operator in _ONE_OF else None
    return read(texts) if read else None


def _any_of(parts: Sequence[Params | None]) -> Params | None:
    """Return the alternatives where all of them are activities, or all départements."""
    keys = {key for part in parts if part for key in part}
    if any(not part for part in parts) or len(keys) != 1 or not keys <= {"naf", "department"}:
        return None
    key = keys.pop()
    return {key: [value for part in parts if part for value in part[key]]}


def _activities(texts: Sequence[str]) -> Params | None:
    codes = [naf_code(text) for text in texts]
    return {"naf": codes} if all(naf_nomenclature(code) == "naf2" for code in codes) else None


def _divisions(texts: Sequence[str]) -> Params | None:
    return {"naf": list(texts)} if all(text in facts("naf_rev2_divisions") for text in texts) else None


def _departments(texts: Sequence[str]) -> Params | None:
    return {"department": list(texts)}


def _bands(texts: Sequence[str]) -> Params | None:
    """Return bands that follow one another as the first and the last."""
    places = sorted({KNOWN_BANDS.index(text) for text in texts if text in KNOWN_BANDS})
    if len(places) != len(set(texts)) or places != list(range(places[0], places[-1] + 1)):
        return None
    return {"headcount_from": [KNOWN_BANDS[places[0]]], "headcount_to": [KNOWN_BANDS[places[-1]]]}


def _legal_form(texts: Sequence[str]) -> Params | None:
    return {"legal_form": list(texts)} if len(texts) == 1 and texts[0] in facts("legal_forms") else None


_READERS: dict[str, Callable[[Sequence[str]], Params | None]] = {
    "company.naf_code": _activities,
    "company.naf_division": _divisions,
    "company.department": _departments,
    "company.headcount_band": _bands,
    "company.legal_form": _legal_form,
}
