"""The inventory of touchpoints, and the page of one touchpoint."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web import panels
from prm.web.refusals import save
from prm.web.tabs import Tab
from prm.work.errors import NotFound
from touchpoints import charts, merging, queries, services
from touchpoints.forms import FilterForm, MergeForm, TouchpointForm
from touchpoints.kinds import name_of
from touchpoints.models import Touchpoint
from touchpoints.ratings.services import add_rated_touchpoint
from touchpoints.starting_set import USUAL, add_starting_set
from touchpoints.timeline import list_latest


@requires(Right.TOUCHPOINTS_VIEW)
def touchpoint_list(request: OrgRequest) -> HttpResponse:
    """List the inventory, by channel unless sorted otherwise."""
    owners = queries.list_owners(request.organisation)
    form = FilterForm(request.GET, owners=owners)
    filters, sort = form.filters, form.order
    inventory = queries.list_inventory(
        request.organisation, filters, sort=sort.removeprefix("-"), descending=sort.startswith("-")
    )
    context = {
        "inventory": inventory,
        "form": form,
        "filters": filters,
        "chips": form.in_use,
        "sort": sort,
        "is_grouped": sort == "channel",
        "usual_count": len(USUAL),
        "usual_missing": sum(one.code not in inventory.codes for one in USUAL),
        "period_days": queries.PERIOD_DAYS,
        "tabs": tabs_of(request, "list", inventory.total),
    }
    template = "touchpoints/touchpoint_list.html"
    return render(request, f"{template}#rows" if request.htmx else template, context)


@requires(Right.TOUCHPOINTS_VIEW)
def touchpoint_detail(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Show one touchpoint: its ratings, what happened there, what came of it. A merged one's address leads on."""
    touchpoint = queries.get_touchpoint(request.organisation, pk)
    if touchpoint.pk != pk:
        return redirect(_url(request, touchpoint))
    kinds = {kind.code: kind for kind in queries.list_kinds(request.organisation)}
    count = queries.get_figures if request.GET.get("counted") else queries.find_figures
    counted = count(request.organisation, touchpoint)
    figures = counted.value if counted else None
    context = {
        "touchpoint": touchpoint,
        "figures": figures,
        "counted": counted,
        "kinds": [(name_of(kinds.get(one.code, one.code)), one) for one in figures.kinds] if figures else [],
        "chart": charts.volume_of(figures) if figures else None,
        "latest": list_latest(request.organisation, touchpoint_id=pk, kinds=kinds),
        "row": queries.Row(0, touchpoint, queries.Touches()),
        "weeks": queries.WEEKS,
        "panels": panels.render("touchpoint", request, touchpoint, address=_panel_address(request, pk)),
    }
    return render(request, "touchpoints/touchpoint_detail.html", context)


@requires(Right.TOUCHPOINTS_VIEW)
def touchpoint_panel(request: OrgRequest, pk: int, touchpoint_panel: str) -> HttpResponse:
    """Show one of the parts that other rooms bring to a touchpoint's page."""
    touchpoint = queries.get_touchpoint(request.organisation, pk)
    html = panels.render_one("touchpoint", touchpoint_panel, request, touchpoint)
    if html is None:
        raise NotFound
    return HttpResponse(html)


@requires(Right.TOUCHPOINTS_EDIT)
def touchpoint_add(request: OrgRequest) -> HttpResponseBase:
    """Create a touchpoint."""
    form = TouchpointForm(request.POST or None, owners=queries.list_owners(request.organisation))
    if request.method == "POST":
        created = save(
            form,
            lambda: add_rated_touchpoint(request.organisation, values=form.values, said=form.said, by=request.user),
        )
        if created:
            messages.success(request, _("“%(name)s” is in the inventory.") % {"name": created.name})
            return redirect(_url(request, created))
    return _form_page(request, form, None)


