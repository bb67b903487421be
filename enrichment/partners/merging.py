"""What a line changes of its company, value by value: pure functions.

An empty value is filled; what the same partner said before is brought up to date; anything else stays. A group of
fields that only make sense together, such as an address, is written whole or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from contacts.models import Company
from enrichment.matching import town_key
from enrichment.merging import has_placeholder_name, source_of
from enrichment.partners.counting import Fate
from enrichment.partners.reading import PartnerRow
from enrichment.proofs.policy import DECLARED, GROUPS
from enrichment.proofs.writing import set_values

CUSTOM = "custom."
Stamp = dict[str, str]


@dataclass
class Written:
    """What a line did to its company: {"field": [value, provenance]} before, {"field": value} after, and fates."""

    before: dict[str, list[Any]] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)


def merge_row(company: Company, row: PartnerRow, stamp: Stamp, *, taken: frozenset[str] = frozenset()) -> Written:
    """Write what a line says to a company, which is changed but not saved. `taken`: SIRENs that others have.

    A company that keeps its data private takes nothing.
    """
    told = told_by(company, row)
    result = Written()
    if company.partial_diffusion:
        result.fates = dict.fromkeys(told, Fate.REFUSED)
        return result
    if told.get("siren") in taken:
        # Another company bears it: two records of one company, for a person to merge.
        told.pop("siren")
        told.pop("siret", None)
    for group in (*GROUPS, *((name,) for name in told if name.startswith(CUSTOM))):
        values = {name: told[name] for name in group if name in told}
        if values:
            _write_group(company, values, stamp, result)
    return result


def told_by(company: Company, row: PartnerRow) -> dict[str, Any]:
    """Return what a line says of each field of this company; the name only where nothing but a stand-in is known."""
    told = dict(row.values)
    if told.get("domain") == company.domain:
        # What it was found by is no news.
        told.pop("domain")
    if row.siren and not company.siren:
        told["siren"] = row.siren
    if row.siret and not company.siret:
        told["siret"] = row.siret
    if row.name and has_placeholder_name(company):
        told["name"] = row.name
    return told


def restore(company: Company, before: Mapping[str, list[Any]], names: list[str]) -> None:
    """Put back values with their provenance; the company is changed but not saved."""
    put(company, {name: before[name][0] for name in names}, {name: before[name][1] or {} for name in names})


def put(company: Company, values: Mapping[str, Any], provenance: Mapping[str, Any]) -> None:
    """Set fields from their stored form, our own among them, with their provenance; None takes one away."""
    own = {name.removeprefix(CUSTOM): value for name, value in values.items() if name.startswith(CUSTOM)}
    kept = {**company.custom, **own}
    company.custom = {key: value for key, value in kept.items() if value is not None}
    built_in = {name: value for name, value in values.items() if not name.startswith(CUSTOM)}
    set_values(company, built_in, dict(provenance))


def value_of(company: Company, name: str) -> Any:
    """Return the stored form of a value: a day as ISO."""
    if name.startswith(CUSTOM):
        return company.custom.get(name.removeprefix(CUSTOM))
    value = getattr(company, name)
    return value.isoformat() if isinstance(value, date) else value


def _write_group(company: Company, values: Mapping[str, Any], stamp: Stamp, result: Written) -> None:
    fates = {name: _fate_of(company, name, value, stamp) for name, value in values.items()}
    if {Fate.OWN, Fate.DIFFERS} & set(fates.values()):
        # Half of it would stand beside the other half of another place.
        worst = Fate.OWN if Fate.OWN in fates.values() else Fate.DIFFERS
        fates = {name: fate if fate == Fate.SAME else worst for name, fate in fates.items()}
    result.fates.update(fates)
    news = {name: values[name] for name, fate in fates.items() if fate in {Fate.FILLED, Fate.UPDATED}}
    if not news:
        return
    for name, value in news.items():
        result.before[name] = [value_of(company, name), company.provenance.get(name)]
        result.after[name] = value
    put(company, news, dict.fromkeys(news, stamp))


def _fate_of(company: Company, name: str, value: Any, stamp: Stamp) -> Fate:
    current = value_of(company, name)
    if current in (None, "", [], False):
        return Fate.FILLED
    if current == value or (name == "city" and town_key(current) == town_key(value)):
        return Fate.SAME
    source = source_of(company, name)
    if source == DECLARED:
        return Fate.OWN
    is_newer = company.provenance.get(name, {}).get("at", "") <= stamp["at"]
    return Fate.UPDATED if source == stamp["source"] and is_newer else Fate.DIFFERS
