"""Whose company each line speaks of: by numbers, then by web domain, then by name and place, for many lines at once.

The base alone is looked through, so that a name is taken without a person only where it is borne at the very place.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat, Left

from contacts.models import Company
from contacts.normalising import company_key
from enrichment.matching import choose
from enrichment.partners.reading import Key, PartnerRow
from enrichment.providers.outcomes import Ambiguous, Found, Question
from enrichment.providers.records import CompanyRecord
from enrichment.settling import settle

# Names that begin alike, at one postcode, are looked at closely: a slip further on is found.
SAME_BEGINNING = 3


@dataclass(frozen=True)
class Matched:
    """The company of a line, and by what it was found."""

    company_id: int
    key: Key


@dataclass(frozen=True)
class Doubtful:
    """Companies of which a person has to choose, best first. Their ids stand in the place of the SIREN."""

    candidates: tuple[CompanyRecord, ...]


Match = Matched | Doubtful | None


def question_of(row: PartnerRow) -> Question:
    """Return what a line asks by name."""
    return Question(name=row.name, postcode=row.postcode, city=row.city)


def match_rows(rows: Sequence[PartnerRow], percent: int | None) -> list[Match]:
    """Return the company of each line, those to choose from, or None. `percent`: how sure a name must be, None: never.

    Five queries at most. A company with another SIREN than the line's is never meant.
    """
    found: list[Match] = [None] * len(rows)
    _match_numbers(rows, found)
    left = [place for place, one in enumerate(found) if one is None]
    near = _find_near([rows[place] for place in left])
    for place in left:
        found[place] = _match_by_words(rows[place], near, percent)
    return found


def _match_numbers(rows: Sequence[PartnerRow], found: list[Match]) -> None:
    sirens = {row.siren for row in rows if row.siren}
    known = dict(Company.objects.filter(siren__in=sirens).values_list("siren", "pk")) if sirens else {}
    sirets = {row.siret for row in rows if row.siret and row.siren not in known}
    bare = Company.objects.filter(siren=None, siret__in=sirets).order_by("-pk")
    places = dict(bare.values_list("siret", "pk")) if sirets else {}
    for place, row in enumerate(rows):
        if row.siren in known:
            found[place] = Matched(known[row.siren], row.number)
        elif row.siret in places:
            found[place] = Matched(places[row.siret], Key.SIRET)
        elif row.is_unsure:
            row.drop_siren()


@dataclass(frozen=True)
class _Near:
    """Companies that lines may mean, by what they were looked for."""

    by_domain: dict[str, list[CompanyRecord]]
    by_name: dict[str, list[CompanyRecord]]
    by_beginning: dict[str, list[CompanyRecord]]
    # {id: SIREN} of those that have one.
    sirens: dict[str, str]


_SHOWN = ("pk", "name", "name_key", "siren", "domain", "postcode", "city", "department", "is_closed")


def _find_near(rows: Sequence[PartnerRow]) -> _Near:
    near = _Near(defaultdict(list), defaultdict(list), defaultdict(list), {})
    domains = {row.domain for row in rows if row.domain}
    keys = {company_key(row.name) for row in rows if row.name}
    beginnings = {_beginning(row.postcode, company_key(row.name)) for row in rows if row.name and row.postcode}
    if domains:
        _note(near, Company.objects.filter(domain__in=domains), near.by_domain, lambda one: str(one[4]))
    if keys:
        _note(near, Company.objects.filter(name_key__in=keys), near.by_name, lambda one: str(one[2]))
    if beginnings:
        beginning = Concat("postcode", Value(" "), Left("name_key", SAME_BEGINNING))
        rows_here = Company.objects.alias(beginning=beginning).filter(beginning__in=beginnings)
        _note(near, rows_here, near.by_beginning, lambda one: _beginning(str(one[5]), str(one[2])))
    return near


def _note(
    near: _Near,
    companies: QuerySet[Company],
    into: dict[str, list[CompanyRecord]],
    key_of: Callable[[tuple[Any, ...]], str],
) -> None:
    for one in companies.order_by("pk").values_list(*_SHOWN):
        pk, name, _key, siren, _domain, postcode, city, department, is_closed = one
        record = CompanyRecord(
            siren=str(pk), name=name, postcode=postcode, city=city, department=department, is_closed=is_closed
        )
        into[key_of(one)].append(record)
        if siren:
            near.sirens[str(pk)] = siren


def _match_by_words(row: PartnerRow, near: _Near, percent: int | None) -> Match:
    key = company_key(row.name) if row.name else ""
    of_domain = _meant(row, near, near.by_domain.get(row.domain, ()) if row.domain else ())
    if len(of_domain) == 1:
        return Matched(int(of_domain[0].siren), Key.DOMAIN)
    alike = [*near.by_name.get(key, ()), *near.by_beginning.get(_beginning(row.postcode, key), ())] if key else []
    records = _meant(row, near, (*of_domain, *alike))
    question = question_of(row)
    outcome = settle(question, choose(question, records, only_here=True), percent) if key else None
    if isinstance(outcome, Found):
        return Matched(int(outcome.record.siren), Key.NAME)
    if isinstance(outcome, Ambiguous):
        return Doubtful(outcome.candidates)
    # Several companies share the domain, as those of a group do, and the name tells none of them.
    return Doubtful(tuple(of_domain[:5])) if of_domain else None


def _meant(row: PartnerRow, near: _Near, records: Iterable[CompanyRecord]) -> list[CompanyRecord]:
    """Return each company once, without those that have another SIREN."""
    once = {record.siren: record for record in records}
    return [one for pk, one in once.items() if not row.siren or near.sirens.get(pk, row.siren) == row.siren]


def _beginning(postcode: str, key: str) -> str:
    return f"{postcode} {key[:SAME_BEGINNING]}"
