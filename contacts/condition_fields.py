"""What conditions may ask about a person and their company.

Expressions stand over the aliases c (contacts_contact) and co (contacts_company, joined from the left).
"""

from collections.abc import Callable, Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.codes.words import (
    category_words,
    department_choices,
    headcount_choices,
    legal_form_choices,
    naf_division_choices,
)
from contacts.models import Stage
from prm.conditions.fields import Choices, Field, FieldType, Properties, register, register_properties
from prm.organisations.models import Membership

SUBJECT = "contact"

_PERSON, _COMPANY = _("Person"), _("Company")


def register_fields() -> None:
    """Add the fields of contacts and companies to the condition language."""
    register(SUBJECT, *_person(), *_company())
    register_properties(SUBJECT, Properties("properties.", "c.properties"))


def _person() -> Iterable[Field]:
    yield _text("job_title", _("job title"), "c.job_title", _PERSON)
    yield _text("email_domain", _("e-mail domain"), "split_part(c.email, '@', 2)", _PERSON)
    yield _text("source", _("source"), "c.source", _PERSON)
    yield _choice("stage", _("stage"), "c.stage", _PERSON, _stages)
    yield _choice("owner", _("owner"), "c.owner_id::text", _PERSON, _members)
    yield Field(
        "qualification_percent",
        _("degree of qualification (%)"),
        FieldType.NUMBER,
        "c.qualification_percent",
        _PERSON,
    )


def _company() -> Iterable[Field]:
    yield _text("company.naf_code", _("activity code (NAF)"), "co.naf_code", _COMPANY)
    yield _choice("company.naf_division", _("activity (NAF division)"), "left(co.naf_code, 2)", _COMPANY, _divisions)
    yield _choice("company.headcount_band", _("headcount"), "co.headcount_band", _COMPANY, _headcounts)
    yield _choice("company.category", _("size of the group"), "co.category", _COMPANY, _categories)
    yield _choice("company.legal_form", _("legal form"), "co.legal_form", _COMPANY, _legal_forms)
    yield _choice("company.department", _("département"), "co.department", _COMPANY, _departments)
    yield _text("company.city", _("city"), "co.city", _COMPANY)
    yield Field("company.founded_on", _("founded"), FieldType.DATE, "co.founded_on", _COMPANY)
    yield Field("company.is_closed", _("company closed"), FieldType.BOOLEAN, "co.is_closed", _COMPANY)


def _text(name: str, label: Promise, sql: str, group: Promise) -> Field:
    return Field(name, label, FieldType.TEXT, sql, group)


def _choice(name: str, label: Promise, sql: str, group: Promise, choices: Callable[[], Choices]) -> Field:
    return Field(name, label, FieldType.CHOICE, sql, group, choices)


def _stages() -> Choices:
    return Stage.choices


def _members() -> Choices:
    members = Membership.objects.select_related("user").order_by("user__full_name")
    return [(str(member.user_id), str(member.user)) for member in members]


def _divisions() -> Choices:
    return [(code, f"{code} {words}") for code, words in naf_division_choices()]


def _departments() -> Choices:
    return [(code, f"{code} {words}") for code, words in department_choices()]


def _headcounts() -> Choices:
    return headcount_choices()


def _legal_forms() -> Choices:
    return legal_form_choices()


def _categories() -> Choices:
    return [(code, category_words(code)) for code in ("PME", "ETI", "GE")]
