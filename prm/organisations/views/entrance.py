"""The way in: the first page, the choice of an organisation, a new one, an invitation."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from prm.organisations.entrance import first_page_of, may_create_organisation
from prm.organisations.forms import OrganisationForm
from prm.organisations.models import Membership, User
from prm.organisations.queries import InvitationState, find_invitation, find_person, list_organisations_of
from prm.organisations.scope import organisation_scope
from prm.organisations.services import accept_invitation, create_organisation, explain_problem
from prm.work.errors import NotFound, Refused


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponseBase:
    """Lead to the only organisation, to the choice of one, or to a first one."""
    person = _person(request)
    if may_create_organisation() and not list_organisations_of(person):
        return redirect("organisation_new")
    return redirect(first_page_of(person))


@login_required
@require_GET
def organisation_list(request: HttpRequest) -> HttpResponseBase:
    """Show the person's organisations; without one, say how to get in."""
    context = {"places": list_organisations_of(_person(request)), "may_create": may_create_organisation()}
    return render(request, "organisations/organisation_list.html", context)


@login_required
def organisation_new(request: HttpRequest) -> HttpResponseBase:
    """Create an organisation with this person as its admin."""
    if not may_create_organisation():
        raise Refused(_("New organisations cannot be created here. Ask the admin of yours for an invitation."))
    person = _person(request)
    form = OrganisationForm(request.POST or None, initial={"language": get_language()})
    if request.method == "POST" and form.is_valid():
        organisation = create_organisation(admin=person, **form.cleaned_data)
        messages.success(request, _("%(organisation)s is ready.") % {"organisation": organisation.name})
        return redirect(f"/o/{organisation.slug}/")
    context = {"form": form, "is_first": not list_organisations_of(person)}
    return render(request, "organisations/organisation_new.html", context, status=422 if form.errors else 200)


@never_cache
def invitation(request: HttpRequest, slug: str, token: str) -> HttpResponseBase:
    """Show where an invitation leads, and let the invited person in."""
    found = find_invitation(slug, token)
    if found is None:
        raise Http404
    if request.user.is_authenticated and _is_member(found, _person(request)):
        return redirect(f"/o/{found.organisation.slug}/")
    if request.method == "POST" and request.user.is_authenticated:
        with organisation_scope(found.organisation.pk):
            accept_invitation(found.organisation, token=token, user=_person(request))
        messages.success(request, _("Welcome to %(organisation)s.") % {"organisation": found.organisation.name})
        return redirect(f"/o/{found.organisation.slug}/")
    return render(request, "organisations/invitation.html", _invitation_context(request, found))


def _invitation_context(request: HttpRequest, found: InvitationState) -> dict[str, Any]:
    """Return what the page says; `state`: "over", "other" (not the invited person), "join", "sign_in", "sign_up"."""
    onwards = urlencode({"next": request.path})
    state = "sign_in" if find_person(found.email) else "sign_up"
    if found.problem:
        state = "over"
    elif request.user.is_authenticated:
        state = "join" if _person(request).email == found.email else "other"
    return {
        "invitation": found,
        "state": state,
        "problem": explain_problem(found.problem) if found.problem else "",
        "sign_in_url": f"{reverse('account_login')}?{onwards}",
        "sign_up_url": f"{reverse('account_signup')}?{onwards}",
    }


def _is_member(found: InvitationState, person: User) -> bool:
    with organisation_scope(found.organisation.pk):
        return Membership.objects.filter(user=person).exists()


def _person(request: HttpRequest) -> User:
    """Return who is signed in."""
    if not isinstance(request.user, User):
        raise NotFound
    return request.user
