"""Companies of the local directory by number, and by name and place. No network, no organisation: public data."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from typing import Any

from django.core.cache import cache as kept_by_all
from django.db.models import Case, F, IntegerField, Q, Subquery, Value, When
from django.db.models.functions import Abs, Length
from django.utils import timezone

from contacts.structure.establishments import EstablishmentTold
from enrichment.directory.models import DirectoryCompany, DirectoryEstablishment, DirectoryLoad
from enrichment.directory.naming import alike, name_key
from enrichment.providers.outcomes import Question
from enrichment.providers.records import CompanyRecord
from enrichment.providers.values import department_of
from prm.work.sql import statement

# Namesakes read at most: whoever bears so common a name cannot be told by it.
MOST_NAMESAKES = 200
MOST_ALIKE = 12
MOST_PLACES = 50
LOAD_KEY, LOAD_SECONDS = "directory.load", 30


@dataclass(frozen=True)
class Found:
    """Companies found, best first. `is_cut`: there are more, so none of them is the only one."""

    records: tuple[CompanyRecord, ...]
    is_cut: bool = False


def find_load() -> DirectoryLoad | None:
    """Return what is loaded; None when nothing is. One query."""
    return DirectoryLoad.objects.first()


def recent_load() -> DirectoryLoad | None:
    """Return what is loaded, for pages that only say so: as of half a minute ago. No query, most times."""
    kept: Any = kept_by_all.get_or_set(LOAD_KEY, lambda: (find_load(),), LOAD_SECONDS)
    found: DirectoryLoad | None = kept[0]
    return found


def list_known(sirens: Sequence[str]) -> set[str]:
    """Return which of these numbers the directory has. One query."""
    return set(DirectoryCompany.objects.filter(siren__in=sirens).values_list("siren", flat=True))


def moment_of(day: date) -> str:
    """Return when files as of a day say what they say, ISO: that day at noon."""
    return datetime.combine(day, time(12), timezone.get_default_timezone()).isoformat()


def find_by_numbers(numbers: Sequence[str]) -> dict[str, CompanyRecord]:
    """Return companies by their SIREN, or by a SIRET with that establishment's place. One query; two with SIRETs."""
    if not numbers:
        return {}
    dated = DirectoryCompany.objects.defer("search").annotate(as_of=Subquery(DirectoryLoad.objects.values("as_of")))
    companies = {one.siren: one for one in dated.filter(siren__in={number[:9] for number in numbers})}
    branches = [one for one in numbers if len(one) == 14 and one[:9] in companies and one[9:] != companies[one[:9]].nic]
    places: dict[str, DirectoryEstablishment] = {}
    if branches:
        rows = DirectoryEstablishment.objects.defer("search").filter(siret__in=branches)
        places = {one.siret: one for one in rows}
    return {
        number: record_of(company, as_of=moment_of(company.as_of), at=places.get(number))
        for number in numbers
        if (company := companies.get(number[:9])) and (number in places or number not in branches)
    }


def find_namesakes(questions: Sequence[Question], *, as_of: str, only_here: bool) -> dict[Question, Found]:
    """Return the companies that bear exactly these names, all of them or those with the postcode; active ones first.

    Two queries, by the index on what companies are found by.
    """
    rows = DirectoryCompany.objects.raw(
        statement("enrichment/find_namesakes").replace("{columns}", _columns(DirectoryCompany, "d")),
        {
            "keys": [name_key(one.name) for one in questions],
            "postcodes": [one.postcode if only_here else "" for one in questions],
            "most": MOST_NAMESAKES + 1,
        },
    )
    companies: dict[Question, list[DirectoryCompany]] = {one: [] for one in questions}
    for row in rows if questions else ():
        companies[questions[getattr(row, "asked") - 1]].append(row)  # noqa: B009  (of the statement, not the model)
    records = _records([one for found in companies.values() for one in found[:MOST_NAMESAKES]], as_of)
    return {
        question: Found(tuple(records[one.siren] for one in found[:MOST_NAMESAKES]), len(found) > MOST_NAMESAKES)
        for question, found in companies.items()
    }


