"""What can be exported, row by row: the contacts of a filter, the companies of a filter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts import company_presenting, company_queries, presenting, queries
from contacts.exporting import (
    Own,
    cells_of,
    harmless,
    header,
    list_own,
    list_own_of_companies,
    list_properties,
    with_columns,
)
from contacts.fields.values import PREFIX, in_file
from contacts.models import Company, ExportSubject
from prm.organisations.models import Organisation

Chips = list[tuple[str, str, Any]]
# Columns beyond the fixed ones, found when work begins.
Columns = Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """One kind of export; `filters` are those of the list's address throughout."""

    title: str | Promise
    # Page of the list, and of the choice of a format.
    list_name: str
    create_name: str
    rows: Callable[[Organisation, Mapping[str, Any]], QuerySet[Any]]
    columns: Callable[[QuerySet[Any]], dict[str, str]]
    own: Callable[[Organisation], Own]
    header: Callable[[Columns, Own], list[str]]
    cells: Callable[[Any, Columns, Own], list[str]]
    chips: Callable[[Organisation, Mapping[str, Any]], Chips]


COMPANY_COLUMNS = (
    *("name", "siren", "siret", "domain", "naf_code", "naf_nomenclature", "naf2025_code", "headcount_band"),
    *("legal_form", "category", "address", "postcode", "city", "department", "founded_on", "is_closed"),
    *("people", "engaged", "hot", "customers", "tier", "score", "last_act_at"),
)


def company_header(_columns: Columns, own: Own) -> list[str]:
    """Return the first row of a file of companies."""
    return [*COMPANY_COLUMNS, *(harmless(PREFIX + field.key) for field in own.fields)]


def company_cells(company: Company, _columns: Columns, own: Own) -> list[str]:
    """Return a company's row, harmless; codes as INSEE writes them."""
    standing = company.standing
    told = {
        "founded_on": company.founded_on.isoformat() if company.founded_on else "",
        "is_closed": "yes" if company.is_closed else "no",
        **{name: getattr(standing, name) for name in ("people", "engaged", "hot", "customers")},
        "tier": standing.tier_code if standing.people else "",
        "score": f"{standing.total:g}",
        "last_act_at": standing.last_act_at.isoformat(timespec="seconds") if standing.last_act_at else "",
    }
    values = [told[name] if name in told else getattr(company, name) for name in COMPANY_COLUMNS]
    values += [in_file(field, company.custom.get(field.key)) for field in own.fields]
    return [harmless(value) for value in values]


def _contact_chips(organisation: Organisation, filters: Mapping[str, Any]) -> Chips:
    return presenting.describe_filter(organisation, queries.read_filter(filters))


def _company_chips(_organisation: Organisation, filters: Mapping[str, Any]) -> Chips:
    read = company_queries.read_company_filter(filters)
    return company_presenting.company_chips(read, company_presenting.company_choices(read))


SHEETS: dict[str, Sheet] = {
    ExportSubject.CONTACTS: Sheet(
        title=_("Export of contacts (%(format)s)"),
        list_name="contacts:contact_list",
        create_name="contacts:export_create",
        rows=lambda organisation, filters: with_columns(
            queries.list_contacts(organisation, queries.read_filter(filters))
        ),
        columns=list_properties,
        own=list_own,
        header=header,
        cells=cells_of,
        chips=_contact_chips,
    ),
    ExportSubject.COMPANIES: Sheet(
        title=_("Export of companies (%(format)s)"),
        list_name="contacts:company_list",
        create_name="contacts:company_export",
        rows=lambda organisation, filters: company_queries.list_companies(
            organisation, company_queries.read_company_filter(filters)
        ),
        columns=lambda _rows: {},
        own=list_own_of_companies,
        header=company_header,
        cells=company_cells,
        chips=_company_chips,
    ),
}
