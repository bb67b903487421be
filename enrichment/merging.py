"""What a source changes in a company, value by value: pure functions.

`merge_values` is for every source that tells something of a company, `merge` for a register's record. Who wins is
asked of enrichment/proofs/policy.py; what may not be written waits as a proposal (enrichment/proofs/writing.py).
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from contacts.models import Company
from contacts.normalising import company_key
from enrichment.matching import MIN_NAME_LENGTH, town_key
from enrichment.proofs.policy import DECLARED, GROUPS, USUAL, Decision, Policy, Wins
from enrichment.providers.outcomes import Question
from enrichment.providers.records import CompanyRecord
from enrichment.providers.values import digits_of

NAME = "name"
NUMBERS = frozenset({"siren", "siret"})

# {"field": {"source", "at", "ref", ...}}; see enrichment/proofs/stamps.py.
Provenance = dict[str, dict[str, Any]]
# What a person declined of this source: {"group": {"field": value}}, as proposals keep it.
Declined = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Merge:
    """What to write, and what was left as it is although the register says otherwise."""

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    # Of the fields written; "" for a field that is empty again.
    provenance: Provenance = field(default_factory=dict)
    # Values of ours that the register confirms: only their date moves.
    confirmed: tuple[str, ...] = ()
    # Removed because the company keeps them private now.
    hidden: tuple[str, ...] = ()
    # Values that stay although the source says otherwise: {"field": what it says}.
    kept: dict[str, Any] = field(default_factory=dict)
    # Groups of these that wait for a person: {"group": {"field": what the source says of all of its fields}}.
    proposed: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Groups the source said something of.
    told: frozenset[str] = frozenset()


def question_for(company: Company) -> Question | None:
    """Return what to ask about a company: by its number, else by name, place and web domain; None without any."""
    siren, siret = digits_of(company.siren, 9), digits_of(company.siret, 14)
    if siren:
        return Question(siren=siren)
    if siret:
        return Question(siret=siret)
    name = " ".join(company.name.split())
    if is_number(name):
        return Question(siren=name.replace(" ", "")[:9])
    if has_placeholder_name(company) or len(company_key(name)) < MIN_NAME_LENGTH:
        return Question(domain=company.domain) if company.domain else None
    place = {"postcode": company.postcode.strip(), "city": company.city.strip()}
    return Question(name=name, domain=company.domain, **place)


def has_placeholder_name(company: Company) -> bool:
    """Tell a name that only stands in for one: the company's number or web domain, where nothing else was known."""
    return is_number(company.name) or company.name.strip() in {"", company.domain}


def is_number(name: str) -> bool:
    """Tell a SIREN or SIRET from a name."""
    digits = name.replace(" ", "")
    return digits.isascii() and digits.isdigit() and len(digits) in {9, 14}


def merge(
    company: Company,
    record: CompanyRecord,
    *,
    stamp: Mapping[str, Any],
    policy: Policy = USUAL,
    chosen: bool = False,
    skip: frozenset[str] = frozenset(),
    declined: Declined | None = None,
) -> Merge:
    """Work out what a register's record changes; as `merge_values`.

    What the company keeps private goes where it was this source that told it.
    """
    return merge_values(
        company,
        told_by(record),
        stamp=stamp,
        policy=policy,
        chosen=chosen,
        skip=skip,
        declined=declined,
        hides=record.partial_diffusion,
    )