def find_alike(question: Question, *, as_of: str) -> Found:
    """Return companies whose names sound like this one, in the département if the postcode is known.

    One query for each width of the net, from the narrowest; the first that catches something ends it.
    """
    key = name_key(question.name)
    department = department_of(commune=None, postcode=question.postcode)
    nets = alike(key, ["d" + department] if department else [])
    for net in (nets[:1], nets[1:]):
        wanted = Q()
        for words in net:
            wanted |= Q(search__contains=words)
        if not net:
            continue
        rows = DirectoryCompany.objects.filter(wanted).order_by(
            Case(When(postcode=question.postcode, then=Value(0)), default=Value(1), output_field=IntegerField())
            if question.postcode
            else F("is_active").desc(),
            "-is_active",
            Abs(Length("name") - Value(len(question.name))),
            "siren",
        )
        companies = list(rows.defer("search")[:MOST_ALIKE])
        if companies:
            records = _records(companies, as_of)
            return Found(tuple(records[one.siren] for one in companies))
    return Found(())


def list_establishments(sirens: Sequence[str], most: int) -> dict[str, list[EstablishmentTold]]:
    """Return the places of companies, open ones first; none where only legal units were loaded. One query."""
    told: dict[str, list[EstablishmentTold]] = {siren: [] for siren in sirens}
    for one in _places(sirens, most):
        if not one.is_private:
            told[one.siren].append(
                EstablishmentTold(
                    siret=one.siret,
                    name=next(iter(one.trading_names or ()), ""),
                    address=one.address,
                    postcode=one.postcode,
                    city=one.city,
                    commune=one.commune,
                    is_closed=not one.is_active,
                    is_seat=getattr(one, "is_seat"),  # noqa: B009  (of the statement, not the model)
                )
            )
    return told


def record_of(
    company: DirectoryCompany,
    *,
    as_of: str,
    at: DirectoryEstablishment | None = None,
    places: Sequence[tuple[str, str]] = (),
) -> CompanyRecord:
    """Return a company as every register describes it, at its head office or at one establishment."""
    place = at or company
    nic = at.siret[9:] if at else company.nic
    return CompanyRecord(
        siren=company.siren,
        siret=company.siren + nic if nic else None,
        name=company.name or None,
        trading_names=tuple(company.trading_names),
        acronym=company.acronym or None,
        naf_code=company.naf_code or None,
        naf_nomenclature=company.naf_nomenclature or None,
        naf2025_code=company.naf2025_code or None,
        headcount_band=company.headcount_band or None,
        headcount_year=company.headcount_year or None,
        is_employer=company.is_employer,
        legal_form=company.legal_form or None,
        category=company.category or None,
        address=place.address or None,
        postcode=place.postcode or None,
        city=place.city or None,
        commune=place.commune or None,
        department=place.department or None,
        founded_on=company.founded_on.isoformat() if company.founded_on else None,
        is_closed=not company.is_active,
        partial_diffusion=company.is_private or bool(at and at.is_private),
        open_establishments=company.open_establishments,
        is_establishment_closed=bool(at and not at.is_active),
        places=tuple(places),
        fetched_at=as_of,
    )


def _records(companies: Iterable[DirectoryCompany], as_of: str) -> dict[str, CompanyRecord]:
    """Return records with the places of their open establishments, by SIREN. One query."""
    known = {company.siren: company for company in companies}
    places: dict[str, list[tuple[str, str]]] = defaultdict(list)
    several = [siren for siren, company in known.items() if (company.open_establishments or 0) > 1]
    for one in _places(several, MOST_PLACES, only_open=True):
        places[one.siren].append((one.postcode, one.city))
    return {siren: record_of(one, as_of=as_of, places=places.get(siren, ())) for siren, one in known.items()}


def _places(sirens: Sequence[str], most: int, *, only_open: bool = False) -> Iterable[DirectoryEstablishment]:
    """Return establishments of companies, each with `is_seat`. One query, or none."""
    if not sirens:
        return ()
    text = statement("enrichment/list_places").replace("{columns}", _columns(DirectoryEstablishment, "e"))
    return DirectoryEstablishment.objects.raw(text, {"sirens": list(sirens), "most": most, "only_open": only_open})


@cache
def _columns(model: type[DirectoryCompany | DirectoryEstablishment], table: str) -> str:
    """Return the columns of a model as SQL, without the lists it is found by."""
    return ", ".join(f"{table}.{one.column}" for one in model._meta.concrete_fields if one.name != "search")
