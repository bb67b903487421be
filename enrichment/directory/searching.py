"""Companies of the local directory by number, and by name and place. No network, no organisation: public data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.core.cache import cache
from django.db.models import Case, F, IntegerField, Q, Subquery, Value, When
from django.db.models.functions import Abs, Length
from django.utils import timezone

from contacts.structure.establishments import EstablishmentTold
from enrichment.directory.models import DirectoryCompany, DirectoryEstablishment, DirectoryLoad
from enrichment.directory.naming import alike, name_key
from enrichment.providers.outcomes import Question
from enrichment.providers.records import CompanyRecord, department_of

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
    kept: Any = cache.get_or_set(LOAD_KEY, lambda: (find_load(),), LOAD_SECONDS)
    found: DirectoryLoad | None = kept[0]
    return found


def list_known(sirens: Sequence[str]) -> set[str]:
    """Return which of these numbers the directory has. One query."""
    return set(DirectoryCompany.objects.filter(siren__in=sirens).values_list("siren", flat=True))


def moment_of(day: date) -> str:
    """Return when files as of a day say what they say, ISO: that day at noon."""
    return datetime.combine(day, time(12), timezone.get_default_timezone()).isoformat()


def find_by_number(number: str) -> CompanyRecord | None:
    """Return the company of a SIREN, or of a SIRET with that establishment's place. One query; two for a SIRET."""
    dated = DirectoryCompany.objects.defer("search").annotate(as_of=Subquery(DirectoryLoad.objects.values("as_of")))
    company = dated.filter(siren=number[:9]).first()
    if company is None:
        return None
    as_of = moment_of(company.as_of)
    if len(number) == 9 or number[9:] == company.nic:
        return record_of(company, as_of=as_of)
    establishment = DirectoryEstablishment.objects.defer("search").filter(siret=number).first()
    return record_of(company, as_of=as_of, at=establishment) if establishment else None


def find_namesakes(question: Question, *, as_of: str, only_here: bool) -> Found:
    """Return the companies that bear exactly this name, all of them or those with this postcode; active ones first.

    Two queries, by the index on what companies are found by.
    """
    words = ["=" + name_key(question.name)]
    if only_here:
        words.append("p" + question.postcode)
    rows = DirectoryCompany.objects.filter(search__contains=words).order_by("-is_active", "siren")
    companies = list(rows.defer("search")[: MOST_NAMESAKES + 1])
    is_cut = len(companies) > MOST_NAMESAKES
    return Found(_records(companies[:MOST_NAMESAKES], as_of), is_cut)


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
            return Found(_records(companies, as_of))
    return Found(())


def list_establishments(siren: str, most: int) -> list[EstablishmentTold]:
    """Return the places of a company, open ones first; none where only legal units were loaded. Two queries."""
    unit = DirectoryCompany.objects.filter(siren=siren).values_list("nic", flat=True).first()
    # As a range of SIRETs: establishments have no other index.
    rows = DirectoryEstablishment.objects.defer("search").filter(siret__gte=siren + "00000", siret__lte=siren + "99999")
    return [
        EstablishmentTold(
            siret=one.siret,
            name=next(iter(one.trading_names or ()), ""),
            address=one.address,
            postcode=one.postcode,
            city=one.city,
            commune=one.commune,
            is_closed=not one.is_active,
            is_seat=one.siret[9:] == unit,
        )
        for one in rows.order_by("-is_active", "siret")[:most]
        if not one.is_private
    ]


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


def _records(companies: Sequence[DirectoryCompany], as_of: str) -> tuple[CompanyRecord, ...]:
    """Return records with the places of their open establishments. One query."""
    places: dict[str, list[tuple[str, str]]] = {}
    sirens = [company.siren for company in companies if (company.open_establishments or 0) > 1]
    for siren in sirens:
        places[siren] = []
    if sirens:
        beyond = Q()
        for siren in sirens:
            # As a range of SIRETs: establishments have no other index.
            beyond |= Q(siret__gte=siren + "00000", siret__lte=siren + "99999")
        rows = DirectoryEstablishment.objects.filter(beyond, is_active=True).values_list("siren", "postcode", "city")
        for siren, postcode, city in rows[: MOST_PLACES * len(sirens)]:
            places[siren].append((postcode, city))
    return tuple(record_of(company, as_of=as_of, places=places.get(company.siren, ())) for company in companies)