def merge_values(
    company: Company,
    told: Mapping[str, Any],
    *,
    stamp: Mapping[str, Any],
    policy: Policy = USUAL,
    chosen: bool = False,
    skip: frozenset[str] = frozenset(),
    declined: Declined | None = None,
    hides: bool = False,
) -> Merge:
    """Work out what a source changes in a company. `told`: values by field; None or absent where it says nothing.

    `stamp`: the provenance of each value written, its "source" above all. `chosen`: a person said that it is this
    company, so its numbers win. `declined`: what a person did not want from this source, which stays away until it
    says something else. `hides`: the company keeps what is missing private.

    An empty value is filled; of one that differs `policy` says whether it is written, proposed or left. Values that
    mean the same ("Paris", "PARIS 8") do not differ.
    """
    result, source = Merge(), str(stamp["source"])
    confirmed, hidden, spoken = [], [], set()
    for group in GROUPS:
        says = {name: told.get(name) for name in group}
        if skip.intersection(group) or (not hides and all(value is None for value in says.values())):
            continue
        is_free = (group == (NAME,) and has_placeholder_name(company)) or (chosen and NUMBERS.issuperset(group))
        decisions = {
            name: decide(company, name, source, policy)
            for name, value in says.items()
            if value is not None and not is_free and is_known(company, name) and not _same(company, name, value)
        }
        if group == (NAME,) and not is_free and policy.wins_of(NAME) == Wins.PERSON:
            # What people call it is theirs, whoever brought the name first.
            continue
        spoken.add(group[0])
        plain = {name: stored(value) for name, value in says.items() if value is not None}
        is_declined = bool(decisions) and declined is not None and declined.get(group[0]) == plain
        if is_declined or any(one != Decision.WRITE for one in decisions.values()):
            result.kept.update({name: plain[name] for name, one in decisions.items() if one != Decision.WRITE})
            if not is_declined and Decision.LEAVE not in decisions.values():
                result.proposed[group[0]] = plain
            continue
        for name, value in says.items():
            current = getattr(company, name)
            ours = company.provenance.get(name, {}).get("source") == source
            if value is None:
                # What the source no longer says of an address goes: it would stand beside another one's city.
                if ours and current and len(group) > 1:
                    hidden += [name] if hides else []
                    _write(result, company, name, _empty(name), {})
            elif value == current:
                confirmed += [name] if ours else []
            elif is_free or not is_known(company, name) or name in decisions:
                _write(result, company, name, value, stamp)
            elif source_of(company, name) != DECLARED and decide(company, name, source, policy) == Decision.WRITE:
                # It means the same, in the source's writing.
                _write(result, company, name, value, stamp)
    return replace(result, confirmed=tuple(confirmed), hidden=tuple(hidden), told=frozenset(spoken))


def decide(company: Company, name: str, source: str, policy: Policy) -> Decision:
    """Decide on a value of a source that differs from the one a company has."""
    # What people call it is theirs, whoever brought the name first.
    held = DECLARED if name == NAME else source_of(company, name)
    return policy.decide(name, held=held, told=source)


def is_known(company: Company, name: str) -> bool:
    """Tell whether a company has a value here; every company is open and public until a source says otherwise."""
    return getattr(company, name) not in (None, "", False)


def told_by(record: CompanyRecord) -> dict[str, Any]:
    """Return what a record says of each field of a company; None where it says nothing."""
    return {
        "name": record.name,
        "siren": record.siren,
        "siret": record.siret,
        "naf_code": record.naf_code,
        "naf_nomenclature": record.naf_nomenclature,
        "naf2025_code": record.naf2025_code,
        "headcount_band": record.headcount_band,
        "legal_form": record.legal_form,
        "category": record.category,
        "address": record.address,
        "postcode": record.postcode,
        "city": record.city,
        "department": record.department,
        "founded_on": date.fromisoformat(record.founded_on) if record.founded_on else None,
        "is_closed": record.is_closed,
        "partial_diffusion": record.partial_diffusion,
    }


def _write(result: Merge, company: Company, name: str, value: Any, stamp: Mapping[str, Any]) -> None:
    result.before[name] = stored(getattr(company, name))
    result.after[name] = stored(value)
    result.provenance[name] = dict(stamp)


def source_of(company: Company, name: str) -> str:
    """Return where a value is from; one without a stamp of its own came with the company ("*")."""
    stamp: Mapping[str, Any] = company.provenance.get(name) or company.provenance.get("*") or {}
    return str(stamp.get("source", company.source))


def told_at(company: Company, source: str) -> datetime | None:
    """Return when a source last told one of the company's values; None when it never did."""
    moments = [stamp.get("at") for stamp in company.provenance.values() if stamp.get("source") == source]
    found = [moment for at in moments if at and (moment := parse_datetime(at)) is not None]
    return max((moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in found), default=None)


def _same(company: Company, name: str, value: Any) -> bool:
    """Tell whether the company's value and this one mean the same: "Paris" and "PARIS 8", "12 rue X" in capitals."""
    current = getattr(company, name)
    if name == "city":
        return town_key(current) == town_key(value)
    return bool(_folded(current) == _folded(value))


def _folded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    plain = unicodedata.normalize("NFKD", value.casefold())
    return "".join(one for one in plain if one.isalnum())


def _empty(name: str) -> Any:
    return None if name in {"founded_on", "siren"} else ""


def stored(value: Any) -> Any:
    """Return a value of a field as it is stored in JSON."""
    return value.isoformat() if isinstance(value, date) else value
