"""What can be done to a selection of contacts. Upper apps add their own from AppConfig.ready."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.suppressions import opt_out_contacts
from prm.organisations import audit
from prm.organisations.access import OrgRequest, rights_of
from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation, User
from prm.organisations.rights import Right
from prm.web.tabs import Action
from prm.work.errors import Invalid, NotFound, Refused

# Contacts of one selection by hand.
MOST_SELECTED = 1000


@dataclass(frozen=True)
class BulkAction:
    """One action: its word, and `handler(organisation, contact_ids, by=user)`, which returns what to tell."""

    code: str
    label: str | Promise
    icon: str
    right: Right
    handler: Callable[[Organisation, Sequence[int], User], str]
    is_danger: bool = False


_actions: dict[str, BulkAction] = {}


def register_bulk_action(action: BulkAction) -> None:
    """Add an action to the contact list."""
    _actions[action.code] = action


def actions_for(request: OrgRequest) -> list[Action]:
    """Return the actions that the member may use."""
    rights = rights_of(request)
    return [
        Action(
            one.label,
            one.icon,
            org_reverse(request.organisation, "contacts:contact_bulk", one.code),
            True,
            one.is_danger,
        )
        for one in _actions.values()
        if one.right.value in rights
    ]


def carry_out(request: OrgRequest, code: str, contact_ids: Sequence[int]) -> str:
    """Carry an action out; raise NotFound, Refused, or Invalid for an empty or too large selection."""
    action = _actions.get(code)
    if action is None:
        raise NotFound
    if action.right.value not in rights_of(request):
        raise Refused
    if not contact_ids:
        raise Invalid(_("Select contacts first."))
    if len(contact_ids) > MOST_SELECTED:
        raise Invalid(_("Select at most %(most)s contacts at once.") % {"most": MOST_SELECTED})
    return action.handler(request.organisation, contact_ids, request.user)


def _opt_out(organisation: Organisation, contact_ids: Sequence[int], by: User) -> str:
    count = opt_out_contacts(organisation, list(contact_ids), source=str(by))
    audit.record(organisation, by, "contact.opt_out_many", None, after={"contacts": list(contact_ids), "new": count})
    return ngettext(
        "%(n)s contact will not be written to any more.", "%(n)s contacts will not be written to any more.", count
    ) % {"n": count}


OPT_OUT = BulkAction("opt-out", gettext_lazy("Opt out"), "x", Right.CONTACTS_EDIT, _opt_out, is_danger=True)
