"""What changed at a company between two answers of the register. Pure."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from contacts import company_news as news
from contacts.codes.words import HEADCOUNT_BANDS
from enrichment.providers.directors import Director, same_directors
from enrichment.providers.records import CompanyRecord

# "NN" is also written where nobody knows: neither growth nor loss.
_SIZES = {band: size for size, band in enumerate(HEADCOUNT_BANDS) if band != "NN"}


@dataclass(frozen=True)
class Change:
    """One change: a kind of contacts.company_news, with what it was and what it is, and nobody's name."""

    kind: str
    properties: dict[str, Any]


def facts_of(record: CompanyRecord, *, is_seat: bool = True) -> dict[str, Any]:
    """Return what of a record is compared, for storage; the unknown left out, and the name of a natural person.

    `is_seat`: a record without establishments stands at the head office. Another place says nothing of where that is.
    """
    seat = next((one for one in record.establishments if one.is_seat), None)
    place = seat or (record if is_seat and not record.establishments else None)
    facts = {
        "name": None if record.is_natural_person else record.name,
        "is_closed": record.is_closed,
        "closed_on": record.closed_on,
        "siret": place.siret if place else None,
        "address": place.address if place else None,
        "postcode": place.postcode if place else None,
        "city": place.city if place else None,
        "headcount_band": record.headcount_band,
        "naf_code": record.naf_code,
        "naf_nomenclature": record.naf_nomenclature,
    }
    return {name: value for name, value in facts.items() if value not in (None, "")}


def compare(
    old: dict[str, Any],
    new: dict[str, Any],
    old_directors: Iterable[Director] | None = None,
    new_directors: Iterable[Director] | None = None,
) -> list[Change]:
    """Return what changed; what one of the two answers says nothing of did not."""
    return [
        change
        for change in (
            _closed(old, new),
            _moved(old, new),
            _size(old, new),
            _activity(old, new),
            _renamed(old, new),
            _directors(old_directors, new_directors),
        )
        if change is not None
    ]


def _closed(old: dict[str, Any], new: dict[str, Any]) -> Change | None:
    if bool(old.get("is_closed")) == bool(new.get("is_closed")):
        return None
    if new.get("is_closed"):
        return Change(news.CLOSED, {"closed_on": new["closed_on"]} if "closed_on" in new else {})
    return Change(news.REOPENED, {})


def _moved(old: dict[str, Any], new: dict[str, Any]) -> Change | None:
    """Another seat at another place, or the same one whose postcode is another: a number alone may be corrected."""
    if not {"siret", "postcode"} <= old.keys() & new.keys():
        return None
    elsewhere = old["postcode"] != new["postcode"]
    if old["siret"] != new["siret"]:
        elsewhere = elsewhere or _folded(old.get("address")) != _folded(new.get("address"))
    return Change(news.MOVED, {"from": _place(old), "to": _place(new)}) if elsewhere else None


def _size(old: dict[str, Any], new: dict[str, Any]) -> Change | None:
    was, now = old.get("headcount_band", ""), new.get("headcount_band", "")
    if was not in _SIZES or now not in _SIZES or was == now:
        return None
    return Change(news.GROWN if _SIZES[now] > _SIZES[was] else news.SHRUNK, {"from": was, "to": now})


def _activity(old: dict[str, Any], new: dict[str, Any]) -> Change | None:
    """Codes of two nomenclatures are never compared: a new nomenclature is no new activity."""
    same_list = old.get("naf_nomenclature") == new.get("naf_nomenclature")
    was, now = old.get("naf_code"), new.get("naf_code")
    return Change(news.ACTIVITY, {"from": was, "to": now}) if was and now and same_list and was != now else None


def _renamed(old: dict[str, Any], new: dict[str, Any]) -> Change | None:
    was, now = old.get("name"), new.get("name")
    return Change(news.RENAMED, {"from": was, "to": now}) if was and now and _folded(was) != _folded(now) else None


def _directors(old: Iterable[Director] | None, new: Iterable[Director] | None) -> Change | None:
    """Somebody came or went; how many, and in which roles they came."""
    if old is None or new is None:
        return None
    before, after = list(old), list(new)
    if not before or not after or same_directors(before, after):
        # A board that is empty is one the register did not tell of.
        return None
    known, left = {one.key for one in before}, {one.key for one in after}
    came = [one for one in after if one.key not in known]
    roles = list(dict.fromkeys(one.role for one in came if one.role))
    return Change(
        news.DIRECTORS,
        {
            "arrived": len(came),
            "left": sum(one.key not in left for one in before),
            **({"roles": roles} if roles else {}),
        },
    )


def _place(facts: dict[str, Any]) -> str:
    return " ".join(str(facts[name]) for name in ("postcode", "city") if facts.get(name))


def _folded(text: Any) -> str:
    plain = unicodedata.normalize("NFKD", str(text or "").casefold())
    return "".join(one for one in plain if one.isalnum())
