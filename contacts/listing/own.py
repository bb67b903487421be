"""Columns of the fields that an organisation has of its own."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from contacts.fields.models import CustomField, Subject, ValueType
from contacts.fields.queries import list_fields
from contacts.fields.values import PREFIX, in_words
from contacts.models import Company, Contact
from prm.lists.registry import Column
from prm.organisations.models import Organisation

COMPANY_PREFIX = "company."


def own_of_people(organisation: Organisation) -> list[Column]:
    """Return the columns of people's own fields, then of their companies'. One query."""
    return [
        _column(field, _of_company, COMPANY_PREFIX) if field.subject == Subject.COMPANY else _column(field, _of_row)
        for field in list_fields(organisation)
    ]


def own_of_companies(organisation: Organisation) -> list[Column]:
    """Return the columns of companies' own fields. One query."""
    return [_column(field, _of_row) for field in list_fields(organisation, Subject.COMPANY)]


def _column(field: CustomField, values_of: Callable[[Any], dict[str, Any]], prefix: str = "") -> Column:
    is_number = field.value_type == ValueType.NUMBER
    return Column(
        prefix + PREFIX + field.key,
        field.label,
        text=lambda row: in_words(field, values_of(row).get(field.key)),
        group=_("Companies’ own fields") if field.subject == Subject.COMPANY else _("People’s own fields"),
        css="num" if is_number else "",
    )


def _of_row(row: Contact | Company) -> dict[str, Any]:
    values: dict[str, Any] = row.custom
    return values


def _of_company(row: Contact) -> dict[str, Any]:
    return _of_row(row.company) if row.company is not None else {}
