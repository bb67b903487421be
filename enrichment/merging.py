"""What a register's record changes in a company, value by value: pure functions."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from contacts.models import Company
from contacts.normalising import company_key
from enrichment.matching import MIN_NAME_LENGTH, town_key
from enrichment.providers.outcomes import Question
from enrichment.providers.records import CompanyRecord, digits_of

# What a person declared is theirs: never overwritten.
DECLARED = "declared"

# Fields that only make sense together: a declared value that differs keeps its whole group as it is.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("name",),
    ("siren",),
    ("siret",),
    ("naf_code", "naf_nomenclature"),
    ("naf2025_code",),
    ("headcount_band",),
    ("legal_form",),
    ("category",),
    ("address", "postcode", "city", "department"),
    ("founded_on",),
    ("is_closed",),
    ("partial_diffusion",),
)
FIELDS = tuple(name for group in GROUPS for name in group)
NUMBERS = frozenset({"siren", "siret"})

Provenance = dict[str, dict[str, str]]


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
    # Declared values that differ: {"field": what the register says}.
    kept: dict[str, Any] = field(default_factory=dict)


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
    source: str,
    via: str = "",
    chosen: bool = False,
    skip: frozenset[str] = frozenset(),
) -> Merge:
    """Work out what a record changes. `chosen`: a person said that it is this one, so its numbers win.

    `via`: the provider through which the source said so, where it is not the usual one.

    An empty value is filled, one from a file or a register is brought up to date, a declared one stays.
    """
    result = Merge()
    told = told_by(record)
    if not has_placeholder_name(company):
        # What people call it is theirs; the register's capitals stay in the answer.
        told["name"] = None
    stamp = {"source": source, "at": record.fetched_at, "ref": record.siren, **({"via": via} if via else {})}
    confirmed, hidden = [], []
    for group in GROUPS:
        if skip.intersection(group) or (not record.partial_diffusion and all(told[name] is None for name in group)):
            continue
        free = group == ("name",) or (chosen and NUMBERS.issuperset(group))
        differing = {
            name: _plain(told[name])
            for name in group
            if not free and _is_declared(company, name) and told[name] is not None and not _same(company, name, told)
        }
        if differing:
            result.kept.update(differing)
            continue
        for name in group:
            value, current = told[name], getattr(company, name)
            ours = company.provenance.get(name, {}).get("source") == source
            if value is None:
                # What the register no longer says of an address goes: it would stand beside another one's city.
                if ours and current and len(group) > 1:
                    hidden += [name] if record.partial_diffusion else []
                    _write(result, company, name, _empty(name), {})
            elif value == current:
                confirmed += [name] if ours else []
            elif not _is_declared(company, name) or free:
                _write(result, company, name, value, stamp)
    return Merge(result.before, result.after, result.provenance, tuple(confirmed), tuple(hidden), result.kept)


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


def _write(result: Merge, company: Company, name: str, value: Any, stamp: dict[str, str]) -> None:
    result.before[name] = _plain(getattr(company, name))
    result.after[name] = _plain(value)
    result.provenance[name] = dict(stamp)


def _is_declared(company: Company, name: str) -> bool:
    value = getattr(company, name)
    return value not in (None, "", False) and source_of(company, name) == DECLARED


def source_of(company: Company, name: str) -> str:
    """Return where a value is from; one without a stamp of its own came with the company ("*")."""
    stamp: Mapping[str, str] = company.provenance.get(name) or company.provenance.get("*") or {}
    return stamp.get("source", company.source)


def told_at(company: Company, source: str) -> datetime | None:
    """Return when a source last told one of the company's values; None when it never did."""
    moments = [stamp.get("at") for stamp in company.provenance.values() if stamp.get("source") == source]
    found = [moment for at in moments if at and (moment := parse_datetime(at)) is not None]
    return max((moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in found), default=None)


def _same(company: Company, name: str, told: Mapping[str, Any]) -> bool:
    """Tell whether a declared value and the register's mean the same: "Paris" and "PARIS 8", "12 rue X" in capitals."""
    current, value = getattr(company, name), told[name]
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


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
