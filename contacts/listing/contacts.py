"""The list of contacts: its columns, and what its address can say."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from contacts import queries
from contacts.listing.company_facts import fact_columns
from contacts.listing.own import own_of_people
from contacts.models import Contact
from contacts.presenting import describe_filter, lawful_basis_of
from contacts.tagging.queries import with_tag_links
from prm.lists.registry import Column, Listing
from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.web.figures import figure, phone

_PERSON, _STANDING, _COMPANY = _("Person"), _("Stage and score"), _("Company")
_SNIPPETS = "contacts/columns/"
_LANGUAGES = {"fr": "Français", "en": "English"}


def _with_owner(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    return contacts.select_related("owner")


def _describe(organisation: Organisation, filters: Mapping[str, str]) -> list[tuple[str, str, Any]]:
    return describe_filter(organisation, queries.read_filter(filters))


def _drawn(key: str, label: Any, **more: Any) -> Column:
    return Column(key, label, template=f"{_SNIPPETS}contact_{key}.html", **more)


CONTACT_LIST = Listing(
    key="contacts",
    label=_("Contacts"),
    page="contacts:contact_list",
    right=Right.CONTACTS_VIEW,
    sharing=Right.SEGMENTS_EDIT,
    filters=(
        *("q", "stage", "tier", "source", "contactable", "has_company", "segment", "tag", "owner"),
        *("company", "ids"),
    ),
    orders=queries.ORDERS,
    usual_order=queries.DEFAULT_ORDER,
    describe=_describe,
    own_columns=own_of_people,
    columns=(
        _drawn("name", _("Name"), sort="name", is_usual=True),
        _drawn("company", _("Company"), group=_COMPANY, priority=1, is_usual=True),
        _drawn("stage", _("Stage"), group=_STANDING, is_usual=True),
        _drawn("score", _("Score"), group=_STANDING, sort="score", first="-", is_usual=True),
        _drawn(
            "qualification",
            _("Qualification"),
            group=_STANDING,
            sort="qualification",
            first="-",
            priority=3,
            is_usual=True,
        ),
        _drawn("act", _("Last act"), group=_STANDING, sort="act", first="-", priority=2, is_usual=True),
        Column("source", _("Source"), lambda one: one.source, group=_PERSON, priority=4, is_usual=True),
        Column("first_name", _("First name"), lambda one: one.first_name, group=_PERSON),
        Column("last_name", _("Last name"), lambda one: one.last_name, group=_PERSON),
        Column("email", _("E-mail"), lambda one: one.email or "", group=_PERSON),
        Column("phone", _("Telephone"), lambda one: phone(one.phone), group=_PERSON),
        Column("job_title", _("Job title"), lambda one: one.job_title, group=_PERSON),
        Column(
            "owner", _("Owner"), lambda one: str(one.owner) if one.owner else "", group=_PERSON, prepare=_with_owner
        ),
        _drawn("tags", _("Tags"), group=_PERSON, prepare=with_tag_links),
        Column(
            "contactable",
            _("Contactable"),
            lambda one: _now("no") if one.is_suppressed else _now("yes"),
            group=_PERSON,
        ),
        Column("language", _("Language"), lambda one: _LANGUAGES.get(one.language, one.language), group=_PERSON),
        Column("external_id", _("External id"), lambda one: one.external_id or "", group=_PERSON),
        Column("lawful_basis", _("Lawful basis"), lawful_basis_of, group=_PERSON),
        _drawn("created", _("In the base since"), group=_PERSON, sort="created", first="-"),
        _drawn("stage_since", _("In this stage since"), group=_STANDING),
        Column("intent", _("Intent"), lambda one: figure(one.standing.intent, 0), group=_STANDING, css="num"),
        Column("fit", _("Fit"), lambda one: figure(one.standing.fit, 0), group=_STANDING, css="num"),
        *fact_columns(prefix="company.", company_of=lambda one: one.company, group=_COMPANY),
    ),
)
