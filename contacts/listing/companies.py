"""The list of companies: its columns, and what its address can say."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts import company_queries
from contacts.company_presenting import company_chips, company_choices
from contacts.listing.company_facts import fact_columns
from contacts.listing.own import own_of_companies
from prm.lists.registry import Column, Listing
from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.web.figures import figure

_STANDING, _FACTS = _("Its people"), _("The company")
_SNIPPETS = "contacts/columns/"


def _describe(_organisation: Organisation, filters: Mapping[str, str]) -> list[tuple[str, str, Any]]:
    read = company_queries.read_company_filter(filters)
    return company_chips(read, company_choices(read))


def _drawn(key: str, label: Any, **more: Any) -> Column:
    return Column(key, label, template=f"{_SNIPPETS}company_{key}.html", is_usual=True, **more)


def _counted(key: str, label: Any, **more: Any) -> Column:
    return Column(key, label, lambda one: figure(getattr(one.standing, key)), group=_STANDING, css="num", **more)


COMPANY_LIST = Listing(
    key="companies",
    label=_("Companies"),
    page="contacts:company_list",
    right=Right.CONTACTS_VIEW,
    sharing=Right.SEGMENTS_EDIT,
    filters=("q", "tier", "engaged", "customer", "naf", "headcount", "department", "known", "lot"),
    orders=company_queries.ORDERS,
    usual_order=company_queries.DEFAULT_ORDER,
    describe=_describe,
    own_columns=own_of_companies,
    columns=(
        _drawn("name", _("Name"), sort="name"),
        _drawn("activity", _("Activity"), group=_FACTS, priority=2),
        _drawn("place", _("Place"), group=_FACTS, priority=4),
        _counted("people", pgettext_lazy("company", "People"), sort="people", first="-", priority=1, is_usual=True),
        _counted("engaged", _("Engaged"), sort="engaged", first="-", priority=1, is_usual=True),
        _drawn("heat", _("Hottest"), group=_STANDING, sort="heat", first="-"),
        _drawn("act", _("Last act"), group=_STANDING, sort="act", first="-", priority=1),
        _counted("hot", _("Hot people")),
        _counted("customers", _("Customers")),
        *fact_columns(company_of=lambda one: one, group=_FACTS),
        Column("source", _("Source"), lambda one: one.source, group=_FACTS),
        Column("created", _("In the base since"), template=f"{_SNIPPETS}company_created.html", group=_FACTS),
    ),
)
