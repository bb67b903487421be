"""How people come in: where they are led after signing in, and the invitation they come with."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse

from prm.organisations.models import User
from prm.organisations.queries import InvitationState, find_invitation, list_organisations_of

INVITATION = "invitation"


def invitation_path(slug: str, token: str) -> str:
    """Return the path of an invitation's page."""
    return reverse(INVITATION, args=[slug, token])


def invitation_of(request: HttpRequest | None) -> InvitationState | None:
    """Return the open invitation a person is on the way to: `next` leads to its page. Looked up once a request."""
    if request is None:
        return None
    known: Any = request
    if not hasattr(known, "prm_invitation"):
        known.prm_invitation = _find(str(request.POST.get("next") or request.GET.get("next") or ""))
    found: InvitationState | None = known.prm_invitation
    return found


def may_create_organisation() -> bool:
    """Tell whether people may create organisations of their own here."""
    return bool(settings.SIGNUP_OPEN)


def first_page_of(user: User) -> str:
    """Return where a person goes after signing in: their only organisation, else the page that lets them choose."""
    places = list_organisations_of(user)
    return f"/o/{places[0].slug}/" if len(places) == 1 else reverse("organisation_list")


def _find(path: str) -> InvitationState | None:
    try:
        match = resolve(path.partition("?")[0])
    except Resolver404:
        return None
    if match.url_name != INVITATION or match.namespaces:
        return None
    invitation = find_invitation(**match.kwargs)
    return invitation if invitation is not None and invitation.is_open else None
