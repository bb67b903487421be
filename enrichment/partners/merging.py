"""What a line changes of its company, value by value: pure functions.

An empty value is filled; what the same partner said before is brought up to date, as is what stands below partners
(enrichment/proofs/policy.py); anything else stays, and waits as a proposal where the organisation wants one. A group
of fields that only make sense together, such as an address, is written whole or not at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from contacts.models import Company
from enrichment.matching import town_key
from enrichment.merging import Declined, Merge, has_placeholder_name, source_of
from enrichment.partners.counting import Fate
from enrichment.partners.reading import PartnerRow
from enrichment.proofs.policy import DECLARED, GROUPS, USUAL, Decision, Policy, origin_of
from enrichment.proofs.writing import set_values

CUSTOM = "custom."
_EMPTY: tuple[Any, ...] = (None, "", [], False)
_LEADS = frozenset(group[0] for group in GROUPS)
Stamp = dict[str, str]


@dataclass
class Written:
    """What a line did to its company: {"field": [value, provenance]} before, {"field": value} after, and fates."""

    before: dict[str, list[Any]] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)
    # Groups of the policy's the line spoke of, and what of them waits for a person.
    told: set[str] = field(default_factory=set)
    proposed: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def questions(self) -> Merge:
        """What proposals need of it."""
        return Merge(told=frozenset(self.told), proposed=self.proposed)


def merge_row(
    company: Company,
    row: PartnerRow,
    stamp: Stamp,
    *,
    taken: frozenset[str] = frozenset(),
    policy: Policy = USUAL,
    declined: Declined | None = None,
) -> Written:
    """Write what a line says to a company, which is changed but not saved. `taken`: SIRENs that others have.

    A company that keeps its data private takes nothing. `declined`: as `enrichment.merging.merge_values`.
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
            _write_group(company, group, values, result, _Hand(stamp, policy, declined or {}))
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


@dataclass(frozen=True)
class _Hand:
    """Who writes, and by which rules."""

    stamp: Stamp
    policy: Policy
    declined: Declined


def _write_group(
    company: Company, group: tuple[str, ...], values: Mapping[str, Any], result: Written, hand: _Hand
) -> None:
    lead, stamp, policy = group[0], hand.stamp, hand.policy
    # Of an address that is told in part, the rest would stand beside it.
    is_whole = all(name in values or value_of(company, name) in _EMPTY for name in group)
    fates = {name: _fate_of(company, name, value, stamp) for name, value in values.items()}
    unlike = {name for name, fate in fates.items() if fate in {Fate.OWN, Fate.DIFFERS}}
    is_declined = bool(unlike) and hand.declined.get(lead) == values
    if unlike and is_whole and not is_declined and all(_is_below(company, name, stamp, policy) for name in unlike):
        fates |= dict.fromkeys(unlike, Fate.UPDATED)
    elif unlike:
        # Half of it would stand beside the other half of another place.
        worst = Fate.OWN if Fate.OWN in fates.values() else Fate.DIFFERS
        fates = {name: fate if fate == Fate.SAME else worst for name, fate in fates.items()}
        if is_whole and not is_declined and lead in _LEADS and _is_question(company, unlike, stamp, policy):
            result.proposed[lead] = dict(values)
    result.fates.update(fates)
    result.told |= {lead} & _LEADS
    news = {name: values[name] for name, fate in fates.items() if fate in {Fate.FILLED, Fate.UPDATED}}
    if not news:
        return
    for name, value in news.items():
        result.before[name] = [value_of(company, name), company.provenance.get(name)]
        result.after[name] = value
    put(company, news, dict.fromkeys(news, stamp))


def _is_below(company: Company, name: str, stamp: Stamp, policy: Policy) -> bool:
    """Tell a value of a source that ranks below partners; what another partner said is no lower than this one."""
    held = source_of(company, name)
    is_partners = origin_of(held) == origin_of(stamp["source"])
    return not is_partners and policy.decide(name, held=held, told=stamp["source"]) == Decision.WRITE


def _is_question(company: Company, names: Iterable[str], stamp: Stamp, policy: Policy) -> bool:
    """Tell whether a person is asked: not of an older file of the same partner, nor where a person's entry wins."""
    held = {name: source_of(company, name) for name in names}
    decisions = {policy.decide(name, held=source, told=stamp["source"]) for name, source in held.items()}
    return stamp["source"] not in held.values() and Decision.LEAVE not in decisions


def _fate_of(company: Company, name: str, value: Any, stamp: Stamp) -> Fate:
    current = value_of(company, name)
    if current in _EMPTY:
        return Fate.FILLED
    if current == value or (name == "city" and town_key(current) == town_key(value)):
        return Fate.SAME
    source = source_of(company, name)
    if source == DECLARED:
        return Fate.OWN
    is_newer = company.provenance.get(name, {}).get("at", "") <= stamp["at"]
    return Fate.UPDATED if source == stamp["source"] and is_newer else Fate.DIFFERS
