"""Pages of segments: the list, one segment with its people, and the form with its live count."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from contacts.queries import read_filter
from contacts.segments import queries, services
from contacts.segments.forms import SegmentForm, document_of
from contacts.segments.matching import COUNT_SECONDS, ask, count_people, people_vocabulary
from contacts.segments.models import Segment
from contacts.segments.owning import owner_address
from prm.conditions.sentences import sentence
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right, may
from prm.web.charts.lines import LineChart, Series
from prm.web.figures import day
from prm.web.pagination import paginate_request
from prm.web.tabs import Action, Tab
from prm.work.errors import Invalid

MEMBERS_ORDER = ("-standing__total", "-standing__contact_id")


@requires(Right.SEGMENTS_VIEW)
def segment_list(request: OrgRequest) -> HttpResponse:
    """List the segments with their size and who came and went lately."""
    is_archived = request.GET.get("archived") == "1"
    rows = queries.list_rows(request.organisation, is_archived=is_archived)
    archived = len(rows) if is_archived else queries.count_archived(request.organisation)
    address = org_reverse(request.organisation, "segments:segment_list")
    vocabulary = people_vocabulary()
    context = {
        "rows": [(row, row.segment.description or sentence(row.segment.condition, vocabulary)) for row in rows],
        "is_archived": is_archived,
        "stale_since": queries.stale_since(request.organisation),
        "tabs": [
            Tab(pgettext("segments", "In use"), address, not is_archived),
            Tab(pgettext("segments", "Archived"), f"{address}?archived=1", is_archived, archived or None),
        ],
    }
    return render(request, "contacts/segments/segment_list.html", context)


@requires(Right.SEGMENTS_VIEW)
def segment_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show who is in a segment, what it asks, how it grew, and who entered and left lately."""
    segment = queries.get_segment(request.organisation, pk)
    if request.htmx and "filling" in request.GET and not segment.needs_filling:
        return HttpResponseClientRefresh()
    history = queries.get_history(request.organisation, segment)
    template = "contacts/segments/segment_detail.html"
    context = {
        "segment": segment,
        "sentence": sentence(segment.condition, people_vocabulary()),
        "page": paginate_request(queries.list_members(segment), request, MEMBERS_ORDER),
        "entered": history.entered,
        "left": history.left,
        "chart": _chart(history),
        "moves": queries.list_latest_moves(segment),
        "stale_since": segment.stale_since,  # type: ignore[attr-defined]
        "menu": _menu(request, segment),
    }
    return render(request, f"{template}#board" if request.htmx else template, context)


@requires(Right.SEGMENTS_EDIT)
def segment_create(request: OrgRequest) -> HttpResponseBase:
    """Create a segment, from nothing or from a filter of the contact list."""
    document = document_of(read_filter(request.GET))
    form = SegmentForm(request.POST if request.method == "POST" else None, document=document)

    def save() -> Segment:
        return services.create_segment(request.organisation, values=form.values, by=request.user)

    return _edit(request, form, None, save)


@requires(Right.SEGMENTS_EDIT)
def segment_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change a segment's name, kind or condition."""
    segment = queries.get_segment(request.organisation, pk)
    if address := owner_address(segment):
        return redirect(address)
    form = SegmentForm(request.POST if request.method == "POST" else None, segment=segment)

    def save() -> Segment:
        return services.update_segment(request.organisation, segment_id=pk, values=form.values, by=request.user)

    return _edit(request, form, segment, save)


@require_POST
@requires(Right.SEGMENTS_EDIT)
def segment_count(request: OrgRequest) -> HttpResponse:
    """Say how many the condition being edited matches now."""
    return render(
        request, "contacts/segments/_estimate.html", {"estimate": _estimate(request, SegmentForm(request.POST))}
    )


