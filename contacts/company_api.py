"""Routes of the API for companies."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from contacts import company_queries
from contacts.api import MOST_A_PAGE
from contacts.companies import CompanyInput, clean_company, create_company, find_company, update_company
from contacts.models import Company
from contacts.structure.establishments import list_establishments
from contacts.structure.groups import find_group, set_parent
from prm.api.auth import ApiRequest, key_for
from prm.api.schemas import ErrorOut, PageOut, Text
from prm.organisations.rights import Right
from prm.web.pagination import paginate
from prm.work.errors import Invalid

router = Router(tags=["companies"])

_OWN = (
    *("name", "siren", "siret", "domain", "naf_code", "naf_nomenclature", "naf2025_code", "headcount_band"),
    *("legal_form", "category", "address", "postcode", "city", "department", "founded_on", "is_closed"),
    *("created_at", "updated_at"),
)
_STANDS = ("people", "engaged", "hot", "customers", "last_act_at")


class CompaniesIn(Schema):
    """What narrows the list: as the page of companies does."""

    q: str = Field("", description="Words of the name, SIREN, web domain, or a NAF code")
    tier: str = Field("", description="cold, warm or hot: the hottest of its people")
    engaged: str = Field("", description="yes or no: somebody is warm, hot, or acted within thirty days")
    customer: str = Field("", description="yes or no")
    known: str = Field("", description="yes or no: has a SIREN")
    department: str = ""
    naf: str = Field("", description="Section or division of NAF rev. 2, or a code of either nomenclature")
    headcount: str = Field("", description="INSEE's code of the band")
    cursor: str = ""
    limit: int = Field(50, ge=1, le=MOST_A_PAGE)


class CompanyValuesIn(Schema):
    """A company, known by `siren` or, without one, by `domain`. What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    siren: Text | None = None
    siret: Text | None = None
    domain: Text | None = None
    naf_code: Text | None = None
    headcount_band: Text | None = None
    legal_form: Text | None = None
    address: Text | None = None
    postcode: Text | None = None
    city: Text | None = None
    department: Text | None = None
    parent_id: int | None = Field(None, description="The company it belongs to; 0: none")


class CompanyLineOut(Schema):
    """A company and how its people stand."""

    id: int
    name: str
    siren: str | None
    siret: str
    domain: str
    naf_code: str
    naf_nomenclature: str
    naf2025_code: str
    headcount_band: str
    legal_form: str
    category: str
    address: str
    postcode: str
    city: str
    department: str
    founded_on: date | None
    is_closed: bool
    people: int
    engaged: int
    hot: int
    customers: int
    tier: str = Field(description="Of the hottest of its people")
    score: float = Field(description="Of the same person")
    last_act_at: datetime | None
    created_at: datetime
    updated_at: datetime


class EstablishmentOut(Schema):
    """One place of a company."""

    siret: str
    nic: str
    name: str
    address: str
    postcode: str
    city: str
    commune: str
    naf_code: str
    is_closed: bool
    is_seat: bool


class CompanyFullOut(CompanyLineOut):
    """A company with its places and its group."""

    parent_id: int | None
    group: list[int] = Field(description="Ids of the companies of its group, the head first; empty: it stands alone")
    establishments: list[EstablishmentOut]


class CompaniesOut(PageOut):
    """A page of companies."""

    items: list[CompanyLineOut]


@router.get("/companies", response={200: CompaniesOut, 422: ErrorOut}, auth=key_for(Right.CONTACTS_VIEW))
def list_companies(request: ApiRequest, given: Query[CompaniesIn]) -> dict[str, Any]:
    """List companies in the order they came, page by page."""
    asked = given.model_dump(exclude={"cursor", "limit"})
    filters = company_queries.read_company_filter(asked)
    unknown = [name for name, value in asked.items() if name != "q" and value and not getattr(filters, name)]
    if unknown:
        raise Invalid(fields=dict.fromkeys(unknown, _("There is no such value.")))
    rows = company_queries.list_companies(request.organisation, filters, forgiving=False)
    page = paginate(rows, ["pk"], cursor=given.cursor or None, size=given.limit)
    return {"items": [_line(company) for company in page.items], "next_cursor": page.next_cursor}


@router.get(
    "/companies/{int:company_id}", response={200: CompanyFullOut, 404: ErrorOut}, auth=key_for(Right.CONTACTS_VIEW)
)
def get_company(request: ApiRequest, company_id: int) -> dict[str, Any]:
    """Return one company with its places and its group."""
    return _full(request, company_id)


@router.post(
    "/companies",
    response={200: CompanyFullOut, 201: CompanyFullOut, 404: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.CONTACTS_EDIT),
)
def put_company(request: ApiRequest, payload: CompanyValuesIn) -> tuple[int, dict[str, Any]]:
    """Create (201) or update (200) a company by SIREN, or by web domain where no SIREN is given."""
    values = payload.model_dump(exclude_none=True, exclude={"parent_id"})
    named = {name: values.get(name, "") for name in ("siren", "siret", "domain")}
    given = clean_company(CompanyInput(**named), prefix="")
    if not given.siren and not given.domain:
        raise Invalid(fields={"siren": _("Give a SIREN or a web domain: a company is known by it.")})
    values |= {name: value for name in named if (value := getattr(given, name))}
    with transaction.atomic():
        company = find_company(given)
        is_new = company is None
        by, organisation = request.api_key.name, request.organisation
        if company is None:
            values.setdefault("name", given.domain or given.siren)
            company = create_company(organisation, values=values, by=by, provenance="declared", source=by)
        else:
            update_company(organisation, company_id=company.pk, values=values, by=by)
        if payload.parent_id is not None:
            set_parent(organisation, company_id=company.pk, parent_id=payload.parent_id or None, by=by)
    return (201 if is_new else 200), _full(request, company.pk)


@router.patch(
    "/companies/{int:company_id}",
    response={200: CompanyFullOut, 404: ErrorOut, 422: ErrorOut},
    auth=key_for(Right.CONTACTS_EDIT),
)
def change_company(request: ApiRequest, company_id: int, payload: CompanyValuesIn) -> dict[str, Any]:
    """Change a company by its id; what is left out stays as it is."""
    by, organisation = request.api_key.name, request.organisation
    with transaction.atomic():
        values = payload.model_dump(exclude_none=True, exclude={"parent_id"})
        update_company(organisation, company_id=company_id, values=values, by=by)
        if payload.parent_id is not None:
            set_parent(organisation, company_id=company_id, parent_id=payload.parent_id or None, by=by)
    return _full(request, company_id)


def _full(request: ApiRequest, company_id: int) -> dict[str, Any]:
    company = company_queries.get_company(request.organisation, company_id)
    group = find_group(request.organisation, company)
    members = group.members if group else ()
    places = list_establishments(company)
    return {
        **_line(company),
        "parent_id": next((one.parent_id for one in members if one.company_id == company.pk), None),
        "group": [one.company_id for one in members],
        "establishments": [{name: getattr(one, name) for name in EstablishmentOut.model_fields} for one in places],
    }


def _line(company: Company) -> dict[str, Any]:
    standing = company.standing
    return {
        "id": company.pk,
        **{name: getattr(company, name) for name in _OWN},
        **{name: getattr(standing, name) for name in _STANDS},
        "tier": standing.tier_code,
        "score": standing.total,
    }
