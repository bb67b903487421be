"""Members and invitations."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from prm.organisations.access import OrgRequest, requires
from prm.organisations.forms import InviteForm, RoleForm
from prm.organisations.links import org_reverse
from prm.organisations.mailing import send_invitation
from prm.organisations.models import Invitation, Membership, Role
from prm.organisations.queries import list_members, list_open_invitations
from prm.organisations.rights import RIGHT_WORDS, RIGHTS, ROLE_SUMMARIES, Right
from prm.organisations.services import change_role, invite_member, remove_member, revoke_invitation
from prm.organisations.settings_pages import settings_tabs
from prm.web.pagination import paginate_request
from prm.work.errors import Conflict, Invalid, NotFound, Refused, Throttled


@requires(Right.MEMBERS_EDIT)
def members(request: OrgRequest) -> HttpResponseBase:
    """List members and open invitations; say what each role may do."""
    search = request.GET.get("q", "").replace("\x00", "").strip()
    context: dict[str, Any] = {
        "page": paginate_request(list_members(search), request, ["user__full_name", "user__email", "pk"]),
        "member_count": Membership.objects.count(),
        "search": search,
        "invitations": list_open_invitations(),
        "now": timezone.now(),
        "roles": Role.choices,
        "role_summaries": [(role.label, summary) for role, summary in ROLE_SUMMARIES.items()],
        "right_words": RIGHT_WORDS,
        "role_rights": [(role.label, RIGHTS[role]) for role in Role],
        "tabs": settings_tabs(request, "organisations:members"),
    }
    return render(request, "organisations/members.html#rows" if request.htmx else "organisations/members.html", context)


@requires(Right.MEMBERS_EDIT)
def member_invite(request: OrgRequest) -> HttpResponseBase:
    """Invite an address by e-mail."""
    form = InviteForm(request.POST or None, initial={"role": Role.MARKETER})
    if request.method == "POST" and form.is_valid():
        try:
            _invite(request, **form.cleaned_data)
        except (Conflict, Throttled) as error:
            form.add_error("email", str(error.message))
        else:
            return _to_members(request)
    template = "organisations/member_invite.html#form" if request.htmx else "organisations/member_invite.html"
    return render(request, template, {"form": form}, status=422 if form.errors else 200)


@require_POST
@requires(Right.MEMBERS_EDIT)
def invitation_resend(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Send an invitation again, with a new link; the old one ends."""
    found = Invitation.objects.filter(pk=pk, accepted_at=None, revoked_at=None).first()
    if found is None:
        raise NotFound
    _invite(request, email=found.email, role=Role(found.role))
    return _to_members(request)


@requires(Right.MEMBERS_EDIT)
def invitation_revoke(request: OrgRequest, pk: int) -> HttpResponseBase:
    """End an invitation, after asking."""
    found = Invitation.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    if request.method != "POST":
        return _confirm(
            request,
            title=_("Withdraw the invitation of %(email)s?") % {"email": found.email},
            text=_("Its link stops working. You can invite the same address again."),
            action=_("Withdraw the invitation"),
        )
    revoke_invitation(request.organisation, invitation_id=pk, by=request.user)
    messages.success(request, _("The invitation of %(email)s is withdrawn.") % {"email": found.email})
    return _to_members(request)


@require_POST
@requires(Right.MEMBERS_EDIT)
def member_role(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Give a member another role; for htmx, answer with their row."""
    member = _find_member(pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Invalid(fields={"role": _("There is no such role.")})
    try:
        changed = change_role(request.organisation, membership_id=pk, role=form.cleaned_data["role"], by=request.user)
    except Refused as error:
        if not request.htmx:
            raise
        messages.error(request, str(error.message))
        return _row(request, member, status=422)
    messages.success(
        request, _("%(name)s is now: %(role)s.") % {"name": changed.user, "role": changed.get_role_display()}
    )
    if changed.user == request.user and Right.MEMBERS_EDIT not in RIGHTS[Role(changed.role)]:
        return _leave_settings(request)
    return _row(request, changed) if request.htmx else _to_members(request)


@requires(Right.MEMBERS_EDIT)
def member_remove(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take a member out, after asking."""
    member = _find_member(pk)
    if request.method != "POST":
        return _confirm(
            request,
            title=_("Remove %(name)s from %(organisation)s?")
            % {"name": member.user, "organisation": request.organisation.name},
            text=_("They lose access at once. What they did stays, with their name. You can invite them again."),
            action=_("Remove %(name)s") % {"name": member.user},
        )
    remove_member(request.organisation, membership_id=pk, by=request.user)
    messages.success(request, _("%(name)s is no longer a member.") % {"name": member.user})
    return redirect("/") if member.user == request.user else _to_members(request)


def _invite(request: OrgRequest, *, email: str, role: Role) -> None:
    invitation, token = invite_member(request.organisation, email=email, role=role, by=request.user)
    if send_invitation(request.organisation, invitation, token):
        messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": invitation.email})
    else:
        messages.error(
            request,
            _("The invitation of %(email)s is kept, but its e-mail could not be sent. Send it again in a few minutes.")
            % {"email": invitation.email},
        )


def _find_member(pk: int) -> Membership:
    member = Membership.objects.select_related("user").filter(pk=pk).first()
    if member is None:
        raise NotFound
    return member


def _row(request: OrgRequest, member: Membership, status: int = 200) -> HttpResponse:
    context = {"member": member, "roles": Role.choices}
    return render(request, "organisations/_member_row.html", context, status=status)


def _confirm(request: OrgRequest, **words: str) -> HttpResponse:
    """Ask before something that cannot be taken back: as a dialog for htmx, as a page otherwise."""
    template = "organisations/_confirm.html" if request.htmx else "organisations/confirm.html"
    context = {**words, "back": org_reverse(request.organisation, "organisations:members")}
    return render(request, template, context)


def _to_members(request: OrgRequest) -> HttpResponseBase:
    url = org_reverse(request.organisation, "organisations:members")
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _leave_settings(request: OrgRequest) -> HttpResponseBase:
    url = f"/o/{request.organisation.slug}/"
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
