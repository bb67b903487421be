"""Columns that say what a company is: of a company, and of a person's company."""

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.codes.words import category_words, department_words, headcount_words, legal_form_words, naf_words
from contacts.models import Company
from prm.lists.registry import Column
from prm.web.figures import day, siren

Text = Callable[[Company], str]


def place_of(company: Company) -> str:
    """Return the city with the number of its département: "Nantes (44)"."""
    return f"{company.city} ({company.department})".strip() if company.department else company.city


def _department(company: Company) -> str:
    return f"{company.department} {department_words(company.department)}".strip()


def _activity(company: Company) -> str:
    return f"{company.naf_code} {naf_words(company.naf_code)}".strip()


FACTS: dict[str, tuple[str | Promise, Text]] = {
    "siren": (_("SIREN"), lambda company: siren(company.siren)),
    "siret": (_("SIRET"), lambda company: siren(company.siret)),
    "domain": (_("Web domain"), lambda company: company.domain),
    "naf": (_("Activity (NAF)"), _activity),
    "headcount": (_("Headcount"), lambda company: headcount_words(company.headcount_band)),
    "legal_form": (_("Legal form"), lambda company: legal_form_words(company.legal_form)),
    "category": (_("Size of the group"), lambda company: category_words(company.category)),
    "address": (_("Address"), lambda company: company.address),
    "postcode": (_("Postcode"), lambda company: company.postcode),
    "city": (_("City"), lambda company: company.city),
    "department": (_("Département"), _department),
    "founded": (_("Founded"), lambda company: day(company.founded_on, year=True) if company.founded_on else ""),
}


def fact_columns(
    *, prefix: str = "", company_of: Callable[[Any], Company | None], group: str | Promise, without: str = ""
) -> list[Column]:
    """Return a column for each fact, of the company that `company_of` finds in a row."""

    def text_of(fact: Text) -> Callable[[Any], str]:
        def text(row: Any) -> str:
            company = company_of(row)
            return fact(company) if company is not None else ""

        return text

    return [
        Column(prefix + key, label, text=text_of(fact), group=group)
        for key, (label, fact) in FACTS.items()
        if key != without
    ]
