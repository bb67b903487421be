"""What each role may do: one table for views, API and templates alike."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prm.organisations.models import Role


class Right(StrEnum):
    """One thing a member may be allowed to do; also the scopes of API keys."""

    HOME_VIEW = "home.view"
    CONTACTS_VIEW = "contacts.view"
    CONTACTS_EDIT = "contacts.edit"
    CONTACTS_IMPORT = "contacts.import"
    FIELDS_EDIT = "fields.edit"
    TAGS_EDIT = "tags.edit"
    CONTACTS_ERASE = "contacts.erase"
    SEGMENTS_VIEW = "segments.view"
    SEGMENTS_EDIT = "segments.edit"
    AUDIENCES_MAKE = "audiences.make"
    TOUCHPOINTS_VIEW = "touchpoints.view"
    TOUCHPOINTS_EDIT = "touchpoints.edit"
    TOUCHPOINTS_RATE = "touchpoints.rate"
    FORMS_VIEW = "forms.view"
    FORMS_EDIT = "forms.edit"
    PAGES_VIEW = "pages.view"
    PAGES_EDIT = "pages.edit"
    PAGES_PUBLISH = "pages.publish"
    CONTENTS_VIEW = "contents.view"
    CONTENTS_EDIT = "contents.edit"
    INTERACTIONS_WRITE = "interactions.write"
    SCORING_VIEW = "scoring.view"
    SCORING_EDIT = "scoring.edit"
    SCORING_PUBLISH = "scoring.publish"
    HANDOFFS_VIEW = "handoffs.view"
    HANDOFFS_WORK = "handoffs.work"
    NURTURING_VIEW = "nurturing.view"
    NURTURING_EDIT = "nurturing.edit"
    ENRICHMENT_VIEW = "enrichment.view"
    ENRICHMENT_RUN = "enrichment.run"
    ENRICHMENT_MANAGE = "enrichment.manage"
    JOBS_VIEW = "jobs.view"
    SETTINGS_EDIT = "settings.edit"
    MEMBERS_EDIT = "members.edit"
    API_KEYS_EDIT = "api_keys.edit"
    AUDIT_VIEW = "audit.view"


_VIEW = {right for right in Right if right.endswith(".view") and right != Right.AUDIT_VIEW}
_MARKETING = _VIEW | {
    Right.CONTACTS_EDIT,
    Right.CONTACTS_IMPORT,
    Right.FIELDS_EDIT,
    Right.TAGS_EDIT,
    Right.SEGMENTS_EDIT,
    Right.AUDIENCES_MAKE,
    Right.TOUCHPOINTS_EDIT,
    Right.TOUCHPOINTS_RATE,
    Right.FORMS_EDIT,
    Right.PAGES_EDIT,
    Right.PAGES_PUBLISH,
    Right.CONTENTS_EDIT,
    Right.INTERACTIONS_WRITE,
    Right.SCORING_EDIT,
    Right.NURTURING_EDIT,
    Right.ENRICHMENT_RUN,
    Right.ENRICHMENT_MANAGE,
}
_SALES = _VIEW | {
    Right.CONTACTS_EDIT,
    Right.TOUCHPOINTS_RATE,
    Right.HANDOFFS_WORK,
    Right.INTERACTIONS_WRITE,
    Right.ENRICHMENT_RUN,
}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset(Right),
    Role.MARKETER: frozenset(_MARKETING),
    Role.SALES: frozenset(_SALES),
    Role.VIEWER: frozenset(_VIEW),
}

ROLE_SUMMARIES: dict[Role, str | Promise] = {
    Role.ADMIN: _("Everything, with settings, members, keys and the publication of scoring"),
    Role.MARKETER: _(
        "Contacts, imports, segments, touchpoints, forms, landing pages, scoring drafts, scenarios and enrichment"
    ),
    Role.SALES: _("The MQL queue, contacts and their companies"),
    Role.VIEWER: _("Sees everything, changes nothing"),
}

# What a right is called, in the order of the product's pages.
RIGHT_WORDS: dict[str | Promise, dict[Right, str | Promise]] = {
    _("Contacts"): {
        Right.CONTACTS_VIEW: _("See contacts and companies"),
        Right.CONTACTS_EDIT: _("Create and change contacts and companies"),
        Right.CONTACTS_IMPORT: _("Import files of contacts"),
        Right.TAGS_EDIT: _("Rename, merge and delete tags"),
        Right.CONTACTS_ERASE: _("Answer people’s requests and erase them"),
        Right.FIELDS_EDIT: _("Define fields of contacts and companies, and what they weigh"),
    },
    _("Segments"): {
        Right.SEGMENTS_VIEW: _("See segments and who is in them"),
        Right.SEGMENTS_EDIT: _("Create and change segments"),
        Right.AUDIENCES_MAKE: _("Make files of people for advertising platforms"),
    },
    _("Touchpoints"): {
        Right.TOUCHPOINTS_VIEW: _("See channels and touchpoints"),
        Right.TOUCHPOINTS_EDIT: _("Create and change touchpoints"),
        Right.TOUCHPOINTS_RATE: _("Say how much a touchpoint matters and how good it is"),
        Right.FORMS_VIEW: _("See forms and what people sent"),
        Right.FORMS_EDIT: _("Build and publish forms"),
        Right.PAGES_VIEW: _("See landing pages and how they do"),
        Right.PAGES_EDIT: _("Build landing pages"),
        Right.PAGES_PUBLISH: _("Publish landing pages, end their tests, set logo and colour"),
        Right.CONTENTS_VIEW: _("See contents, themes and who read what"),
        Right.CONTENTS_EDIT: _("Add and change contents and themes"),
        Right.INTERACTIONS_WRITE: _("Record interactions"),
    },
    _("Scoring"): {
        Right.SCORING_VIEW: _("See scores and their rules"),
        Right.SCORING_EDIT: _("Draft rules and thresholds"),
        Right.SCORING_PUBLISH: _("Publish the scoring"),
    },
    _("Handoffs"): {
        Right.HANDOFFS_VIEW: _("See the MQL queue"),
        Right.HANDOFFS_WORK: _("Claim, accept, reject and recycle MQLs"),
    },
    _("Scenarios"): {
        Right.NURTURING_VIEW: _("See scenarios and messages"),
        Right.NURTURING_EDIT: _("Create, change and start scenarios"),
    },
    _("Enrichment"): {
        Right.ENRICHMENT_VIEW: _("See providers and look-ups"),
        Right.ENRICHMENT_RUN: _("Look up companies one by one, and settle what is asked about them"),
        Right.ENRICHMENT_MANAGE: _("Enrich many at once, and say who wins and what is asked by itself"),
    },
    _("Steering"): {
        Right.HOME_VIEW: _("See the home page and its figures"),
        Right.JOBS_VIEW: _("See long work and its progress"),
    },
    _("Settings"): {
        Right.SETTINGS_EDIT: _("Change the organisation’s settings"),
        Right.MEMBERS_EDIT: _("Invite people, change roles, remove members"),
        Right.API_KEYS_EDIT: _("Create and revoke API keys"),
        Right.AUDIT_VIEW: _("Read the audit log"),
    },
}
# The scope of a key that may do whatever the API offers, also what it will offer later.
ALL_SCOPES = "all"
# What a key of the API can be made for: what its routes ask for.
API_RIGHTS = frozenset(
    {
        Right.CONTACTS_VIEW,
        Right.CONTACTS_EDIT,
        Right.CONTACTS_IMPORT,
        Right.CONTACTS_ERASE,
        Right.FIELDS_EDIT,
        Right.SEGMENTS_VIEW,
        Right.TOUCHPOINTS_VIEW,
        Right.TOUCHPOINTS_EDIT,
        Right.INTERACTIONS_WRITE,
        Right.SCORING_VIEW,
        Right.SCORING_EDIT,
        Right.SCORING_PUBLISH,
        Right.HANDOFFS_VIEW,
        Right.HANDOFFS_WORK,
    }
)


def word_of(right: Right) -> str:
    """Return what a right is called, for people."""
    return next(str(words[right]) for words in RIGHT_WORDS.values() if right in words)


def scope_word(scope: str) -> str:
    """Return what a scope of a key lets it do, for people."""
    if scope == ALL_SCOPES:
        return gettext("Everything")
    return word_of(Right(scope)) if scope in set(Right) else scope


def may(role: str, right: Right) -> bool:
    """Tell whether a role carries a right."""
    return right in RIGHTS[Role(role)]
