"""Choosing the columns of a list, and keeping views of it. Each is sent the query of the list's page."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from prm.lists import services
from prm.lists.forms import ViewForm
from prm.lists.models import SavedView
from prm.lists.opening import COLUMNS, VIEW, Opened, open_list
from prm.lists.registry import Column, Listing, get_listing
from prm.organisations.access import OrgRequest, requires, rights_of
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import save
from prm.work.errors import Invalid, Refused


@requires(Right.HOME_VIEW)
def columns_choose(request: OrgRequest, list_key: str) -> HttpResponseBase:
    """Choose which columns of a list to see, and in which order.

    Without a view that is kept for the member; with one open it is a change of it, in the address.
    """
    listing = _listing(request, list_key)
    opened = open_list(request, listing)
    shown, problem = [column.key for column in opened.columns], ""
    if request.method == "POST":
        shown = request.POST.getlist("columns")
        if "move" in request.POST:
            shown = _moved(shown, request.POST["move"])
        else:
            try:
                return _go(request, _choose(request, opened, shown))
            except Invalid as refusal:
                problem = str(refusal.message)
    return _chooser(request, opened, shown, problem)


@requires(Right.HOME_VIEW)
def view_create(request: OrgRequest, list_key: str) -> HttpResponseBase:
    """Keep what is listed as a view."""
    listing = _listing(request, list_key)
    opened = open_list(request, listing)
    data = request.POST if request.method == "POST" else None
    form = ViewForm(data, listing=listing, may_share=opened.may_share)
    if request.method == "POST":
        view = save(
            form,
            lambda: services.create_view(
                request.organisation,
                listing=listing,
                member=request.membership,
                state=opened.state,
                **form.cleaned_data,
            ),
        )
        if view:
            messages.success(request, _("The view “%(name)s” is kept.") % {"name": view.name})
            return _go(request, _address(request, view))
    chips = listing.describe(request.organisation, opened.state.filters)
    return _form_page(request, form, listing, opened.address(), chips=chips)


@requires(Right.HOME_VIEW)
def view_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Name a view anew, share it, or let one's list open with it."""
    view = services.get_view(request.membership, pk)
    listing = _listing(request, view.list_key)
    query = request.GET.copy()
    query[VIEW] = str(pk)
    request.GET = query  # type: ignore[assignment]
    opened = open_list(request, listing)
    form = ViewForm(
        request.POST if request.method == "POST" else None,
        listing=listing,
        may_share=opened.may_share,
        view=view,
        opens=opened.default_id == pk,
    )
    if request.method == "POST":
        kept = save(
            form,
            lambda: services.update_view(
                request.organisation, view_id=pk, member=request.membership, **form.cleaned_data
            ),
        )
        if kept:
            messages.success(request, _("The changes are kept."))
            return _go(request, opened.address())
    return _form_page(request, form, listing, opened.address(), view=view)


@require_POST
@requires(Right.HOME_VIEW)
def view_save(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Let a view be what is listed now."""
    view = services.get_view(request.membership, pk)
    opened = open_list(request, _listing(request, view.list_key))
    services.save_changes(request.organisation, view_id=pk, member=request.membership, state=opened.state)
    messages.success(request, _("The view “%(name)s” is kept as it is now.") % {"name": view.name})
    return redirect(_address(request, view))


@require_POST
@requires(Right.HOME_VIEW)
def view_delete(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put a view away; the notice brings it back."""
    view = services.get_view(request.membership, pk)
    listing = _listing(request, view.list_key)
    services.delete_view(request.organisation, view_id=pk, member=request.membership)
    undo = org_reverse(request.organisation, "lists:view_restore", pk)
    text = _("The view “%(name)s” is deleted.") % {"name": view.name}
    messages.success(request, text, extra_tags=undo)
    return redirect(org_reverse(request.organisation, listing.page))


@require_POST
@requires(Right.HOME_VIEW)
def view_restore(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Bring a deleted view back."""
    view = services.get_view(request.membership, pk, deleted=True)
    _listing(request, view.list_key)
    view = services.restore_view(request.organisation, view_id=pk, member=request.membership)
    messages.success(request, _("The view “%(name)s” is back.") % {"name": view.name})
    return redirect(_address(request, view))


def _listing(request: OrgRequest, list_key: str) -> Listing:
    listing = get_listing(list_key)
    if listing.right.value not in rights_of(request):
        raise Refused(right=listing.right.value)
    return listing


def _choose(request: OrgRequest, opened: Opened, keys: Sequence[str]) -> str:
    """Keep the choice; return where the list then is."""
    as_usual = request.POST.get("usual") == "1"
    if not keys and not as_usual:
        raise Invalid(_("Choose the columns first."))
    listing = opened.listing
    columns = services.check_columns(request.organisation, listing, () if as_usual else keys)
    if opened.view is not None:
        # Said even where they are the usual ones: the view may keep others.
        return opened.address(**{COLUMNS: ",".join(columns or listing.usual)})
    services.choose_columns(request.organisation, listing=listing, member=request.membership, keys=columns)
    return opened.address(**{COLUMNS: None})


def _moved(keys: list[str], step: str) -> list[str]:
    """Return the keys with one of them a place further up or down; the first one stays."""
    way, _sep, key = step.partition(":")
    if key in keys[1:]:
        at = keys.index(key)
        to = min(max(at + (1 if way == "down" else -1), 1), len(keys) - 1)
        keys.insert(to, keys.pop(at))
    return keys


def _chooser(request: OrgRequest, opened: Opened, shown: Sequence[str], problem: str) -> HttpResponse:
    known = opened.listing.all_columns(request.organisation)
    chosen = [known[key] for key in dict.fromkeys(shown) if key in known]
    name = opened.listing.columns[0]
    context = {
        "opened": opened,
        "listing": opened.listing,
        "name": name,
        "chosen": [column for column in chosen if column != name],
        "groups": _grouped([column for column in known.values() if column not in chosen and column != name]),
        "moved": request.POST.get("move", ""),
        "problem": problem,
        "query": request.GET.urlencode(),
        "back": opened.address(),
    }
    template = "lists/columns_choose.html"
    return render(request, f"{template}#form" if request.htmx else template, context, status=422 if problem else 200)


def _grouped(columns: Sequence[Column]) -> list[tuple[str, list[Column]]]:
    """Return the columns under their headings, in the order of the list."""
    places = {str(column.group): number for number, column in reversed(list(enumerate(columns)))}
    ordered = sorted(columns, key=lambda column: places[str(column.group)])
    return [(group, list(some)) for group, some in groupby(ordered, key=lambda column: str(column.group))]


def _form_page(request: OrgRequest, form: ViewForm, listing: Listing, back: str, **more: Any) -> HttpResponse:
    context = {"form": form, "listing": listing, "back": back, "query": request.GET.urlencode(), "view": None, **more}
    template = "lists/view_form.html"
    part = f"{template}#form" if request.htmx else template
    return render(request, part, context, status=422 if form.errors else 200)


def _address(request: OrgRequest, view: SavedView) -> str:
    return f"{org_reverse(request.organisation, get_listing(view.list_key).page)}?{VIEW}={view.pk}"


def _go(request: OrgRequest, url: str) -> HttpResponseBase:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
