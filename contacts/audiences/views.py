"""Pages of audiences: the list, one with its preview and its log, and its files."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from contacts.audiences import queries, services
from contacts.audiences.choosing import REASONS, preview
from contacts.audiences.forms import AudienceForm
from contacts.audiences.models import Audience, AudienceFile, FileKind
from contacts.audiences.wording import describe
from contacts.audiences.writing import count_owed
from contacts.consent.models import PurposeText
from contacts.models import Contact
from contacts.segments.matching import people_vocabulary
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import add_refusal
from prm.web.tabs import Tab
from prm.work.errors import Invalid


@requires(Right.AUDIENCES_MAKE)
def audience_list(request: OrgRequest) -> HttpResponse:
    """List the audiences with their newest file."""
    organisation = request.organisation
    is_archived = request.GET.get("archived") == "1"
    address = org_reverse(organisation, "audiences:audience_list")
    archived = queries.count_archived(organisation)
    words = people_vocabulary()
    rows = queries.list_rows(organisation, is_archived=is_archived)
    context = {
        "rows": [(row, describe(row.audience, words)) for row in rows],
        "is_archived": is_archived,
        "tabs": [
            Tab(pgettext("audiences", "In use"), address, not is_archived),
            Tab(pgettext("audiences", "Archived"), f"{address}?archived=1", is_archived, archived or None),
        ],
    }
    return render(request, "contacts/audiences/audience_list.html", context)


@requires(Right.AUDIENCES_MAKE)
def audience_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show whom an audience means, who would be left out, and its log. What is counted is fetched afterwards."""
    organisation = request.organisation
    audience = queries.get_audience(organisation, pk)
    counts = _counts(request, audience) if "count" in request.GET else {}
    if request.htmx and counts:
        return render(request, "contacts/audiences/_counts.html", {"audience": audience, **counts})
    text = PurposeText.objects.filter(purpose__code=audience.purpose).order_by("-version").first()
    files = queries.list_files(audience)
    context = {
        "audience": audience,
        "words": describe(audience, people_vocabulary()),
        "text": text,
        "rows": [_row(one) for one in files],
        "job": next((one.job for one in files if one.job is not None and not one.job.is_over), None),
        "most": queries.MOST_FILES,
        **counts,
    }
    return render(request, "contacts/audiences/audience_detail.html", context)


@requires(Right.AUDIENCES_MAKE)
def audience_add(request: OrgRequest) -> HttpResponseBase:
    """Describe an audience."""
    form = AudienceForm(request.organisation, request.POST if request.method == "POST" else None)

    def save() -> Audience:
        return services.create_audience(request.organisation, values=form.values, by=request.user)

    return _edit(request, form, None, save)


@requires(Right.AUDIENCES_MAKE)
def audience_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change an audience."""
    audience = queries.get_audience(request.organisation, pk)
    form = AudienceForm(request.organisation, request.POST if request.method == "POST" else None, audience=audience)

    def save() -> Audience:
        return services.update_audience(request.organisation, audience_id=pk, values=form.values, by=request.user)

    return _edit(request, form, audience, save)


@require_POST
@requires(Right.AUDIENCES_MAKE)
def audience_archive(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put an audience away."""
    audience = services.archive_audience(request.organisation, audience_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is archived; its log stays.") % {"name": audience.name})
    return redirect(org_reverse(request.organisation, "audiences:audience_detail", pk))


@require_POST
@requires(Right.AUDIENCES_MAKE)
def audience_restore(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take an audience back into use."""
    audience = services.restore_audience(request.organisation, audience_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is back in use.") % {"name": audience.name})
    return redirect(org_reverse(request.organisation, "audiences:audience_detail", pk))


@require_POST
@requires(Right.AUDIENCES_MAKE)
def file_make(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Have a file of an audience written."""
    kind = request.POST.get("kind", "")
    services.make_file(request.organisation, audience_id=pk, kind=kind, by=request.user)
    messages.success(request, _("The file is being written; it stands in the log below."))
    return redirect(org_reverse(request.organisation, "audiences:audience_detail", pk))


@require_GET
@requires(Right.AUDIENCES_MAKE)
def file_download(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Give a file, and note who took it; one that is not complete, or gone, leads to its audience."""
    file = queries.get_file(request.organisation, pk)
    if not file.is_ready:
        return redirect(org_reverse(request.organisation, "audiences:audience_detail", file.audience_id))
    return services.download(request.organisation, file_id=pk, by=request.user)


def contact_panel(request: OrgRequest, contact: Contact) -> dict[str, Any] | None:
    """Load the audiences a contact was passed on in; None where there are none. One query."""
    members = queries.list_files_of(contact)
    return {"contact": contact, "members": members} if members else None


def _counts(request: OrgRequest, audience: Audience) -> dict[str, Any]:
    found = preview(request.organisation, audience)
    return {
        "preview": found,
        "left_out": [(str(REASONS[why]), number) for why, number in found.left_out],
        "owed": count_owed(request.organisation, audience.pk),
    }


def _row(file: AudienceFile) -> dict[str, Any]:
    return {
        "file": file,
        "is_removal": file.kind == FileKind.REMOVE,
        "is_open": file.job is not None and not file.job.is_over,
        "left_out": [(str(REASONS[why]), file.left_out[why]) for why in REASONS if file.left_out.get(why)],
        "out": sum(file.left_out.values()),
        "until": file.created_at + services.KEPT_FOR,
    }


def _edit(
    request: OrgRequest, form: AudienceForm, audience: Audience | None, save: Callable[[], Audience]
) -> HttpResponseBase:
    organisation = request.organisation
    status = 200
    if request.method == "POST" and not form.editor.is_step:
        status = 422
        if form.is_valid():
            try:
                saved = save()
            except Invalid as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, _("“%(name)s” is kept.") % {"name": saved.name})
                return redirect(org_reverse(organisation, "audiences:audience_detail", saved.pk))
    back = (
        org_reverse(organisation, "audiences:audience_detail", audience.pk)
        if audience
        else org_reverse(organisation, "audiences:audience_list")
    )
    context = {"form": form, "audience": audience, "action": request.path, "back": back}
    return render(request, "contacts/audiences/audience_form.html", context, status=status)
