"""What sources told of the demonstration's companies: the register twice, members in between, and a partner.

It goes through the product itself, so that proofs, proposals, history and news are what they would be.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone

from contacts.codes.words import HEADCOUNT_BANDS
from contacts.companies import update_company
from contacts.models import Company
from enrichment.applying import Answer, Proof, apply_answers
from enrichment.merging import merge_values
from enrichment.models import Lookup
from enrichment.proofs.models import Cause, Revision
from enrichment.proofs.policy import USUAL
from enrichment.proofs.stamps import Method, make_stamp
from enrichment.proofs.writing import Merged, write_merges
from enrichment.providers.directors import Director
from enrichment.providers.records import CompanyRecord
from enrichment.providers.registry import DEFAULT
from prm.organisations.models import Organisation, User

# The first companies are those most people work at.
TOLD = 24
# Of these: whose headcount a member corrected, whose the register says otherwise since, what a partner says otherwise.
CORRECTED, CHANGED, PARTNERS = range(2, TOLD, 4), range(0, TOLD, 2), range(1, TOLD, 6)
STREETS = ("12 RUE DES FORGES", "3 QUAI DU PORT", "48 AVENUE DE LA GARE", "ZA DES QUATRE VENTS", "7 PLACE DU MARCHE")
CHAIRS = (Director("Alix INVENTEE", "Présidente de SAS"), Director("Ben FICTIF", "Directeur général"))
FIRST_DAYS, AGAIN_DAYS = 96, 4


def tell_of_companies(organisation: Organisation, by: User) -> None:
    """Let sources speak of the first companies. About a second."""
    companies = list(Company.objects.exclude(siren=None).order_by("pk")[:TOLD])
    now = timezone.now()
    for number, company in enumerate(companies):
        record = _record(company, number, now - timedelta(days=FIRST_DAYS))
        _answer(organisation, company, record, now - timedelta(days=FIRST_DAYS), by)
        if number in CORRECTED:
            values = {"headcount_band": _next_band(company.headcount_band, 2)}
            update_company(organisation, company_id=company.pk, values=values, by=by)
        if number in CHANGED:
            newer = replace(record, headcount_band=_next_band(record.headcount_band or "12"), directors=CHAIRS[1:])
            newer = replace(newer, fetched_at=(now - timedelta(days=AGAIN_DAYS)).isoformat(timespec="seconds"))
            _answer(organisation, Company.objects.get(pk=company.pk), newer, now - timedelta(days=AGAIN_DAYS), by)
    stamp = make_stamp("partner:Datavue", at=(now - timedelta(days=9)).isoformat(timespec="seconds"), ref="2026-11.csv")
    fresh = list(Company.objects.filter(pk__in=[companies[n].pk for n in PARTNERS if n < len(companies)]))
    merges = [
        (one, merge_values(one, {"headcount_band": _next_band(one.headcount_band, 3)}, stamp=stamp, policy=USUAL))
        for one in fresh
    ]
    write_merges(organisation, [Merged(one, merge, stamp, Cause.FILE) for one, merge in merges])


def _answer(organisation: Organisation, company: Company, record: CompanyRecord, at: datetime, by: User) -> None:
    """Store a question as answered then."""
    question = {"siren": record.siren}
    lookup = Lookup.objects.create(
        organisation=organisation, company=company, provider=DEFAULT, question=question, asked_by=by, attempts=1
    )
    apply_answers(organisation, [Answer(lookup, company, record, Proof(Method.NUMBER))])
    lookup.answered_at = lookup.created_at = at
    lookup.save()
    Revision.objects.filter(lookup=lookup).update(at=at)


def _record(company: Company, number: int, at: datetime) -> CompanyRecord:
    siren = company.siren or ""
    return CompanyRecord(
        siren=siren,
        siret=f"{siren}00012",
        name=company.name.upper(),
        naf_code=company.naf_code,
        naf_nomenclature=company.naf_nomenclature,
        headcount_band=company.headcount_band,
        legal_form="5710" if number % 3 else "5499",
        category="PME",
        address=STREETS[number % len(STREETS)],
        postcode=company.postcode,
        city=company.city.upper(),
        department=company.department,
        founded_on=f"{1968 + 2 * number}-0{1 + number % 9}-1{number % 9}",
        directors=CHAIRS[:1],
        fetched_at=at.isoformat(timespec="seconds"),
    )


def _next_band(band: str, steps: int = 1) -> str:
    known = HEADCOUNT_BANDS.index(band) if band in HEADCOUNT_BANDS else 4
    return HEADCOUNT_BANDS[min(known + steps, len(HEADCOUNT_BANDS) - 1)]
