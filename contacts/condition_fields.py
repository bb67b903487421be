"""What conditions may ask about a person and their company.

Expressions stand over the aliases c (contacts_contact) and co (contacts_company, joined from the left); those of
PEOPLE over s (contacts_standing) as well.
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
from contacts.models import Stage, Tier
from contacts.phones import KIND_CHOICES, KIND_SQL
from prm.conditions.fields import Choices, Field, FieldType, Properties, register, register_properties
from prm.organisations.models import Membership

# Who a person is: what rules of fit ask, and scores are made of.
SUBJECT = "contact"
# All that can be asked of a person: where they stand and what they did as well. Upper apps add to it.
PEOPLE = "people"

_PERSON, _COMPANY, _STANDING = _("Person"), _("Company"), _("Qualification")


def register_fields() -> None:
    """Add the fields of contacts and companies to the condition language."""
    register(SUBJECT, *_person(), *_company())
    properties = Properties("properties.", "c.properties")
    register_properties(SUBJECT, properties)
    register(PEOPLE, *_person(), *_identity(), *_standing(), *_company(), *_company_identity())
    register_properties(PEOPLE, properties)


def _person() -> Iterable[Field]:
    yield _text("job_title", _("job title"), "c.job_title", _PERSON)
    yield _text("email_domain", _("e-mail domain"), "split_part(c.email, '@', 2)", _PERSON)
    yield _choice("phone_kind", _("kind of telephone number"), KIND_SQL, _PERSON, _phone_kinds)
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


def _identity() -> Iterable[Field]:
    suppressed = "SELECT 1 FROM contacts_suppression x WHERE x.organisation_id = c.organisation_id"
    yield _text("email", _("e-mail"), "c.email", _PERSON)
    yield _text("phone", _("telephone"), "c.phone", _PERSON)
    yield _text("last_name", _("last name"), "c.last_name", _PERSON)
    yield _text("language", _("language"), "c.language", _PERSON)
    yield Field(
        "contactable",
        _("may be written to"),
        FieldType.BOOLEAN,
        f"NOT EXISTS ({suppressed} AND x.contact_id = c.id)",
        _PERSON,
    )
    yield Field("created_at", _("came into the base"), FieldType.MOMENT, "c.created_at", _PERSON)
    yield Field(
        "search",
        _("name, e-mail or company"),
        FieldType.TEXT,
        "concat(c.search_text, co.search_text)",
        _PERSON,
        fold="contacts_fold",
    )


def _standing() -> Iterable[Field]:
    yield Field(
        "tier", _("tier"), FieldType.CHOICE, "s.tier", _STANDING, _tiers, lambda code: [Tier[code.upper()]], "smallint"
    )
    for axis, label in (("intent", _("score of intent")), ("fit", _("score of fit")), ("total", _("score"))):
        yield Field(f"score.{axis}", label, FieldType.NUMBER, f"s.{axis}", _STANDING)
    yield Field("stage_since", _("reached the stage"), FieldType.MOMENT, "c.stage_since", _STANDING)
    yield Field("last_act_at", _("last act"), FieldType.MOMENT, "s.last_act_at", _STANDING)


def _company_identity() -> Iterable[Field]:
    yield _text("company.name", _("name of the company"), "co.name", _COMPANY)
    yield _text("company.postcode", _("postcode"), "co.postcode", _COMPANY)


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


def _phone_kinds() -> Choices:
    return KIND_CHOICES


def _tiers() -> Choices:
    return [(tier.code, tier.label) for tier in Tier]


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