@require_POST
@requires(Right.SEGMENTS_EDIT)
def segment_duplicate(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Copy a segment under a name of its own."""
    copy = services.duplicate_segment(request.organisation, segment_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” has the same condition; now make it different.") % {"name": copy.name})
    return redirect(org_reverse(request.organisation, "segments:segment_edit", copy.pk))


@require_POST
@requires(Right.SEGMENTS_EDIT)
def segment_archive(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put a segment away."""
    if address := owner_address(queries.get_segment(request.organisation, pk)):
        return redirect(address)
    segment = services.archive_segment(request.organisation, segment_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is archived: nobody enters or leaves it.") % {"name": segment.name})
    return redirect(_url(request, segment))


@require_POST
@requires(Right.SEGMENTS_EDIT)
def segment_restore(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take a segment back into use."""
    segment = services.restore_segment(request.organisation, segment_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is back in use.") % {"name": segment.name})
    return redirect(_url(request, segment))


@requires(Right.SEGMENTS_EDIT)
def segment_delete(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say what goes with a segment and what uses it, then remove it."""
    segment = queries.get_segment(request.organisation, pk)
    if address := owner_address(segment):
        return redirect(address)
    if request.method == "POST":
        name = services.delete_segment(request.organisation, segment_id=pk, by=request.user)
        messages.success(request, _("The segment “%(name)s” is removed; its contacts stay.") % {"name": name})
        return redirect(org_reverse(request.organisation, "segments:segment_list"))
    context = {"segment": segment, "uses": queries.list_uses(segment), "back": _url(request, segment)}
    return render(request, "contacts/segments/segment_delete.html", context)


def _edit(
    request: OrgRequest, form: SegmentForm, segment: Segment | None, save: Callable[[], Segment]
) -> HttpResponseBase:
    status = 200
    if request.method == "POST" and not form.editor.is_step:
        status = 422
        if form.is_valid():
            try:
                saved = save()
            except Invalid as refusal:
                form.add_refusal(refusal)
            else:
                messages.success(request, _("“%(name)s” is kept.") % {"name": saved.name})
                return redirect(_url(request, saved))
    context = {
        "form": form,
        "segment": segment,
        "action": request.path,
        "back": _url(request, segment) if segment else org_reverse(request.organisation, "segments:segment_list"),
        # Without scripts a button asks for the count; with them the page is there first, and the count follows.
        "estimate": _estimate(request, form) if form.editor.is_count else None,
    }
    return render(request, "contacts/segments/segment_form.html", context, status=status)


def _estimate(request: OrgRequest, form: SegmentForm) -> dict[str, Any]:
    if not form.editor.is_valid():
        return {"is_ready": False}
    document = form.editor.document
    return {
        "is_ready": True,
        "count": count_people(ask(request.organisation, document), most_seconds=COUNT_SECONDS),
        "sentence": sentence(document, people_vocabulary()),
    }


def _chart(history: queries.History) -> LineChart:
    values = tuple(None if size is None else float(size) for _day, size in history.sizes)
    return LineChart(
        id="segment-size",
        title=_("Contacts in the segment, by day"),
        labels=tuple(day(one) for one, _size in history.sizes),
        series=(Series(_("Contacts"), values),),
    )


def _menu(request: OrgRequest, segment: Segment) -> list[Action]:
    if not may(request.membership.role, Right.SEGMENTS_EDIT):
        return []
    urls = {
        name: org_reverse(request.organisation, f"segments:segment_{name}", segment.pk)
        for name in ("duplicate", "archive", "restore", "delete")
    }
    archive = Action(_("Archive"), "archive", urls["archive"], is_post=True)
    restore = Action(_("Take back into use"), "undo", urls["restore"], is_post=True)
    return [
        Action(_("Duplicate"), "copy", urls["duplicate"], is_post=True),
        archive if segment.archived_at is None else restore,
        Action(_("Delete"), "trash", urls["delete"], is_danger=True),
    ]


def _url(request: OrgRequest, segment: Segment) -> str:
    return org_reverse(request.organisation, "segments:segment_detail", segment.pk)
