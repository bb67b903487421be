"""Establishments: written by whoever learns of them, kept to the company whose SIREN they bear."""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import fields as told_fields
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Left

from contacts.codes.words import naf_code, naf_nomenclature
from contacts.models import Company
from contacts.structure.models import Establishment
from prm.organisations.models import Organisation

# Of one company so many are kept: the largest of the country have ten thousand.
MOST_KEPT = 500
# In one statement.
WRITTEN_AT_ONCE = 1000
_LENGTHS = {"name": 250, "address": 300, "postcode": 10, "city": 120, "commune": 5}


@dataclass(frozen=True)
class EstablishmentTold:
    """What a source says of one place; empty where it says nothing."""

    siret: str
    name: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    commune: str = ""
    naf_code: str = ""
    is_closed: bool = False
    is_seat: bool = False


@dataclass(frozen=True)
class PlacesTold:
    """What a source says of a company's places, and as of when."""

    company: Company
    told: Iterable[EstablishmentTold]
    source: str
    at: datetime | None = None


def record_establishments(organisation: Organisation, places: Iterable[PlacesTold]) -> int:
    """Write what sources say of companies' places, each company once; return how many were written. Two statements.

    Those of another SIREN are left out, as are those of a company beyond MOST_KEPT. Places the source does not name
    stay.
    """
    rows = [row for one in places for row in _rows(organisation, one)]
    if not rows:
        return 0
    seated = {row.company_id for row in rows if row.is_seat}
    fields = [*(one.name for one in told_fields(EstablishmentTold)), "company", "naf_nomenclature", "source", "told_at"]
    with transaction.atomic():
        if seated:
            Establishment.objects.filter(company_id__in=seated, is_seat=True).exclude(
                siret__in=[row.siret for row in rows]
            ).update(is_seat=False)
        Establishment.objects.bulk_create(
            rows,
            batch_size=WRITTEN_AT_ONCE,
            update_conflicts=True,
            unique_fields=["organisation", "siret"],
            update_fields=[name for name in fields if name != "siret"],
        )
    return len(rows)


def keep_own_establishments(company_ids: Iterable[int]) -> int:
    """Drop the places that bear another SIREN than their company, as it is written; return how many. One statement."""
    found = Establishment.objects.filter(company_id__in=list(company_ids))
    own = Company.objects.filter(pk=OuterRef("company_id"), siren=Left(OuterRef("siret"), 9))
    return found.exclude(Exists(own)).delete()[0]


def drop_establishments(company_ids: Iterable[int]) -> int:
    """Forget the places of companies that keep their data private; return how many there were."""
    return Establishment.objects.filter(company_id__in=list(company_ids)).delete()[0]


def list_establishments(company: Company, most: int = MOST_KEPT) -> list[Establishment]:
    """Return a company's places: open ones first, the head office before the others."""
    found = Establishment.objects.filter(organisation=company.organisation_id, company=company)
    return list(found.order_by("is_closed", "-is_seat", "siret")[:most])


def _rows(organisation: Organisation, places: PlacesTold) -> list[Establishment]:
    own: dict[str, EstablishmentTold] = {}
    siren = places.company.siren
    for one in places.told if siren else ():
        if len(one.siret) == 14 and one.siret.startswith(str(siren)) and len(own) < MOST_KEPT:
            own[one.siret] = one
    return [_row(organisation, places.company, one, places.source, places.at) for one in own.values()]


def _row(
    organisation: Organisation, company: Company, told: EstablishmentTold, source: str, at: datetime | None
) -> Establishment:
    texts = {name: getattr(told, name)[:length] for name, length in _LENGTHS.items()}
    code = naf_code(told.naf_code)
    nomenclature = naf_nomenclature(code)
    return Establishment(
        organisation=organisation,
        company=company,
        siret=told.siret,
        naf_code=code if nomenclature else "",
        naf_nomenclature=nomenclature,
        is_closed=told.is_closed,
        is_seat=told.is_seat,
        source=source[:40],
        told_at=at,
        **texts,
    )