@requires(Right.TOUCHPOINTS_EDIT)
def touchpoint_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change what a touchpoint is."""
    touchpoint = queries.get_touchpoint(request.organisation, pk)
    form = TouchpointForm(request.POST or None, owners=queries.list_owners(request.organisation), touchpoint=touchpoint)
    if request.method == "POST":
        changed = save(
            form,
            lambda: services.update_touchpoint(
                request.organisation, touchpoint_id=pk, values=form.values, by=request.user
            ),
        )
        if changed:
            messages.success(request, _("“%(name)s” is kept as you set it.") % {"name": changed.name})
            return redirect(_url(request, changed))
    return _form_page(request, form, touchpoint)


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def touchpoint_archive(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take a touchpoint out of the inventory."""
    touchpoint = services.archive_touchpoint(request.organisation, touchpoint_id=pk, by=request.user)
    messages.success(
        request, _("“%(name)s” is archived. Its interactions stay; it can be put back.") % {"name": touchpoint.name}
    )
    return redirect(_url(request, touchpoint))


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def touchpoint_restore(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put an archived touchpoint back."""
    touchpoint = services.restore_touchpoint(request.organisation, touchpoint_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is back in the inventory.") % {"name": touchpoint.name})
    return redirect(_url(request, touchpoint))


@requires(Right.TOUCHPOINTS_EDIT)
def touchpoint_merge(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Make a touchpoint part of another, once it was said what that moves."""
    touchpoint = queries.get_touchpoint(request.organisation, pk)
    if touchpoint.pk != pk:
        return redirect(_url(request, touchpoint))
    others = [one for one in queries.list_touchpoints(request.organisation) if one.pk != pk]
    form = MergeForm(request.POST or None, touchpoints=others)
    if request.method == "POST":
        kept = save(
            form,
            lambda: merging.merge_touchpoints(
                request.organisation, gone_id=pk, kept_id=form.cleaned_data["into"], by=request.user
            ),
        )
        if kept:
            words = {"gone": touchpoint.name, "kept": kept.name}
            messages.success(request, _("“%(gone)s” is part of “%(kept)s” now.") % words)
            return redirect(_url(request, kept))
    context = {
        "form": form,
        "touchpoint": touchpoint,
        "moved": merging.foresee(request.organisation, touchpoint),
        "back": _url(request, touchpoint),
    }
    return render(request, "touchpoints/touchpoint_merge.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def starting_set(request: OrgRequest) -> HttpResponseBase:
    """Add the usual touchpoints that are missing."""
    added = add_starting_set(request.organisation, by=request.user)
    if added:
        messages.success(request, _("%(n)s touchpoints are in: now rate what matters most.") % {"n": len(added)})
    else:
        messages.info(request, _("All the usual touchpoints were there already."))
    return redirect(org_reverse(request.organisation, "touchpoints:touchpoint_list"))


def _form_page(request: OrgRequest, form: TouchpointForm, touchpoint: Touchpoint | None) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "touchpoint": touchpoint,
        "back": _url(request, touchpoint)
        if touchpoint
        else org_reverse(request.organisation, "touchpoints:touchpoint_list"),
    }
    return render(request, "touchpoints/touchpoint_form.html", context, status=422 if form.errors else 200)


def tabs_of(request: OrgRequest, current: str, total: int | None = None) -> list[Tab]:
    """Return the views of the touchpoints; `total`: how many are in use, where that is known."""
    organisation = request.organisation
    return [
        Tab(_("Inventory"), org_reverse(organisation, "touchpoints:touchpoint_list"), current == "list", total),
        Tab(_("Matrix"), org_reverse(organisation, "touchpoints:matrix"), current == "matrix"),
        Tab(_("Observed"), org_reverse(organisation, "attribution:report"), current == "observed"),
        Tab(_("Surveys"), org_reverse(organisation, "surveys:survey_list"), current == "surveys"),
        Tab(_("Recognition"), org_reverse(organisation, "recognition:overview"), current == "recognition"),
    ]


def _panel_address(request: OrgRequest, pk: int) -> Callable[[str], str] | None:
    """Return where panels are fetched from once the page stands; None for a page with all of them."""
    if request.GET.get("panels") == "all":
        return None
    return lambda slug: org_reverse(request.organisation, "touchpoints:touchpoint_panel", pk, slug)


def _url(request: OrgRequest, touchpoint: Touchpoint) -> str:
    return org_reverse(request.organisation, "touchpoints:touchpoint_detail", touchpoint.pk)
