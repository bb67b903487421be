"""A contact's statistical twins: in short on its page and in the queue, all of them on a page of their own."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from contacts.models import Contact, Stage
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.tabs import Tab
from prm.work.errors import NotFound
from scoring.twins.goals import Goal
from scoring.twins.queries import Twins, find_twins

# On the contact's page.
SHOWN = 3


@requires(Right.CONTACTS_VIEW)
def twins(request: OrgRequest, pk: int) -> HttpResponse:
    """Show whom a contact resembles among those who reached a goal, in what, and what then came."""
    contact = _get_contact(request, pk)
    found = find_twins(request.organisation, contact, goal=request.GET.get("goal", ""))
    context = {"contact": contact, "found": found, "goals": _tabs(request, contact, found)}
    return render(request, "scoring/twins/twins.html", context)


@requires(Right.CONTACTS_VIEW)
def twins_brief(request: OrgRequest, pk: int) -> HttpResponse:
    """Give the arguments a rep has from twins, in three lines."""
    contact = _get_contact(request, pk)
    found = find_twins(request.organisation, contact, shown=1)
    return render(request, "scoring/twins/_brief.html", {"contact": contact, "found": found})


def twins_panel(request: OrgRequest, contact: Contact) -> dict[str, Any] | None:
    """Load the nearest twins for a contact's page; hidden for whoever is a customer already."""
    if contact.stage == Stage.CUSTOMER:
        return None
    return {"contact": contact, "found": find_twins(request.organisation, contact, shown=SHOWN)}


def _get_contact(request: OrgRequest, pk: int) -> Contact:
    contact: Contact | None = Contact.objects.filter(organisation=request.organisation, pk=pk).first()
    if contact is None:
        raise NotFound
    return contact


def _tabs(request: OrgRequest, contact: Contact, found: Twins) -> list[Tab]:
    address = org_reverse(request.organisation, "twins:twins", contact.pk)
    return [
        Tab(str(goal.label), f"{address}?goal={goal}", goal == found.goal, found.base.reached[goal]) for goal in Goal
    ]
