"""Establishments: written by whoever learns of them, kept to the company whose SIREN they bear."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from contacts.codes.words import naf_code, naf_nomenclature
from contacts.models import Company
from contacts.structure.models import Establishment
from prm.organisations.models import Organisation

# Of one company so many are kept: the largest of the country have ten thousand.
MOST_KEPT = 500
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


def record_establishments(
    organisation: Organisation,
    *,
    company: Company,
    told: Iterable[EstablishmentTold],
    source: str,
    at: datetime | None = None,
) -> int:
    """Write what a source says of a company's places; return how many were written. Two statements.

    Those of another SIREN are left out, as are those beyond MOST_KEPT. Places the source does not name stay.
    """
    own: dict[str, EstablishmentTold] = {}
    for one in told:
        if company.siren and len(one.siret) == 14 and one.siret.startswith(company.siren) and len(own) < MOST_KEPT:
            own[one.siret] = one
    rows = [_row(organisation, company, one, source, at) for one in own.values()]
    if not rows:
        return 0
    fields = [*asdict(next(iter(own.values()))), "company", "naf_nomenclature", "source", "told_at"]
    with transaction.atomic():
        if any(row.is_seat for row in rows):
            Establishment.objects.filter(company=company, is_seat=True).exclude(
                siret__in=[row.siret for row in rows]
            ).update(is_seat=False)
        Establishment.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["organisation", "siret"],
            update_fields=[name for name in fields if name != "siret"],
        )
    return len(rows)


def keep_own_establishments(company: Company) -> int:
    """Drop the places that bear another SIREN than the company has now; return how many. One statement."""
    found = Establishment.objects.filter(company=company)
    if company.siren:
        found = found.exclude(siret__gte=f"{company.siren}00000", siret__lte=f"{company.siren}99999")
    return found.delete()[0]


def drop_establishments(company: Company) -> int:
    """Forget the places of a company that keeps its data private; return how many there were."""
    return Establishment.objects.filter(company=company).delete()[0]


def list_establishments(company: Company, most: int = MOST_KEPT) -> list[Establishment]:
    """Return a company's places: open ones first, the head office before the others."""
    found = Establishment.objects.filter(organisation=company.organisation_id, company=company)
    return list(found.order_by("is_closed", "-is_seat", "siret")[:most])


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
