"""What each role may do: one table for views, API and templates alike."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.functional import Promise

from prm.organisations.models import Role


class Right(StrEnum):
    """One thing a member may be allowed to do; also the scopes of API keys."""

    HOME_VIEW = "home.view"
    CONTACTS_VIEW = "contacts.view"
    CONTACTS_EDIT = "contacts.edit"
    CONTACTS_IMPORT = "contacts.import"
    TOUCHPOINTS_VIEW = "touchpoints.view"
    TOUCHPOINTS_EDIT = "touchpoints.edit"
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
    JOBS_VIEW = "jobs.view"
    SETTINGS_EDIT = "settings.edit"
    MEMBERS_EDIT = "members.edit"
    API_KEYS_EDIT = "api_keys.edit"
    AUDIT_VIEW = "audit.view"


_VIEW = {right for right in Right if right.endswith(".view") and right != Right.AUDIT_VIEW}
_MARKETING = _VIEW | {
    Right.CONTACTS_EDIT,
    Right.CONTACTS_IMPORT,
    Right.TOUCHPOINTS_EDIT,
    Right.INTERACTIONS_WRITE,
    Right.SCORING_EDIT,
    Right.NURTURING_EDIT,
    Right.ENRICHMENT_RUN,
}
_SALES = _VIEW | {Right.CONTACTS_EDIT, Right.HANDOFFS_WORK, Right.INTERACTIONS_WRITE, Right.ENRICHMENT_RUN}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset(Right),
    Role.MARKETER: frozenset(_MARKETING),
    Role.SALES: frozenset(_SALES),
    Role.VIEWER: frozenset(_VIEW),
}

ROLE_SUMMARIES: dict[Role, str | Promise] = {
    Role.ADMIN: _("Everything, with settings, members, keys and the publication of scoring"),
    Role.MARKETER: _("Contacts, imports, touchpoints, scoring drafts, scenarios and enrichment"),
    Role.SALES: _("The MQL queue, contacts and their companies"),
    Role.VIEWER: _("Sees everything, changes nothing"),
}


def may(role: str, right: Right) -> bool:
    """Tell whether a role carries a right."""
    return right in RIGHTS[Role(role)]
